"""GitHub's own renderer as the judge of what a list shows."""

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options

from staycurrent.curated.document import Document

HERE = Path(__file__).parent
OWN_LISTS = tuple(sorted((HERE / "lists").glob("*.md")))
SHARED = HERE.parents[2] / "shared"
SHARED_LISTS = tuple(sorted((SHARED / "lists").glob("*__*.md")))
FLAG = re.compile(r" \([^()<>]{1,40}<!--stay:[a-z]+:\d{4}-\d\d-\d\d-->\)")
REPLAY = r"https://web\.archive\.org/web/[0-9]{14}/"
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES


def rendered(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    shown: str = cmarkgfm.github_flavored_markdown_to_html(text, options=_OPTIONS)
    return shown


def addresses(html: str) -> list[str]:
    """What the page leads to and loads, percent-encoding undone, footnotes' own links left out."""
    page = _Page()
    page.feed(html.replace("<![", "<!-["))  # both are comments; the first one is not read
    return page.addresses


def without_ours(html: str) -> str:
    """The page without flags, and without strikes and snapshots, a person's strikes included."""
    html = re.sub(r"<!--stay:(?:struck|snapshot)-->|</?del>|" + REPLAY, "", FLAG.sub("", html))
    return html.replace('href="http://www.', 'href="www.')  # as a snapshot's address has it


def is_read_alike(document: Document) -> bool:
    """Whether GitHub shows the links that we see; what a `srcset` loads is no link of a page."""
    shown = addresses(rendered(document.raw[document.markup.front_matter.end :]))
    loaded = [p for p in document.places if b"srcset" in document.raw[slice(*p.use)]]
    places = [place for place in document.places if place not in loaded]
    return Counter(shown) == Counter(as_shown(place.url for place in places))


def as_shown(urls: Iterable[str]) -> list[str]:
    """The addresses as `addresses` would read them from a page."""
    return addresses("".join(f'<a href="{escape(url)}">' for url in urls))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        first = dict(reversed(attrs))
        name = {"a": "href", "img": "src"}.get(tag, "")
        if name in first and not any(each.startswith("data-footnote") for each in first):
            self.addresses.append(unquote(first[name] or ""))
