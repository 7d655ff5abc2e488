"""GitHub's own renderer as the judge of what a list shows."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options

HERE = Path(__file__).parent
OWN_LISTS = tuple(sorted((HERE / "lists").glob("*.md")))
SHARED = HERE.parents[2] / "shared"
SHARED_LISTS = tuple(sorted((SHARED / "lists").glob("*__*.md")))
FLAG = re.compile(r" \([^()<>]{1,40}<!--stay:[a-z]+:\d{4}-\d\d-\d\d-->\)")
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES


def rendered(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    shown: str = cmarkgfm.github_flavored_markdown_to_html(text, options=_OPTIONS)
    return shown


def addresses(html: str) -> list[str]:
    """What the page leads to and loads, percent-encoding undone, footnotes' own links left out."""
    page = _Page()
    page.feed(html)
    return page.addresses


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        first = dict(reversed(attrs))
        name = {"a": "href", "img": "src"}.get(tag, "")
        if name in first and not any(each.startswith("data-footnote") for each in first):
            self.addresses.append(unquote(first[name] or ""))
