"""Our requests against what GitHub publishes of its API, where that is at hand.

`GITHUB_GRAPHQL_SCHEMA` names the schema.graphql of npm's @octokit/graphql-schema; the validator is
graphql-core from PyPI. `GITHUB_OPENAPI` names the api.github.com.json of npm's @octokit/openapi.
None is a dependency.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Unpack
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.links.observation import Outcome
from staycurrent.links.providers.github import check as github
from staycurrent.links.providers.github.graphql import elsewhere_query, graphql_query
from staycurrent.links.providers.github.names import IN_TREE, parse_target
from staycurrent.links.providers.github.observations import REST_FIELDS
from staycurrent.links.providers.github.rest import renamed_branch, renamed_path
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.github_api import GitHubClient
from staycurrent.web.response import RequestOptions, Response
from tests.links.providers.test_claims import CASES
from tests.support.played_github import parse_query
from tests.support.values import API_DATE, api_response, as_api, to

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


REST = "https://api.github.com"
REPOSITORY, CONTENTS, REFS, BRANCH, COMMITS, COMMIT = (
    f"/repos/{{owner}}/{{repo}}{path}"
    for path in (
        *("", "/contents/{path}", "/git/matching-refs/{ref}", "/branches/{branch}"),
        *("/commits", "/commits/{ref}"),
    )
)


class Described:
    """The REST API as it is described: each request gets the example of its path."""

    def __init__(self, description: dict[str, Any], *missing: str) -> None:
        self.description = description
        self.missing = list(missing)
        """Paths whose next requests are answered by 404."""
        self.asked: list[str] = []

    def one(self, part: dict[str, Any]) -> dict[str, Any]:
        """A part, or what it refers to."""
        found = self.description if "$ref" in part else part
        for name in part.get("$ref", "#").split("/")[1:]:
            found = found[name]
        return found

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        assert how.get("method", "GET") == "GET"
        path, _, query = url.removeprefix(REST).partition("?")
        named = (REPOSITORY, CONTENTS, REFS, BRANCH, COMMITS, COMMIT)
        (template,) = (one for one in named if re.fullmatch(_pattern(one), path))
        self.asked.append(template)
        operation = self.description["paths"][template]["get"]
        parameters = [self.one(parameter) for parameter in operation["parameters"]]
        known = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        assert set(parse_qs(query)) <= known
        if template in self.missing:
            self.missing.remove(template)
            return api_response(url, 404, {"message": "Not Found"})
        content = self.one(operation["responses"]["200"])["content"]
        (first, *_) = (content.get("application/json") or next(iter(content.values())))[
            "examples"
        ].values()
        return api_response(url, 200, json.dumps(self.one(first)["value"]).encode())


def _pattern(template: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: "[^/]+" if m[1] in ("owner", "repo") else ".+", template)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    path = os.environ.get("GITHUB_OPENAPI")
    if not path:
        pytest.skip("GITHUB_OPENAPI names no description")
    read: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize(
    ("path", "missing", "asked", "outcome"),
    [
        ("", (), [REPOSITORY], Outcome.OK),
        ("/tree/main/docs", (), [CONTENTS], Outcome.OK),
        (
            "/tree/main/docs",
            (CONTENTS,),
            [CONTENTS, REPOSITORY, REFS, REFS, BRANCH, CONTENTS],
            Outcome.OK,
        ),
        (
            "/tree/old/docs",
            (CONTENTS, CONTENTS),
            [CONTENTS, REPOSITORY, REFS, REFS, BRANCH, CONTENTS],
            Outcome.MISSING,
        ),
        ("/tree/feature-a/docs", (CONTENTS,), [CONTENTS, REPOSITORY, REFS, CONTENTS], Outcome.OK),
    ],
)
async def test_rest_requests_and_their_answers_are_as_described(
    description: dict[str, Any],
    path: str,
    missing: tuple[str, ...],
    asked: list[str],
    outcome: Outcome,
) -> None:
    api = Described(description, *missing)
    link = to(f"https://github.com/octocat/Hello-World{path}")
    report = await github.PROVIDER.check([link], as_api(GitHubSettings(), api), API_DATE)
    assert api.asked == asked
    assert [seen.outcome for seen in report.observations] == [outcome]


async def test_what_is_asked_about_renames_is_as_described(description: dict[str, Any]) -> None:
    api = Described(description)
    client = GitHubClient(api, REST)
    assert await renamed_path(client, "octocat/Hello-World", "main", "docs/a b.md") is None
    assert await renamed_branch(client, "octocat/Hello-World", "old/name") is None
    assert api.asked == [COMMITS, COMMIT, BRANCH]
    assert "301" in description["paths"][BRANCH]["get"]["responses"]
    schemas = description["components"]["schemas"]
    fields = REST_FIELDS.name, REST_FIELDS.number, REST_FIELDS.node_id, REST_FIELDS.pushed_at
    assert set(fields) <= set(schemas["full-repository"]["required"])
    assert "owner" in schemas["full-repository"]["required"]
    assert REST_FIELDS.number in schemas["simple-user"]["required"]
    assert "renamed" in schemas["diff-entry"]["properties"]["status"]["enum"]
    assert "previous_filename" in schemas["diff-entry"]["properties"]
