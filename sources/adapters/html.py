"""HTML pages of feeds."""

from typing import TYPE_CHECKING

from staycurrent.sources.item import FeedDrift

if TYPE_CHECKING:
    from bs4 import BeautifulSoup


def parse_html(body: bytes, *tags: str) -> "BeautifulSoup | FeedDrift":
    """Parse the elements of these names, with what is in them; the rest of the page is skipped."""
    # a fifth of what a run imports, for two of the adapters
    from bs4 import BeautifulSoup, SoupStrainer
    from bs4.exceptions import ParserRejectedMarkup

    try:
        return BeautifulSoup(body, "html.parser", parse_only=SoupStrainer(list(tags)))
    except ParserRejectedMarkup:  # as for `<![`, followed by a NUL
        return FeedDrift("page cannot be parsed as HTML")
