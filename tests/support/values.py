"""Answers, pages and prints as the tests of checks need them."""

import json
import re
import zlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar, Unpack

from staycurrent.flows.settings.sections import FreshnessSettings
from staycurrent.links.checker import Checker, CheckOptions, CheckSink, CollectingSink, KnownPages
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.fingerprint import Baseline, baseline_from
from staycurrent.links.providers.base import Api
from staycurrent.links.revalidation import PageValidators, Revalidator
from staycurrent.links.schedule import (
    ChangeCounts,
    RecheckPolicy,
    count_changes,
    link_kind,
    recheck_policy,
)
from staycurrent.links.settings import ApiSettings, ProviderSettings, RecheckSettings, Rules
from staycurrent.links.soft_404 import ControlPage
from staycurrent.links.verdict import Verdict, VerdictState, conclude_verdict
from staycurrent.reports.model import LinkRow, Status, duplicate_links
from staycurrent.sources.chain import Source
from staycurrent.sources.feed_parser import ParsedFeed, parse_whole_feed
from staycurrent.sources.item import Candidate, FeedDrift, Item, PullResult, SourceState
from staycurrent.sources.parsing import JsonValue, parse_json
from staycurrent.sources.settings import LED_BY_LIST, OfList, SourceSettings
from staycurrent.warehouse import observations, runs, verdicts
from staycurrent.warehouse.items import PullRecord
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override, OverrideKind
from staycurrent.warehouse.runs import Run, RunStatus
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.replay.scenario import Scenario
from staycurrent.web.response import Failure, Fetch, Hop, RequestOptions, Response
from staycurrent.web.settings import WebSettings
from tests.support.web_server import Played, played

P = ParamSpec("P")
R = TypeVar("R")
URL = "https://example.org/papers/attention"
TEXT = """
gradients flow backwards through the layers of a network each weight learns how much it was to blame
for the error we derive the chain rule for a small network by hand and then let a machine do the
same for a large one which is what everybody calls training nowadays although nobody is taught
anything in the end there are exercises with solutions and a short history
"""


def html(title: str = "", text: str = "", head: str = "") -> bytes:
    return f"<!doctype html><title>{title}</title>{head}<h1>{title}</h1><p>{text}</p>".encode()


def page_response(
    body: bytes = html("Page", "words"), status: int = 200, url: str = URL
) -> Response:
    kind = {"content-type": "text/html; charset=utf-8"}
    return Response(url, url, (), 0.1, status=status, headers=kind, body=body)


def sent(to: str, body: bytes = html("Page", "words"), url: str = URL, code: int = 301) -> Response:
    """As `answer`, after one redirect."""
    kind = {"content-type": "text/html"}
    return Response(url, to, (Hop(url, code, to),), 0.1, status=200, headers=kind, body=body)


def prose(count: int) -> str:
    """So many words of one text, in which no three stand together twice."""
    words = TEXT.split()
    rounds = (words[n % len(words)] + "aeiouy"[: n // len(words)] for n in range(count))
    return " ".join(rounds)


def other_prose(count: int) -> str:
    """Words that `prose` does not have."""
    return " ".join(f"{word[::-1]}x" for word in prose(count).split())


FIRST_DATE = date(2026, 11, 1)
FIRST_NOW = datetime.fromisoformat("2026-11-01T02:00:00+00:00")


@dataclass(slots=True)
class PlayedRuns:
    """What the runs observed."""

    histories: dict[str, list[Observation]] = field(default_factory=dict)
    control_pages: dict[str, ControlPage] = field(default_factory=dict)
    validators: dict[str, PageValidators] = field(default_factory=dict)
    requests: dict[int, int] = field(default_factory=dict)
    """By night."""

    def outcomes(self, url: str) -> list[Outcome]:
        return [one.outcome for one in self.histories[_link(url).key]]

    def statuses(self, url: str) -> list[int | None]:
        return [one.status for one in self.histories[_link(url).key]]

    def state(self, url: str) -> VerdictState:
        key = _link(url).key
        return conclude_verdict(key, self.histories[key], Rules()).state

    def evidence(self, url: str) -> str:
        """Of the last night."""
        return self.histories[_link(url).key][-1].evidence


async def play_runs(
    scenario: Scenario, urls: Sequence[str], nights: Iterable[int], *, revisits: bool = False
) -> PlayedRuns:
    """Check the links once on each of these nights; `revisits`: asking whether they changed."""
    memory = PlayedRuns()
    with played(scenario) as it:
        for night in nights:
            await _night(it, memory, [_link(url) for url in urls], night, revisits=revisits)
    return memory


async def _night(
    it: Played, memory: PlayedRuns, links: Sequence[Link], night: int, *, revisits: bool
) -> None:
    it.server.play(night)
    it.server.forget()
    web = it.web()
    again = Revalidator(
        lambda url, conditions: web.request(url, conditions=conditions),
        FIRST_DATE + timedelta(night - 1),
        known=dict(memory.validators),
        keep=lambda one: memory.validators.update({one.link: one}),
        every=4,
    )

    class Sink(CollectingSink):
        def add(self, observation: Observation) -> None:
            memory.histories.setdefault(observation.link, []).append(observation)

        def add_control_page(self, page: ControlPage) -> None:
            memory.control_pages[page.folder] = page

    known = KnownPages(
        {key: baseline_from(history, Rules()) for key, history in memory.histories.items()},
        dict(memory.control_pages),
    )
    run_date, revalidate = FIRST_DATE + timedelta(night - 1), again.fetch if revisits else None
    await checker(
        web.request, Sink(), run_date, now=FIRST_NOW, known=known, revalidate=revalidate
    ).check(links)
    memory.requests[night] = len(it.server.requests)


def checker(
    fetch: Callable[[str], Awaitable[Response]],
    sink: CheckSink,
    run_date: date,
    *,
    now: datetime,
    sleep: Callable[[float], Awaitable[None]] | None = None,
    concurrency: int = 4,
    second_look_s: float = 0.0,
    known: KnownPages | None = None,
    revalidate: Callable[[str, Baseline], Awaitable[Response]] | None = None,
) -> Checker:
    """A checker without a budget, whose hosts have no limits."""
    return Checker(
        fetch,
        CheckOptions(run_date, concurrency, second_look_s),
        now=lambda: now,
        sleep=sleep or _no_sleep,
        limiter=HostLimiter(WebSettings(per_host=1 << 16, pause_s=0.0, slow_hosts=()), monotonic),
        sink=sink,
        known=known or KnownPages(),
        revalidate=revalidate,
    )


def _link(url: str) -> Link:
    found = link(url)
    assert isinstance(found, Link)
    return found


async def _no_sleep(_seconds: float) -> None:
    return


API_NOW = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
API_DATE = date(2026, 12, 3)


@dataclass(frozen=True, slots=True)
class Question:
    """One request as it was asked."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    follow: bool = True


Respond = Callable[[Question], Response]


def api_response(
    url: str,
    status: int = 200,
    body: object = b"",
    *,
    headers: Mapping[str, str] | None = None,
    to: str = "",
) -> Response:
    """An answer as `web` gives it; `to` is where a redirect ended."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    hops = (Hop(url, 301, to),) if to else ()
    return Response(
        url, to or url, hops, 0.01, status=status, headers=dict(headers or {}), body=raw
    )


def failed(url: str, failure: Failure) -> Response:
    return Response(url, url, (), 0.01, failure=failure, detail="as the test has it")


class Replay:
    """Replays answers by address, in turn, the last one for ever; nobody listens elsewhere."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self._turns: dict[str, list[Respond]] = {}

    def at(self, url: str, *turns: Response | Respond) -> None:
        """Say what comes at an address (without query), each time that it is asked."""
        self._turns[url] = [turn if callable(turn) else _always(turn) for turn in turns]

    @property
    def urls(self) -> list[str]:
        return [question.url for question in self.asked]

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        question = Question(
            url,
            how.get("method", "GET"),
            dict(how.get("headers") or {}),
            how.get("content", b""),
            how.get("follow_redirects", True),
        )
        self.asked.append(question)
        turns = self._turns.get(url.partition("?")[0])
        if not turns:
            return failed(url, Failure.REFUSED)
        return (turns.pop(0) if len(turns) > 1 else turns[0])(question)


def _always(fixed: Response) -> Respond:
    return lambda _: fixed


def as_api(settings: ApiSettings, ask: Fetch) -> Api[Any]:
    """The API of a provider as it is asked at `API_NOW`."""
    return Api(settings, ask, API_NOW, FreshnessSettings().stale_after_days)


def pushed(days_ago: int) -> str:
    return f"{API_NOW - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}"


def owner_number(name: str) -> int:
    """The number of the account that has a living repository."""
    return zlib.crc32(name.lower().partition("/")[0].encode())


def rest_body(name: str, **changes: object) -> dict[str, object]:
    """What GitHub's REST API says of a living repository, as far as it matters, and some more."""
    return {
        "id": zlib.crc32(name.lower().encode()),
        "node_id": f"R_{name.lower()}",
        "full_name": name,
        "owner": {"login": name.partition("/")[0], "id": owner_number(name)},
        "private": False,
        "html_url": f"https://github.com/{name}",
        "archived": False,
        "disabled": False,
        "pushed_at": pushed(10),
        "updated_at": pushed(0),
    } | changes


def node(name: str, **changes: object) -> dict[str, object]:
    """What GitHub's GraphQL API says of a living repository."""
    return {
        "databaseId": zlib.crc32(name.lower().encode()),
        "id": f"R_{name.lower()}",
        "nameWithOwner": name,
        "owner": {"databaseId": owner_number(name)},
        "isArchived": False,
        "isDisabled": False,
        "isPrivate": False,
        "pushedAt": pushed(10),
    } | changes


class GraphQL:
    """GitHub's GraphQL endpoint over a few repositories, with its limits."""

    def __init__(self, nodes: Mapping[str, dict[str, object]]) -> None:
        self.nodes = {name.lower(): play_runs for name, play_runs in nodes.items()}
        self.most = 1000
        """Aliases that it can answer in ten seconds; beyond that comes `overload`."""
        self.overload: Respond = lambda question: api_response(
            question.url, 502, b"<html>Bad Gateway"
        )
        self.forbidden: set[str] = set()
        self.remaining = 4000
        self.sizes: list[int] = []
        """How many repositories each query asked for."""

    def __call__(self, question: Question) -> Response:
        wanted = names_in(question)
        self.sizes.append(len(wanted))
        if len(wanted) > self.most:
            return self.overload(question)
        self.remaining -= 1
        data = {alias: self.nodes.get(name.lower()) for alias, name in wanted.items()}
        errors = [self._error(a, n) for a, n in wanted.items() if data[a] is None]
        headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(self.remaining)}
        body = {"data": data} | ({"errors": errors} if errors else {})
        return api_response(question.url, 200, body, headers=headers)

    def _error(self, alias: str, name: str) -> dict[str, object]:
        kind = "FORBIDDEN" if name.lower() in self.forbidden else "NOT_FOUND"
        message = f"Could not resolve to a Repository with the name '{name}'."
        return {"type": kind, "path": [alias], "message": message}


def names_in(question: Question) -> dict[str, str]:
    """The repositories that a GraphQL query asks for, by alias."""
    query: Any = json.loads(question.content)["query"]
    found = re.findall(r'(\w+): repository\(owner:"([^"]*)",name:"([^"]*)"', query)
    return {alias: f"{owner}/{name}" for alias, owner, name in found}


def to(url: str) -> Link:
    made = link(url)
    assert isinstance(made, Link), url
    return made


PAPER = "https://example.org/paper"
CODE = "https://code.example/owner/name"
FIRST_STORED = date(2026, 12, 1)


def night(n: int) -> date:
    """The story's nth night, from 1."""
    return FIRST_STORED + timedelta(days=n - 1)


def at(n: int, hour: int = 2) -> datetime:
    """An hour of the nth night."""
    return datetime(2026, 12, 1, hour, tzinfo=UTC) + timedelta(days=n - 1)


def look(link: str, n: int, outcome: Outcome, evidence: str = "") -> Observation:
    return Observation(link, night(n), at(n), outcome, "page", evidence=evidence or f"{outcome}")


def began(w: Warehouse, n: int, seen: Mapping[str, Outcome], *, vantage: str = "") -> int:
    """A run of the nth night that has noted what it saw and not ended; if left so, it died."""
    run_id = runs.begin(w, run_date=night(n), started_at=at(n), links=len(seen), vantage=vantage)
    observations.add(w, run_id, [look(link, n, what) for link, what in seen.items()])
    return run_id


def ended(w: Warehouse, run_id: int, n: int, status: RunStatus = RunStatus.JUDGED) -> int:
    runs.finish(
        w,
        run_id,
        status=status,
        reason="" if status is RunStatus.JUDGED else "no canary answered",
        finished_at=at(n, 3),
        checked=2,
        requests=5,
        seconds=1.5,
    )
    return run_id


def judged(w: Warehouse, n: int, seen: Mapping[str, Outcome], *, vantage: str = "") -> int:
    return ended(w, began(w, n, seen, vantage=vantage), n)


def not_judged(w: Warehouse, n: int, seen: Mapping[str, Outcome]) -> int:
    return ended(w, began(w, n, seen), n, RunStatus.NOT_JUDGED)


def outcomes(w: Warehouse, link: str, *, pending_run: int | None = None) -> list[tuple[int, str]]:
    """What counts as evidence on a link: the night's number and the outcome."""
    history = observations.histories(w, pending_run=pending_run).get(link, ())
    return [((one.run_date - FIRST_STORED).days + 1, one.outcome) for one in history]


def current_verdicts(w: Warehouse) -> dict[str, Verdict]:
    stored = verdicts.stored(w, observations.find_ids(w), "")
    return {link: one.verdict for link, one in stored.items() if one.verdict is not None}


def conclude(w: Warehouse, run_id: int, *found: Verdict) -> None:
    """A judged run comes to these verdicts."""
    verdicts.record(w, run_id, found, current_verdicts(w))


def verdict(link: str, state: VerdictState, *, since: int, nights: int, last: int) -> Verdict:
    reason = "" if state is VerdictState.ALIVE else "missing"
    return Verdict(link, state, reason, night(since), nights, night(last))


def item(name: str, rank: int, stars: int | None = None, summary: str = "") -> Item:
    url = f"https://github.com/{name}"
    return Item(f"repository:github:{name}", "repository", name, url, rank, summary, stars)


def pull(*items: Item, state: SourceState = SourceState.OK, note: str = "") -> PullResult:
    return PullResult("github_trending", state, "page" if items else "", items, note)


def candidate(name: str, score: float, first_seen: int, why: str = "in 2 feeds") -> Candidate:
    return Candidate(
        f"repository:github:{name}",
        name,
        f"https://github.com/{name}",
        "github_trending",
        why,
        ("Training", "Tools"),
        score,
        night(first_seen),
    )


def decision(
    url: str,
    n: int,
    *,
    kind: OverrideKind = "keep",
    verdict: str | None = None,
    until: int | None = None,
) -> Override:
    limit = None if until is None else night(until)
    return Override(url, kind, verdict, limit, "it is fine", at(n, 12))


STATUS_DATE = date(2026, 12, 3)
MOMENT = datetime(2026, 12, 3, 2, tzinfo=UTC)
SINCE = date(2026, 12, 1)
HOSTILE = (
    "](javascript:alert(1)) <img src=x onerror=y> | cell | `code` <!-- stay:end current --> "
    "@someone #1 \x1b[31mred \u202edlrow"
)


def row(
    state: VerdictState = VerdictState.DEAD,
    title: str = "A title",
    line: int = 12,
    **changes: object,
) -> LinkRow:
    """A row; `changes` are further fields of the row or of its verdict."""
    own = {"url": "https://a.example/x", "flag": None, "kept": False} | changes
    verdict = Verdict(
        link=str(own["url"]),
        state=state,
        reason=str(own.get("reason", "missing")),
        since=SINCE,
        checks=3,
        last_checked=STATUS_DATE,
        suggestion=str(own["suggestion"]) if "suggestion" in own else None,
    )
    return LinkRow(
        url=str(own["url"]),
        list="curated.md",
        line=line,
        column=3,
        section=("Foundations", "Papers"),
        title=title,
        verdict=verdict,
        flag=str(own["flag"]) if own["flag"] else None,
        kept=bool(own["kept"]),
    )


def run(status: RunStatus = RunStatus.JUDGED, reason: str = "") -> Run:
    """The third run."""
    return Run(3, STATUS_DATE, MOMENT, MOMENT, status, reason, 168, 41, 57, 21.4321)


def status(*rows: LinkRow, latest: Run | None = None) -> Status:
    """A status of these rows, with a candidate and a feed that is down."""
    candidate = Candidate(
        identity="paper:arxiv:2612.00001",
        title=f"Paper {HOSTILE}",
        url="https://arxiv.org/abs/2612.00001",
        source="weekly_papers",
        why="no. 1 today",
        section=("Foundations",),
        score=0.714285,
        first_seen=SINCE,
    )
    pull = PullRecord(
        "papers_with_code", STATUS_DATE, MOMENT, SourceState.DOWN, "", 0, f"no answer {HOSTILE}"
    )
    return Status(MOMENT, latest, rows, (candidate,), (pull,), duplicate_links(rows))


FIXTURES = Path(__file__).parents[1] / "sources" / "fixtures"
RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
FEED_DATE = date(2026, 8, 22)


def fixture(name: str) -> bytes:
    """Return the bytes of a file next to these tests."""
    return (FIXTURES / name).read_bytes()


def json_value(body: bytes) -> JsonValue:
    """A body that is JSON, parsed."""
    value = parse_json(body)
    assert value is not None
    return value


async def read_body(
    parse: Callable[Concatenate[ParsedFeed, P], R],
    body: bytes,
    *more: P.args,
    **named: P.kwargs,
) -> R | FeedDrift:
    """What an adapter makes of the body of a feed."""
    feed = await parse_whole_feed(body)
    return feed if isinstance(feed, FeedDrift) else parse(feed, *more, **named)


def feed_response(
    url: str,
    body: bytes = b"",
    content_type: str = "",
    *,
    status: int = 200,
    moved_to: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an answer of a well-behaved server, but for what is said."""
    return Response(
        url=url,
        final_url=moved_to or url,
        hops=(Hop(url, 302, moved_to),) if moved_to else (),
        elapsed_s=0.1,
        status=status,
        headers={"content-type": content_type, **(headers or {})},
        body=body,
        requests=1,
    )


@dataclass
class RecordedFetch:
    """A Fetch that answers with recorded responses; other addresses fail with a DNS error."""

    responses: dict[str, Response] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)

    def add(self, url: str, body: bytes, content_type: str) -> "RecordedFetch":
        """Answer an address with a body."""
        self.responses[url] = feed_response(url, body, content_type)
        return self

    async def __call__(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Answer a request and note its address."""
        self.requested.append(url)
        failed = Response(url, url, (), 0.0, failure=Failure.DNS)
        return self.responses.get(url, failed)


def daily_row(number: int, day: date, upvotes: int = 5) -> dict[str, object]:
    """Return one row of Hugging Face's daily papers, as shown on `day`."""
    arxiv = f"{day:%y%m}.{number:05d}"
    return {
        "title": f"Paper {number}",
        "summary": "An abstract.",
        "publishedAt": f"{day - timedelta(days=1)}T20:00:00.000Z",
        "numComments": 1,
        "paper": {
            "id": arxiv,
            "publishedAt": f"{day}T00:00:00.000Z",
            "submittedOnDailyAt": f"{day}T00:00:00.000Z",
            "upvotes": upvotes,
            "githubRepo": f"https://github.com/Owner/code-{number}" if number % 2 else None,
            "githubStars": 10 * number,
        },
    }


def weekly_rss(numbers: range, built: str, month: str = "2608") -> bytes:
    """Return a weekly RSS archive of papers with these numbers, built at an RFC 822 time."""
    rows = "".join(
        f"<item><title>Paper {n}</title><link>https://arxiv.org/abs/{month}.{n:05d}</link>"
        f"<description>&lt;p&gt;&lt;b&gt;Authors:&lt;/b&gt; A. Moth&lt;/p&gt;&lt;p&gt;&lt;b&gt;"
        f"Upvotes:&lt;/b&gt; {n}&lt;/p&gt;&lt;p&gt;&lt;b&gt;Summary:&lt;/b&gt; Text {n}.&lt;/p&gt;"
        "</description><pubDate>Tue, 11 Aug 2026 00:00:00 +0000</pubDate></item>"
        for n in numbers
    )
    head = f"<title>Hugging Face Daily Papers</title><lastBuildDate>{built}</lastBuildDate>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{rows}</channel></rss>'.encode()


DEFAULT_COSTS = {name: one.cost for name, one in ProviderSettings().by_name().items()}
"""Requests a check of each provider's links, without a token."""


def policy_from_histories(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    settings: RecheckSettings,
    costs: Mapping[str, float] = DEFAULT_COSTS,
) -> RecheckPolicy:
    """As `recheck_policy`, with the changes counted in the links' own histories."""
    keys = tuple(links)
    counts: defaultdict[str, ChangeCounts] = defaultdict(ChangeCounts)
    for key in keys:
        counts[link_kind(key)] += count_changes(histories.get(key, ()))
    return recheck_policy(keys, counts, settings, costs)


def default_settings(source: Source[Any], **changes: object) -> Any:
    """The settings of a source, for a list that has what leads it."""
    settings = replace(getattr(SourceSettings(), source.name), **changes)
    names = {"paper": ["2601.00001"], "model": ["a/b"], "repository": ["a/b", "a/c"]}
    led_by = LED_BY_LIST.get(source.name, ())
    own = [f"{one}{name}" for one in led_by for name in names.get(one.split(":")[0], [])]
    return OfList(settings, tuple(own)) if own else settings
