"""Which flag a verdict has in a list, and which of them a person's decision covers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from staycurrent.links.verdict import Verdict, VerdictState


class FlagState(StrEnum):
    """What a flag says about the link before it."""

    DEAD = "dead"
    USURPED = "usurped"
    MOVED = "moved"
    INSECURE = "insecure"
    ARCHIVED = "archived"
    IDLE = "idle"
    WITHDRAWN = "withdrawn"
    MALFORMED = "malformed"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Flag:
    """What is said about a link, and since which date."""

    state: FlagState
    since: date


_FLAG_OF_STATE = {
    VerdictState.DEAD: FlagState.DEAD,
    VerdictState.USURPED: FlagState.USURPED,
    VerdictState.MOVED: FlagState.MOVED,
    VerdictState.INSECURE: FlagState.INSECURE,
}
_FLAG_OF_REASON = {
    "archived": FlagState.ARCHIVED,
    "disabled": FlagState.ARCHIVED,
    "idle": FlagState.IDLE,
    "withdrawn": FlagState.WITHDRAWN,
    "malformed": FlagState.MALFORMED,
}


def flag_state(verdict: Verdict) -> FlagState | None:
    """The flag for a verdict; None for those that only reports show."""
    if verdict.state in (VerdictState.STALE, VerdictState.REFUSED):
        return _FLAG_OF_REASON.get(verdict.reason)
    return _FLAG_OF_STATE.get(verdict.state)


def is_covered(verdict: Verdict, named: str | None, seen_on: date | None) -> bool:
    """Whether the decision not to flag a link covers its present verdict.

    `named` is a verdict, flag or reason (None: any). `seen_on` is when the person saw the flag: a
    later streak is not covered; None if every streak is.
    """
    if named not in (None, verdict.state, verdict.reason, flag_state(verdict)):
        return False
    return seen_on is None or verdict.since is None or verdict.since <= seen_on
