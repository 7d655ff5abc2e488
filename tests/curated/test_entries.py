"""The entries of a list are what it names, without badges and side links."""

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.entries import list_entries
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.rewrite import rewrite
from tests.support.documents import FLAGS, STYLES

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
    ("- [Up](#top) and [Moths](https://a.test/)", [("Moths", "Up and")]),
    (
        "- Moths: how they fly [by night](https://a.test/) and by day",
        [("by night", "Moths: how they fly and by day")],
    ),
    (
        "- Moths: how they fly,\n  and why <br> [by night](https://a.test/)",
        [("by night", "Moths: how they fly, and why")],
    ),
    (
        "| A | B | C |\n|---|---|---|\n| 2021 | Moths: their flight | [x.test](https://a.test/) |",
        [("x.test", "2021 Moths: their flight")],
    ),
    ("- Moths: how they fly [[homepage]](https://a.test/)", [("Moths", ": how they fly")]),
    # what is in brackets before a name is no part of it
    (
        "- [2025] Moths: how they fly [[paper](https://a.test/)]",
        [("Moths", "2025 Moths: how they fly")],
    ),
    (
        "- **[2025]** (ICML) Moths: flight [[paper](https://a.test/)]",
        [("Moths", "2025 (ICML) Moths: flight")],
    ),
    ("- [Moths] [[paper](https://a.test/)]", [("Moths", "")]),
    ("- (2025) [[paper](https://a.test/)]", [("paper", "(2025)")]),
    # a text that was once read in the wrong charset has control characters
    ("- [The moth\x92s lamp](https://a.test/) \x96 x", [("The moth s lamp", "x")]),
    ("", []),
]


def read(text: str) -> list[tuple[str, str]]:
    document = parse(f"# L\n\n## S\n\n{text}\n".encode())
    return [(entry.title, entry.text) for entry in list_entries(document)]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_an_entry_is_its_name_and_the_words_after_it(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert read(text) == expected


FLAGGED = [
    "- [Paper](https://a.test/) Moths of the night",
    "- [🔗](https://a.test/) Moths - Text.",
    "- Moths [🔗](https://a.test/) [pdf](https://b.test/) - Text & *more*.",
    "| a | b |\n|-|-|\n| Moths [pdf](https://a.test/) | x |",
    "| a | b |\n|-|-|\n| [🔗](https://a.test/) | Moths |",
    '<ul>\n<li>Moths <a href="https://a.test/">here</a> are nice</li>\n</ul>',
    '<table>\n<tr><td>Moths <a href="https://a.test/">link</a></td></tr>\n</table>',
    *(text for text, _ in LISTS),
]


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("text", FLAGGED)
def test_flags_are_no_part_of_names_and_words(text: str, style: FlagStyle) -> None:
    before = parse(f"# L\n\n{text}\n".encode())
    flags = dict.fromkeys(range(len(before.occurrences)), FLAGS[0])
    after = parse(rewrite(before, flags=flags, style=style, sections={}))
    assert [one.title for one in after.occurrences] == [one.title for one in before.occurrences]
    assert list(list_entries(after)) == list(list_entries(before))


def test_side_links_of_the_same_name_are_not_entries() -> None:
    rows = [
        f"- [Moth {n}](https://a.test/{n}) - Text. [Paper](https://p.test/{n}) [Code](https://c.test/{n})"
        for n in range(6)
    ]
    assert [title for title, _ in read("\n".join(rows))] == [f"Moth {n}" for n in range(6)]


def test_the_text_of_a_side_link_is_not_in_the_words_of_the_entry() -> None:
    rows = [
        f"- [Moth {n}](https://a.test/{n}) flies [Paper](https://p.test/{n}) at night"
        for n in range(6)
    ]
    assert read("\n".join(rows)) == [(f"Moth {n}", "flies at night") for n in range(6)]


def test_an_entry_of_side_links_only_has_the_name_of_its_row() -> None:
    rows = [f"- Moth {n}, A. Lamp [Paper](https://p.test/{n})" for n in range(6)]
    assert read("\n".join(rows)) == [(f"Moth {n}, A. Lamp", "") for n in range(6)]


def test_an_entry_of_side_links_only_has_all_words_of_its_row() -> None:
    rows = [
        f"- **Moth {n}**: how it flies <br> Lamp 2021 [[Paper](https://p.test/{n})]"
        f" [[Code](https://c.test/{n})] by night"
        for n in range(6)
    ]
    assert read("\n".join(rows)) == [
        (f"Moth {n}", ": how it flies Lamp 2021 by night") for n in range(6)
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [("# Moths of the night\n\n# More", "Moths of the night"), ("## S\n\n# L", "L"), ("", "")],
)
def test_the_title_of_a_list_is_its_first_heading_of_level_1(text: str, name: str) -> None:
    assert parse(text.encode()).title == name
