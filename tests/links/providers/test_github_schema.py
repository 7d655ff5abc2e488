"""Our queries against GitHub's published schema, where both it and a validator are at hand.

`GITHUB_GRAPHQL_SCHEMA` names the schema.graphql of npm's @octokit/graphql-schema; the validator is
graphql-core from PyPI. Neither is a dependency.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.links.providers.github.graphql import elsewhere_query, graphql_query
from staycurrent.links.providers.github.names import IN_TREE, parse_target
from tests.links.providers.test_claims import CASES
from tests.support.played_github import parse_query

NAMES = [
    name
    for url, provider, name in (case for case in CASES if len(case) > 2)
    if provider == "github"
]
HOSTILE = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\{}()#:$\u2028\ufeff'),
    min_size=1,
    max_size=20,
)


def queries(names: list[str]) -> list[str]:
    in_tree = [name for name in names if (t := parse_target(name)) and t.kind in IN_TREE]
    return [graphql_query(names), elsewhere_query(in_tree or names[:1])]


def test_queries_are_what_githubs_schema_has() -> None:
    graphql = pytest.importorskip("graphql", reason="graphql-core is not installed")
    path = os.environ.get("GITHUB_GRAPHQL_SCHEMA")
    if not path:
        pytest.skip("GITHUB_GRAPHQL_SCHEMA names no schema")
    text = Path(path).read_text(encoding="utf-8")
    # as published, it defines some fields twice
    schema = graphql.build_schema(text, assume_valid=True, assume_valid_sdl=True)
    hostile = [
        f"psf/requests/tree/main/{part}" for part in ('a"b', "a%5C", "{x}", "%E2%80%A8", "#")
    ]
    kinds = {target.kind for name in NAMES if (target := parse_target(name))}
    assert len(kinds) == 14
    for query in queries([*NAMES, *hostile]):
        assert graphql.validate(schema, graphql.parse(query)) == []


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_a_path_never_leaves_its_quotes(part: str) -> None:
    name = f"psf/requests/tree/main/{part}"
    target = parse_target(name)
    if target is None:
        return
    found = parse_query(graphql_query([name]))
    assert list(found) == ["r0"]
    arguments = found["r0"][2]["t0_"][1]
    assert arguments == {"expression": f"main:{'/'.join(target.parts[1:])}"}
