"""A list is taken apart into every use of a link, each with the bytes that prove it."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from staycurrent.curated.document import Document, parse
from staycurrent.curated.escaping import unescape_html, unescape_markdown
from staycurrent.curated.occurrence import LinkKind, Occurrence
from tests.support.documents import OWN_LISTS, SHARED, SHARED_LISTS, addresses, rendered

CASES = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
SHARED_CASES = SHARED / "facts" / "extraction_cases.json"
PREFIXES = ("http://", "mailto:")


def meaning(raw: bytes, place: Occurrence) -> set[str]:
    """What the bytes of a place may mean, worked out again without the room's own verification."""
    text = raw[place.destination.start : place.destination.end].decode()
    resolved = {text, text.replace("\\|", "|")}
    resolved |= {unescape_markdown(each) for each in resolved} | {unescape_html(text)}
    return resolved | {f"{prefix}{text}" for prefix in PREFIXES}


def urls(text: str) -> list[str]:
    return [place.url for place in parse(text.encode()).occurrences]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_each_link_is_found_in_order_and_its_bytes_mean_its_address(case: dict[str, Any]) -> None:
    raw = case["input"].encode()
    document = parse(raw)
    assert [place.url for place in document.occurrences] == case["expected"]
    for place in document.occurrences:
        assert place.verified
        assert place.url in meaning(raw, place)


@pytest.mark.parametrize("case", [c for c in CASES if "titles" in c], ids=lambda c: c["id"])
def test_an_entry_is_called_what_its_row_or_link_says(case: dict[str, Any]) -> None:
    assert [place.title for place in parse(case["input"].encode()).occurrences] == case["titles"]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED_CASES.exists(), reason="../shared is absent")
def test_the_shared_cases_are_extracted_without_exception() -> None:
    cases = json.loads(SHARED_CASES.read_text("utf-8"))
    wrong = [case["id"] for case in cases if urls(case["input"]) != case["expected"]]
    assert (len(cases), wrong) == (99, [])


@pytest.mark.parametrize("path", OWN_LISTS, ids=lambda path: path.name)
def test_own_lists_have_the_links_that_github_shows(path: Path) -> None:
    assert_links_as_shown(path)


@pytest.mark.shared
@pytest.mark.parametrize("path", SHARED_LISTS, ids=lambda path: path.name)
def test_shared_lists_have_the_links_that_github_shows(path: Path) -> None:
    assert_links_as_shown(path)


def assert_links_as_shown(path: Path) -> None:
    raw = path.read_bytes()
    document = parse(raw)
    assert document.occurrences
    for place in document.occurrences:
        assert place.verified
        assert place.url in meaning(raw, place)
    shown = Counter(addresses(rendered(without_front_matter(document))))
    ours = Counter(addresses_without_srcset(document))
    assert ours == shown


def without_front_matter(document: Document) -> bytes:
    """GitHub shows front matter as a table; cmark-gfm alone would take it for text."""
    return document.raw[document.markup.front_matter.end :]


def addresses_without_srcset(document: Document) -> list[str]:
    """A `srcset` is loaded, but it is no attribute that the oracle reads."""
    return addresses(
        "".join(
            f'<a href="{place.url.replace("&", "&amp;").replace(chr(34), "&quot;")}">'
            for place in document.occurrences
            if b"srcset" not in document.raw[place.link_span.start : place.link_span.end]
        )
    )


def test_offsets_count_bytes_whatever_the_bytes_are() -> None:
    raw = b"\xef\xbb\xbf\xff\xfe [\xc3\xbc](https://a.example/\xc3\xbc) \x00\xf0\x9f [b](https://b.example)"
    first, second = parse(raw).occurrences
    assert raw[slice(*first.destination)] == "https://a.example/ü".encode()
    assert raw[slice(*second.destination)] == b"https://b.example"
    assert raw[slice(*first.link_span)].endswith(b")")
    assert first.verified
    assert second.verified


@pytest.mark.parametrize("damage", [b"\0", b"\xff", b"\xc3"])
def test_an_address_that_is_not_text_is_seen_but_never_edited(damage: bytes) -> None:
    raw = b"[a](https://a.example/" + damage + b"x)"
    (place,) = parse(raw).occurrences
    assert not place.verified
    assert place.flag_offset is None


def test_a_label_with_nul_does_not_stop_the_parser() -> None:
    assert parse(b"[a\0]\n\n[a\0]: https://a.example\n").occurrences[0].kind is LinkKind.REFERENCE


def test_line_and_column_are_those_of_an_editor() -> None:
    document = parse("x\r\n\r\n- ünï [a](https://a.example) [b][r]\r\n\r\n[r]: /u\r\n".encode())
    assert [(place.line, place.column) for place in document.occurrences] == [(3, 7), (3, 30)]


def test_a_link_by_reference_stands_where_it_is_used_and_is_spelled_in_its_definition() -> None:
    raw = b"[a] and [a][]\n\n[a]: <https://a.example>\n[b]: /unused\n"
    document = parse(raw)
    assert [raw[slice(*place.link_span)] for place in document.occurrences] == [b"[a]", b"[a][]"]
    assert {raw[slice(*place.destination)] for place in document.occurrences} == {
        b"https://a.example"
    }
    used = [(each.label, each.line, each.is_used) for each in document.definitions]
    assert used == [("a", 3, True), ("b", 4, False)]


def test_the_section_of_a_link_is_the_path_of_headings_without_the_title_of_the_list() -> None:
    text = "# T\n\n[a](/a)\n\n## S\n\n### U [u](/u)\n\n[b](/b)\n\n<h2>V</h2>\n\n[c](/c)\n"
    sections = {place.url: place.section for place in parse(text.encode()).occurrences}
    assert sections == {"/a": (), "/u": ("S", "U u"), "/b": ("S", "U u"), "/c": ("V",)}


def test_several_headings_of_the_first_level_are_sections() -> None:
    places = parse(b"# A\n\n[a](/a)\n\n# B\n\n[b](/b)\n").occurrences
    assert [place.section for place in places] == [("A",), ("B",)]


def test_a_place_knows_the_generated_part_it_stands_in() -> None:
    text = "[a](/a)\n\n<!-- stay:begin new -->\n\n[b](/b)\n\n<!-- stay:end new -->\n\n[c](/c)\n"
    places = parse(text.encode()).occurrences
    assert [place.generated_section for place in places] == [None, "new", None]
    assert [place.can_carry_flag for place in places] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "newline"), [(b"a\r\nb\n", b"\r\n"), (b"a\nb\r\n", b"\n"), (b"a", b"\n")]
)
def test_a_document_has_the_line_end_that_it_begins_with(text: bytes, newline: bytes) -> None:
    assert parse(text).newline == newline


HOSTILE = {
    "quotes": b">" * 5000 + b"[a](b)",
    "brackets": b"[" * 50000,
    "links in links": b"[" * 20000 + b"a" + b"](b)" * 20000,
    "images": b"![" * 20000 + b"a" + b"](b)" * 20000,
    "stars": b"*a **a " * 20000,
    "back-quotes": b"".join(b"e" + b"`" * count for count in range(500)),
    "tags": b"<a href" * 20000,
    "attributes": b"<div>\n" + b'<a href="' * 20000,
    "comments": b"<div>\n" + b"<!--" * 20000,
    "anchors": b"<div>\n" + b"<a href=x>" * 20000,
    "addresses": b"https://a_" * 20000,
    "entities": b"https://a.example/" + b"&a;" * 50000,
    "mail": (b"a" * 319 + b"!@") * 1000,
    "references": b"[a] " * 20000 + b"\n\n[a]: /u\n",
    "flags": b"[a](b)" + b" (x<!--stay:dead:2026-11-01-->)" * 10000,
    "srcset": b"<img srcset='" + b"a (," * 5000 + b"'>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_makes_the_parser_slow(name: str) -> None:
    begin = time.process_time()
    parse(HOSTILE[name])
    assert time.process_time() - begin < 4


def test_time_grows_with_the_length_of_a_list_and_not_faster() -> None:
    def seconds(count: int) -> float:
        item = "- [N {0}](https://e.example/{0}) - Text, [paper](https://a.example/{0}).\n"
        raw = "".join(item.format(number) for number in range(count)).encode()
        best = 9.0
        for _ in range(3):
            begin = time.process_time()
            parse(raw)
            best = min(best, time.process_time() - begin)
        return best

    few, many = seconds(1500), seconds(12000)
    assert few < 1.5, "3,000 links take 0.2 s on a quiet machine"
    assert many < few * 8 * 3


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("- Moths: [flight](https://a.test/)", "Moths"),
        ("- Moths,\n  and [flight](https://a.test/)", "Moths"),
        ("- Owls\n- Moths: [flight](https://a.test/)", "Moths"),
        ("| Moths | [flight](https://a.test/) |\n|---|---|\n| Owls | hunt |", "Moths"),
        ("| A | B |\n|---|---|\n| Moths | [flight](https://a.test/) |", "Moths"),
        ('<p>Moths <a href="https://a.test/">flight</a></p>', "<a "),
    ],
)
def test_an_entry_begins_where_the_text_of_its_row_or_item_does(text: str, begins: str) -> None:
    document = parse(text.encode())
    (place,) = document.occurrences
    assert document.raw[place.entry_start :].decode().startswith(begins)
