"""The list of this repository contains all of its two seeds and is well formed."""

import re
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT.parent / "shared" / "seeds"
SEED_NAMES = ("llm-for-practitioners.md", "llm-powerhouse.md")

LINK = re.compile(r"\[(?P<title>[^\[\]]*)\]\((?P<address>(?:[^()\s]|\([^()\s]*\))+)\)")
SEED_ADDRESS = re.compile(r"\]\((\w+://[^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)
GENERATED = re.compile(r"^<!-- stay:begin .*?^<!-- stay:end \S+ -->$", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"^<!-- stay:(begin|end) (\S+) -->$", re.MULTILINE)

# Wrong in the seed document and kept as found: to judge an address is the checker's work.
NAMES_OF_ONE_ADDRESS = [
    ("https://github.com/project-baize/baize-chatbot", ["Baize", "Koala"]),
    ("https://github.com/cocktailpeanut/dalai", ["Dalai", "LLaMA", "ColossalChat"]),
    ("https://github.com/nomic-ai/gpt4all", ["GPT4All", "Alpaca"]),
]


def list_text() -> str:
    return (ROOT / "curated.md").read_bytes().decode("utf-8")


def text_by_people() -> str:
    """The list without its generated section, whose titles come from the feeds."""
    return GENERATED.sub("", list_text())


def links(text: str) -> list[tuple[str, str]]:
    return [(found["title"], found["address"]) for found in LINK.finditer(text)]


def slugs(text: str) -> set[str]:
    """GitHub's slugs of all headings; a repeated one gets -1, -2 and so on."""
    taken: set[str] = set()
    for heading in HEADING.findall(text):
        kept = [c for c in heading.lower() if unicodedata.category(c)[0] in "LMN" or c in "-_ "]
        slug = wanted = "".join(kept).replace(" ", "-")
        repeat = 0
        while slug in taken:
            repeat += 1
            slug = f"{wanted}-{repeat}"
        taken.add(slug)
    return taken


@pytest.mark.shared
@pytest.mark.parametrize("name", SEED_NAMES)
def test_every_url_of_a_seed_is_in_the_list_unchanged(name: str) -> None:
    seed = SEEDS / name
    if not seed.exists():
        pytest.skip("the seed documents are not next to this project")
    wanted = set(SEED_ADDRESS.findall(seed.read_text(encoding="utf-8")))
    present = {address for _, address in links(list_text())}

    assert wanted
    assert wanted - present == set()


def test_every_fragment_matches_a_heading() -> None:
    text = list_text()
    anchors = {address[1:] for _, address in links(text) if address.startswith("#")}

    assert anchors
    assert anchors - slugs(text) == set()


def test_every_section_is_in_the_table_of_contents() -> None:
    contents, *others = SECTION.findall(list_text())
    first_part = list_text().split("\n## ")[1]

    assert contents == "Contents"
    assert [title for title, _ in links(first_part)] == others


def test_every_link_has_a_title_with_a_letter() -> None:
    nameless = [
        (title, address)
        for title, address in links(text_by_people())
        if not any(c.isalpha() for c in title) or title.lower() in {"link", "here"}
    ]

    assert nameless == []


def test_these_tests_see_every_link() -> None:
    text = text_by_people()

    assert len(links(text)) == text.count("](")


def test_one_generated_section_named_current_ends_the_section_stay_current() -> None:
    text = list_text()
    section = text.partition("\n## Stay current\n")[2].partition("\n## ")[0]

    assert MARKER.findall(text) == [("begin", "current"), ("end", "current")]
    assert MARKER.findall(section) == MARKER.findall(text)
    assert "\n\n<!-- stay:begin current -->\n\n" in section
    assert section.endswith("\n\n<!-- stay:end current -->\n")


@pytest.mark.parametrize(("address", "names"), NAMES_OF_ONE_ADDRESS)
def test_names_that_share_a_url_have_an_entry_each(address: str, names: list[str]) -> None:
    found = [title for title, other in links(list_text()) if other == address]

    assert sorted(found) == sorted(names)


def test_no_damaged_characters_are_left() -> None:
    text = list_text()

    assert [damage for damage in ("ğŸ", "â€", "\ufffd") if damage in text] == []


def test_lines_have_no_trailing_blanks() -> None:
    text = list_text()

    assert "\r" not in text
    assert "\t" not in text
    assert [line for line in text.split("\n") if line != line.rstrip()] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
