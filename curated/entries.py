"""What the entries of a list say about its subject: names and words, without badges."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from staycurrent.curated.document import Document
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.spans import blank_spans
from staycurrent.identity import identify
from staycurrent.sources.parsing import plain_text
from staycurrent.sources.relevance.model import ListEntry

_MIN_SHARE = 0.01
_MIN_COUNT = 4
"""Links with the same text that are at least so many, and that share of all links, are side
links: "Paper", "Demo"."""
_MARKUP = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|\]\[[^\]]*\]|[\[\]*`|]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""The C1 ones stand for quotes and dashes in a text that was once read in the wrong charset."""


def list_entries(document: Document) -> Iterator[ListEntry]:
    """Yield each entry once: its first link that names something, and the words around that link.

    Some lists write `[Title](...): subtitle`, others `Title: subtitle [Paper](...)`. Links within
    the list, as in a table of contents, and badges are not entries.
    """
    occurrences = [
        occurrence
        for _index, occurrence in document.own_occurrences()
        if occurrence.text and not occurrence.kind.is_image and identify(occurrence.url)
    ]
    counts = Counter(occurrence.text for occurrence in occurrences)
    threshold = max(_MIN_COUNT, _MIN_SHARE * len(occurrences))
    side_texts = frozenset(text for text, count in counts.items() if count >= threshold)
    unflagged = blank_spans(document.raw, (found.span for found in document.flags))
    # an entry without an anchor for flags at its end is one link
    for _, row in groupby(
        occurrences, key=lambda each: each.entry_flag_offset or -each.link_span.start
    ):
        entry = _entry(unflagged, list(row), side_texts)
        if entry is not None:
            yield entry


def _entry(raw: bytes, row: Sequence[Occurrence], side_texts: Collection[str]) -> ListEntry | None:
    """The entry that consists of these links; None if it has no name."""
    # a generic text ("[Homepage]") has the name of its row as its title
    named = [each for each in row if each.text not in side_texts and each.title == each.text]
    first = named[0] if named else row[0]
    title = first.text
    if not named:  # only side links: the name of the row, without their texts at its end
        title = first.title
        for occurrence in reversed(row):
            title = title.removesuffix(occurrence.text).rstrip()
    title = " ".join(_CONTROLS.sub(" ", title).split())
    if not title:
        return None
    bounds = [row[0].entry_start]
    for occurrence in row:
        if occurrence is first or occurrence.text in side_texts:
            start, end = occurrence.link_span
            bounds += [start, max(end, bounds[-1])]
    bounds.append(max(row[0].entry_flag_offset or 0, bounds[-1]))
    words = b" ".join(raw[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))
    text = plain_text(_MARKUP.sub(" ", words.decode("utf-8", errors="replace")))
    return ListEntry(title, first.section, first.url, text.removeprefix(title).lstrip())
