"""HTML pages of feeds."""

from bs4 import BeautifulSoup, SoupStrainer
from bs4.exceptions import ParserRejectedMarkup

from staycurrent.sources.item import FeedDrift


def parse_html(body: bytes, *tags: str) -> BeautifulSoup | FeedDrift:
    """Parse the elements of these names, with what is in them; the rest of the page is skipped."""
    try:
        return BeautifulSoup(body, "html.parser", parse_only=SoupStrainer(list(tags)))
    except ParserRejectedMarkup:  # as for `<![`, followed by a NUL
        return FeedDrift("page cannot be parsed as HTML")
