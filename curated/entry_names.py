"""The names of a list's entries: a link's text, or what its row or item is called."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from re import compile as pattern

from staycurrent.curated.escaping import fix_mojibake, unescape_html
from staycurrent.curated.html_tags import HtmlTag, text_without_tags
from staycurrent.curated.link_syntax import ParsedLink
from staycurrent.curated.parser import InlineKind, InlineRun, Markup
from staycurrent.curated.spans import SpanSet

_SEPARATOR = pattern(r" [-\u2013\u2014|(\[]|: |\[\[")
_EDGES = " \t-\u2013\u2014:;,|*([{\u2022\u00b7>"
_TAGS = pattern(r"(?:[\[(][^\[\]()]{1,30}[\])]\s*){1,3}")
"""What some lists write before a name: `[2025] UniVLA`, `(NeurIPS 2023) RAGU`."""
_WITHOUT_SYMBOLS = pattern(r"(?s)[^\W_](?:.*[^\W_])?")
_MAX_LENGTH = 80
_MAX_HTML_BYTES = 2000
_MAX_TAGS_IN_ROW = 40
_GENERIC = pattern(
    r"articles?|arxiv|blog ?(?:post)?|code|colab|data ?(?:set|card)?|demos?|discord|docs?|"
    r"documentation|download|examples?|git(?:hub|lab)|here|hf|home ?page|hugging ?face|info|"
    r"links?|models?|model card|more|notebook|official|page|papers?|pdf|posts?|preprint|"
    r"projects?|project page|read(?: more|me)?|repo(?:sitory)?|samples?|see|site|slides|"
    r"source(?: code)?|src|this|tutorials?|twitter|url|videos?|watch|web(?:page|site)?|weights|"
    r"wiki|www|x|youtube"
)


@dataclass(frozen=True, slots=True)
class EntryNames:
    """The names of a document's entries; that of a row or item is computed once."""

    clean: bytes
    """The document's bytes with blanks for its `flags`."""
    markup: Markup
    tags: Sequence[HtmlTag]
    """In order."""
    wrappers: SpanSet
    """The spans of HTML anchors."""
    flags: SpanSet
    known: dict[int, str] = field(default_factory=dict)
    """The names that were computed, by entry."""

    def text(self, link: ParsedLink) -> str:
        """The text of a link; of an HTML anchor without text, the `alt` of an image in it."""
        if link.text:
            return link.text
        index = bisect_left(self.tags, link.link_span.start, key=lambda tag: tag.span.start)
        tag = self.tags[index] if index < len(self.tags) else None
        if tag is None or tag.span != link.link_span:
            return ""
        if tag.name != "a":
            return _alt(tag)
        start = tag.span.end
        anchor = self.wrappers.enclosing(start)
        if anchor is None:
            return ""
        end = min(anchor.end, start + _MAX_HTML_BYTES)
        following = self.tags[index + 1 : index + 4]
        images = (_alt(each) for each in following if each.span.end <= end)
        return _text(self.clean[start:end]) or next(filter(None, images), "")

    def name(self, link: ParsedLink, text: str) -> str:
        """The name of the entry that contains a link of this `text`; its URL if there is none."""
        if is_name(text):
            return text
        if isinstance(link.container, InlineRun):
            entry = link.container.entry
            if entry not in self.known:
                self.known[entry] = _shortened(self._name_of_entry(self.markup.entries[entry]))
            name = self.known[entry]
        else:
            name = _shortened(self._name_in_html(link.link_span.start))
        return name or text or link.url

    def _name_of_entry(self, runs: Sequence[InlineRun]) -> str:
        """The first cell that is a name; of an item, its text up to a separator, or a link."""
        if runs[0].in_table:
            return next(filter(is_name, (self._content(cell) for cell in runs)), "")
        text = self._content(runs[0]).lstrip(_EDGES.replace("[", "").replace("(", ""))
        tags = _TAGS.match(text)
        if tags and is_name(text[tags.end() :]):
            text = text[tags.end() :]
        lead = _SEPARATOR.split(text.lstrip(_EDGES), maxsplit=1)[0].strip(_EDGES)
        if lead.endswith("]") and "[" not in lead:
            lead = lead[:-1]
        if is_name(lead):
            return lead
        links: defaultdict[int, list[str]] = defaultdict(list)
        for node in (node for run in runs for node in run.nodes):
            link = node.enclosing_link
            if link is not None and node.kind in (InlineKind.TEXT, InlineKind.CODE):
                links[link.start].append(node.text)
        return next(filter(is_name, map("".join, links.values())), "")

    def _content(self, run: InlineRun) -> str:
        """The text of a run without the flags in it."""
        texts = (
            self.clean[node.start : node.end].decode()
            if node.kind is InlineKind.TEXT and self.flags.overlaps(node.span)
            else node.text
            for node in run.nodes
        )
        return " ".join("".join(texts).split())

    def _name_in_html(self, offset: int) -> str:
        """The first cell of the HTML row around `offset` that is a name, or the line's text."""
        index = bisect_left(self.tags, offset, key=lambda tag: tag.span.start)
        for row in range(index - 1, max(index - _MAX_TAGS_IN_ROW, -1), -1):
            if self.tags[row].name == "tr":
                for cell in self.tags[row:index]:
                    if cell.name in ("td", "th"):
                        start = cell.span.end
                        end = self.clean.find(b"</t", start, start + _MAX_HTML_BYTES)
                        text = _text(self.clean[start:end]) if end >= 0 else ""
                        if is_name(text):
                            return text
                return ""
        line = self.markup.lines.span(self.markup.lines.number(offset))
        text = _text(self.clean[line.start : min(line.end, line.start + _MAX_HTML_BYTES)])
        return text.strip(_EDGES) if is_name(text) else ""


def is_name(text: str) -> bool:
    """Whether it is more than a symbol, a number or a generic word like `link`."""
    found = _WITHOUT_SYMBOLS.search(fix_mojibake(text))
    word = found.group().lower() if found else ""
    has_letter = any(character.isalpha() for character in word)
    return has_letter and not _GENERIC.fullmatch(word)


def _text(html: bytes) -> str:
    return " ".join(text_without_tags(html, b" ").split())


def _alt(tag: HtmlTag) -> str:
    alt = tag.attributes.get("alt")
    return " ".join(unescape_html(alt.text).split()) if alt else ""


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1].rstrip()}\u2026"
