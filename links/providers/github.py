"""Reads the number of a repository out of GitHub's node id."""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Unpack

from staycurrent.identity import identify
from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import (
    ProviderAnswer,
    ProviderAnswers,
    ProviderReply,
    ProviderReport,
    ask_sequentially,
    build_report,
    check_page,
    claimed_names,
    confirm_negative,
    unavailable,
)
from staycurrent.links.providers.settings import GitHubSettings
from staycurrent.web.github_api import is_block, is_quota_low, refusal_reason, reports_rate_limit
from staycurrent.web.json_body import is_complete, json_object
from staycurrent.web.response import Fetch, RequestOptions, Response

_LEGACY = re.compile(rb"010:Repository([0-9]{1,18})")
_PACKED = re.compile(
    rb"\x92\x00(?:\xce(.{4})|\xcf(.{8})|\xcd(.{2})|\xcc(.)|([\x00-\x7f]))", re.DOTALL
)
"""MessagePack of a pair: 0, and the number as the shortest unsigned integer that holds it."""


def repository_number(node_id: str) -> int | None:
    """Return the number that REST calls `id` and GraphQL `databaseId`; None if it cannot be read.

    GitHub calls node ids opaque, so that this recognises a repository and never judges one. Both
    forms are read: `MDEwOlJlcG9zaXRvcnkxMzAwMTky` and, since 2021, `R_kgDOABPW0A`
    (https://github.blog/2021-02-10-new-global-id-format-coming-to-graphql/).
    """
    packed = node_id.removeprefix("R_")
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    legacy = _LEGACY.fullmatch(raw)
    if legacy is not None:
        return int(legacy.group(1))
    found = _PACKED.fullmatch(raw) if node_id.startswith("R_") else None
    return None if found is None else int.from_bytes(next(filter(None, found.groups())))


REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
"""`owner/name` as GitHub allows it, and nothing that could leave a query's quotes."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What is read of a repository; the rest of GitHub's answer is left alone."""

    name: str
    """`owner/name` as it is called now."""
    identity: str | None
    """The node id, which survives renames and transfers but not deletion."""
    archived: bool
    disabled: bool
    private: bool
    pushed_at: datetime | None
    """None where nothing was ever pushed, or the time cannot be read."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """What one of the two APIs calls the things that are read."""

    name: str
    identity: str
    archived: str
    disabled: str
    private: str
    pushed_at: str


GRAPHQL_FIELDS = FieldNames(
    "nameWithOwner", "id", "isArchived", "isDisabled", "isPrivate", "pushedAt"
)
REST_FIELDS = FieldNames("full_name", "node_id", "archived", "disabled", "private", "pushed_at")


def parse_repository(told: object, wording: FieldNames) -> Repository | None:
    """Read a repository; None where it lacks a proper name or says nothing of archiving."""
    if not isinstance(told, dict):
        return None
    name, archived = told.get(wording.name), told.get(wording.archived)
    if (
        not isinstance(name, str)
        or not REPOSITORY_NAME.fullmatch(name)
        or not isinstance(archived, bool)
    ):
        return None
    return Repository(
        name=name,
        identity=_identity(told.get(wording.identity)),
        archived=archived,
        disabled=told.get(wording.disabled) is True,
        private=told.get(wording.private) is True,
        pushed_at=_time(told.get(wording.pushed_at)),
    )


def repository_answer(
    asked: str, repository: Repository, *, settings: GitHubSettings, now: datetime
) -> ProviderAnswer:
    """Conclude what a repository that was found means for a link to `asked` (`owner/name`)."""
    freshness, words = _freshness(repository, settings.stale_after_days, now)
    if repository.private:
        words = "private: only those with access can open it"
        return ProviderAnswer(Outcome.BLOCKED, words, 200, identity=repository.identity)
    renamed = repository.name.lower() != asked.lower()
    return ProviderAnswer(
        Outcome.REDIRECTED if renamed else Outcome.OK,
        f"renamed to {repository.name}; {words}" if renamed else words,
        200,
        f"{settings.site}/{repository.name}" if renamed else None,
        freshness,
        repository.identity,
    )


def _freshness(
    repository: Repository, stale_after_days: int, now: datetime
) -> tuple[Freshness | None, str]:
    if repository.archived:
        return Freshness.ARCHIVED, "archived"
    if repository.disabled:
        return Freshness.DISABLED, "disabled by GitHub"
    if repository.pushed_at is None:
        return None, "found; nothing was ever pushed"
    idle = now - repository.pushed_at > timedelta(days=stale_after_days)
    words = f"last push {repository.pushed_at:%Y-%m-%d}"
    return (Freshness.IDLE if idle else Freshness.FRESH), words


def _identity(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 100 else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None


REST_HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}


async def fetch_repository(
    name: str, *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> ProviderReply:
    """Ask for one repository (`owner/name`), anonymously; a rename is followed."""
    answer = await ask(f"{settings.api}/repos/{name}", headers=REST_HEADERS)
    return parse_rest_response(name, answer, settings=settings, now=now)


def parse_rest_response(
    name: str, answer: Response, *, settings: GitHubSettings, now: datetime
) -> ProviderReply:
    """Conclude from an answer of `GET /repos/owner/name`; no more is asked when little is left."""
    why = refusal_reason(answer)
    if why:
        return ProviderReply(None, why, stop=True)
    unheard = unavailable(answer)
    if unheard is not None:
        return unheard
    found = _rest_answer(name, answer, settings=settings, now=now)
    if is_quota_low(answer, settings.reserve):
        return ProviderReply(found, "the hour's questions to GitHub are used up", stop=True)
    return ProviderReply(found, "" if found else "an answer of GitHub's cannot be read")


def _rest_answer(
    name: str, answer: Response, *, settings: GitHubSettings, now: datetime
) -> ProviderAnswer | None:
    if not is_complete(answer):
        return None
    if is_block(answer):
        return ProviderAnswer(Outcome.BLOCKED, "closed by GitHub", answer.status)
    if answer.status == 404:
        return ProviderAnswer(Outcome.MISSING, "deleted or private, asked twice", 404)
    repository = (
        parse_repository(json_object(answer), REST_FIELDS) if answer.status == 200 else None
    )
    return repository_answer(name, repository, settings=settings, now=now) if repository else None


_FIELDS = "id nameWithOwner isArchived isDisabled isPrivate pushedAt"


@dataclass(frozen=True, slots=True)
class GraphqlBatch:
    """What one query came to."""

    findings: dict[str, ProviderAnswer] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    """Not for this token (an organisation's sign-on or address rule); others may see them."""
    unanswered: tuple[str, ...] = ()
    """Nothing was said of them: worth asking again in a smaller query."""
    stop: str = ""
    """Why no more is to be asked tonight."""


@dataclass(slots=True)
class _Round:
    """Where the asking stands: what waits (the next batch last) and what was learnt."""

    waiting: list[list[str]]
    findings: dict[str, ProviderAnswer] = field(default_factory=dict)
    withheld: list[str] = field(default_factory=list)
    vain: int = 0


async def fetch_repositories(
    names: Sequence[str], *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> tuple[ProviderAnswers, tuple[str, ...]]:
    """Findings on repositories (`owner/name`), and the names that this token may not see."""
    size = max(settings.batch, 1)
    batches = [list(names[start : start + size]) for start in range(0, len(names), size)]
    progress = _Round(batches[::-1])
    why = ""
    while progress.waiting and not why:
        asked = progress.waiting.pop()
        answer = await _post(asked, settings=settings, ask=ask)
        why = _note(
            progress,
            asked,
            parse_graphql_response(asked, answer, settings=settings, now=now),
            settings,
        )
    return ProviderAnswers(progress.findings, (why,) if why else ()), tuple(progress.withheld)


def parse_graphql_response(
    asked: Sequence[str], answer: Response, *, settings: GitHubSettings, now: datetime
) -> GraphqlBatch:
    """Conclude from one answer; what it does not speak of is unanswered."""
    why = refusal_reason(answer)
    if why:
        return GraphqlBatch(stop=why)
    body = json_object(answer) if answer.status == 200 else None
    errors = body.get("errors") if body else None
    if isinstance(errors, list) and reports_rate_limit(errors):
        return GraphqlBatch(stop="GitHub's limit is reached")
    data = body.get("data") if body else None
    if not isinstance(data, dict):
        return GraphqlBatch(unanswered=tuple(asked))
    told = {f"r{place}": name for place, name in enumerate(asked)}
    kinds = _kinds(errors)
    found = {
        n: _graphql_answer(n, data.get(a), kinds.get(a), settings, now) for a, n in told.items()
    }
    withheld = tuple(name for alias, name in told.items() if kinds.get(alias) == "FORBIDDEN")
    return GraphqlBatch(
        {name: finding for name, finding in found.items() if finding is not None},
        withheld,
        tuple(name for name, seen in found.items() if seen is None and name not in withheld),
        "the hour's points at GitHub are used up" if is_quota_low(answer, settings.reserve) else "",
    )


def graphql_query(names: Sequence[str]) -> str:
    """The query for repositories; raises ValueError on a name that is none."""
    strange = [name for name in names if not REPOSITORY_NAME.fullmatch(name)]
    if strange:
        raise ValueError(f"{strange[0]!r} is no repository's name: it must read owner/name")
    pairs = [name.split("/") for name in names]
    aliases = [
        f'r{place}: repository(owner:"{owner}",name:"{name}",followRenames:true){{...seen}}'
        for place, (owner, name) in enumerate(pairs)
    ]
    return f"query {{ {' '.join(aliases)} }} fragment seen on Repository {{ {_FIELDS} }}"


async def _post(names: Sequence[str], *, settings: GitHubSettings, ask: Fetch) -> Response:
    return await ask(
        f"{settings.api}/graphql",
        method="POST",
        headers={
            "authorization": f"Bearer {settings.token}",
            "content-type": "application/json",
            "accept": "application/json",
        },
        content=json.dumps({"query": graphql_query(names)}).encode(),
        follow_redirects=False,
    )


def _note(progress: _Round, asked: list[str], batch: GraphqlBatch, settings: GitHubSettings) -> str:
    """Take a batch in and put what it left open back in halves; say why to stop, if so."""
    progress.findings |= batch.findings
    progress.withheld += batch.withheld
    progress.vain = progress.vain + 1 if len(batch.unanswered) == len(asked) else 0
    if progress.vain >= settings.patience:
        return f"{progress.vain} answers of GitHub's in a row said nothing: given up for tonight"
    if len(asked) > 1 and batch.unanswered:
        half = (len(batch.unanswered) + 1) // 2
        halves = [list(batch.unanswered[half:]), list(batch.unanswered[:half])]
        progress.waiting += [part for part in halves if part]
    return batch.stop


def _kinds(errors: object) -> dict[str, str]:
    """The kind of error told of each alias."""
    kinds: dict[str, str] = {}
    for error in errors if isinstance(errors, list) else []:
        match error:
            case {"type": str(kind), "path": [str(alias), *_]}:
                kinds[alias] = kind
            case _:
                pass
    return kinds


def _graphql_answer(
    name: str, node: object, kind: str | None, settings: GitHubSettings, now: datetime
) -> ProviderAnswer | None:
    if node is None and kind == "NOT_FOUND":
        return ProviderAnswer(Outcome.MISSING, "deleted or private, asked twice")
    repository = parse_repository(node, GRAPHQL_FIELDS)
    return repository_answer(name, repository, settings=settings, now=now) if repository else None


_TAG = re.compile(r'(W/)?"[!#-~]{1,200}"')


@dataclass(frozen=True, slots=True)
class CachedRepository:
    """What GitHub said of a repository, by the tag under which it would say the same again."""

    requested_name: str
    """`owner/name` as it was asked for; an old name leads to the present repository."""
    run_date: date
    etag: str
    repository: Repository


class ConditionalFetcher:
    """An `Ask` that sends `If-None-Match` for repositories, and answers a 304 from memory.

    The caller sees the 200 that it would have been (RFC 9110 section 15.4.5), with the headers
    of the 304. GitHub sends no body then; it spares the quota too, but, as its documentation
    has it, only those who show a token. Any other question goes through as it is.
    """

    def __init__(
        self,
        ask: Fetch,
        api: str,
        night: date,
        *,
        known: Mapping[str, CachedRepository],
        keep: Callable[[CachedRepository], None],
    ) -> None:
        self._ask = ask
        self._repositories = f"{api}/repos/"
        self._night = night
        self._known = known
        self._keep = keep

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """Ask as the one below does; see `web.answer.Ask`."""
        known = self._known.get(url.removeprefix(self._repositories))
        tag = {"if-none-match": known.etag} if known else {}
        conditional: RequestOptions = {**how, "headers": {**(how.get("headers") or {}), **tag}}
        answer = await self._ask(url, **conditional)
        if known is not None and answer.status == 304:
            return replace(answer, status=200, body=_body(known.repository))
        if how.get("method", "GET") == "GET" and url.startswith(self._repositories):
            self._note(url.removeprefix(self._repositories), answer)
        return answer

    def _note(self, asked: str, answer: Response) -> None:
        etag = answer.headers.get("etag", "")
        repository = (
            parse_repository(json_object(answer), REST_FIELDS) if answer.status == 200 else None
        )
        if repository is not None and _TAG.fullmatch(etag):
            self._keep(CachedRepository(asked, self._night, etag, repository))


def _body(known: Repository) -> bytes:
    """As much of the API's own body as is read of it."""
    pushed_at = known.pushed_at.isoformat() if known.pushed_at else None
    told = {
        REST_FIELDS.name: known.name,
        REST_FIELDS.identity: known.identity,
        REST_FIELDS.archived: known.archived,
        REST_FIELDS.disabled: known.disabled,
        REST_FIELDS.private: known.private,
        REST_FIELDS.pushed_at: pushed_at,
    }
    return json.dumps(told).encode()


_HOSTS = frozenset({"github.com", "www.github.com"})
_PAGES = re.compile(
    r"account|codespaces|copilot|dashboard|edu|education|git-guides|github-copilot|home|images"
    r"|join|logout|mobile|models|newsroom|organizations|partners|premium-support|resources"
    r"|sitemap|solutions|startups|user-attachments|why-github",
    re.IGNORECASE,
)
"""First segments of GitHub's own pages that read like an owner's name."""


def claims(link: Link) -> str | None:
    """`owner/name` where the link is to a repository's front page; else the page is asked."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    thing = identify(address.url)
    if thing is None or thing.kind != "repository":
        return None
    path = address.target.partition("?")[0]
    name = re.sub(r"(?i)\.git$", "", path.strip("/"))
    owner = name.partition("/")[0]
    return name if REPOSITORY_NAME.fullmatch(name) and not _PAGES.fullmatch(owner) else None


async def check(
    links: Sequence[Link], *, settings: GitHubSettings, ask: Fetch, now: datetime, night: date
) -> ProviderReport:
    """Ask about all repositories at once with a token, else one by one as far as the quota goes."""
    named = claimed_names(links, claims)
    wanted = list(dict.fromkeys(named.values()))
    ask_all = _with_token if settings.token else _without_token
    tonight = await ask_all(wanted, settings=settings, ask=ask, now=now)
    return build_report("github", named, tonight, now=now, night=night)


async def _without_token(
    wanted: Sequence[str], *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> ProviderAnswers:
    async def look(name: str) -> ProviderReply:
        async def again() -> ProviderReply:
            return await fetch_repository(name, settings=settings, ask=ask, now=now)

        page = f"{settings.site}/{name}"
        return await confirm_negative(await again(), lambda: check_page(page, ask, otherwise=again))

    return await ask_sequentially(wanted, look, patience=settings.patience)


async def _with_token(
    wanted: Sequence[str], *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> ProviderAnswers:
    first, withheld = await fetch_repositories(wanted, settings=settings, ask=ask, now=now)
    missing = {n: f for n, f in first.answers.items() if f.outcome is Outcome.MISSING}
    second = await _second_looks(missing, settings=settings, ask=ask, now=now)
    third = await _without_token(withheld, settings=settings, ask=ask, now=now)
    found = {n: f for n, f in first.answers.items() if n not in missing}
    return ProviderAnswers(
        found | dict(second.answers) | dict(third.answers),
        first.notes + second.notes + third.notes,
    )


async def _second_looks(
    missing: dict[str, ProviderAnswer], *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> ProviderAnswers:
    async def look(name: str) -> ProviderReply:
        async def again() -> ProviderReply:
            return await _alone(name, settings=settings, ask=ask, now=now)

        page = f"{settings.site}/{name}"
        first = ProviderReply(missing[name])
        return await confirm_negative(first, lambda: check_page(page, ask, otherwise=again))

    return await ask_sequentially(list(missing), look, patience=settings.patience)


async def _alone(
    name: str, *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> ProviderReply:
    single = replace(settings, batch=1)
    tonight, _ = await fetch_repositories([name], settings=single, ask=ask, now=now)
    return ProviderReply(
        tonight.answers.get(name), "; ".join(tonight.notes), stop=bool(tonight.notes)
    )
