"""Headings get the slugs that GitHub gives them."""

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.headings import github_slug, github_slugs


@pytest.mark.parametrize(
    ("text", "anchor"),
    [
        ("Fundamentals", "fundamentals"),
        ("Songbirds & others", "songbirds--others"),
        ("C++ / C# (2024)", "c--c-2024"),
        ("Überblick über 中文", "überblick-über-中文"),
        ("📚 Books", "-books"),
        ("Trailing badge ", "trailing-badge-"),
        ("snake_case and-dash", "snake_case-and-dash"),
        ("Ⓐ ①", "ⓐ-"),
        ("non-breaking\u00a0blank", "non-breakingblank"),
    ],
)
def test_a_slug_keeps_letters_digits_dashes_and_underscores(text: str, anchor: str) -> None:
    assert github_slug(text) == anchor


def test_a_repeated_heading_gets_the_next_free_number() -> None:
    assert github_slugs(["a", "a", "a-1", "a", "a-1"]) == ("a", "a-1", "a-1-1", "a-2", "a-1-2")


def test_headings_of_markdown_and_of_raw_html_are_numbered_together() -> None:
    text = "# A `b` [c](/c) ![alt](/i)\n\n<h2>A <i>b</i>&amp;c</h2>\n\nX\n---\n\n## X\n\n"
    text += "<a id=Top></a>\n"
    document = parse(text.encode())
    assert [heading.slug for heading in document.headings] == ["a-b-c-", "a-bc", "x", "x-1"]
    assert [heading.text for heading in document.headings] == ["A b c", "A b&c", "X", "X"]
    assert "top" in document.fragment_targets
