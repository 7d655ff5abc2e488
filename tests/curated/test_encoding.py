"""Damaged text is put right, and nothing else: proved, and refused where it cannot be proved."""

from pathlib import Path

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.encoding import fix_encoding
from staycurrent.curated.lint import FindingKind, lint_document
from staycurrent.curated.mojibake import fix_mojibake as meant
from tests.support.documents import SHARED, SHARED_LISTS, strip_flags

SEED = SHARED / "seeds" / "llm-powerhouse.md"
PART = "<!-- stay:begin current -->\n\n{}\n\n<!-- stay:end current -->\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ğŸ“š and â€¦\r\n", "📚 and …\r\n"),
        ("- [ğŸ”—](https://a.example) ğŸ”—\n", "- [🔗](https://a.example) 🔗\n"),
        ('| Ã¼ | [b](https://b.example "Ã¼") |\n|--|--|\n', None),
        ("<td>Ã¼</td>\n", "<td>ü</td>\n"),
        ("[ğŸ”—]\n\n[ğŸ”—]: https://a.example\n", "[🔗]\n\n[🔗]: https://a.example\n"),
        ("\ufeffÃ¼\n", "\ufeffü\n"),
        ("naïve café “x” 📚\n", "naïve café “x” 📚\n"),
    ],
)
def test_damaged_text_is_put_right_where_it_stands(before: str, after: str | None) -> None:
    expected = meant(before) if after is None else after
    assert fix_encoding(parse(before.encode())).raw == expected.encode()


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://a.example/Ã¼)\n",
        "<https://a.example/Ã¼> https://b.example/Ã¼\n",
        "`Ã¼`\n\n```\nÃ¼\n```\n\n    Ã¼\n",
        'a <img alt="Ã¼" src="https://a.example/x"> b\n',
        "---\ntitle: Ã¼\n---\n\nb\n",
        "[a]\n\n[a]: https://a.example/Ã¼\n",
        "[b]: https://a.example/Ã¼\n",
        PART.format("Ã¼"),
    ],
)
def test_addresses_code_tags_and_generated_parts_stay_as_they_are(text: str) -> None:
    found = fix_encoding(parse(text.encode()))
    assert (found.raw, found.count) == (text.encode(), 0)


def test_bytes_that_are_no_utf_8_stay_and_what_is_damaged_behind_them_is_put_right() -> None:
    assert fix_encoding(parse(b"a \xff\xfe b \xc3\x83\xc2\xbc\n")).raw == b"a \xff\xfe b \xc3\xbc\n"


def test_headings_whose_anchor_changes_are_named() -> None:
    found = fix_encoding(parse("# ğŸ“š Books\n\nğŸ“š\n\n## Ã¼ber\n\n## Same\n".encode()))
    assert found.count == 3
    assert [(line, new) for line, _, new in found.slugs] == [(1, "-books"), (5, "über")]
    assert found.slugs[1][1] == "ãber"


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="../shared is absent")
def test_the_damaged_seed_is_mended_whole() -> None:
    raw = SEED.read_bytes()
    found = fix_encoding(parse(raw))
    assert found.count == 68
    assert found.raw == meant(raw.decode()).encode()
    after = parse(found.raw)
    assert [each.url for each in after.occurrences] == [each.url for each in parse(raw).occurrences]
    assert not [each for each in lint_document(after) if each.kind is FindingKind.DAMAGED_TEXT]
    assert fix_encoding(after).raw == found.raw


@pytest.mark.shared
@pytest.mark.parametrize("path", SHARED_LISTS, ids=lambda path: path.name)
def test_a_list_that_is_whole_stays_byte_for_byte(path: Path) -> None:
    raw = path.read_bytes()
    assert fix_encoding(parse(raw)).raw == raw
    assert strip_flags(raw) == raw
