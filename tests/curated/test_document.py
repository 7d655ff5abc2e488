"""Every use of a link is found, with the bytes of its destination."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from staycurrent.curated.document import Document, parse
from staycurrent.curated.escaping import unescape_html, unescape_markdown
from staycurrent.curated.lint import FindingKind, lint_document
from staycurrent.curated.occurrence import LinkKind, Occurrence
from staycurrent.links.link import Link, link
from tests.support.documents import OWN_LISTS, SHARED, SHARED_LISTS, addresses, rendered

CASES = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
SHARED_CASES = SHARED / "facts" / "extraction_cases.json"
PREFIXES = ("http://", "mailto:")


def meaning(raw: bytes, occurrence: Occurrence) -> set[str]:
    """What the bytes of a destination may mean, computed without the product's own verification."""
    text = raw[occurrence.destination.start : occurrence.destination.end].decode()
    resolved = {text, text.replace("\\|", "|")}
    resolved |= {unescape_markdown(each) for each in resolved} | {unescape_html(text)}
    return resolved | {f"{prefix}{text}" for prefix in PREFIXES}


def urls(text: str) -> list[str]:
    return [occurrence.url for occurrence in parse(text.encode()).occurrences]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_each_link_is_found_in_order_and_its_destination_means_its_url(
    case: dict[str, Any],
) -> None:
    raw = case["input"].encode()
    document = parse(raw)
    assert [occurrence.url for occurrence in document.occurrences] == case["expected"]
    for occurrence in document.occurrences:
        assert occurrence.verified
        assert occurrence.url in meaning(raw, occurrence)


@pytest.mark.parametrize("case", [c for c in CASES if "titles" in c], ids=lambda c: c["id"])
def test_an_entry_is_named_after_its_row_or_link(case: dict[str, Any]) -> None:
    assert [occurrence.title for occurrence in parse(case["input"].encode()).occurrences] == case[
        "titles"
    ]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED_CASES.exists(), reason="../shared is absent")
def test_the_shared_cases_are_all_extracted() -> None:
    cases = json.loads(SHARED_CASES.read_text("utf-8"))
    wrong = [case["id"] for case in cases if urls(case["input"]) != case["expected"]]
    assert (len(cases), wrong) == (99, [])


@pytest.mark.parametrize("path", OWN_LISTS, ids=lambda path: path.name)
def test_own_lists_have_the_links_that_github_renders(path: Path) -> None:
    assert_links_as_shown(path)


@pytest.mark.shared
@pytest.mark.parametrize("path", SHARED_LISTS, ids=lambda path: path.name)
def test_shared_lists_have_the_links_that_github_renders(path: Path) -> None:
    assert_links_as_shown(path)


def assert_links_as_shown(path: Path) -> None:
    raw = path.read_bytes()
    document = parse(raw)
    assert document.occurrences
    for occurrence in document.occurrences:
        assert occurrence.verified
        assert occurrence.url in meaning(raw, occurrence)
    shown = Counter(addresses(rendered(without_front_matter(document))))
    ours = Counter(urls_without_srcset(document))
    assert ours == shown


def without_front_matter(document: Document) -> bytes:
    """GitHub renders front matter as a table; cmark-gfm alone would take it for text."""
    return document.raw[document.markup.front_matter.end :]


def urls_without_srcset(document: Document) -> list[str]:
    """Browsers load a `srcset`, but the renderer of these tests does not read it."""
    return addresses(
        "".join(
            f'<a href="{occurrence.url.replace("&", "&amp;").replace(chr(34), "&quot;")}">'
            for occurrence in document.occurrences
            if b"srcset" not in document.raw[occurrence.link_span.start : occurrence.link_span.end]
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
def test_a_url_that_is_not_valid_utf_8_is_found_but_never_edited(damage: bytes) -> None:
    raw = b"[a](https://a.example/" + damage + b"x)"
    (occurrence,) = parse(raw).occurrences
    assert not occurrence.verified
    assert occurrence.flag_offset is None


def test_a_label_with_nul_does_not_stop_the_parser() -> None:
    assert parse(b"[a\0]\n\n[a\0]: https://a.example\n").occurrences[0].kind is LinkKind.REFERENCE


def test_line_and_column_are_those_of_an_editor() -> None:
    document = parse("x\r\n\r\n- ünï [a](https://a.example) [b][r]\r\n\r\n[r]: /u\r\n".encode())
    assert [(occurrence.line, occurrence.column) for occurrence in document.occurrences] == [
        (3, 7),
        (3, 30),
    ]


def test_a_reference_link_is_where_it_is_used_with_its_destination_in_the_definition() -> None:
    raw = b"[a] and [a][]\n\n[a]: <https://a.example>\n[b]: /unused\n"
    document = parse(raw)
    assert [raw[slice(*occurrence.link_span)] for occurrence in document.occurrences] == [
        b"[a]",
        b"[a][]",
    ]
    assert {raw[slice(*occurrence.destination)] for occurrence in document.occurrences} == {
        b"https://a.example"
    }
    assert [each.label for each in document.definitions] == ["a", "b"]
    unused = [(each.kind, each.subject, each.line) for each in lint_document(document)]
    assert unused == [(FindingKind.UNUSED_REFERENCE, "b", 4)]


def test_the_section_of_a_link_is_the_path_of_headings_without_the_title_of_the_list() -> None:
    text = "# T\n\n[a](/a)\n\n## S\n\n### U [u](/u)\n\n[b](/b)\n\n<h2>V</h2>\n\n[c](/c)\n"
    sections = {
        occurrence.url: occurrence.section for occurrence in parse(text.encode()).occurrences
    }
    assert sections == {"/a": (), "/u": ("S", "U u"), "/b": ("S", "U u"), "/c": ("V",)}


def test_several_headings_of_level_1_are_sections() -> None:
    places = parse(b"# A\n\n[a](/a)\n\n# B\n\n[b](/b)\n").occurrences
    assert [occurrence.section for occurrence in places] == [("A",), ("B",)]


def test_an_occurrence_has_the_name_of_its_generated_section() -> None:
    text = "[a](/a)\n\n<!-- stay:begin new -->\n\n[b](/b)\n\n<!-- stay:end new -->\n\n[c](/c)\n"
    places = parse(text.encode()).occurrences
    assert [occurrence.generated_section for occurrence in places] == [None, "new", None]
    assert [occurrence.can_carry_flag for occurrence in places] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "newline"), [(b"a\r\nb\n", b"\r\n"), (b"a\nb\r\n", b"\n"), (b"a", b"\n")]
)
def test_a_document_has_the_line_ending_of_its_first_line(text: bytes, newline: bytes) -> None:
    assert parse(text).lines.newline == newline


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
def test_an_entry_starts_where_the_text_of_its_row_or_item_does(text: str, begins: str) -> None:
    document = parse(text.encode())
    (occurrence,) = document.occurrences
    assert document.raw[occurrence.entry_start :].decode().startswith(begins)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("[a](<https://x.example/a b.pdf>)", "https://x.example/a%20b.pdf"),
        ("![a](<https://x.example/a b.png>)", "https://x.example/a%20b.png"),
        ("[a][b]\n\n[b]: <https://x.example/a b>", "https://x.example/a%20b"),
        (
            "<a href='https://x.example/long-\n  name.html'>a</a>",
            "https://x.example/long-name.html",
        ),
        ("- <a href='https://x.example/a\n  b'>a</a>", "https://x.example/ab"),
        ("<p>\n<a href='https://x.example/a\r\n  b'>a</a>", "https://x.example/a%20%20b"),
        ("> <p>\n> <a href='https://x.example/a\n> b'>a</a>", "https://x.example/ab"),
        ("<a href='\n  https://x.example/\n  '>a</a>", "https://x.example/"),
        ("<a href=' https://x.example/a b '>a</a>", "https://x.example/a%20b"),
        ("> <a href='https://x.example/a\n> b'>a</a>", "https://x.example/ab"),
    ],
)
def test_blanks_and_line_breaks_in_a_url_are_requested_as_a_browser_does(
    text: str, url: str
) -> None:
    (occurrence,) = parse(text.encode()).occurrences
    target = link(occurrence.url)
    assert isinstance(target, Link)
    assert target.key == url
