"""arXiv answers for papers, a hundred at a time: there or not, withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from links.authorities.arxiv_atom import Page, Paper, canonical, read
from links.authorities.body import is_whole
from links.authorities.report import Finding, Report, Tonight, names, report
from links.authorities.turn import Reply, one_by_one, silence
from links.link import Link
from links.observation import Freshness, Outcome
from web.answer import Ask

_HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org"})
_FORMS = frozenset({"abs", "pdf", "html", "format"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Where arXiv's API is and how much it is asked; its pace is the host's rule in `web`."""

    api: str = "https://export.arxiv.org/api/query"
    batch: int = 100
    """Papers in one question."""
    body_bytes: int = 8_000_000
    """A hundred papers of large collaborations name tens of thousands of authors."""
    second_looks: int = 20
    """Missing papers that are asked for alone in one night, three seconds each."""
    patience: int = 2
    """Answers without a verdict in a row after which arXiv counts as down."""


def claims(link: Link) -> str | None:
    """The identifier without version where the link is to a paper; None for listings and help."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    form, _, rest = address.target.partition("?")[0].lstrip("/").partition("/")
    if form not in _FORMS:
        return None
    return canonical(rest.rstrip("/").removesuffix(".pdf"))


async def observe(
    links: Sequence[Link], *, settings: Settings, ask: Ask, now: datetime, night: date
) -> Report:
    """Ask for all papers in batches, one after another, then alone for each that was missing."""
    named = names(links, claims)
    tonight = await _ask_all(list(dict.fromkeys(named.values())), settings, ask)
    return report("arxiv", named, tonight, now=now, night=night)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one batch came to; what is in neither was not judged."""

    findings: dict[str, Finding] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    why: str = ""
    stop: bool = False


async def _ask_all(wanted: Sequence[str], settings: Settings, ask: Ask) -> Tonight:
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


async def _ask_batch(batch: Sequence[str], settings: Settings, ask: Ask) -> _Batch:
    """Findings on a batch, and what it lacks although it is complete."""
    page = await _page(batch, settings, ask)
    if isinstance(page, Reply):
        return _Batch(why=page.why, stop=page.stop)
    strangers = tuple(name for name in batch if name in page.no_names)
    if strangers:  # one name that is none, and arXiv answers for none of the others
        others = await _ask_batch([n for n in batch if n not in strangers], settings, ask)
        return replace(others, missing=others.missing + strangers)
    found = _findings(page)
    if page.no_names or len(page.papers) < page.total:
        return _Batch(found, why="an answer of arXiv's fell short")
    return _Batch(found, tuple(name for name in batch if name not in found))


async def _second_looks(missing: Sequence[str], settings: Settings, ask: Ask) -> Tonight:
    async def look(name: str) -> Reply:
        page = await _page([name], settings, ask)
        if isinstance(page, Reply):
            return page
        found = _findings(page).get(name)
        if found is None and (name in page.no_names or not (page.no_names or page.total)):
            return Reply(Finding(Outcome.MISSING, "unknown to arXiv, asked twice", looks=2))
        return Reply(found, "" if found else "an answer of arXiv's fell short")

    most = settings.second_looks
    return await one_by_one(missing[:most], look, patience=settings.patience)


async def _page(batch: Sequence[str], settings: Settings, ask: Ask) -> Page | Reply:
    if not batch:
        return Page((), 0)
    address = f"{settings.api}?id_list={','.join(batch)}&max_results={max(settings.batch, 1)}"
    answer = await ask(address, body_bytes=settings.body_bytes)
    unheard = silence(answer)
    if unheard is not None:
        return Reply(None, f"arXiv: {unheard.why}", stop=True)
    page = read(answer.body) if is_whole(answer) and answer.status in (200, 400) else None
    return page or Reply(None, "an answer of arXiv's cannot be read")


def _findings(page: Page) -> dict[str, Finding]:
    return {paper.name: _finding(paper) for paper in page.papers}


def _finding(paper: Paper) -> Finding:
    words = "there" if paper.version is None else f"version {paper.version}"
    return Finding(
        Outcome.OK,
        f"withdrawn; {words}" if paper.withdrawn else words,
        200,
        freshness=Freshness.WITHDRAWN if paper.withdrawn else Freshness.FRESH,
        identity=paper.name,
    )
