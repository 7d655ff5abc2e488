"""What a list's entries say of its subject: names and words, without badges and side links."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from staycurrent.curated.place import Kind, Place
from staycurrent.flows.listing import Listed
from staycurrent.sources.relevance import ListEntry
from staycurrent.sources.text import plain
from staycurrent.web.identity import identify

_OFTEN = 0.01
_LEAST = 4
"""So many links of the same text, and a hundredth of all, name no entries: "Paper", "Demo"."""
_MARKUP = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|\]\[[^\]]*\]|[\[\]*`|]")


def entries(listed: Listed) -> Iterator[ListEntry]:
    """Yield each entry once, by its first link that names something, and the words around that.

    Some lists write `[Title](...): subtitle`, others `Title: subtitle [Paper](...)`. Links within
    the list, as in its table of contents, are no entries, and neither are badges.
    """
    places = [place for _, place in listed.places() if _is_shown(place)]
    texts = Counter(place.text for place in places)
    often = max(_LEAST, _OFTEN * len(places))
    side = frozenset(text for text, count in texts.items() if count >= often)
    for _, row in groupby(places, key=lambda place: place.end_of_entry or -place.use.start):
        entry = _entry(listed.document.raw, list(row), side)
        if entry is not None:
            yield entry


def name_of(listed: Listed) -> str:
    """What a list calls itself: its first heading of the first level; empty without one."""
    return next((one.text for one in listed.document.headings if one.level == 1), "")


def _is_shown(place: Place) -> bool:
    shown = place.text != "" and place.kind is not Kind.IMAGE
    return shown and identify(place.url) is not None


def _entry(raw: bytes, row: Sequence[Place], side: Collection[str]) -> ListEntry | None:
    """The entry of a row of links; where all are side links, under the name of their row."""
    # a text that says nothing ("[Homepage]") is called by its row
    named = [place for place in row if place.text not in side and place.title == place.text]
    first = named[0] if named else row[0]
    title = first.text if named else _name(row)
    if not title:
        return None
    said = _said(raw, row, [place for place in row if place is first or place.text in side])
    return ListEntry(title, first.section, first.url, said.removeprefix(title).lstrip())


def _name(row: Sequence[Place]) -> str:
    """What a row of side links is called; it is called by all its words, those of its links too."""
    title = row[0].title
    for place in reversed(row):
        title = title.removesuffix(place.text).rstrip()
    return title


def _said(raw: bytes, row: Sequence[Place], without: Sequence[Place]) -> str:
    """The words of a row before, between and behind some of its links."""
    bounds = [row[0].start_of_entry]
    for place in without:
        bounds += [place.use.start, max(place.use.end, bounds[-1])]
    bounds.append(max(row[0].end_of_entry or 0, bounds[-1]))
    said = [raw[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)]
    return plain(_MARKUP.sub(" ", b" ".join(said).decode("utf-8", errors="replace")))
