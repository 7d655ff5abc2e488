"""What one look found of links that a change adds: never a verdict, for those take nights."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from staycurrent.links.observation import Freshness, Observation, Outcome


class Kind(StrEnum):
    """What was found; a closed set, whose words a command may be asked to fail on."""

    MALFORMED = "malformed"
    PRIVATE = "private"
    """Our own policy refuses it: a private address, a port, a scheme."""
    DUPLICATE = "duplicate"
    BROKEN_ANCHOR = "broken_anchor"
    MISSING_FILE = "missing_file"
    RUNS_ON = "runs_on"
    """A bare address that runs into the sentence behind it."""
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    DOUBTFUL = "doubtful"
    """A page came, but hardly the one that the link promises."""
    INSECURE = "insecure"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    IDLE = "idle"
    MOVED = "moved"
    BLOCKED = "blocked"

    @property
    def is_note(self) -> bool:
        """It is worth knowing, and hardly worth a change."""
        return self in (Kind.IDLE, Kind.MOVED, Kind.BLOCKED)


KINDS: Final = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be said of one place that a change adds."""

    kind: Kind
    path: str
    """The list's, from the top of its repository."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    url: str
    """As it stands in the list."""
    message: str
    """Begins with a verb: the address is its subject."""
    suggestion: str | None = None
    """The address to write instead, where that is plain."""

    @property
    def sentence(self) -> str:
        """The whole of it; strangers' words are in it as they came."""
        meant = f"; perhaps {self.suggestion}" if self.suggestion else ""
        return f"{self.url} {self.message}{meant}"


def told(look: Observation) -> tuple[Kind, str, str | None] | None:
    """Kind, message and suggestion of one look; None where all is well."""
    outcome, said = look.outcome, _evidence(look)
    if outcome is Outcome.REFUSED_BY_POLICY:
        return Kind.PRIVATE, f"is not looked at: {said}", None
    if outcome is Outcome.MALFORMED:
        return Kind.MALFORMED, f"is no address: {said}", None
    if outcome is Outcome.BLOCKED:
        return Kind.BLOCKED, f"could not be verified by a robot: {said}", None
    if outcome is Outcome.TLS:
        return Kind.INSECURE, f"could not prove tonight who it is: {said}", None
    if outcome.is_soft:
        return Kind.DOUBTFUL, f"is hardly what the link promises: {said}", None
    if outcome.is_hard or outcome.is_explicit:
        return Kind.MISSING, f"did not answer tonight: {said}", None
    if outcome.is_negative:
        return Kind.UNREACHABLE, f"did not answer tonight: {said}", None
    return _of_success(look)


def _of_success(look: Observation) -> tuple[Kind, str, str | None] | None:
    kind = _STALE.get(look.freshness) if look.freshness else None
    if kind is not None:
        return kind, f"is {look.freshness}, as {look.asked} says", None
    if look.outcome.is_success and look.permanent and look.final_url:
        return Kind.MOVED, "leads for good to another address", look.final_url
    return None


_STALE = {
    Freshness.ARCHIVED: Kind.ARCHIVED,
    Freshness.IDLE: Kind.IDLE,
    Freshness.WITHDRAWN: Kind.WITHDRAWN,
    Freshness.DISABLED: Kind.WITHDRAWN,
    Freshness.SUPERSEDED: Kind.WITHDRAWN,
}


def _evidence(look: Observation) -> str:
    words = look.evidence.removesuffix(", twice") or str(look.outcome).replace("_", " ")
    return f"{words} (checked twice)" if look.looks > 1 else words
