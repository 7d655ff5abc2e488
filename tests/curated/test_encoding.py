"""Mojibake is fixed and nothing else changes, or the fix is refused."""

from pathlib import Path

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.escaping import fix_mojibake as meant
from staycurrent.curated.lint import FindingKind, lint_document
from staycurrent.curated.rewrite import fix_encoding
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
def test_damaged_text_is_fixed_in_place(before: str, after: str | None) -> None:
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
def test_urls_code_tags_and_generated_sections_stay_as_they_are(text: str) -> None:
    found = fix_encoding(parse(text.encode()))
    assert (found.raw, found.count) == (text.encode(), 0)


def test_invalid_utf_8_stays_and_damage_after_it_is_fixed() -> None:
    assert fix_encoding(parse(b"a \xff\xfe b \xc3\x83\xc2\xbc\n")).raw == b"a \xff\xfe b \xc3\xbc\n"


def test_headings_whose_slug_changes_are_listed() -> None:
    found = fix_encoding(parse("# ğŸ“š Books\n\nğŸ“š\n\n## Ã¼ber\n\n## Same\n".encode()))
    assert found.count == 3
    assert [(line, new) for line, _, new in found.slugs] == [(1, "-books"), (5, "über")]
    assert found.slugs[1][1] == "ãber"


@pytest.mark.shared
@pytest.mark.skipif(not SEED.exists(), reason="../shared is absent")
def test_the_damaged_seed_is_fixed_completely() -> None:
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
def test_an_undamaged_list_stays_byte_for_byte(path: Path) -> None:
    raw = path.read_bytes()
    assert fix_encoding(parse(raw)).raw == raw
    assert strip_flags(raw) == raw
