"""What a list's entries say of its subject: names and words, without badges and side links."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from curated.place import Kind, Place
from flows.listing import Listed
from sources.relevance import ListEntry
from sources.text import plain
from web.identity import identify

_OFTEN = 0.01
_LEAST = 4
"""So many links of the same text, and a hundredth of all, name no entries: "Paper", "Demo"."""
_MARKUP = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|\]\[[^\]]*\]|[\[\]*`|]")


def entries(listed: Listed) -> Iterator[ListEntry]:
    """Yield each entry once, by its first link that names something, and the words behind that.

    Links within the list, as in its table of contents, are no entries, and neither are badges.
    """
    places = [place for _, place in listed.places() if _is_shown(place)]
    texts = Counter(place.text for place in places)
    often = max(_LEAST, _OFTEN * len(places))
    side = frozenset(text for text, count in texts.items() if count >= often)
    for _, row in groupby(places, key=lambda place: place.end_of_entry or -place.use.start):
        entry = _entry(listed.document.raw, list(row), side)
        if entry is not None:
            yield entry


def _is_shown(place: Place) -> bool:
    shown = place.text != "" and place.kind is not Kind.IMAGE
    return shown and identify(place.url) is not None


def _entry(raw: bytes, row: Sequence[Place], side: Collection[str]) -> ListEntry | None:
    """The entry of a row of links; where all are side links, under the name of their row."""
    named = [(place, place.text) for place in row if place.text not in side]
    title = row[0].title
    for place in reversed(row):  # a row is called by all its words, those of its links too
        title = title.removesuffix(place.text).rstrip()
    if not named and title:
        named = [(row[0], title)]
    if not named:
        return None
    place, title = named[0]
    behind = raw[place.use.end : place.end_of_entry or place.use.end]
    text = plain(_MARKUP.sub(" ", behind.decode("utf-8", errors="replace")))
    return ListEntry(title, place.section, place.url, text)
