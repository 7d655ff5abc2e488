"""Why an answer cannot be a feed's answer, whatever its body says."""

from enum import StrEnum
from urllib.parse import urlsplit

from staycurrent.web.answer import Answer

FEED_BYTES = 5_000_000
"""How much of a feed is read, in bytes; the largest archive feed has 2.5 MB."""
PAGE_BYTES = 2_000_000
"""How much of a page is read, in bytes; GitHub's has 0.7 MB."""


class Shape(StrEnum):
    """What kind of body a feed promises."""

    HTML = "html"
    JSON = "json"
    FEED = "feed"
    """RSS or Atom; hosts of raw files call it text/plain, so only HTML is refused by its type."""


def doubt(answer: Answer, shape: Shape, *, same_host: bool = True) -> str | None:
    """Say why the answer is not to be believed, as a sentence without full stop; None if it may be.

    A source that was sold, retired or walled off answers 200 from elsewhere or with another type:
    paperswithcode.com did both in July 2025.
    """
    if answer.failure is not None:
        return f"no answer: {answer.failure.value.replace('_', ' ')}"
    if same_host and _host(answer.final_url) != _host(answer.url):
        return f"was sent on from {_host(answer.url)} to {_host(answer.final_url)}"
    if "challenge" in answer.headers.get("cf-mitigated", ""):
        return "answers with a challenge for browsers"
    if answer.status != 200:
        return f"answers {answer.status}"
    if answer.truncated:
        return f"body was cut after {len(answer.body)} bytes"
    if not answer.body.strip():
        return "body is empty"
    return _wrong_type(answer, shape)


def _wrong_type(answer: Answer, shape: Shape) -> str | None:
    declared = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not declared:
        return None
    is_html = declared in ("text/html", "application/xhtml+xml")
    is_json = declared.endswith(("/json", "+json")) or declared == "text/plain"
    right = {Shape.HTML: is_html, Shape.JSON: is_json, Shape.FEED: not is_html}[shape]
    return None if right else f"content type is {declared}, not {shape.value}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
