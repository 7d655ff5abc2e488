"""Who answers for which address, and that all others are left to the page probe."""

from pathlib import Path

import pytest

from staycurrent.links.providers.registry import PROVIDERS, container_of, split_by_provider
from tests.support.values import to

CASES = [
    line.split("\t")
    for line in Path(__file__).with_name("claims.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_an_address_is_claimed_by_the_one_that_can_answer(case: list[str]) -> None:
    expected = {} if case[1] == "-" else {case[1]: case[2]}
    link = to(case[0])

    claimed = {a.name: name for a in PROVIDERS if (name := a.claims(link)) is not None}

    assert claimed == expected


def test_links_are_shared_out_and_none_is_lost() -> None:
    links = [to(case[0]) for case in CASES]

    claimed, rest = split_by_provider(links)

    for name, shared in claimed.items():
        assert shared == [link for link, case in zip(links, CASES, strict=True) if case[1] == name]
    assert rest == [link for link, case in zip(links, CASES, strict=True) if case[1] == "-"]


def test_names_of_providers_are_their_own() -> None:
    assert len({provider.name for provider in PROVIDERS}) == len(PROVIDERS)


@pytest.mark.parametrize(
    ("path", "project"),
    [
        ("gitlab.com/lab/sub/tool/-/blob/main/README.md?ref_type=heads", "lab/sub/tool"),
        ("gitlab.com/lab/tool/wikis/Home", "lab/tool"),
        ("gitlab.com/lab/tool", None),
        ("gitlab.com/lab/-/tool", None),
        ("gitlab.com/groups/lab/-/issues", None),
        ("gitlab.com/-/snippets/1", None),
        ("huggingface.co/lab/tool/blob/main/README.md", "lab/tool"),
        ("huggingface.co/datasets/lab/tool/viewer", "datasets/lab/tool"),
        ("huggingface.co/docs/hub/tree", None),
        ("huggingface.co/lab/tool/", None),
        ("huggingface.co/datasets/lab/tool/", None),
        ("e.example/lab/tool/-/blob/main/README.md", None),
    ],
)
def test_the_project_of_a_page_in_it(path: str, project: str | None) -> None:
    found = container_of(f"https://{path}")
    host = path.partition("/")[0]
    assert (found and found[1].key) == (project and f"https://{host}/{project}")
