"""GitHub's answers about repositories: present or not, renamed, archived, disabled, idle.

With a token, one GraphQL query asks about fifty repositories; a query that is too large for GitHub
is split in halves. Without a token, the REST API is asked about one repository at a time.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.github_api import (
    GitHubClient,
    is_blocked,
    is_quota_low,
    refusal_reason,
    reports_rate_limit,
)
from staycurrent.web.http_headers import Validators
from staycurrent.web.response import Fetch, RequestOptions, Response, is_complete, json_object

REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
"""`owner/name` as GitHub allows it, and nothing that could end a query's quotes."""
_HOSTS = frozenset({"github.com", "www.github.com"})
_PAGES = re.compile(
    r"account|codespaces|copilot|dashboard|edu|education|git-guides|github-copilot|home|images"
    r"|join|logout|mobile|models|newsroom|organizations|partners|premium-support|resources"
    r"|sitemap|solutions|startups|user-attachments|why-github",
    re.IGNORECASE,
)
"""First segments of GitHub's own pages that read like an owner's name."""
_GRAPHQL_FIELDS = "databaseId id nameWithOwner isArchived isDisabled isPrivate pushedAt"
_LEGACY_NODE_ID = re.compile(rb"010:Repository([0-9]{1,18})")
_PACKED_NODE_ID = re.compile(
    rb"\x92\x00(?:\xce(.{4})|\xcf(.{8})|\xcd(.{2})|\xcc(.)|([\x00-\x7f]))", re.DOTALL
)
"""MessagePack of a pair: 0, and the number as the shortest unsigned integer that holds it."""


def claims(link: Link) -> str | None:
    """`owner/name` if the link is to a repository's front page; else None."""
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    identity = identify(address.url)
    if identity is None or identity.kind != "repository":
        return None
    path = address.target.partition("?")[0]
    name = re.sub(r"(?i)\.git$", "", path.strip("/"))
    owner = name.partition("/")[0]
    return name if REPOSITORY_NAME.fullmatch(name) and not _PAGES.fullmatch(owner) else None


async def check(
    links: Sequence[Link], *, settings: GitHubSettings, ask: Fetch, now: datetime, run_date: date
) -> ProviderReport:
    """Ask about all repositories with a token, else about as many as the quota allows."""
    named = claimed_names(links, claims)
    names = list(dict.fromkeys(named.values()))
    api = _GitHub(settings, ask, now)
    answers = await (api.check_with_token(names) if settings.token else api.check_by_rest(names))
    return build_report("github", named, answers, now=now, run_date=run_date)


@dataclass(frozen=True, slots=True)
class _GitHub:
    """GitHub, with what a check of repositories needs."""

    settings: GitHubSettings
    fetch: Fetch
    now: datetime

    async def check_by_rest(self, names: Sequence[str]) -> ProviderAnswers:
        """Ask about one repository after another, anonymously."""

        async def ask(name: str) -> ProviderReply:
            async def again() -> ProviderReply:
                return await fetch_repository(
                    name, settings=self.settings, ask=self.fetch, now=self.now
                )

            return await self._confirm(name, await again(), again)

        return await ask_sequentially(names, ask, patience=self.settings.patience)

    async def check_with_token(self, names: Sequence[str]) -> ProviderAnswers:
        """Ask about all; then again about the missing ones, and anonymously about withheld ones."""
        first, withheld = await self._query(names, self.settings)
        missing = {n: a for n, a in first.answers.items() if a.outcome is Outcome.MISSING}
        single = replace(self.settings, batch=1)

        async def ask(name: str) -> ProviderReply:
            async def again() -> ProviderReply:
                answers, _ = await self._query([name], single)
                notes = "; ".join(answers.notes)
                return ProviderReply(answers.answers.get(name), notes, stop=bool(answers.notes))

            return await self._confirm(name, ProviderReply(missing[name]), again)

        second = await ask_sequentially(list(missing), ask, patience=self.settings.patience)
        third = await self.check_by_rest(withheld)
        found = {n: a for n, a in first.answers.items() if n not in missing}
        return ProviderAnswers(
            found | dict(second.answers) | dict(third.answers),
            first.notes + second.notes + third.notes,
        )

    async def _query(
        self, names: Sequence[str], settings: GitHubSettings
    ) -> tuple[ProviderAnswers, tuple[str, ...]]:
        return await fetch_repositories(names, settings=settings, ask=self.fetch, now=self.now)

    async def _confirm(
        self, name: str, first: ProviderReply, again: Callable[[], Awaitable[ProviderReply]]
    ) -> ProviderReply:
        page = f"{self.settings.site}/{name}"
        return await confirm_negative(first, lambda: check_page(page, self.fetch, otherwise=again))


# What is read of a repository


@dataclass(frozen=True, slots=True)
class Repository:
    """What is read of a repository; the rest of GitHub's response is ignored."""

    name: str
    """Its present `owner/name`."""
    identity: str | None
    """The number (`databaseId`) and the node id, as far as they are known, with a blank between.

    Both survive renames and transfers but not deletion. GitHub has changed all node ids before."""
    archived: bool
    disabled: bool
    private: bool
    pushed_at: datetime | None
    """None if nothing was ever pushed, or the time cannot be read."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """What one of the two APIs calls the fields of a repository."""

    name: str
    number: str
    node_id: str
    archived: str
    disabled: str
    private: str
    pushed_at: str


GRAPHQL_FIELDS = FieldNames(
    "nameWithOwner", "databaseId", "id", "isArchived", "isDisabled", "isPrivate", "pushedAt"
)
REST_FIELDS = FieldNames(
    "full_name", "id", "node_id", "archived", "disabled", "private", "pushed_at"
)


def parse_repository(data: object, fields: FieldNames) -> Repository | None:
    """Read a repository; None if it lacks a proper name or whether it is archived."""
    if not isinstance(data, dict):
        return None
    name, archived = data.get(fields.name), data.get(fields.archived)
    if not isinstance(name, str) or not REPOSITORY_NAME.fullmatch(name):
        return None
    if not isinstance(archived, bool):
        return None
    pushed_at = data.get(fields.pushed_at)
    try:
        pushed = datetime.fromisoformat(pushed_at) if isinstance(pushed_at, str) else None
    except ValueError:
        pushed = None
    return Repository(
        name=name,
        identity=_identity(data.get(fields.number), data.get(fields.node_id)),
        archived=archived,
        disabled=data.get(fields.disabled) is True,
        private=data.get(fields.private) is True,
        pushed_at=pushed if pushed is not None and pushed.tzinfo is not None else None,
    )


def _identity(number: object, node_id: object) -> str | None:
    names = []
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 63:
        names.append(str(number))
    if isinstance(node_id, str) and re.fullmatch(r"\S{1,100}", node_id):
        names.append(node_id)
    return " ".join(names) or None


def repository_answer(
    requested: str, repository: Repository, *, settings: GitHubSettings, now: datetime
) -> ProviderAnswer:
    """What an existing repository means for a link to `requested` (`owner/name`)."""
    if repository.private:
        words = "private: only those with access can open it"
        return ProviderAnswer(Outcome.BLOCKED, words, 200, identity=repository.identity)
    freshness: Freshness | None
    if repository.archived:
        freshness, words = Freshness.ARCHIVED, "archived"
    elif repository.disabled:
        freshness, words = Freshness.DISABLED, "disabled by GitHub"
    elif repository.pushed_at is None:
        freshness, words = None, "found; nothing was ever pushed"
    else:
        idle = now - repository.pushed_at > timedelta(days=settings.stale_after_days)
        freshness = Freshness.IDLE if idle else Freshness.FRESH
        words = f"last push {repository.pushed_at:%Y-%m-%d}"
    renamed = repository.name.lower() != requested.lower()
    return ProviderAnswer(
        Outcome.REDIRECTED if renamed else Outcome.OK,
        f"renamed to {repository.name}; {words}" if renamed else words,
        200,
        f"{settings.site}/{repository.name}" if renamed else None,
        freshness,
        repository.identity,
    )


def repository_number(identity: str) -> int | None:
    """The number that REST calls `id` and GraphQL `databaseId`; None if it cannot be read.

    It is part of the identities that have been recorded since it is requested, and is read out of
    node ids alone. GitHub calls these opaque, so that way it may recognise a repository but never
    decides about one. Both forms are read: `MDEwOlJlcG9zaXRvcnkxMzAwMTky` and, since 2021,
    `R_kgDOABPW0A` (https://github.blog/2021-02-10-new-global-id-format-coming-to-graphql/).
    """
    number, blank, node_id = identity.rpartition(" ")
    if blank or node_id.isdecimal():
        return int(number or node_id)
    packed = node_id.removeprefix("R_")
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    legacy = _LEGACY_NODE_ID.fullmatch(raw)
    if legacy is not None:
        return int(legacy.group(1))
    match = _PACKED_NODE_ID.fullmatch(raw) if node_id.startswith("R_") else None
    return None if match is None else int.from_bytes(next(filter(None, match.groups())))


# REST: one repository a request


async def fetch_repository(
    name: str, *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> ProviderReply:
    """Ask about one repository (`owner/name`), anonymously; a rename is followed."""
    client = GitHubClient(ask, settings.api)
    response = await client.request("GET", f"repos/{name}", follow_redirects=True)
    return parse_rest_response(name, response, settings=settings, now=now)


def parse_rest_response(
    name: str, response: Response, *, settings: GitHubSettings, now: datetime
) -> ProviderReply:
    """Conclude from a response to `GET /repos/owner/name`; stop if little of the quota is left."""
    reason = refusal_reason(response)
    if reason:
        return ProviderReply(None, reason, stop=True)
    failure = unavailable(response)
    if failure is not None:
        return failure
    answer = None
    if is_complete(response):
        if is_blocked(response):
            answer = ProviderAnswer(Outcome.BLOCKED, "closed by GitHub", response.status)
        elif response.status == 404:
            answer = ProviderAnswer(Outcome.MISSING, "deleted or private, asked twice", 404)
        elif response.status == 200:
            repository = parse_repository(json_object(response), REST_FIELDS)
            if repository is not None:
                answer = repository_answer(name, repository, settings=settings, now=now)
    if is_quota_low(response, settings.reserve):
        return ProviderReply(answer, "the hour's requests to GitHub are used up", stop=True)
    return ProviderReply(answer, "" if answer else "a response of GitHub cannot be read")


@dataclass(frozen=True, slots=True)
class CachedRepository:
    """A repository, and the entity tag by which GitHub can say that it has not changed."""

    requested_name: str
    """`owner/name` as it was requested; an old name leads to the present repository."""
    run_date: date
    etag: str
    repository: Repository


class ConditionalFetcher:
    """A `Fetch` that sends `If-None-Match` for known repositories.

    For a 304 it returns the 200 that it stands for (RFC 9110 section 15.4.5), with the headers of
    the 304. A 304 has no body; with a token, it costs nothing of the quota. Other requests are
    passed on as they are.
    """

    def __init__(
        self,
        fetch: Fetch,
        api: str,
        run_date: date,
        *,
        known: Mapping[str, CachedRepository],
        keep: Callable[[CachedRepository], None],
    ) -> None:
        self._fetch = fetch
        self._repositories_url = f"{api}/repos/"
        self._run_date = run_date
        self._known = known
        self._keep = keep

    async def __call__(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """As `web.response.Fetch`."""
        name = url.removeprefix(self._repositories_url)
        known = self._known.get(name)
        headers = dict(options.get("headers") or {})
        if known is not None:
            headers["if-none-match"] = known.etag
        conditional: RequestOptions = {**options, "headers": headers}
        response = await self._fetch(url, **conditional)
        if known is not None and response.status == 304:
            return replace(response, status=200, body=_rest_body(known.repository))
        if options.get("method", "GET") == "GET" and name != url and response.status == 200:
            etag = Validators.of(response).etag
            repository = parse_repository(json_object(response), REST_FIELDS)
            if repository is not None and etag:
                self._keep(CachedRepository(name, self._run_date, etag, repository))
        return response


def _rest_body(repository: Repository) -> bytes:
    """As much of the REST API's body as is read of it."""
    pushed_at, names = repository.pushed_at, (repository.identity or "").split()
    data = {
        REST_FIELDS.name: repository.name,
        REST_FIELDS.number: next((int(name) for name in names if name.isdecimal()), None),
        REST_FIELDS.node_id: next((name for name in names if not name.isdecimal()), None),
        REST_FIELDS.archived: repository.archived,
        REST_FIELDS.disabled: repository.disabled,
        REST_FIELDS.private: repository.private,
        REST_FIELDS.pushed_at: pushed_at.isoformat() if pushed_at else None,
    }
    return json.dumps(data).encode()


# GraphQL: many repositories a request


@dataclass(frozen=True, slots=True)
class GraphqlBatch:
    """What one query brought."""

    answers: dict[str, ProviderAnswer] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    """Not for this token (an organisation's sign-on or address rule); others may see them."""
    unanswered: tuple[str, ...] = ()
    """Not in the response: worth asking again in a smaller query."""
    stop: str = ""
    """Why GitHub should not be asked again in this run."""


async def fetch_repositories(
    names: Sequence[str], *, settings: GitHubSettings, ask: Fetch, now: datetime
) -> tuple[ProviderAnswers, tuple[str, ...]]:
    """The answers about repositories (`owner/name`), and the names that this token may not see."""
    client, size = GitHubClient(ask, settings.api, settings.token), max(settings.batch, 1)
    batches = [list(names[start : start + size]) for start in range(0, len(names), size)]
    waiting = batches[::-1]  # the next one is the last
    answers: dict[str, ProviderAnswer] = {}
    withheld: list[str] = []
    failed, stop = 0, ""
    while waiting and not stop:
        requested = waiting.pop()
        response = await client.graphql(graphql_query(requested))
        batch = parse_graphql_response(requested, response, settings=settings, now=now)
        answers |= batch.answers
        withheld += batch.withheld
        stop, unanswered = batch.stop, list(batch.unanswered)
        failed = failed + 1 if len(unanswered) == len(requested) else 0
        if failed >= settings.patience:
            stop = f"{failed} responses of GitHub in a row had no answer: given up for this run"
        elif unanswered and len(requested) > 1:
            half = (len(unanswered) + 1) // 2
            waiting += [part for part in (unanswered[half:], unanswered[:half]) if part]
    return ProviderAnswers(answers, (stop,) if stop else ()), tuple(withheld)


def graphql_query(names: Sequence[str]) -> str:
    """The query for repositories; raises ValueError for a name that is not `owner/name`."""
    strange = [name for name in names if not REPOSITORY_NAME.fullmatch(name)]
    if strange:
        raise ValueError(f"{strange[0]!r} is not a repository's name: it must read owner/name")
    pairs = [name.split("/") for name in names]
    aliases = [
        f'r{place}: repository(owner:"{owner}",name:"{name}",followRenames:true){{...seen}}'
        for place, (owner, name) in enumerate(pairs)
    ]
    return f"query {{ {' '.join(aliases)} }} fragment seen on Repository {{ {_GRAPHQL_FIELDS} }}"


def parse_graphql_response(
    requested: Sequence[str], response: Response, *, settings: GitHubSettings, now: datetime
) -> GraphqlBatch:
    """Conclude from one response; what it does not mention is unanswered."""
    reason = refusal_reason(response)
    if reason:
        return GraphqlBatch(stop=reason)
    body = (json_object(response) if response.status == 200 else None) or {}
    errors, data = body.get("errors"), body.get("data")
    errors = errors if isinstance(errors, list) else []
    if reports_rate_limit(errors):
        return GraphqlBatch(stop="GitHub's limit is reached")
    if not isinstance(data, dict):
        return GraphqlBatch(unanswered=tuple(requested))
    kinds = _error_kinds(errors)
    answers: dict[str, ProviderAnswer] = {}
    withheld, unanswered = [], []
    for place, name in enumerate(requested):
        node, error = data.get(f"r{place}"), kinds.get(f"r{place}")
        repository = parse_repository(node, GRAPHQL_FIELDS)
        if node is None and error == "NOT_FOUND":
            words = "deleted or private, asked twice"
            answers[name] = ProviderAnswer(Outcome.MISSING, words)
        elif repository is not None:
            answers[name] = repository_answer(name, repository, settings=settings, now=now)
        if error == "FORBIDDEN":
            withheld.append(name)
        elif name not in answers:
            unanswered.append(name)
    low = is_quota_low(response, settings.reserve)
    stop = "the hour's points at GitHub are used up" if low else ""
    return GraphqlBatch(answers, tuple(withheld), tuple(unanswered), stop)


def _error_kinds(errors: list[object]) -> dict[str, str]:
    """The type of error of each repository, by its alias in the query."""
    kinds: dict[str, str] = {}
    for error in errors:
        match error:
            case {"type": str(kind), "path": [str(alias), *_]}:
                kinds[alias] = kind
    return kinds
