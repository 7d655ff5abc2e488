"""Proves a rewrite: only flags, marks, the named URLs and generated sections may differ.

Also finds the edits that can be proved.
"""

from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple, TypeVar

from staycurrent.curated.document import Document
from staycurrent.curated.flags import Treatment, replay_prefix
from staycurrent.curated.generated_section import checked_sections
from staycurrent.curated.parser import InlineKind
from staycurrent.curated.spans import Splice, apply_splices, blank_spans, merge_spans
from staycurrent.links.verdict import Flag

_COMPARED = {*InlineKind} - {InlineKind.TEXT, InlineKind.OTHER}
_LINKS = ("markup, link", "markup, image")
_MAX_ATTEMPTS: Final = 1000
"""Attempts to find the safe edits; each parses the list. 500 edits never need more."""
_MAX_PARSED: Final = 30_000_000
"""Bytes to parse for that, which takes minutes: a list of 1 MB is parsed 30 times."""

EditT = TypeVar("EditT")
NewT = TypeVar("NewT")


class UnsafeRewrite(Exception):
    """A rewrite that would change more than it may; nothing is written.

    `lines` are those of the old list that would change; none where that is not known.
    """

    def __init__(self, message: str, lines: Collection[int] = ()) -> None:
        super().__init__(message)
        self.lines = lines


class _Feature(NamedTuple):
    """Something that the parser finds in a list, and that must be the same after a rewrite."""

    what: str
    detail: str
    line: int


_Features = Callable[[Document], Iterator[_Feature]]


def prove_rewrite(before: Document, after: Document, flags: Sequence[Flag]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` with these flags, marks and new sections.

    Compared are bytes, links, headings and the structure of blocks and inline markup. `before` has
    no marks outside its generated sections, and no flags but those that cannot be removed.
    """
    if after is not before:
        if _without_ours(before) != _without_ours(after):
            raise UnsafeRewrite(
                "the new list would differ from the old one in more than flags and sections",
                _changed_lines(_texts, before, after),
            )
        reason = "the rewrite", "put <!-- stay:keep --> there"
        _require_same(before, after, reason, _links, _headings, _blocks, _markup)
    if Counter(found.flag for found in after.own_flags()) != Counter(flags):
        raise UnsafeRewrite("the flags in the new list would not be the flags that were written")


def prove_new_urls(before: Document, after: Document, urls: Mapping[int, str]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` with these URLs, by index of occurrence.

    The bytes around the URLs are not compared: they are copied.
    """
    old = [
        (each.line, each.kind, urls.get(i, each.url)) for i, each in enumerate(before.occurrences)
    ]
    new = [(each.line, each.kind, each.url) for each in after.occurrences]
    if old != new or not all(after.occurrences[index].verified for index in urls):
        raise UnsafeRewrite(
            "a new URL would not be read back as it was written",
            {line for line, *_ in Counter(old) - Counter(new)},
        )
    reason = "a new URL", "change the URL by hand"
    _require_same(before, after, reason, _headings, _blocks, _markup_without_urls)


_REMOVING = "removing an old flag or mark", "remove the flag or mark there"


def prove_same_links(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless removing old flags and marks left every link as it was."""
    _require_same(before, after, _REMOVING, _links)


def prove_same_texts(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless removing old flags left every link and every text as it was."""
    _require_same(before, after, _REMOVING, _links, _markup_of_texts)


def prove_same_shape(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless links, headings, blocks and inline markup are as they were."""
    reason = "fixing the encoding", "fix that line by hand"
    _require_same(before, after, reason, _links, _blocks, _markup)


def _require_same(
    before: Document, after: Document, reason: tuple[str, str], *kinds: _Features
) -> None:
    """Raise UnsafeRewrite at the first feature that would change; `reason`: why, and what to do."""
    action, advice = reason
    for features in kinds:
        for old, new in zip_longest(features(before), features(after)):
            if old is None or new is None or old[:2] != new[:2]:
                what, detail, line = old or new
                raise UnsafeRewrite(
                    f"{action} would change line {line} ({what} {detail}), so the list is not "
                    f"changed: {advice}, or fix the markup around it",
                    _changed_lines(features, before, after),
                )


def _changed_lines(features: _Features, before: Document, after: Document) -> set[int]:
    """The lines with a feature that would change or be on another line of people's lines."""
    longer = [
        (new.end_line, new.end_line - new.begin_line - old.end_line + old.begin_line)
        for old, new in zip(before.generated_sections, after.generated_sections, strict=False)
    ]
    was = Counter(features(before))
    now = Counter(
        each._replace(line=each.line - sum(more for end, more in longer if end <= each.line))
        for each in features(after)
    )
    return {each.line for each in ((was - now) + (now - was))}


def _without_ours(document: Document) -> bytes:
    """The bytes of a list without flags and marks, and with empty generated sections."""
    spans = {*document.annotation_spans()}
    spans |= {section.content for section in checked_sections(document.markers)}
    return apply_splices(document.raw, (Splice(span, b"") for span in spans))


def _texts(document: Document) -> Iterator[_Feature]:
    """People's lines, without flags and marks."""
    spans = [*document.annotation_spans(), *(each.content for each in document.generated_sections)]
    breaks = (Splice(span, b"\n" * document.raw.count(b"\n", *span)) for span in spans)
    lines = apply_splices(document.raw, breaks).splitlines()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _Feature("text", line.decode("utf-8", "replace"), number)


def _links(document: Document) -> Iterator[_Feature]:
    for _index, occurrence in document.own_occurrences():
        yield _Feature(f"link, {occurrence.kind}", occurrence.url, occurrence.line)


def _headings(document: Document) -> Iterator[_Feature]:
    for heading in document.headings:
        if not document.is_generated(heading.span.start):
            yield _Feature(f"heading of level {heading.level}", heading.text, heading.line)


def _blocks(document: Document) -> Iterator[_Feature]:
    """Blocks of code and of raw HTML; what stands right below raw HTML belongs to it.

    Raw HTML that a generated section interrupts continues below it, whether the section is empty or
    not.
    """
    ends = {section.content.end for section in document.generated_sections}
    blocks = [(block.span.start, "code") for block in document.markup.code]
    reached = -1
    for block in document.markup.html:
        start, end = block.span
        blocks += [(at, "raw HTML") for at in ends if start < at < end]
        if start != reached or start in ends:
            blocks.append((start, "raw HTML"))
        reached = end
    for start, what in sorted(blocks):
        if not document.is_generated(start):
            yield _Feature("block of", what, document.lines.number(start))


def _markup(document: Document, but: Container[int] = ()) -> Iterator[_Feature]:
    """Every run and the markup in it, without its text."""
    annotations = [found.span for found in document.flags]
    annotations += [span for mark in document.marks for span in mark.spans]
    ours = merge_spans(annotations)
    to_snapshots = {mark.offset for mark in document.marks if mark.treatment is Treatment.SNAPSHOT}
    for run in document.markup.runs:
        if run.start in but or document.is_generated(run.start):
            continue
        line = document.lines.number(run.start)
        level = f"heading of level {run.heading_level}" if run.heading_level else ""
        yield _Feature(
            "text of a", level or ("cell" if run.in_table else "paragraph or item"), line
        )
        for node in run.nodes:
            if node.kind not in _COMPARED or ours.enclosing(node.start + 1) is not None:
                continue
            detail = node.text
            if node.link_type:
                prefix = replay_prefix(node.url) if node.start in to_snapshots else ""
                detail = f"{node.link_type} {node.url.removeprefix(prefix)}"
            yield _Feature(f"markup, {node.kind}", detail, line)


def _markup_of_texts(document: Document) -> Iterator[_Feature]:
    """The runs that have more than flags and tags, and their markup."""
    runs = document.markup.runs
    tags = (node.span for node in document.markup.nodes if node.kind is InlineKind.HTML)
    ours = (found.span for found in document.flags)
    text = blank_spans(document.markup.clean, (*ours, *tags))
    return _markup(document, {run.start for run in runs if not text[run.start : run.end].strip()})


def _markup_without_urls(document: Document) -> Iterator[_Feature]:
    for what, detail, line in _markup(document):
        yield _Feature(what, detail.split(" ")[0] if what in _LINKS else detail, line)


def safe_edits(
    document: Document,
    edits: Sequence[EditT],
    offsets: Sequence[int],
    proved: Callable[[Sequence[EditT]], NewT],
) -> tuple[NewT, list[EditT]]:
    """What results from the edits that can be proved together, and these edits.

    `offsets` are those of the edits. Edits on the lines that a proof names are tried later; if it
    names no other lines than before, or none, the edits are halved, line by line if there are
    several on a line. After a long search, what was not tried is left out. Raises UnsafeRewrite if
    it is not the edits that are unsafe.
    """
    lines = [document.lines.number(offset) for offset in offsets]
    attempts = max(10, min(_MAX_ATTEMPTS, _MAX_PARSED // (len(document.raw) + 1)))
    new: NewT | None = None
    safe: list[int] = []
    # with the lines named before; breadth first, lest unsafe ones use up the attempts of others
    pending = deque[tuple[Sequence[int], Collection[int]]]([(range(len(edits)), ())])
    for _ in range(attempts):
        if not pending:
            break
        some, named = pending.popleft()
        tried = sorted((*safe, *some))
        try:
            new, safe = proved([edits[index] for index in tried]), tried
        except UnsafeRewrite as error:
            new = proved(()) if new is None else new
            if len(some) == 1:
                continue
            on_line: defaultdict[int, list[int]] = defaultdict(list)
            for index in some:
                on_line[lines[index]].append(index)
            edited = sorted(on_line)
            # what changes a line is on it, or before it
            near = {edited[max(0, bisect_right(edited, line) - 1)] for line in error.lines}
            is_named = not near.issuperset(edited) and not set(error.lines).issubset(named)
            if is_named:
                first = {index for index in some if lines[index] not in near}
            else:
                groups = [some] if len(edited) == len(some) else [*on_line.values()]
                first = {index for group in groups for index in group[: (len(group) + 1) // 2]}
            pending.append((sorted(first), error.lines if is_named else ()))
            pending.append(([index for index in some if index not in first], ()))
    return proved(()) if new is None else new, [edits[index] for index in safe]
