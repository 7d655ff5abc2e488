"""arXiv's answers about papers, a hundred at a time: present or not, withdrawn, superseded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from staycurrent.identity import arxiv_id
from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import (
    Api,
    Provider,
    ProviderAnswer,
    ProviderAnswers,
    ProviderReply,
    ask_sequentially,
    path_at,
    unavailable,
)
from staycurrent.links.settings import ArxivSettings
from staycurrent.web.response import is_complete

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_NO_NAME = re.compile(r"incorrect id format for (\S+)")
_ABSTRACT_PAGE = re.compile(r"https?://arxiv\.org/abs/(.+?)(?:v(\d{1,4}))?")

# "Withdrawn" in a comment is nearly always the author's word on this very paper; it is not where
# another paper, or a place that is not arXiv, is spoken of.
_COMMENT = re.compile(
    r"(?<!not )(?<!not been )(?<!previously )\bwithdrawn\b"
    r"(?!\s+(?:arxiv:|paper|papers|submission|submissions|article|version"
    r"|(?:by(?:\s+\S+){1,3}\s+)?from\s+(?!arxiv)))",
    re.IGNORECASE,
)
_NOT_OF_IT = re.compile(
    r"\b(?:(?:earlier|previous|prior|first|initial|older?)\s+(?:version|draft|submission|preprint)"
    r"(?:\s+\w+){0,5}?"
    r"|(?:(?:v|version\s)1|(?<!in )(?<!of )(?<!in the )(?<!of the )"
    r"(?:section|appendix|theorem|lemma|proposition|corollary|claim|proof)s?"
    r"(?:\s+(?:of|and|theorem|lemma|[0-9]+(?:\.[0-9]+)*)){0,4})"
    r"(?:\s+(?:is|was|are|were|has|have|been|now)){0,3}"
    r"|(?:a|the)(?:\s+recently)?|formerly|accidentally|mistakenly|erroneously)\s+withdrawn\b",
    re.IGNORECASE,
)
"""What is said of a version that this one replaces, of a part, or of another paper."""
_ABSTRACT = re.compile(
    r"(?:\b(?<!in )this|(?:^|[.!?:\[(*])\s*the)\s+"  # "a paper is withdrawn" is about others
    r"(?:paper|submission|article|manuscript|preprint|work)\b(?:\s+\S+){0,3}?\s+"
    r"(?:has been|has now been|is|was)\s+withdrawn\b(?!\s+from\s+(?!arxiv))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ArxivPaper:
    """One entry."""

    name: str
    """The identifier, as `arxiv_id` spells it."""
    version: int | None
    """The newest version's number."""
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ArxivPage:
    """One answer of the API."""

    papers: tuple[ArxivPaper, ...]
    total: int
    """How many papers there should be; more than `papers` if the response is incomplete."""
    no_names: tuple[str, ...] = ()
    """Requested names that are not identifiers, as arXiv says; "" for an error of another kind."""


def parse_feed(body: bytes) -> ArxivPage | None:
    """Parse a response; None if it is not a feed of arXiv, or has a document type.

    A document type is refused before parsing, because entities can expand (CVE-2013-1664); arXiv
    sends none.
    """
    try:
        text = body.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return None
        feed = ET.fromstring(text)  # noqa: S314 (no document type, so nothing to expand)
    except (UnicodeDecodeError, ET.ParseError, ValueError):
        return None
    total = feed.findtext(f"{_SEARCH}totalResults", "").strip()
    if feed.tag != f"{_ATOM}feed" or not re.fullmatch(r"[0-9]{1,9}", total):
        return None
    entries = feed.findall(f"{_ATOM}entry")
    papers = tuple(filter(None, map(_paper, entries)))
    errors = [entry for entry in entries if "/api/errors" in _text(entry, f"{_ATOM}id")]
    named = [_NO_NAME.search(_text(error, f"{_ATOM}summary")) for error in errors]
    no_names = tuple(arxiv_id(found[1]) or found[1] if found else "" for found in named)
    return ArxivPage(papers, int(total), no_names)


def _paper(entry: ET.Element) -> ArxivPaper | None:
    found = _ABSTRACT_PAGE.fullmatch(_text(entry, f"{_ATOM}id"))
    name = arxiv_id(found[1]) if found else None
    if found is None or name is None:
        return None
    withdrawn = is_withdrawn(_text(entry, f"{_ARXIV}comment"), _text(entry, f"{_ATOM}summary"))
    return ArxivPaper(name, int(found[2]) if found[2] else None, withdrawn)


def is_withdrawn(comment: str, abstract: str) -> bool:
    """Whether the authors say that it was withdrawn; arXiv has no field for it."""
    return bool(_COMMENT.search(_NOT_OF_IT.sub("", comment)) or _ABSTRACT.search(abstract))


def _text(entry: ET.Element, tag: str) -> str:
    return " ".join(entry.findtext(tag, "").split())


_HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org"})
# Not `html`: papers submitted as PDF have none, as only that page says (arXiv/html_feedback#3883).
_FORMS = frozenset({"abs", "pdf", "format"})
_VERSION = re.compile(r"v([0-9]{1,4})$")


def claims(link: Link) -> str | None:
    """The identifier if the link is to a paper; None for listings and help.

    With the version, if the link pins one: `1706.03762v1`.
    """
    form, _, rest = path_at(link, _HOSTS).lstrip("/").partition("/")
    if form not in _FORMS:
        return None
    text = rest.rstrip("/").removesuffix(".pdf")
    name, version = arxiv_id(text), _VERSION.search(text)
    return f"{name}{version.group() if version else ''}" if name else None


def _paper_of(name: str) -> str:
    return _VERSION.sub("", name)


_SHORT = ProviderReply(None, "a response of arXiv is incomplete")


async def answer(names: Sequence[str], api: Api[ArxivSettings]) -> ProviderAnswers:
    """Request all papers in batches, one after another, then each missing one alone.

    arXiv returns the latest version only: a pinned version exists if it is not later.
    """
    settings, answers = api.settings, dict[str, ProviderAnswer]()
    notes: list[str] = []
    missing: list[str] = []
    starts = range(0, len(names), settings.batch)
    waiting = [names[start : start + settings.batch] for start in starts]
    while waiting:
        batch = waiting.pop(0)
        page = await _page(batch, api)
        if isinstance(page, ProviderReply):
            notes.append(page.reason)
            if page.stop:
                return ProviderAnswers(answers, tuple(notes))
            continue
        strangers = [name for name in batch if _paper_of(name) in page.no_names]
        if strangers:  # one name that is not an identifier, and arXiv returns none of the others
            missing += strangers
            others = [name for name in batch if name not in strangers]
            waiting[:0] = [others] if others else []
            continue
        found = _findings(page, batch)
        answers |= found
        if page.no_names or len(page.papers) < page.total:
            notes.append(_SHORT.reason)
        else:
            missing += [name for name in batch if name not in found]

    async def ask_again(name: str) -> ProviderReply:
        page = await _page([name], api)
        if isinstance(page, ProviderReply):
            return page
        found = _findings(page, [name]).get(name)
        return ProviderReply(found) if found else _not_there(page, name)

    doubtful = missing[: settings.second_checks]
    second = await ask_sequentially(doubtful, ask_again, patience=settings.patience)
    return ProviderAnswers(answers | dict(second.answers), (*notes, *second.notes))


def _not_there(page: ArxivPage, name: str) -> ProviderReply:
    """A paper or version that arXiv does not know when it is requested alone."""
    if page.papers:
        newest = f"no such version, the newest is {page.papers[0].version}, asked twice"
        known = page.papers[0].name == _paper_of(name)
        return ProviderReply(ProviderAnswer(Outcome.MISSING, newest, checks=2)) if known else _SHORT
    is_unknown = _paper_of(name) in page.no_names or not (page.no_names or page.total)
    unknown = ProviderAnswer(Outcome.MISSING, "unknown to arXiv, asked twice", checks=2)
    return ProviderReply(unknown) if is_unknown else _SHORT


async def _page(batch: Sequence[str], api: Api[ArxivSettings]) -> ArxivPage | ProviderReply:
    settings, papers = api.settings, dict.fromkeys(map(_paper_of, batch))
    address = f"{settings.api}?id_list={','.join(papers)}&max_results={settings.batch}"
    answer = await api.ask(address, body_bytes=settings.body_bytes)
    if unheard := unavailable(answer):
        return ProviderReply(None, f"arXiv: {unheard.reason}", stop=True)
    page = parse_feed(answer.body) if is_complete(answer) and answer.status in (200, 400) else None
    return page or ProviderReply(None, "a response of arXiv cannot be read")


def _findings(page: ArxivPage, batch: Sequence[str]) -> dict[str, ProviderAnswer]:
    """The answers about the papers of a batch that exist, by name."""
    papers = {paper.name: paper for paper in page.papers}
    there = {name: papers[_paper_of(name)] for name in batch if _paper_of(name) in papers}
    found = {name: _finding(paper, _VERSION.search(name)) for name, paper in there.items()}
    return {name: answer for name, answer in found.items() if answer is not None}


def _finding(paper: ArxivPaper, version: re.Match[str] | None) -> ProviderAnswer | None:
    """The answer about a paper; None if it has no such version."""
    newest, pinned = paper.version, int(version[1]) if version else None
    words = "there" if newest is None else f"version {newest}"
    freshness = Freshness.FRESH
    if pinned and newest and pinned > newest:
        return None
    if paper.withdrawn:
        words, freshness = f"withdrawn; {words}", Freshness.WITHDRAWN
    elif pinned and newest and pinned < newest:
        words, freshness = f"version {newest}; the link pins {pinned}", Freshness.SUPERSEDED
    return ProviderAnswer(Outcome.OK, words, 200, freshness=freshness, identity=paper.name)


PROVIDER = Provider("arxiv", claims, answer)
