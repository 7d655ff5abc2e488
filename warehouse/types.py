"""How values cross the border: moments are aware outside and naive UTC inside, text is whole."""

from datetime import UTC, datetime


def naive_utc(moment: datetime) -> datetime:
    """An aware moment as the naive UTC that columns hold; raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset: moments are given with one")
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware_utc(moment: datetime) -> datetime:
    """A column's naive UTC as the aware moment that it is."""
    return moment.replace(tzinfo=UTC)


def utf8_text(text: str) -> str:
    """Text without lone surrogates: a feed's JSON cut inside an emoji has them, UTF-8 does not."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def utf8_text_or_none(text: str | None) -> str | None:
    """As `whole`, where there may be no text."""
    return None if text is None else utf8_text(text)
