"""Values by hand for every format: a link of each kind, and strangers who try what they can."""

from datetime import UTC, date, datetime

from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.status import LinkRow, Status, namesakes
from staycurrent.sources.item import Candidate, SourceState
from staycurrent.warehouse.items import PullRecord
from staycurrent.warehouse.runs import Run, RunStatus

NIGHT = date(2026, 12, 3)
MOMENT = datetime(2026, 12, 3, 2, tzinfo=UTC)
SINCE = date(2026, 12, 1)
HOSTILE = (
    "](javascript:alert(1)) <img src=x onerror=y> | cell | `code` <!-- stay:end current --> "
    "@someone #1 \x1b[31mred \u202edlrow"
)


def row(
    state: State = State.DEAD, title: str = "A title", line: int = 12, **changes: object
) -> LinkRow:
    """A row; `changes` are further fields of the row or of its verdict."""
    own = {"url": "https://a.example/x", "flag": None, "kept": False} | changes
    verdict = Verdict(
        link=str(own["url"]),
        state=state,
        reason=str(own.get("reason", "missing")),
        since=SINCE,
        nights=3,
        last_checked=NIGHT,
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
    return Run(3, NIGHT, MOMENT, MOMENT, status, reason, 168, 41, 57, 21.4321)


def status(*rows: LinkRow, latest: Run | None = None) -> Status:
    """A status of these rows, with a candidate and a feed that is down."""
    candidate = Candidate(
        identity="paper:arxiv:2612.00001",
        title=f"Paper {HOSTILE}",
        url="https://arxiv.org/abs/2612.00001",
        source="weekly_papers",
        why="no. 1 tonight",
        section=("Foundations",),
        score=0.714285,
        first_seen=SINCE,
    )
    pull = PullRecord(
        "papers_with_code", NIGHT, MOMENT, SourceState.DOWN, "", 0, f"no answer {HOSTILE}"
    )
    return Status(MOMENT, latest, rows, (candidate,), (pull,), namesakes(rows))
