"""Where a flag may stand: outside emphasis, badges and anchors, never in a heading or in code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from re import compile as pattern

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.link_syntax import ParsedLink
from staycurrent.curated.markup import HtmlBlock, InlineKind, InlineRun, Markup
from staycurrent.curated.occurrence import LinkKind
from staycurrent.curated.spans import LineIndex, Span, SpanSet, merge_spans

_REST_OF_LINE = pattern(rb"[ \t]*(?=[\r\n]|\Z)")
_DELIMITER_ROW = pattern(rb"(?m)^[ \t>]*\|?[ \t:-]*-[ \t|:-]*\r?$")
_TO_STRIKE = pattern(rb"[*_]~")
_DELIMITERS = (b"*", b"_", b"~")
_WRAPS = frozenset({"a", "picture"})
_FORBIDDEN = pattern("h[1-6]|code|pre|kbd|samp|tt|button|select|option|svg|math|title")
_STYLE_END = pattern(
    "/(?:b|strong|i|em|u|s|del|ins|sup|sub|small|big|font|span|mark|q|cite|code|kbd|samp|tt)"
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """The places of a document where flags may stand."""

    clean: bytes
    exits: Mapping[int, int]
    """From where a closing mark begins to where it ends."""
    wraps: SpanSet
    forbidden: SpanSet
    text_ends: Mapping[int, int]
    """Where the text of a run ends, tags behind it not included; by the run's begin."""
    first_of_row: Mapping[int, InlineRun]
    """The first cell with content, by entry."""
    last_of_row: Mapping[int, InlineRun]
    """The last cell with content, by entry."""
    tables: frozenset[int]
    """Begins of text that GitHub may show as a table: below a line pulldown-cmark sees none."""
    lone_tags: frozenset[int]
    """Ends of tags that stand alone in a line and may make a block of raw HTML of it."""

    def after_link(self, use: ParsedLink) -> int | None:
        """Where a flag stands behind the link; None where none may stand."""
        if isinstance(use.container, InlineRun) and use.container.level:
            return None
        if use.kind is LinkKind.BARE and self._is_tangled(use):
            return None
        return self._climbed(use.end, _end_of_home(use.container))

    def _is_tangled(self, use: ParsedLink) -> bool:
        """Whether a flag may change what GitHub reads around a bare address."""
        following = self.clean[use.end : use.end + 1]
        before = self.clean[max(0, use.destination.start - 2) : use.destination.start]
        # a flag would open or close emphasis that the address does not, or break a link into two
        is_in_emphasis = following in _DELIMITERS and use.end not in self.exits
        return is_in_emphasis or before == b"]("

    def entry_start(self, use: ParsedLink) -> int:
        """Where the text begins in which the link stands: of its row, or of its paragraph."""
        if isinstance(use.container, HtmlBlock):
            return use.link_span.start
        run = self.first_of_row[use.container.entry] if use.container.in_row else use.container
        return min(run.start, use.link_span.start)

    def after_entry(self, use: ParsedLink, after: int | None) -> int | None:
        """Where a flag stands at the end of the entry's text; behind the link in raw HTML.

        `after` is where it stands `behind` the link.
        """
        if (
            after is None
            or isinstance(use.container, HtmlBlock)
            or use.container.start in self.tables
        ):
            return after
        run = self.last_of_row[use.container.entry] if use.container.in_row else use.container
        return self._climbed(max(after, self.text_ends[run.start]), run.end)

    def _climbed(self, offset: int, end: int) -> int | None:
        while offset <= end:
            wrap = self.wraps.enclosing(offset)
            outside = wrap.end if wrap else self.exits.get(offset)
            if outside is None:
                break
            offset = outside
        is_free = self.forbidden.enclosing(offset) is None and offset not in self.lone_tags
        # cmark-gfm looks through `~` for what follows emphasis, pulldown-cmark does not
        is_free = is_free and _TO_STRIKE.match(self.clean, max(0, offset - 1)) is None
        return offset if offset <= end and is_free else None


def find_anchors(
    markup: Markup,
    tags: Mapping[int, HtmlTag],
    lines: LineIndex,
    marks: Iterable[HtmlTag],
    bare: SpanSet,
) -> Anchors:
    """Look over a document once; `tags` by the byte at which each begins, in order.

    Flags stand behind our `marks` of treated links; what stands in a bare address styles nothing.
    """
    clean, runs = markup.clean, markup.runs
    exits = {
        piece.inner_end: piece.end
        for run in runs
        for piece in run.nodes
        if piece.kind is InlineKind.STYLE
        and piece.inner_end
        and bare.enclosing(piece.start) is None
    }
    exits |= {
        tag.span.start: tag.span.end for tag in tags.values() if _STYLE_END.fullmatch(tag.name)
    }
    exits |= {tag.span.start: tag.span.end for tag in marks}
    wraps, forbidden = _pairs(tags.values(), _homes(markup))
    return Anchors(
        clean,
        exits,
        merge_spans(wraps),
        merge_spans(forbidden),
        {run.start: _end_of_text(clean, run) for run in runs},
        {run.entry: run for run in reversed(runs) if run.in_row},
        {run.entry: run for run in runs if run.in_row},
        frozenset(run.start for run in runs if not run.in_row and _has_delimiter_row(clean, run)),
        frozenset(_lone_tags(markup, tags, lines)),
    )


def _has_delimiter_row(clean: bytes, run: InlineRun) -> bool:
    return _DELIMITER_ROW.search(clean, run.start, run.end) is not None


def _homes(markup: Markup) -> SpanSet:
    """The stretches in which tags pair up."""
    inline = (Span(run.start, run.end) for run in markup.runs)
    return merge_spans((*inline, *(block.span for block in markup.html)))


def _end_of_home(home: InlineRun | HtmlBlock) -> int:
    return home.span.end if isinstance(home, HtmlBlock) else home.end


def _pairs(tags: Iterable[HtmlTag], places: SpanSet) -> tuple[list[Span], list[Span]]:
    """What wraps links, and where no flag may stand; a tag never closed forbids what follows it."""
    wraps: list[Span] = []
    forbidden: list[Span] = []
    opened: dict[str, HtmlTag] = {}
    for tag in tags:
        name = tag.name.removeprefix("/")
        if name not in _WRAPS and not _FORBIDDEN.fullmatch(name):
            continue
        before = opened.pop(name, None)
        if tag.name == name:
            opened[name] = tag
            forbidden += _unclosed(before, places)
        elif before is not None:
            into = wraps if name in _WRAPS else forbidden
            into.append(Span(before.span.start, tag.span.end))
    for tag in opened.values():
        forbidden += _unclosed(tag, places)
    return wraps, forbidden


def _unclosed(tag: HtmlTag | None, places: SpanSet) -> list[Span]:
    if tag is None or (tag.name == "a" and "href" not in tag.attributes):
        return []
    home = places.enclosing(tag.span.start + 1)
    return [Span(tag.span.start, (home.end if home else tag.span.end) + 1)]


def _end_of_text(clean: bytes, run: InlineRun) -> int:
    """Before tags and breaks at the end: a line of tags alone may be a block of its own."""
    for piece in reversed(run.nodes):
        is_text = run.in_row or piece.kind not in (InlineKind.HTML, InlineKind.OTHER)
        if is_text and piece.parent is None:
            return piece.start + len(clean[piece.start : piece.end].rstrip())
    return run.start


def _lone_tags(markup: Markup, tags: Mapping[int, HtmlTag], lines: LineIndex) -> Iterator[int]:
    """Ends of tags that may begin a block of raw HTML by standing alone in their line.

    CommonMark 4.6, kind 7: a flag behind would undo that. Parsers disagree on such a line right
    below an item, so those within text count too.
    """
    clean = markup.clean
    firsts = (block.span.start for block in markup.html)
    inline = (p.start for run in markup.runs for p in run.nodes if p.kind is InlineKind.HTML)
    for start in (*firsts, *inline):
        tag = tags.get(start)
        if tag is not None and _REST_OF_LINE.match(clean, tag.span.end):
            line = lines.span(lines.number(start))
            if not clean[line.start : start].strip(b" \t>"):
                yield tag.span.end
