"""A list's entries are what it names; badges and side links say nothing of its subject."""

from pathlib import Path

import pytest

from curated.document import parse
from flows.entries import entries
from flows.listing import Listed

LISTS: list[tuple[str, list[tuple[str, str]]]] = [
    ("- [Moths](https://a.test/) - Of the night.", [("Moths", "- Of the night.")]),
    (
        "- [Moths](https://a.test/) - See [the map](https://b.test/ 'x') of `them`.",
        [("Moths", "- See the map of them .")],
    ),
    ("| A | B |\n|---|---|\n| [Moths](https://a.test/) | Night |", [("Moths", "Night")]),
    (
        "- ![stars](https://img.test/s.svg) [**Moths**](https://a.test/) ![x](https://img.test/y)",
        [("Moths", "")],
    ),
    ("- ![badge](https://img.test/s.svg) Text.", []),
    ("- [Up](#top) and [Moths](https://a.test/)", [("Moths", "")]),
    ("", []),
]


def read(text: str) -> list[tuple[str, str]]:
    listed = Listed(Path("x.md"), "x.md", parse(f"# L\n\n## S\n\n{text}\n".encode()))
    return [(one.title, one.text) for one in entries(listed)]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_an_entry_is_its_name_and_the_words_behind(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert read(text) == expected


def test_side_links_of_the_same_name_are_no_entries() -> None:
    rows = [
        f"- [Moth {n}](https://a.test/{n}) - Text. [Paper](https://p.test/{n}) [Code](https://c.test/{n})"
        for n in range(6)
    ]
    assert [title for title, _ in read("\n".join(rows))] == [f"Moth {n}" for n in range(6)]


def test_an_entry_that_has_side_links_alone_is_called_as_its_row_is() -> None:
    rows = [f"- Moth {n}, A. Lamp [Paper](https://p.test/{n})" for n in range(6)]
    assert [title for title, _ in read("\n".join(rows))] == [f"Moth {n}, A. Lamp" for n in range(6)]
