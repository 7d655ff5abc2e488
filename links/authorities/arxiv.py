"""arXiv answers for papers, a hundred at a time: there or not, withdrawn, in a newer version."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from staycurrent.links.authorities.arxiv_atom import Page, Paper, canonical, read
from staycurrent.links.authorities.body import is_whole
from staycurrent.links.authorities.report import Finding, Report, Tonight, names, report
from staycurrent.links.authorities.settings import ArXiv
from staycurrent.links.authorities.turn import Reply, one_by_one, silence
from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.web.response import Fetch

_HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org"})
# Not `html`: what was sent in as PDF has none, and only that page tells (arXiv/html_feedback#3883).
_FORMS = frozenset({"abs", "pdf", "format"})
_VERSION = re.compile(r"v([0-9]{1,4})$")


def claims(link: Link) -> str | None:
    """The identifier without version where the link is to a paper; None for listings and help."""
    named = _named(link)
    return None if named is None else _paper_of(named)


def _named(link: Link) -> str | None:
    """As `claims`, with the version that the link pins: `1706.03762v1`."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    form, _, rest = address.target.partition("?")[0].lstrip("/").partition("/")
    if form not in _FORMS:
        return None
    text = rest.rstrip("/").removesuffix(".pdf")
    name, version = canonical(text), _VERSION.search(text)
    return f"{name}{version.group() if version else ''}" if name else None


def _paper_of(name: str) -> str:
    return _VERSION.sub("", name)


def _version_of(name: str) -> int | None:
    found = _VERSION.search(name)
    return int(found.group(1)) if found else None


async def observe(
    links: Sequence[Link], *, settings: ArXiv, ask: Fetch, now: datetime, night: date
) -> Report:
    """Ask for all papers in batches, one after another, then alone for each that was missing.

    arXiv answers with the newest version only: a pinned one is there if it is no newer.
    """
    named = names(links, _named)
    tonight = await _ask_all(list(dict.fromkeys(named.values())), settings, ask)
    return report("arxiv", named, tonight, now=now, night=night)


_SHORT = Reply(None, "an answer of arXiv's fell short")


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one batch came to; what is in neither was not judged."""

    findings: dict[str, Finding] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    why: str = ""
    stop: bool = False


async def _ask_all(wanted: Sequence[str], settings: ArXiv, ask: Fetch) -> Tonight:
    batches: list[_Batch] = []
    size = max(settings.batch, 1)
    for start in range(0, len(wanted), size):
        batches.append(await _ask_batch(wanted[start : start + size], settings, ask))
        if batches[-1].stop:
            break
    found = {name: seen for batch in batches for name, seen in batch.findings.items()}
    notes = tuple(batch.why for batch in batches if batch.why)
    if batches and batches[-1].stop:
        return Tonight(found, notes)
    missing = [name for batch in batches for name in batch.missing]
    second = await _second_looks(missing, settings, ask)
    return Tonight(found | dict(second.findings), notes + second.notes)


async def _ask_batch(batch: Sequence[str], settings: ArXiv, ask: Fetch) -> _Batch:
    """Findings on a batch, and what it lacks although it is complete."""
    page = await _page(batch, settings, ask)
    if isinstance(page, Reply):
        return _Batch(why=page.why, stop=page.stop)
    strangers = tuple(name for name in batch if _paper_of(name) in page.no_names)
    if strangers:  # one name that is none, and arXiv answers for none of the others
        others = await _ask_batch([n for n in batch if n not in strangers], settings, ask)
        return replace(others, missing=others.missing + strangers)
    found = _findings(page, batch)
    if page.no_names or len(page.papers) < page.total:
        return _Batch(found, why=_SHORT.why)
    return _Batch(found, tuple(name for name in batch if name not in found))


async def _second_looks(missing: Sequence[str], settings: ArXiv, ask: Fetch) -> Tonight:
    async def look(name: str) -> Reply:
        page = await _page([name], settings, ask)
        if isinstance(page, Reply):
            return page
        found = _findings(page, [name]).get(name)
        return Reply(found) if found else _not_there(page, name)

    most = settings.second_looks
    return await one_by_one(missing[:most], look, patience=settings.patience)


def _not_there(page: Page, name: str) -> Reply:
    """A paper, or a version of one, that arXiv does not know when it is asked for alone."""
    if page.papers:
        newest = f"no such version, the newest is {page.papers[0].version}, asked twice"
        known = page.papers[0].name == _paper_of(name)
        return Reply(Finding(Outcome.MISSING, newest, looks=2)) if known else _SHORT
    if _paper_of(name) in page.no_names or not (page.no_names or page.total):
        return Reply(Finding(Outcome.MISSING, "unknown to arXiv, asked twice", looks=2))
    return _SHORT


async def _page(batch: Sequence[str], settings: ArXiv, ask: Fetch) -> Page | Reply:
    if not batch:
        return Page((), 0)
    papers = dict.fromkeys(map(_paper_of, batch))
    address = f"{settings.api}?id_list={','.join(papers)}&max_results={max(settings.batch, 1)}"
    answer = await ask(address, body_bytes=settings.body_bytes)
    unheard = silence(answer)
    if unheard is not None:
        return Reply(None, f"arXiv: {unheard.why}", stop=True)
    page = read(answer.body) if is_whole(answer) and answer.status in (200, 400) else None
    return page or Reply(None, "an answer of arXiv's cannot be read")


def _findings(page: Page, batch: Sequence[str]) -> dict[str, Finding]:
    """What is there of a batch, by the names in it."""
    there = {paper.name: paper for paper in page.papers}
    wanted = ((name, there.get(_paper_of(name))) for name in batch)
    return {
        name: _finding(paper, _version_of(name))
        for name, paper in wanted
        if paper is not None and not _lacks(paper, _version_of(name))
    }


def _lacks(paper: Paper, version: int | None) -> bool:
    return bool(version and paper.version and version > paper.version)


def _finding(paper: Paper, pinned: int | None) -> Finding:
    newest = paper.version
    words = "there" if newest is None else f"version {newest}"
    freshness = Freshness.FRESH
    if paper.withdrawn:
        words, freshness = f"withdrawn; {words}", Freshness.WITHDRAWN
    elif pinned and newest and pinned < newest:
        words, freshness = f"version {newest}; the link pins {pinned}", Freshness.SUPERSEDED
    return Finding(Outcome.OK, words, 200, freshness=freshness, identity=paper.name)
