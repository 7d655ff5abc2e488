"""Where flags may go: outside emphasis, badges and HTML anchors, never in a heading or in code."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from re import compile as pattern

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.link_syntax import ParsedLink
from staycurrent.curated.occurrence import LinkKind
from staycurrent.curated.parser import HtmlBlock, InlineKind, InlineRun, Markup
from staycurrent.curated.spans import Span, SpanSet, merge_spans

_REST_OF_LINE = pattern(rb"[ \t]*(?=[\r\n]|\Z)")
_DELIMITER_ROW = pattern(rb"(?m)^[ \t>]*+\|?[ \t:]*+-[ \t|:-]*+\r?$")
_BEFORE_STRIKETHROUGH = pattern(rb"[*_]~")
_DELIMITERS = (b"*", b"_", b"~")
_WRAPPERS = frozenset({"a", "picture"})
_FORBIDDEN = pattern("h[1-6]|code|pre|kbd|samp|tt|button|select|option|svg|math|title")
_STYLE_END = pattern(
    "/(?:b|strong|i|em|u|s|del|ins|sup|sub|small|big|font|span|mark|q|cite|code|kbd|samp|tt)"
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """The offsets of a document at which flags may go."""

    clean: bytes
    closing: Mapping[int, int]
    """Where each closing delimiter, closing tag or mark begins, and where it ends."""
    wrappers: SpanSet
    """Raw HTML elements around links; a flag goes after them."""
    forbidden: SpanSet
    text_ends: Mapping[int, int]
    """Where the text of a run ends, before tags at its end; by where the run begins."""
    entries: Mapping[int, Sequence[InlineRun]]
    """As in `Markup`: of a row its cells with content."""
    unseen_tables: frozenset[int]
    """Where runs begin that GitHub may show as a table although pulldown-cmark does not."""
    lone_tags: frozenset[int]
    """Where tags end that are alone on a line, which may make it a block of raw HTML."""

    def after_link(self, link: ParsedLink) -> int | None:
        """Where a flag goes just after the link; None if none may go there."""
        container = link.container
        if isinstance(container, HtmlBlock):
            return self._outermost(link.end, container.span.end)
        if container.heading_level:
            return None
        if link.kind is LinkKind.BARE:
            # a flag would open or close emphasis that the URL does not, or split a link in two
            following = self.clean[link.end : link.end + 1]
            before = self.clean[max(0, link.destination.start - 2) : link.destination.start]
            if (following in _DELIMITERS and link.end not in self.closing) or before == b"](":
                return None
        return self._outermost(link.end, container.end)

    def entry_start(self, link: ParsedLink) -> int:
        """Where the text of the link's row or paragraph begins; in raw HTML, the link itself."""
        if isinstance(link.container, HtmlBlock):
            return link.link_span.start
        run = link.container
        first = self.entries[run.entry][0] if run.in_table else run
        return min(first.start, link.link_span.start)

    def after_entry(self, link: ParsedLink, after_link: int | None) -> int | None:
        """Where a flag goes at the end of the entry's text; just after the link in raw HTML."""
        run = link.container
        if after_link is None or isinstance(run, HtmlBlock) or run.start in self.unseen_tables:
            return after_link
        last = self.entries[run.entry][-1] if run.in_table else run
        return self._outermost(max(after_link, self.text_ends[last.start]), last.end)

    def _outermost(self, offset: int, limit: int) -> int | None:
        """After everything that closes at `offset`; None if that is forbidden or past `limit`."""
        while offset <= limit:
            wrapper = self.wrappers.enclosing(offset)
            outside = wrapper.end if wrapper else self.closing.get(offset)
            if outside is None:
                break
            offset = outside
        is_free = self.forbidden.enclosing(offset) is None and offset not in self.lone_tags
        # cmark-gfm skips `~` to find what follows emphasis, pulldown-cmark does not
        is_free = is_free and _BEFORE_STRIKETHROUGH.match(self.clean, max(0, offset - 1)) is None
        return offset if offset <= limit and is_free else None


def find_anchors(
    markup: Markup, tags: Mapping[int, HtmlTag], marks: Iterable[HtmlTag], bare: SpanSet
) -> Anchors:
    """Find where flags may go; `tags` by the offset at which each begins, in order.

    Flags go after the comments of our `marks`. Delimiters inside `bare` addresses style nothing.
    """
    clean, runs = markup.clean, markup.runs
    closing = {
        node.inner_end: node.end
        for node in markup.nodes
        if node.kind is InlineKind.STYLE and node.inner_end and bare.enclosing(node.start) is None
    }
    style_ends = (tag for tag in tags.values() if _STYLE_END.fullmatch(tag.name))
    closing |= {tag.span.start: tag.span.end for tag in (*style_ends, *marks)}
    wrappers, forbidden = _elements(tags.values(), markup)
    return Anchors(
        clean,
        closing,
        merge_spans(wrappers),
        merge_spans(forbidden),
        {run.start: _end_of_text(clean, run) for run in runs},
        markup.entries,
        frozenset(
            run.start
            for run in runs
            if not run.in_table and _DELIMITER_ROW.search(clean, run.start, run.end)
        ),
        _lone_tags(markup, tags),
    )


def _elements(tags: Iterable[HtmlTag], markup: Markup) -> tuple[list[Span], list[Span]]:
    """The elements that wrap links, and those that forbid flags.

    An element that is never closed forbids everything up to the end of its run or block.
    """
    runs = (run.span for run in markup.runs)
    containers = merge_spans((*runs, *(block.span for block in markup.html)))
    wrappers: list[Span] = []
    forbidden: list[Span] = []
    opened: dict[str, HtmlTag] = {}
    unclosed: list[HtmlTag] = []
    for tag in tags:
        name = tag.name.removeprefix("/")
        if name not in _WRAPPERS and not _FORBIDDEN.fullmatch(name):
            continue
        before = opened.pop(name, None)
        if tag.name == name:
            opened[name] = tag
            unclosed += [before] if before is not None else []
        elif before is not None:
            into = wrappers if name in _WRAPPERS else forbidden
            into.append(Span(before.span.start, tag.span.end))
    for tag in (*unclosed, *opened.values()):
        if tag.name == "a" and "href" not in tag.attributes:
            continue
        container = containers.enclosing(tag.span.start + 1)
        forbidden.append(Span(tag.span.start, (container or tag.span).end + 1))
    return wrappers, forbidden


def _end_of_text(clean: bytes, run: InlineRun) -> int:
    """Where text ends before tags and line breaks: a line of tags alone may be an HTML block."""
    for node in reversed(run.nodes):
        is_text = run.in_table or node.kind not in (InlineKind.HTML, InlineKind.OTHER)
        if is_text and node.parent is None:
            return node.start + len(clean[node.start : node.end].rstrip())
    return run.start


def _lone_tags(markup: Markup, tags: Mapping[int, HtmlTag]) -> frozenset[int]:
    """The ends of tags that may begin a block of raw HTML by being alone on their line.

    CommonMark 4.6, kind 7: a flag after the tag would prevent that. Parsers disagree on such a
    line right below an item, so tags within text count too.
    """
    clean, lines = markup.clean, markup.lines
    starts = [block.span.start for block in markup.html]
    starts += [node.start for node in markup.nodes if node.kind is InlineKind.HTML]
    first_tags = (tags[start].span for start in starts if start in tags)
    return frozenset(
        tag.end
        for tag in first_tags
        if _REST_OF_LINE.match(clean, tag.end)
        and not clean[lines.span(lines.number(tag.start)).start : tag.start].strip(b" \t>")
    )
