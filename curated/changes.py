"""What an edit changes: lines of a rewrite, rewrites with some of them, links that it adds.

Also which flags a person moved.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Hashable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from io import BytesIO
from itertools import groupby, pairwise, zip_longest
from typing import NamedTuple, TypeVar

from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import FoundFlag
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.proof import prove_rewrite
from staycurrent.curated.rewrite import flags_by_offset, strip_annotations
from staycurrent.curated.spans import LineIndex, Span, Splice, apply_splices, merge_spans
from staycurrent.links.verdict import Flag


class LineFlag(NamedTuple):
    """A flag on a line."""

    flag: Flag
    column: int
    """In bytes from the start of the line, not counting flags before it."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that a rewrite changes, or that it adds or removes in a generated section."""

    before: str | None
    """The old line without its line ending; None if it is added."""
    after: str | None
    """The new line without its line ending; None if it is removed."""
    old_line: int | None
    """Its number in the old list, from 1."""
    new_line: int | None
    """Its number in the new list, from 1."""
    flags_added: tuple[LineFlag, ...]
    flags_removed: tuple[LineFlag, ...]
    generated_section: str | None
    """The name of the generated section that contains it."""


@dataclass(frozen=True, slots=True)
class FlaggedLines:
    """A document's lines and the flags on each.

    Lines over which a formatter has broken a flag of the document are one row.
    """

    document: Document
    rows: LineIndex
    flags: defaultdict[int, list[FoundFlag]]
    """By the first line of their row."""

    @classmethod
    def of(cls, document: Document) -> "FlaggedLines":
        """Group the flags of a document by line."""
        own = merge_spans(found.span for found in document.own_flags())
        starts = tuple(at for at in document.lines.starts if own.enclosing(at) is None)
        lines = cls(document, LineIndex(document.raw, starts), defaultdict(list))
        for found in document.flags:
            lines.flags[lines.number(found.span.start)].append(found)
        return lines

    def own_rows(self) -> list[Span]:
        """The rows outside the content of generated sections."""
        sections = self.document.generated_sections
        generated = {number for each in sections for number in each.lines}
        rows = (self.rows.span(number + 1) for number in range(len(self.rows.starts)))
        return [row for row in rows if self.document.lines.number(row.start) not in generated]

    def lines_of(self, row: Span) -> range:
        """The numbers of the lines of a row."""
        number = self.document.lines.number
        return range(number(row.start), number(max(row.start, row.end - 1)) + 1)

    def text(self, number: int) -> str:
        """A line without its line ending."""
        return self.document.lines.content(number).decode("utf-8", "replace")

    def number(self, offset: int) -> int:
        """The first line of the row of an offset."""
        return self.document.lines.number(self.rows.span(self.rows.number(offset)).start)

    def position(self, offset: int) -> tuple[int, int]:
        """The first line of the row of an offset, and its column as in `LineFlag.column`."""
        number = self.number(offset)
        before = (each.span for each in self.flags.get(number, ()) if each.span.end <= offset)
        start = self.document.lines.span(number).start
        return number, offset - start - sum(span.end - span.start for span in before)

    def line_flags(self, number: int | None) -> Counter[LineFlag]:
        """The flags of a line."""
        found = self.flags.get(number or 0, ())
        return Counter(LineFlag(each.flag, self.position(each.span.start)[1]) for each in found)


def line_changes(before: Document, after: Document) -> tuple[LineChange, ...]:
    """Every line that differs, in the order of the list: people's lines, then generated sections.

    `after` is a rewrite of `before`: outside generated sections the rows correspond.
    """
    old, new = FlaggedLines.of(before), FlaggedLines.of(after)
    changes = [
        _line_change(old, old_line, new, new_line, None)
        for was, now in zip(old.own_rows(), new.own_rows(), strict=True)
        for old_line, new_line in zip_longest(old.lines_of(was), new.lines_of(now))
    ]
    for was, now in zip(before.generated_sections, after.generated_sections, strict=True):
        texts = [*map(old.text, was.lines)], [*map(new.text, now.lines)]
        matcher = SequenceMatcher(None, *texts, autojunk=False)
        for operation, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            if operation != "equal":
                removed, added = was.lines[old_from:old_to], now.lines[new_from:new_to]
                changes += (_line_change(old, line, new, None, was.name) for line in removed)
                changes += (_line_change(old, None, new, line, now.name) for line in added)
    return tuple(change for change in changes if change.before != change.after)


def signed_lines(before: Document, after: Document) -> list[tuple[str, bytes]]:
    """The lines of both, as git counts lines, each with its sign in a unified diff.

    `after` is a rewrite of `before`: lines that correspond are compared with each other only, so
    that the diff is exact however often a line is repeated.
    """
    rows = zip(FlaggedLines.of(before).own_rows(), FlaggedLines.of(after).own_rows(), strict=False)
    starts = (
        (old.start, new.start)
        for old, new in rows
        if before.raw.endswith(b"\n", 0, old.start) and after.raw.endswith(b"\n", 0, new.start)
    )
    ends = len(before.raw), len(after.raw)
    signed: list[tuple[str, bytes]] = []
    for (old, new), (old_end, new_end) in pairwise(((0, 0), *starts, ends)):
        # not by splitlines: git ends no line at a carriage return alone
        was = [*BytesIO(before.raw[old:old_end])]
        now = [*BytesIO(after.raw[new:new_end])]
        matcher = SequenceMatcher(None, was, now, autojunk=False)
        for operation, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            if operation == "equal":
                signed += ((" ", line) for line in was[old_from:old_to])
            else:
                signed += (("-", line) for line in was[old_from:old_to])
                signed += (("+", line) for line in now[new_from:new_to])
    groups = groupby(signed, key=lambda one: one[0] == " ")
    return [one for _, group in groups for one in sorted(group, key=lambda each: each[0] == "+")]


def inseparable_lines(before: Document, after: Document) -> Mapping[int, int]:
    """The old numbers of lines that change together, each with the first of those lines.

    A link that is struck out or led to a snapshot may begin and end on different lines, and have
    its address in a definition: with some of its marks only, it would be another link. A flag may
    go from its link to the end of its entry: it would be lost, or there twice. Or it is broken over
    several lines.
    """
    old, new = FlaggedLines.of(before), FlaggedLines.of(after)
    rows = old.own_rows()
    was = {
        new.number(now.start): old.number(row.start)
        for now, row in zip(new.own_rows(), rows, strict=True)
    }
    groups = [{*old.lines_of(row)} for row in rows]
    groups += [{old.number(span.start) for span in mark.spans} for mark in before.marks]
    groups += [
        {was[new.number(span.start)] for span in mark.spans}
        for mark in after.marks
        if not after.is_generated(mark.offset)
    ]
    had = Counter((old.number(each.span.start), each.flag) for each in before.own_flags())
    has = Counter((was[new.number(each.span.start)], each.flag) for each in after.own_flags())
    lost, gained = ({line for line, _flag in some} for some in (had - has, has - had))
    for _index, one in before.own_occurrences():
        offsets = {one.flag_offset, one.entry_flag_offset} - {None}
        lines = {old.number(offset) for offset in offsets if offset is not None}
        groups += [lines] if lines & lost and lines & gained else []
    first: dict[int, int] = {}
    for lines in groups:
        joined = {first.get(line, line) for line in lines}
        if len(joined) > 1:
            joins = [line for line, root in first.items() if root in joined]
            first |= dict.fromkeys((*lines, *joins), min(joined))
    return first


def partial_rewrite(before: Document, after: Document, left_out: Collection[LineChange]) -> bytes:
    """The rewrite without some of its changes; a generated section is left out as a whole.

    So are `inseparable_lines`. Proved like the rewrite itself; raises UnsafeRewrite.
    """
    if not left_out:
        return after.raw
    old = FlaggedLines.of(before)
    lines = {change.old_line for change in left_out if change.generated_section is None}
    rows = {
        index for index, row in enumerate(old.own_rows()) if lines.intersection(old.lines_of(row))
    }
    sections = {change.generated_section for change in left_out}
    raw = _mixed(old, FlaggedLines.of(after), rows, sections)
    bare, new = (FlaggedLines.of(strip_annotations(each)) for each in (before, after))
    stripped = _mixed(bare, new, rows, sections)
    mixed = parse(raw)
    prove_rewrite(parse(stripped), mixed, [found.flag for found in mixed.own_flags()])
    return raw


def added_occurrences(
    before: Document | None, after: Document, same: Callable[[str], Hashable]
) -> tuple[Occurrence, ...]:
    """The occurrences that an edit adds, in order; all of `after` if there is no `before`.

    URLs are equal if `same` maps them to equal values. Moving a line or changing a title adds
    nothing; another use of a URL does. Generated sections are ignored.
    """

    def keyed(document: Document) -> Iterator[tuple[Occurrence, tuple[Hashable, bytes]]]:
        for _index, one in document.own_occurrences():
            yield one, (same(one.url), document.lines.content(one.line))

    by_line = Counter[tuple[Hashable, bytes]]()
    if before is not None:
        by_line.update(key for _, key in keyed(before))
    on_new_lines = [(one, key[0]) for one, key in keyed(after) if not _take(by_line, key)]
    by_url = Counter(url for url, _line in by_line.elements())
    return tuple(one for one, url in on_new_lines if not _take(by_url, url))


K = TypeVar("K")


def _take(counts: Counter[K], key: K) -> bool:
    """Whether one of `key` was left, which is then taken."""
    counts[key] -= 1
    return counts[key] >= 0


def _line_change(
    old: FlaggedLines,
    old_line: int | None,
    new: FlaggedLines,
    new_line: int | None,
    section: str | None,
) -> LineChange:
    before, after = old.line_flags(old_line), new.line_flags(new_line)
    return LineChange(
        before=old.text(old_line) if old_line else None,
        after=new.text(new_line) if new_line else None,
        old_line=old_line,
        new_line=new_line,
        flags_added=tuple((after - before).elements()),
        flags_removed=tuple((before - after).elements()),
        generated_section=section,
    )


def _mixed(
    was: FlaggedLines, now: FlaggedLines, rows: Container[int], sections: Container[str | None]
) -> bytes:
    """The rows and sections of `now`, but these of `was`; rows by their index."""
    before, after = was.document, now.document
    edits = [
        Splice(new, before.raw[slice(*old)])
        for index, (old, new) in enumerate(zip(was.own_rows(), now.own_rows(), strict=True))
        if index in rows
    ]
    edits += [
        Splice(new.content, before.raw[slice(*old.content)])
        for old, new in zip(before.generated_sections, after.generated_sections, strict=True)
        if new.name in sections
    ]
    return apply_splices(after.raw, edits)


def displaced_flags(
    document: Document, is_expected: Callable[[Occurrence, Flag], bool]
) -> Iterator[tuple[Occurrence, Flag]]:
    """Each flag that is at no link of which it is expected, with the links of its entry.

    A person moved it, or wrote something before it. Raises UnsafeRewrite if removing flags and
    marks changes a link.
    """
    stripped, by_offset = flags_by_offset(document)
    in_place = {
        found
        for occurrence in stripped.occurrences
        for offset in (occurrence.flag_offset, occurrence.entry_flag_offset)
        for found in by_offset.get(offset or -1, ())
        if is_expected(occurrence, found.flag)
    }
    displaced = [
        (document.lines.number(found.span.start), found.flag)
        for found in document.own_flags()
        if found not in in_place
    ]
    for occurrence in document.occurrences if displaced else ():
        entry = document.entry_lines(occurrence)
        yield from ((occurrence, flag) for line, flag in displaced if line in entry)
