"""Every link of a document, and which bytes are its destination.

The parser gives the range of a link, not that of its destination (pulldown-cmark issue 441), so
destinations are found here and proved to mean the URL that the parser gave. Bare web and mail
addresses, which GitHub links, are found here too: cmark-gfm's autolinks extension (autolink.c).
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from re import DOTALL
from re import compile as pattern
from typing import Final
from unicodedata import category

from staycurrent.curated.escaping import unescape_html, unescape_markdown
from staycurrent.curated.html_tags import FILLER, HtmlTag, tag_urls
from staycurrent.curated.occurrence import Definition, LinkKind, Occurrence
from staycurrent.curated.parser import HtmlBlock, InlineKind, InlineNode, InlineRun, Markup
from staycurrent.curated.spans import Span, merge_spans

_TO_DESTINATION = pattern(rb"[ \t\r\n>]*\]\(")
_LABEL = pattern(rb"[ \t>]*\[(?:[^\[\]\\]|\\.)*\]:", DOTALL)
_GAP = pattern(rb"[ \t]*(?:(?:\r\n|\r|\n)[ \t>]*)?")
_BRACKETED = pattern(rb"<((?:[^<>\\\r\n]|\\[^\r\n])*)>")
_PLAIN_PART = pattern(rb"\\[!-/:-@\[-`{-~]|[^()\\\x00-\x20\x7f]+|[()\\]")
_INDENTATION = pattern(rb"(?<=\n)[ \t]+")
_KINDS: Final = {
    **dict.fromkeys(("Autolink", "Email"), LinkKind.AUTOLINK),
    **dict.fromkeys(("Reference", "Collapsed", "Shortcut"), LinkKind.REFERENCE),
}
"""By the parser's types of links; others are inline."""

# Not allowed unescaped in any destination, and in no web address at all.
_NOT_IN_URL: Final = pattern(r"[\x00-\x20\x7f<>\"`\\^{}]|\s")
_ENTITY_START: Final = pattern(r"&(?=#|[A-Za-z])")
_PARENTHESIS: Final = pattern(r"[()]")
_HTML_ENTITIES: Final = {"&": "&amp;", "'": "&#39;", "=": "&#61;", "|": "&#124;"}
_ESCAPED_IF_QUOTED: Final = pattern(r"[&'|]")
_ESCAPED_IF_UNQUOTED: Final = pattern(r"[&'|=]")

Definitions = Mapping[str, Definition]
"""By folded label, in order."""


@dataclass(frozen=True, slots=True)
class ParsedLink:
    """One use of a link, as the parser sees it."""

    kind: LinkKind
    url: str
    destination: Span
    verified: bool
    link_span: Span
    order: int
    """The sort key: an image comes before the link around it."""
    end: int
    """Where it ends, or the link around it if there is one."""
    text: str
    """Empty for raw HTML."""
    container: InlineRun | HtmlBlock


def find_definitions(markup: Markup) -> Definitions:
    """The link reference definitions."""
    clean = markup.clean
    found: dict[str, Definition] = {}
    for label, url, span in markup.references:
        start = _LABEL.match(clean, *span)
        destination = _read_destination(clean, start.end(), span.end) if start else None
        is_verified = _is_verified(clean, destination, url, in_table=False)
        definition = Definition(label, url, destination or span, is_verified)
        found.setdefault(_fold_label(label), definition)
    return found


def find_links(
    markup: Markup, tags: Mapping[int, HtmlTag], definitions: Definitions
) -> list[ParsedLink]:
    """Every use of a link, in order; `tags` by the offset at which each begins, in order."""
    clean = markup.clean
    found = [link for run in markup.runs for link in _links_in_run(clean, run, tags, definitions)]
    starts = [*tags]
    for block in markup.html:
        first, last = (bisect_left(starts, offset) for offset in block.span)
        for start in starts[first:last]:
            found += _links_in_tag(clean, tags[start], block, tags[start].span.end)
    found.sort(key=lambda link: link.order)
    return found


def encode_destination(raw: bytes, occurrence: Occurrence, url: str) -> bytes | None:
    """The bytes that mean `url` at an occurrence's destination; None if it cannot be written."""
    if not url.startswith(("http://", "https://")) or _NOT_IN_URL.search(url):
        return None
    start = occurrence.destination.start
    before = raw[start - 1 : start]
    if occurrence.kind in (LinkKind.HTML, LinkKind.HTML_IMAGE):
        if b"srcset" in raw[slice(*occurrence.link_span)].lower() and "," in url:
            return None  # a comma could end a candidate
        escaped = _ESCAPED_IF_QUOTED if before in (b'"', b"'") else _ESCAPED_IF_UNQUOTED
        return escaped.sub(lambda found: _HTML_ENTITIES[found.group()], url).encode()
    if occurrence.kind in (LinkKind.AUTOLINK, LinkKind.BARE):
        return None if "|" in url else url.encode()  # `|` could end a table cell
    # an inline link, an image or a definition (CommonMark 6.3), also in a table (GFM 4.10)
    text = _ENTITY_START.sub("&amp;", url).replace("|", "&#124;")
    if before != b"<" and not _is_balanced(url):
        text = _PARENTHESIS.sub(r"\\\g<0>", text)
    return text.encode()


def _fold_label(label: str) -> str:
    """A label as labels are compared (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


def _is_balanced(url: str) -> bool:
    """Whether every parenthesis is matched, as a plain destination requires."""
    steps = (1 if found == "(" else -1 for found in _PARENTHESIS.findall(url))
    depths = [*accumulate(steps, initial=0)]
    return min(depths) == depths[-1] == 0


def _links_in_run(
    clean: bytes, run: InlineRun, tags: Mapping[int, HtmlTag], definitions: Definitions
) -> Iterator[ParsedLink]:
    bare = tuple(extended_autolinks(clean, run))
    bare_spans = merge_spans(span for _url, span in bare)
    for index, node in enumerate(run.nodes):
        if bare and bare_spans.enclosing(node.start) is not None:
            continue  # cmark-gfm reads a bare address first, and it extends to the next blank
        outer = node.enclosing_link
        if outer and (outer.kind is InlineKind.IMAGE or outer.enclosing_link):
            continue  # nothing in the alternative text of an image is a link or an image
        if node.kind is InlineKind.IMAGE or (node.kind is InlineKind.LINK and not outer):
            yield _link(clean, run, index, definitions)
        elif node.start in tags:
            yield from _links_in_tag(clean, tags[node.start], run, (outer or node).end)
    for url, span in bare:
        is_verified = clean[slice(*span)].decode("utf-8", "replace") in url or run.in_table
        yield ParsedLink(LinkKind.BARE, url, span, is_verified, span, span.end, span.end, url, run)


def _links_in_tag(
    clean: bytes, tag: HtmlTag, container: InlineRun | HtmlBlock, end: int
) -> Iterator[ParsedLink]:
    kind = LinkKind.HTML if tag.name == "a" else LinkKind.HTML_IMAGE
    for text, span in tag_urls(tag):
        url = unescape_html(text.replace(FILLER.decode(), ""))
        written = _INDENTATION.sub(lambda m: FILLER * len(m.group()), clean[slice(*span)])
        is_verified = text.encode() in (clean[slice(*span)], written)
        yield ParsedLink(kind, url, span, is_verified, tag.span, span.start, end, "", container)


def _link(clean: bytes, run: InlineRun, index: int, definitions: Definitions) -> ParsedLink:
    """The link or image at that index of the run's nodes."""
    node = run.nodes[index]
    span, kind = node.span, _KINDS.get(node.link_type, LinkKind.INLINE)
    if kind is LinkKind.REFERENCE:
        definition = definitions.get(_fold_label(node.label))
        destination = definition.destination if definition else None
        is_verified = definition is not None and definition.verified
    else:
        destination = _destination(clean, node)
        is_verified = _is_verified(clean, destination, node.url, in_table=run.in_table)
    after = bisect_left(run.nodes, node.end, index + 1, key=lambda each: each.start)
    text = "".join(each.text for each in run.nodes[index + 1 : after])
    return ParsedLink(
        kind=LinkKind.IMAGE if node.kind is InlineKind.IMAGE else kind,
        url=f"mailto:{node.url}" if node.link_type == "Email" else node.url,
        destination=destination or span,
        verified=is_verified,
        link_span=span,
        order=node.end,
        end=(node.enclosing_link or node).end,
        text=" ".join(text.split()),
        container=run,
    )


def _destination(clean: bytes, link: InlineNode) -> Span | None:
    """The destination inside an inline link, an image or an autolink; None if it is not found."""
    if _KINDS.get(link.link_type) is LinkKind.AUTOLINK:
        return Span(link.start + 1, link.end - 1)
    opening = 2 if link.kind is InlineKind.IMAGE else 1
    before = _TO_DESTINATION.match(clean, link.inner_end or link.start + opening, link.end)
    return _read_destination(clean, before.end(), link.end) if before else None


def _is_verified(clean: bytes, span: Span | None, url: str, *, in_table: bool) -> bool:
    r"""Whether these bytes mean this URL; in a table `\|` is resolved first (GFM 4.10)."""
    if span is None:
        return False
    text = clean[slice(*span)].decode("utf-8", "replace")
    in_cell = text.replace("\\|", "|") if in_table else text
    return text == url or url in (unescape_markdown(text), unescape_markdown(in_cell))


def _read_destination(clean: bytes, offset: int, end: int) -> Span | None:
    """The destination after `](` or after the label of a definition."""
    gap = _GAP.match(clean, offset, end)
    start = gap.end() if gap else offset
    if clean[start : start + 1] == b"<":
        bracketed = _BRACKETED.match(clean, start, end)
        return Span(*bracketed.span(1)) if bracketed else None
    # a plain destination ends at a blank or at a parenthesis that it did not open
    depth, at = 0, start
    while at < end and (part := _PLAIN_PART.match(clean, at, end)):
        depth += (part.group() == b"(") - (part.group() == b")")
        if depth < 0:
            break
        at = part.end()
    return Span(start, at)


_TRIGGER = pattern(rb"[\[\]]|://|www\.|@")
_TO_BLANK = pattern(rb"[^\s<]*")
_MAIL_HOST = pattern(rb"@(?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9]))+")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MAIL_NAME = _LETTERS + b"0123456789.+_-"
_SCHEMES = (b"http", b"https", b"ftp")
_MAIL_SCHEMES = (b"mailto:", b"xmpp:")
_BEFORE_WWW = b"*_~( \t\n\v\f\r"
_TRAILING_PUNCTUATION = b"?!.,:*_~'\""
_ASCII_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PREFIXES = {b"://": "", b"www.": "http://", b"@": "mailto:"}
_HOST_PART = pattern(rb"(?:\\?[A-Za-z0-9._\x7f-])*+")
_MANY_LABELS = 11
_MAX_MAIL_NAME = 320


def extended_autolinks(clean: bytes, run: InlineRun) -> Iterator[tuple[str, Span]]:
    """The bare addresses that GitHub links in the text of a run, each with its URL.

    They are outside links, code and open brackets. The URL has `http://` or `mailto:` before it if
    the text has no scheme.
    """
    open_brackets, reached = 0, run.start
    for start, stop in _text_spans(run):
        for trigger in _TRIGGER.finditer(clean, start, stop):
            at, token = trigger.start(), trigger.group()
            if at < reached:
                continue
            if token in b"[]":
                if not _is_escaped(clean, at):
                    open_brackets = max(0, open_brackets + (1 if token == b"[" else -1))
            elif token == b"@" or not open_brackets:
                limits = Span(reached, stop if token == b"@" else run.end)
                span = _MATCHERS[token](clean, at, limits)
                if span is not None:
                    reached = span.end
                    text = clean[slice(*span)].decode("utf-8", "replace")
                    text = text.replace("\\|", "|") if run.in_table else text
                    has_scheme = text.startswith(("mailto:", "xmpp:"))
                    yield text if has_scheme else _PREFIXES[token] + text, span


def _text_spans(run: InlineRun) -> Iterator[Span]:
    """The text outside links; adjacent text nodes are joined."""
    start = stop = run.start
    for node in run.nodes:
        if node.kind is not InlineKind.TEXT or node.enclosing_link is not None:
            continue
        if node.start != stop:
            yield Span(start, stop)
            start = node.start
        stop = node.end
    yield Span(start, stop)


def _is_escaped(clean: bytes, at: int) -> bool:
    backslash = at
    while clean[backslash - 1 : backslash] == b"\\":
        backslash -= 1
    return (at - backslash) % 2 == 1


def _match_url(clean: bytes, at: int, limits: Span) -> Span | None:
    """The address around `://`."""
    before = clean[max(limits.start, at - 8) : at]
    scheme = before[len(before.rstrip(_LETTERS)) :]
    if scheme.lower() not in _SCHEMES or not _is_host_start(clean, at + 3):
        return None
    if _has_forbidden_underscore(clean, at + 3, limits.end):
        return None
    return Span(at - len(scheme), _end_of_address(clean, at, limits.end))


def _match_www(clean: bytes, at: int, limits: Span) -> Span | None:
    """The address that begins with `www.`."""
    if at > limits.start and clean[at - 1] not in _BEFORE_WWW:
        return None
    if limits.end - at <= len(b"www.") or _has_forbidden_underscore(clean, at, limits.end):
        return None
    return Span(at, _end_of_address(clean, at, limits.end))


def _match_mail(clean: bytes, at: int, limits: Span) -> Span | None:
    """The address around `@`."""
    before = clean[max(limits.start, at - _MAX_MAIL_NAME) : at]
    start = at - len(before) + len(before.rstrip(_MAIL_NAME))
    host = _MAIL_HOST.match(clean, at, limits.end)
    if start == at or host is None or b"." not in host.group():
        return None
    if clean[host.end() - 1] not in _LETTERS or clean[host.end() : host.end() + 1] == b"@":
        return None
    for scheme in _MAIL_SCHEMES:
        if clean[limits.start : start].endswith(scheme):
            start -= len(scheme)
    return Span(start, host.end())


_MATCHERS = {b"://": _match_url, b"www.": _match_www, b"@": _match_mail}


def _is_host_start(clean: bytes, at: int) -> bool:
    character = clean[at : at + 4].decode("utf-8", "ignore")[:1]
    if not character or clean[at] & 0xC0 == 0x80:
        return False
    if character.isascii():
        return clean[at] > ord(" ") and clean[at] not in _ASCII_PUNCTUATION
    return not character.isspace() and category(character)[0] != "P"


def _has_forbidden_underscore(clean: bytes, start: int, end: int) -> bool:
    """Whether `_` is in one of the host's last two labels; allowed if it has very many labels."""
    host = _HOST_PART.match(clean, start + 1, max(start + 1, end - 1))
    labels = host.group().split(b".") if host else []
    return b"_" in b".".join(labels[-2:]) and len(labels) <= _MANY_LABELS


def _end_of_address(clean: bytes, start: int, limit: int) -> int:
    """The next blank or `<`, or before it the end of what is not punctuation of the sentence."""
    to_blank = _TO_BLANK.match(clean, start, limit)
    end = to_blank.end() if to_blank else start
    unmatched = clean.count(b")", start, end) - clean.count(b"(", start, end)
    while end > start:
        last = clean[end - 1]
        if last == ord(")") and unmatched > 0:
            unmatched -= 1
            end -= 1
        elif last in _TRAILING_PUNCTUATION:
            end -= 1
        elif last == ord(";"):
            name = end - 1
            while clean[name - 1] in _LETTERS:
                name -= 1
            is_entity = name < end - 1 and clean[name - 1] == ord("&")
            end = name - 1 if is_entity else end - 1
        else:
            break
    return end
