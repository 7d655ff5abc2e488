"""What a rewrite changes, line by line, as a reviewer sees it, and any portion of it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import Flag, FoundFlag
from staycurrent.curated.original import original
from staycurrent.curated.parts import Part
from staycurrent.curated.proof import flags_outside_parts, prove
from staycurrent.curated.spans import Splice, spliced


class Mark(NamedTuple):
    """A flag of a line and the link that it belongs to."""

    flag: Flag
    at: int
    """Byte of the line at which it stands, the line's flags not counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line that a rewrite changes; inside a generated part, one that it adds or takes out."""

    before: str | None
    """The line as it stood, without its end; None where it is new."""
    after: str | None
    """The line as it will stand; None where it goes."""
    was_line: int | None
    """Its number in the old list, from 1."""
    line: int | None
    """Its number in the new list, from 1."""
    came: tuple[Mark, ...]
    gone: tuple[Mark, ...]
    part: str | None
    """The generated part that it stands in."""


def changes(before: Document, after: Document) -> tuple[Change, ...]:
    """Every line that differs, in the order of the list; people's lines first, then the parts.

    `after` is a rewrite of `before`: outside generated parts it has the same lines but for flags.
    """
    old, new = Lines.of(before), Lines.of(after)
    own = (
        _change(old, was, new, now, None)
        for was, now in zip(_outside(before), _outside(after), strict=True)
    )
    parts = (
        change
        for was, now in zip(before.parts, after.parts, strict=True)
        for change in _of_part(old, was, new, now)
    )
    return tuple(one for one in (*own, *parts) if one.before != one.after)


def portion(before: Document, after: Document, left_out: Collection[Change]) -> bytes:
    """The rewrite without some of its changes: those lines stay as they are, a part as a whole.

    Proved as the rewrite itself was; raises UnsafeRewrite.
    """
    if not left_out:
        return after.raw
    raw = _mixed(before, after, left_out)
    found, bare = parse(raw), parse(_mixed(original(before), original(after), left_out))
    prove(bare, found, [one.flag for one in flags_outside_parts(found)])
    return raw


def _mixed(before: Document, after: Document, left_out: Collection[Change]) -> bytes:
    """The lines of `after`, but for those that are left out; line for line the same document."""
    was, now = list(_outside(before)), list(_outside(after))
    left = {one.was_line for one in left_out if one.part is None}
    edits = [
        Splice(after.lines.span(new), before.raw[slice(*before.lines.span(old))])
        for old, new in zip(was, now, strict=True)
        if old in left
    ]
    parts = {one.part for one in left_out}
    edits += [
        Splice(new.inside, before.raw[slice(*old.inside)])
        for old, new in zip(before.parts, after.parts, strict=True)
        if new.name in parts
    ]
    return spliced(after.raw, edits)


@dataclass(frozen=True, slots=True)
class Lines:
    """A document's lines as text, with the flags of each."""

    document: Document
    flags: Mapping[int, Sequence[FoundFlag]]

    @classmethod
    def of(cls, document: Document) -> "Lines":
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

    def marks(self, number: int | None) -> Counter[Mark]:
        """The flags of a line."""
        found = self.flags.get(number or 0, ())
        return Counter(Mark(one.flag, self.position(one.span.start)[1]) for one in found)


def _outside(document: Document) -> Iterator[int]:
    """Numbers of the lines that are not inside a generated part."""
    inside = {number for one in document.parts for number in _inside(one)}
    lines = range(1, len(document.lines.starts) + 1)
    return (number for number in lines if number not in inside)


def _inside(part: Part) -> range:
    return range(part.begin_line + 1, part.end_line)


def _of_part(old: Lines, was: Part, new: Lines, now: Part) -> Iterator[Change]:
    before, after = _inside(was), _inside(now)
    texts = ([old.text(one) for one in before], [new.text(one) for one in after])
    for does, i, j, k, n in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        if does != "equal":
            yield from (_change(old, before[at], new, None, was.name) for at in range(i, j))
            yield from (_change(old, None, new, after[at], now.name) for at in range(k, n))


def _change(old: Lines, was: int | None, new: Lines, now: int | None, part: str | None) -> Change:
    before, after = old.marks(was), new.marks(now)
    return Change(
        before=old.text(was) if was else None,
        after=new.text(now) if now else None,
        was_line=was,
        line=now,
        came=tuple((after - before).elements()),
        gone=tuple((before - after).elements()),
        part=part,
    )
