"""The nights that the tests tell: a few links, what each looked like, and how each run ended."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import State, Verdict
from staycurrent.sources.item import Candidate, Item, Pull, SourceState
from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.decisions import Decision, Kind
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus

PAPER = "https://example.org/paper"
CODE = "https://code.example/owner/name"
FIRST = date(2026, 12, 1)


def night(n: int) -> date:
    """The story's nth night, from 1."""
    return FIRST + timedelta(days=n - 1)


def at(n: int, hour: int = 2) -> datetime:
    """An hour of the nth night."""
    return datetime(2026, 12, 1, hour, tzinfo=UTC) + timedelta(days=n - 1)


def look(link: str, n: int, outcome: Outcome, evidence: str = "") -> Observation:
    return Observation(link, night(n), at(n), outcome, "page", evidence=evidence or f"{outcome}")


def began(w: Warehouse, n: int, seen: Mapping[str, Outcome]) -> int:
    """A run of the nth night that has noted what it saw and not ended; if left so, it died."""
    run_id = runs.begin(w, night=night(n), started_at=at(n), links=len(seen))
    observations.add(w, run_id, [look(link, n, what) for link, what in seen.items()])
    return run_id


def ended(w: Warehouse, run_id: int, n: int, status: RunStatus = RunStatus.JUDGED) -> int:
    runs.finish(
        w,
        run_id,
        status=status,
        reason="" if status is RunStatus.JUDGED else "no canary answered",
        finished_at=at(n, 3),
        looked_at=2,
        requests=5,
        seconds=1.5,
    )
    return run_id


def judged(w: Warehouse, n: int, seen: Mapping[str, Outcome]) -> int:
    return ended(w, began(w, n, seen), n)


def not_judged(w: Warehouse, n: int, seen: Mapping[str, Outcome]) -> int:
    return ended(w, began(w, n, seen), n, RunStatus.NOT_JUDGED)


def outcomes(w: Warehouse, link: str, *, pending_run: int | None = None) -> list[tuple[int, str]]:
    """What counts as evidence on a link: the night's number and the outcome."""
    history = observations.histories(w, pending_run=pending_run).get(link, ())
    return [((one.night - FIRST).days + 1, one.outcome) for one in history]


def verdict(link: str, state: State, *, since: int, nights: int, last: int) -> Verdict:
    reason = "" if state is State.ALIVE else "missing"
    return Verdict(link, state, reason, night(since), nights, night(last))


def item(name: str, rank: int, stars: int | None = None, summary: str = "") -> Item:
    url = f"https://github.com/{name}"
    return Item(f"repository:github:{name}", "repository", name, url, rank, summary, stars)


def pull(*items: Item, state: SourceState = SourceState.OK, note: str = "") -> Pull:
    return Pull("github_trending", state, "page" if items else "", items, note)


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
    url: str, n: int, *, kind: Kind = "keep", verdict: str | None = None, until: int | None = None
) -> Decision:
    limit = None if until is None else night(until)
    return Decision(url, kind, verdict, limit, "it is fine", at(n, 12))
