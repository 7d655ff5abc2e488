"""What one night's look at a link is noted as: small, stored, never changed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How one look ended; a closed set, stored, whose predicates are the checker's vocabulary."""

    OK = "ok"
    REDIRECTED = "redirected"
    GONE = "gone"
    MISSING = "missing"
    SERVER_ERROR = "server_error"
    BLOCKED = "blocked"
    DNS = "dns"
    DNS_TROUBLE = "dns_trouble"
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    TLS = "tls"
    REDIRECT_LOOP = "redirect_loop"
    PROTOCOL = "protocol"
    SOFT_MISSING = "soft_missing"
    PARKED = "parked"
    HOME_REDIRECT = "home_redirect"
    TAKEN_OVER = "taken_over"
    REFUSED_BY_POLICY = "refused_by_policy"
    MALFORMED = "malformed"
    SKIPPED = "skipped"

    @property
    def is_success(self) -> bool:
        """The thing was there: one such look clears a streak."""
        return self in _SUCCESS

    @property
    def is_explicit(self) -> bool:
        """The server says that it is gone for good (410)."""
        return self is _GONE

    @property
    def is_hard(self) -> bool:
        """Missing, or the name does not exist."""
        return self in _HARD

    @property
    def is_soft(self) -> bool:
        """A page came, but not the one that the link promised."""
        return self in _SOFT

    @property
    def is_weak(self) -> bool:
        """It may as well be the road as the house: refused, reset, time-out, 5xx and the like."""
        return self in _WEAK

    @property
    def is_negative(self) -> bool:
        """It speaks against the link, so it takes a second look before it is noted."""
        return self in _NEGATIVE


# Asked for some ten times for each look: a member looked up by its class's name costs as much as
# a comparison of all of these.
_GONE = Outcome.GONE
_SUCCESS = (Outcome.OK, Outcome.REDIRECTED)
_HARD = (Outcome.MISSING, Outcome.DNS)
_SOFT = (Outcome.SOFT_MISSING, Outcome.PARKED, Outcome.HOME_REDIRECT, Outcome.TAKEN_OVER)
_WEAK = (
    Outcome.SERVER_ERROR,
    Outcome.DNS_TROUBLE,
    Outcome.REFUSED,
    Outcome.RESET,
    Outcome.TIMEOUT,
    Outcome.REDIRECT_LOOP,
    Outcome.PROTOCOL,
)
_NEGATIVE = (_GONE, *_HARD, *_SOFT, *_WEAK, Outcome.TLS)


class Freshness(StrEnum):
    """What an authority says of a living thing: `fresh`, or why it is stale."""

    FRESH = "fresh"
    ARCHIVED = "archived"
    IDLE = "idle"
    WITHDRAWN = "withdrawn"
    DISABLED = "disabled"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Observation:
    """One link, one UTC night: what was asked and what came."""

    link: str
    """The link's key: its address as requested, without fragment."""
    run_date: date
    """UTC date of the run."""
    seen_at: datetime
    """When the deciding look ended; aware, UTC."""
    outcome: Outcome
    checked_by: str
    """`page`, or the authority's name (`github`, `arxiv`, `huggingface`)."""
    status: int | None = None
    """HTTP status of the deciding answer; None where none came."""
    final_url: str | None = None
    """Where it ended, if not where it began."""
    permanent: bool = False
    """Every hop said 301 or 308, or the authority says renamed."""
    freshness: Freshness | None = None
    """None where nobody was asked that could know."""
    identity: str | None = None
    """The authority's own lasting name for the thing (GitHub's node id)."""
    checks: int = 1
    """Looks that it took: two for a negative outcome."""
    elapsed_ms: int = 0
    evidence: str = ""
    """A few words for a person: `404 twice, 2 minutes apart`."""
    fingerprint: str | None = None
    """What the page was like, as `links.fingerprint` writes it; None where none came."""
