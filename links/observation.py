"""The observation of one link on one run date: small, stored, never changed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self

OWNER = "owner:"
"""How the name of its owner begins in the identity of content."""
ACCOUNT = "account:"
"""How the identity of an account begins; that of other content is one or several names."""
VANTAGE = "[a-z0-9][a-z0-9-]{0,31}"
"""A regular expression for the name of a witness's machine."""


class Outcome(StrEnum):
    """The result of one check; a closed set, stored."""

    rule: str
    """The most serious rule of `[links.rules]` that counts it, or `success` or `blocked`; empty if
    it is none of these."""

    def __new__(cls, value: str, rule: str = "") -> Self:
        """A member is its value, and belongs to a rule."""
        member = str.__new__(cls, value)
        member._value_, member.rule = value, rule
        return member

    OK = "ok", "success"
    """The page is there."""
    REDIRECTED = "redirected", "success"
    """The page is there, at another URL."""
    GONE = "gone", "explicit"
    """410: the server says that it is gone for good."""
    MISSING = "missing", "hard"
    """404, or a provider says deleted."""
    SERVER_ERROR = "server_error", "weak"
    """5xx."""
    BLOCKED = "blocked", "blocked"
    """Refused to robots: 401, 403, 429 and the like, a challenge page, a login, robots.txt."""
    DNS = "dns", "hard"
    """The name does not exist."""
    DNS_TROUBLE = "dns_trouble", "weak"
    """The name could not be resolved: SERVFAIL, time-out, no address."""
    REFUSED = "refused", "weak"
    """The connection was refused."""
    RESET = "reset", "weak"
    """The connection was closed before the response was complete."""
    TIMEOUT = "timeout", "weak"
    """No response within the time limit."""
    TLS = "tls", "insecure"
    """A TLS fault that browsers warn of, or a redirect from https to http."""
    REDIRECT_LOOP = "redirect_loop", "weak"
    """Redirects without an end."""
    PROTOCOL = "protocol", "weak"
    """The response is not HTTP, or redirects to no URL."""
    SOFT_MISSING = "soft_missing", "soft"
    """A page that says that the content is missing, with a status of success."""
    PARKED = "parked", "soft"
    """A page of a domain that is for sale or unused."""
    HOME_REDIRECT = "home_redirect", "soft"
    """Redirected to a home page instead of the content."""
    TAKEN_OVER = "taken_over", "usurped"
    """The content belongs to another party now."""
    REFUSED_BY_POLICY = "refused_by_policy"
    """Not requested: private address, port or scheme."""
    MALFORMED = "malformed"
    """The URL cannot be requested."""
    SKIPPED = "skipped"
    """Not checked after all; never counts."""

    @property
    def is_success(self) -> bool:
        """The content was there; clears a streak."""
        return self.rule == "success"

    @property
    def is_hard(self) -> bool:
        """Missing, or the name does not exist."""
        return self.rule == "hard"

    @property
    def is_soft(self) -> bool:
        """A page was sent, but not the one that the link is about."""
        return self.rule in ("soft", "usurped")

    @property
    def is_weak(self) -> bool:
        """The fault may be temporary or on the way: time-outs, resets, 5xx and the like."""
        return self.rule == "weak"

    @property
    def is_blocked(self) -> bool:
        """Nobody knows: a robot cannot verify the link. Never counts towards dead."""
        return self.rule == "blocked"

    @property
    def is_negative(self) -> bool:
        """Speaks against the link, so that a second check has to confirm it."""
        return self.rule not in ("success", "blocked", "")


NO_RESPONSE = frozenset((Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.DNS_TROUBLE))
"""The outcomes of a host that may be out of reach as a whole."""


class Freshness(StrEnum):
    """What a provider says of content that exists: fresh, or why it is stale."""

    FRESH = "fresh"
    ARCHIVED = "archived"
    """Read-only, as its owner decided."""
    IDLE = "idle"
    """Without a change for a long time."""
    WITHDRAWN = "withdrawn"
    """Withdrawn by its authors."""
    DISABLED = "disabled"
    """Disabled by the provider."""
    SUPERSEDED = "superseded"
    """The link pins an old version."""


ELSEWHERE = ", which says nothing of the entry"
"""How the evidence of a permanent redirect ends that is not believed to be a move."""


NOW_AT = "now at "
"""How the evidence of a provider begins whose page has another address, under the same name."""


PERHAPS_USURPED = "; perhaps another party's site"
"""The end of a success's evidence if one kind of evidence contradicts it."""


IN_GONE_PROJECT = "in a project that is gone: "
"""How the evidence of a closed page begins if a provider says that its project is missing."""


IN_KNOWN_PROJECT = "; its project is there"
"""How the evidence of a closed page ends if a provider knows its project."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the checks of one link on one UTC date showed."""

    link: str
    """The link's key: its URL as requested, without fragment."""
    run_date: date
    """UTC date of the run."""
    seen_at: datetime
    """When the deciding check ended; aware, UTC."""
    outcome: Outcome
    checked_by: str
    """`page`, or the provider's name (`github`, `arxiv`, `huggingface`)."""
    status: int | None = None
    """HTTP status of the deciding response; None if none came."""
    final_url: str | None = None
    """Where redirects ended; None if it was not redirected. For what is missing, where a provider
    supposes it now."""
    permanent: bool = False
    """Every redirect was a 301 or 308, and `final_url` may replace the link; or the provider says
    renamed."""
    freshness: Freshness | None = None
    """None if no provider was asked."""
    identity: str | None = None
    """The provider's lasting names for the content (GitHub's number and node id), then that of its
    owner: `1362490 R_kgDOABTKOg owner:50630501`."""
    checks: int = 1
    """Number of checks: two for a negative outcome."""
    elapsed_ms: int = 0
    evidence: str = ""
    """A few words for a person: `404 twice, 2 minutes apart`."""
    fingerprint: str | None = None
    """The page's fingerprint as `str(Fingerprint)`; None if no page came."""
    vantage: str = ""
    """Where it was made: empty for nightly runs, else the name of a witness's machine. It follows
    from the run, and is known of what was read from a warehouse."""

    @property
    def is_doubtful(self) -> bool:
        """A page came, which may be another party's: for a person to see."""
        return self.outcome.is_success and self.evidence.endswith(PERHAPS_USURPED)

    @property
    def leads_elsewhere(self) -> bool:
        """Redirected for good to another owner's page that is not about the entry."""
        return self.outcome is Outcome.REDIRECTED and self.evidence.endswith(ELSEWHERE)

    @property
    def shows_own_page(self) -> bool:
        """The check succeeded, and nothing suggests that the page is another party's."""
        return self.outcome.is_success and not (self.is_doubtful or self.leads_elsewhere)
