"""What a rewrite changes, line by line, as a reviewer sees it, and any portion of it."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from staycurrent.curated.annotations import strip_annotations
from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import Flag, FoundFlag
from staycurrent.curated.generated_section import GeneratedSection
from staycurrent.curated.occurrence import LinkKind, Occurrence
from staycurrent.curated.proof import flags_outside_parts, prove_rewrite
from staycurrent.curated.spans import Splice, apply_splices


class LineFlag(NamedTuple):
    """A flag of a line and the link that it belongs to."""

    flag: Flag
    column: int
    """Byte of the line at which it stands, the line's flags not counted."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line that a rewrite changes; inside a generated part, one that it adds or takes out."""

    before: str | None
    """The line as it stood, without its end; None where it is new."""
    after: str | None
    """The line as it will stand; None where it goes."""
    old_line: int | None
    """Its number in the old list, from 1."""
    new_line: int | None
    """Its number in the new list, from 1."""
    flags_added: tuple[LineFlag, ...]
    flags_removed: tuple[LineFlag, ...]
    generated_section: str | None
    """The generated part that it stands in."""


def line_changes(before: Document, after: Document) -> tuple[LineChange, ...]:
    """Every line that differs, in the order of the list; people's lines first, then the parts.

    `after` is a rewrite of `before`: outside generated parts it has the same lines but for flags.
    """
    old, new = FlaggedLines.of(before), FlaggedLines.of(after)
    own = (
        _change(old, was, new, now, None)
        for was, now in zip(_outside(before), _outside(after), strict=True)
    )
    parts = (
        change
        for was, now in zip(before.generated_sections, after.generated_sections, strict=True)
        for change in _of_part(old, was, new, now)
    )
    return tuple(one for one in (*own, *parts) if one.before != one.after)


def partial_rewrite(before: Document, after: Document, left_out: Collection[LineChange]) -> bytes:
    """The rewrite without some of its changes: those lines stay as they are, a part as a whole.

    Proved as the rewrite itself was; raises UnsafeRewrite.
    """
    if not left_out:
        return after.raw
    raw = _mixed(before, after, left_out)
    found, bare = (
        parse(raw),
        parse(_mixed(strip_annotations(before), strip_annotations(after), left_out)),
    )
    prove_rewrite(bare, found, [one.flag for one in flags_outside_parts(found)])
    return raw


def _mixed(before: Document, after: Document, left_out: Collection[LineChange]) -> bytes:
    """The lines of `after`, but for those that are left out; line for line the same document."""
    was, now = list(_outside(before)), list(_outside(after))
    left = {one.old_line for one in left_out if one.generated_section is None}
    edits = [
        Splice(after.lines.span(new), before.raw[slice(*before.lines.span(old))])
        for old, new in zip(was, now, strict=True)
        if old in left
    ]
    parts = {one.generated_section for one in left_out}
    edits += [
        Splice(new.content, before.raw[slice(*old.content)])
        for old, new in zip(before.generated_sections, after.generated_sections, strict=True)
        if new.name in parts
    ]
    return apply_splices(after.raw, edits)


@dataclass(frozen=True, slots=True)
class FlaggedLines:
    """A document's lines as text, with the flags of each."""

    document: Document
    flags: Mapping[int, Sequence[FoundFlag]]

    @classmethod
    def of(cls, document: Document) -> "FlaggedLines":
        """Sort the flags of a document into its lines."""
        flags: dict[int, list[FoundFlag]] = {}
        for found in document.flags:
            flags.setdefault(document.lines.number(found.span.start), []).append(found)
        return cls(document, flags)

    def text(self, number: int) -> str:
        """A line without its end."""
        span = self.document.lines.span(number)
        return self.document.raw[slice(*span)].decode("utf-8", "replace").rstrip("\r\n")

    def position(self, offset: int) -> tuple[int, int]:
        """Line of an offset, and its byte in that line, the line's flags not counted."""
        number = self.document.lines.number(offset)
        before = (one.span for one in self.flags.get(number, ()) if one.span.end <= offset)
        start = self.document.lines.span(number).start
        return number, offset - start - sum(span.end - span.start for span in before)

    def line_flags(self, number: int | None) -> Counter[LineFlag]:
        """The flags of a line."""
        found = self.flags.get(number or 0, ())
        return Counter(LineFlag(one.flag, self.position(one.span.start)[1]) for one in found)


def _outside(document: Document) -> Iterator[int]:
    """Numbers of the lines that are not inside a generated part."""
    inside = {number for one in document.generated_sections for number in _inside(one)}
    lines = range(1, len(document.lines.starts) + 1)
    return (number for number in lines if number not in inside)


def _inside(part: GeneratedSection) -> range:
    return range(part.begin_line + 1, part.end_line)


def _of_part(
    old: FlaggedLines, was: GeneratedSection, new: FlaggedLines, now: GeneratedSection
) -> Iterator[LineChange]:
    before, after = _inside(was), _inside(now)
    texts = ([old.text(one) for one in before], [new.text(one) for one in after])
    for does, i, j, k, n in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        if does != "equal":
            yield from (_change(old, before[at], new, None, was.name) for at in range(i, j))
            yield from (_change(old, None, new, after[at], now.name) for at in range(k, n))


def _change(
    old: FlaggedLines, was: int | None, new: FlaggedLines, now: int | None, part: str | None
) -> LineChange:
    before, after = old.line_flags(was), new.line_flags(now)
    return LineChange(
        before=old.text(was) if was else None,
        after=new.text(now) if now else None,
        old_line=was,
        new_line=now,
        flags_added=tuple((after - before).elements()),
        flags_removed=tuple((before - after).elements()),
        generated_section=part,
    )


_SAME_ADDRESS = re.compile(r"(?i)https?://(?:www\.)?")


def added_occurrences(
    before: Document | None, after: Document, same: Callable[[str], Hashable]
) -> tuple[Occurrence, ...]:
    """The places of `after` that `before` had not, in their order; None: all of them.

    Two addresses are one where `same` gives the same for them. A line that was only moved, or a
    title that was changed, adds nothing; one more use of an address does. What stands in a
    generated part is ours and adds nothing.
    """
    known: Counter[tuple[Hashable, bytes]] = Counter()
    left: Counter[Hashable] = Counter()
    if before is not None:
        known.update((same(one.url), _line_bytes(before, one)) for one in _written(before))
        left.update(same(one.url) for one in _written(before))
    rest = []
    for place in _written(after):
        key = same(place.url)
        if known[key, _line_bytes(after, place)] > 0:
            known[key, _line_bytes(after, place)] -= 1
            left[key] -= 1
        else:
            rest.append((key, place))
    new = []
    for key, place in rest:
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(place)
    return tuple(new)


def duplicates_of(document: Document, places: Iterable[Occurrence]) -> dict[Occurrence, Occurrence]:
    """For each of these places its address's first other line, where it stands on one.

    Scheme, `www.` and a final slash make no other address here; images do not count.
    """
    lines: dict[str | None, dict[int, Occurrence]] = {}
    for one in _written(document):
        lines.setdefault(_loose(one), {}).setdefault(one.line, one)
    found = {}
    for place in places:
        others = lines.get(_loose(place), {}) if _loose(place) else {}
        other = next((one for line, one in others.items() if line != place.line), None)
        if other is not None:
            found[place] = other
    return found


def _written(document: Document) -> Iterator[Occurrence]:
    return (place for place in document.occurrences if place.generated_section is None)


def _line_bytes(document: Document, place: Occurrence) -> bytes:
    """The bytes of the line that a place begins on."""
    raw, at = document.raw, place.link_span.start
    begin = max(raw.rfind(b"\n", 0, at), raw.rfind(b"\r", 0, at)) + 1
    ends = [end for end in (raw.find(b"\n", at), raw.find(b"\r", at)) if end >= 0]
    return raw[begin : min(ends, default=len(raw))]


def _loose(place: Occurrence) -> str | None:
    """The address as two are compared; None where it counts as nobody's twin."""
    begin = _SAME_ADDRESS.match(place.url) if place.kind is not LinkKind.IMAGE else None
    return place.url[begin.end() :].rstrip("/") if begin else None
