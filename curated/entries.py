"""What an entry is called: its link's text, or what its row or item says."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from re import DOTALL
from re import compile as pattern

from staycurrent.curated.escaping import unescape_html
from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.link_syntax import ParsedLink, text_content
from staycurrent.curated.markup import InlineKind, InlineRun
from staycurrent.curated.mojibake import fix_mojibake
from staycurrent.curated.spans import LineIndex, SpanSet

_TAGS = pattern(rb"<!--.*?-->|<[^<>]*>", DOTALL)
_SEPARATOR = pattern(r" [-\u2013\u2014|(\[]|: |\[\[")
_EDGES = " \t-\u2013\u2014:;,|*([{\u2022\u00b7>"
_LONGEST_NAME = 80
_LONGEST_HTML = 2000
_SAYS_NOTHING = pattern(
    r"articles?|arxiv|blog ?(?:post)?|code|colab|data ?(?:set|card)?|demos?|discord|docs?|"
    r"documentation|download|examples?|git(?:hub|lab)|here|hf|home ?page|hugging ?face|info|"
    r"links?|models?|model card|more|notebook|official|page|papers?|pdf|posts?|preprint|"
    r"projects?|project page|read(?: more|me)?|repo(?:sitory)?|samples?|see|site|slides|"
    r"source(?: code)?|src|this|tutorials?|twitter|url|videos?|watch|web(?:page|site)?|weights|"
    r"wiki|www|x|youtube"
)


@dataclass(frozen=True, slots=True)
class EntryNames:
    """The names of a document's entries; each is worked out once."""

    clean: bytes
    lines: LineIndex
    runs: Mapping[int, tuple[InlineRun, ...]]
    """By entry."""
    tags: tuple[HtmlTag, ...]
    wraps: SpanSet
    _known: dict[int, str] = field(default_factory=dict)

    def text(self, use: ParsedLink) -> str:
        """What is shown of a link."""
        if use.text:
            return use.text
        index = bisect_left(self.tags, use.link_span.start, key=lambda tag: tag.span.start)
        tag = self.tags[index] if index < len(self.tags) else None
        if tag is None or tag.span != use.link_span:
            return ""
        return self._inside(index) if tag.name == "a" else _alt(tag)

    def name(self, use: ParsedLink, text: str) -> str:
        """The name of the entry that a link stands in; its address where nothing has a name."""
        if _says_something(text):
            return text
        if isinstance(use.container, InlineRun):
            return self._of_entry(use.container.entry) or text or use.url
        return self._in_html(use) or text or use.url

    def _inside(self, index: int) -> str:
        """The text of an anchor; of a picture in it, the other text."""
        tag = self.tags[index]
        around = self.wraps.enclosing(tag.span.end)
        if around is None:
            return ""
        end = min(around.end, tag.span.end + _LONGEST_HTML)
        shown = _plain(self.clean[tag.span.end : end])
        following = self.tags[index + 1 : index + 4]
        pictures = (_alt(each) for each in following if each.span.end <= end)
        return shown or next(filter(None, pictures), "")

    def _of_entry(self, entry: int) -> str:
        if entry not in self._known:
            runs = self.runs[entry]
            self._known[entry] = _of_row(runs) if runs[0].in_row else _of_item(runs)
        return self._known[entry]

    def _in_html(self, use: ParsedLink) -> str:
        """The first cell of a row of raw HTML, else the text of the line."""
        start = use.link_span.start
        index = bisect_left(self.tags, start, key=lambda tag: tag.span.start)
        for row in range(index - 1, max(index - 40, -1), -1):
            if self.tags[row].name == "tr":
                return self._first_cell(row, index)
        line = self.lines.span(self.lines.number(start))
        text = _plain(self.clean[line.start : min(line.end, line.start + _LONGEST_HTML)])
        return _cut(text.strip(_EDGES)) if _says_something(text) else ""

    def _first_cell(self, row: int, stop: int) -> str:
        cells = (tag for tag in self.tags[row:stop] if tag.name in ("td", "th"))
        for cell in cells:
            end = self.clean.find(b"</t", cell.span.end, cell.span.end + _LONGEST_HTML)
            text = _plain(self.clean[cell.span.end : end]) if end >= 0 else ""
            if _says_something(text):
                return _cut(text)
        return ""


def index_entries(
    clean: bytes,
    lines: LineIndex,
    runs: Iterable[InlineRun],
    tags: Iterable[HtmlTag],
    wraps: SpanSet,
) -> EntryNames:
    """Make ready to name entries; `tags` in the order of the document."""
    by_entry: dict[int, list[InlineRun]] = defaultdict(list)
    for run in runs:
        by_entry[run.entry].append(run)
    grouped = {entry: tuple(members) for entry, members in by_entry.items()}
    return EntryNames(clean, lines, grouped, tuple(tags), wraps)


def _of_row(cells: tuple[InlineRun, ...]) -> str:
    texts = (text_content(cell.nodes) for cell in cells)
    return _cut(next(filter(_says_something, texts), ""))


def _of_item(runs: tuple[InlineRun, ...]) -> str:
    """The first text of the item up to a dash, colon or bracket, else its first telling link."""
    lead = _SEPARATOR.split(text_content(runs[0].nodes).lstrip(_EDGES), maxsplit=1)[0].strip(_EDGES)
    if _says_something(lead):
        return _cut(lead)
    links: dict[int, list[str]] = defaultdict(list)
    for piece in (piece for run in runs for piece in run.nodes):
        if piece.link is not None and piece.kind in (InlineKind.TEXT, InlineKind.CODE):
            links[piece.link.start].append(piece.text)
    return _cut(next(filter(_says_something, map("".join, links.values())), ""))


def _says_something(text: str) -> bool:
    """Whether it is more than a symbol, a number or a word like `link`."""
    word = fix_mojibake(text).strip(" .:[](){}!|\u2192\u2197").lower()
    has_letter = any(character.isalpha() for character in word)
    return has_letter and not _SAYS_NOTHING.fullmatch(word)


def _plain(html: bytes) -> str:
    return " ".join(unescape_html(_TAGS.sub(b" ", html).decode("utf-8", "replace")).split())


def _alt(tag: HtmlTag) -> str:
    alt = tag.attributes.get("alt")
    return " ".join(unescape_html(alt.text).split()) if alt else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1].rstrip()}\u2026"
