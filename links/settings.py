"""Settings of link checks, providers and verdicts, and the patterns of links that are ignored.

They are read at the start of most commands, so that nothing heavy is imported here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from fnmatch import translate
from functools import cache
from typing import Annotated, ClassVar

from msgspec import Meta

from staycurrent.web.settings import Days, NonNegativeInt, PositiveFloat, PositiveInt, Share, WebUrl

Checks = Annotated[int, Meta(ge=1, le=36_500)]
"""At most one a date, so that a rule with more of them than `Days` could never be met."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How much evidence a conclusion needs."""

    checks: Checks
    """Observations of the kind within the streak."""
    nights: Days
    """UTC dates from the first of these observations to the last, both included."""


@dataclass(frozen=True, slots=True)
class WitnessRules:
    """`[links.rules.witness]`: for how long the answer of a second witness holds a death back."""

    capture_days: Days = 30
    """Days since a good capture of the Wayback Machine; most pages are captured less than daily."""
    name_days: Days = 7
    """Days since another resolver knew a name that does not exist for us."""
    patience_days: Days = 7
    """Days since a witness was first out of reach."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`[links.rules]`: the evidence that each conclusion needs."""

    explicit: Rule = Rule(checks=2, nights=2)
    """410: the server says that it is gone for good (RFC 9110 section 15.5.11)."""
    hard: Rule = Rule(checks=3, nights=7)
    """404, a name that does not exist, a provider that says deleted."""
    usurped: Rule = Rule(checks=3, nights=3)
    """The site of another party, by two kinds of evidence at each check."""
    soft: Rule = Rule(checks=3, nights=7)
    """A page was sent, but not the expected one: soft 404, parked, home page."""
    weak: Rule = Rule(checks=3, nights=14)
    """Refused, reset, time-out, DNS trouble, 5xx, loops, not HTTP: often temporary."""
    insecure: Rule = Rule(checks=3, nights=7)
    """TLS faults."""
    moved: Rule = Rule(checks=2, nights=3)
    """301/308 all the way to the same working URL, or a renamed repository."""
    unregistered: Rule = Rule(checks=3, nights=3)
    """The name does not exist, for another resolver neither, and nobody has registered it."""
    witness: WitnessRules = field(default_factory=WitnessRules)

    def named(self, name: str) -> Rule:
        """The rule of this name."""
        rule: Rule = getattr(self, name)
        return rule


@dataclass(frozen=True, slots=True)
class ChangePriors:
    """Days between two changes of one link, as assumed before any check was made.

    Links are of the kind of their provider, or of one that their URL shows.
    """

    github: PositiveFloat = 1400.0
    """6 % of the repositories that papers name are gone (Escamilla 2024); more are archived."""
    gitlab: PositiveFloat = 1400.0
    arxiv: PositiveFloat = 10_000.0
    huggingface: PositiveFloat = 1400.0
    youtube: PositiveFloat = 1400.0
    doi: PositiveFloat = 10_000.0
    crates: PositiveFloat = 1400.0
    pypi: PositiveFloat = 1400.0
    npm: PositiveFloat = 1400.0
    document: PositiveFloat = 1400.0
    home: PositiveFloat = 2800.0
    """Of what is gone after ten years, a third is gone with its whole site (Pew 2024)."""
    page: PositiveFloat = 1400.0
    """One link in 200 a week (Fetterly 2003)."""


@dataclass(frozen=True, slots=True)
class RecheckSettings:
    """`[links.recheck]`: how often a link is checked again, in days."""

    alive_every: Days = 14
    """Longest interval of links that are well or blocked; 1: every day."""
    requests_share: Share = 0.1
    """Requests a day for links that are well, as a share of the links."""
    night_factor: PositiveFloat = 1.05
    """How many times that a single run may get; the rest waits for the next one."""
    host_factor: PositiveFloat = 2.0
    """How many times its mean share of such checks a host may get in one run."""
    host_min: PositiveInt = 4
    """Checks that every host may get."""
    failing_every: Days = 1
    """Interval of failing links, and of moves and faults that wait for confirmation."""
    settled_every: Days = 3
    """Interval of dead and insecure links, which rarely recover, and of those that are not
    requested until the settings allow it."""
    prior_checks: PositiveInt = 1000
    """How many checks the priors count for, for each kind."""
    priors: ChangePriors = field(default_factory=ChangePriors)


@dataclass(frozen=True, slots=True)
class RunGateSettings:
    """`[links.run_gate]`: when the fault is more likely ours than that of all hosts."""

    canaries_share: Share = 0.6
    """Share of the canaries that must answer, before and after."""
    failing_share: Share = 0.2
    """Share of hosts that were fine last week and may not fail all at once."""
    same_target_share: Share = 0.1
    """Share of hosts that may not all begin to redirect to one other host in one run."""
    min_hosts: PositiveInt = 5
    """Fewer hosts than this prove nothing about us."""
    identities_share: Share = 0.5
    """Share of the known identities of a provider that may not change all at once."""
    min_identities: PositiveInt = 3
    """Fewer changed identities than this may be so many takeovers."""
    clock_minutes: PositiveFloat = 10.0
    """How far this machine's clock may differ from those of the canaries."""
    fine_within_days: Days = 7
    """Days since its last response within which a host counts as fine."""


@dataclass(frozen=True, slots=True)
class OutageSettings:
    """`[links.outage]`: when a failure is that of a host and not of its pages."""

    min_links: PositiveInt = 6
    """Links of one host that must have been checked in this run."""
    same_outcome_share: PositiveFloat = 0.8
    """Share of them that fail in the same weak way."""
    patience_days: Days = 14
    """Days since the host last answered after which its failures count after all; also the days
    after which a postponed check (503 with a `Retry-After` beyond the run) counts."""


@dataclass(frozen=True, slots=True)
class AnomalySettings:
    """`[links.anomaly]`: how many grave verdicts of one run are shown at once."""

    max_links: PositiveInt = 25
    """More new ones than this are held back for one run."""
    max_share: PositiveFloat = 0.05
    """So are more than this share of the links, ..."""
    min_links: NonNegativeInt = 10
    """... unless they are at most this many: a small list has small numbers."""


@dataclass(frozen=True, slots=True)
class WaybackSettings:
    """`[links.wayback]`: whether and how snapshots are looked up in the Wayback Machine."""

    enabled: bool = True
    """False: no failing link is looked up, and no snapshot is offered for dead ones."""
    api: WebUrl = "https://web.archive.org/cdx/search/cdx"
    per_run: NonNegativeInt = 50
    """Links looked up in one run; 2.5 s apart (`web.slow_hosts`) they take two minutes."""
    retry_after_days: Days = 1
    """Days after which a lookup without a snapshot is repeated; doubles each time, up to 32."""
    settled_for_days: Days = 30
    """Days for which a snapshot serves later streaks, and a blocked site is not looked up."""
    patience: PositiveInt = 3
    """Unusable responses in a row after which the archive counts as down."""
    budget_s: PositiveFloat = 300.0
    """Seconds after the first lookup after which no other begins: the archive may be slow. Lookups
    during the checks, those afterwards and those of former pages have so many each."""
    former_per_run: NonNegativeInt = 20
    """Questions in one run about what doubtful pages showed when they were listed: 2 to 5 each."""


@dataclass(frozen=True, slots=True)
class RdapSettings:
    """`[links.rdap]`: whether and how registries are asked about domains."""

    enabled: bool = True
    """False: no registry learns which domains your links lead to."""
    bootstrap: WebUrl = "https://data.iana.org/rdap/dns.json"
    """IANA's file of the servers; one comes with the package and is used until this is read."""
    per_run: NonNegativeInt = 10
    """Questions in one run."""
    keep_days: Days = 30
    """Days for which an answer is used."""
    patience: PositiveInt = 3
    """Unusable answers in a row after which registries count as down."""


@dataclass(frozen=True, slots=True)
class WitnessSettings:
    """`[links.witness]`: who is asked before a link is dead."""

    enabled: bool = True
    """False: nobody is asked, and what we see is believed after the nights of its rule."""
    per_run: NonNegativeInt = 100
    """Questions in one run; a 404 or lost name that it leaves waits for another run."""
    patience: PositiveInt = 3
    """Unusable answers in a row after which a witness counts as down in this run."""
    budget_s: PositiveFloat = 300.0
    """Seconds after which no other question is asked: the archive may be slow."""
    resolvers: tuple[WebUrl, ...] = (
        "https://dns.google/dns-query",
        "https://cloudflare-dns.com/dns-query",
    )
    """DNS over HTTPS (RFC 8484); the next one is asked where one gives no answer."""


_HOST = re.compile(r"(?:[^:/?#]+:)?//(?:[^/?#]*@)?(\[[^]/?#]*\]|[^/?#:]*)")
"""The host of a URL as it is written, which need not be valid."""
_ONLY_REGEX = re.compile(r"[\\^$+()\[\]{}|]|\.\*")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One pattern of `links.ignore`."""

    pattern: str
    """A host name, a glob (`example.org/docs/*`) or a regular expression (`^https?://x`)."""
    until: date | None = None
    """Last date on which it applies; None: no end."""
    reason: str = ""

    def is_expired(self, run_date: date) -> bool:
        """Whether it ended before that date."""
        return self.until is not None and run_date > self.until


def ignored_by(url: str, patterns: Sequence[Ignore], run_date: date) -> Ignore | None:
    """The first pattern that covers a URL on that date, or None."""
    valid = (one for one in patterns if not one.is_expired(run_date))
    return next((one for one in valid if covers(one.pattern, url)), None)


@cache
def _linear_regex(pattern: str) -> "re.Pattern[str]":
    """A regular expression that takes time linear to the address, whoever wrote it: RE2's."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        compiled: re.Pattern[str] = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(error.args[0].decode()) from error
    return compiled


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def covers(pattern: str, url: str) -> bool:
    """Whether a pattern covers a URL; raises ValueError for an invalid regular expression.

    A URL or glob may be written without its scheme, and a glob without the path.
    """
    if _ONLY_REGEX.search(pattern):
        return _linear_regex(pattern).search(url) is not None
    named = _HOST.match(url)
    bare = url.partition("//")[2] if named else ""
    host = named[1].strip("[]").lower() if named else ""
    if any(wild in pattern for wild in "*?"):
        return any(map(_glob(pattern).fullmatch, (url, bare, host)))
    if "/" not in pattern:
        return host == pattern.lower() or host.endswith(f".{pattern.lower()}")
    return pattern in (url, bare)


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What is known of every provider, apart from its settings."""

    label: ClassVar[str]
    """What people call it."""
    plural: ClassVar[str]
    """What people call the pages that its links lead to."""

    @property
    def cost(self) -> float:
        """Requests for the check of one link; below 1 if one request is for many links."""
        return 1.0


@dataclass(frozen=True, slots=True)
class GitHubSettings(ApiSettings):
    """GitHub's API, its token and its limits."""

    label: ClassVar = "GitHub"
    plural: ClassVar = "pages on GitHub"
    token: str = field(default="", repr=False)
    """Raises the limit from 60 requests an hour to 5,000 points, each worth `batch` repositories;
    sent to `api` only. Any token is enough: public repositories need no scope."""
    api: WebUrl = "https://api.github.com"
    site: WebUrl = "https://github.com"
    """Base of the new URL of a renamed repository."""
    batch: PositiveInt = 50
    """Names in one GraphQL query (repositories, folders, issues): one point, and far below 10 s."""
    reserve: Share = 0.1
    """Share of the hourly quota that is left to others with the same token or IP address."""
    patience: PositiveInt = 8
    """Responses without a result in a row after which GitHub counts as down; halving a query of
    50 down to one repository takes seven."""

    @property
    def cost(self) -> float:
        """Requests for the check of one link; only GraphQL, with a token, is asked for many."""
        return 1 / self.batch if self.token else 1.0


@dataclass(frozen=True, slots=True)
class GitLabSettings(ApiSettings):
    """The API of gitlab.com and its limits; it is requested without a token."""

    label: ClassVar = "GitLab"
    plural: ClassVar = "projects on GitLab"
    api: WebUrl = "https://gitlab.com/api/v4"
    site: WebUrl = "https://gitlab.com"
    """Base of the URLs of projects."""
    patience: PositiveInt = 3
    """Responses without a result in a row after which GitLab counts as down."""

    @property
    def cost(self) -> float:
        """Requests for the check of one link: of the project, and whether it is archived."""
        return 2.0


@dataclass(frozen=True, slots=True)
class ArxivSettings(ApiSettings):
    """arXiv's API and its limits; the pause between requests is in `web.slow_hosts`."""

    label: ClassVar = "arXiv"
    plural: ClassVar = "papers on arXiv"
    api: WebUrl = "https://export.arxiv.org/api/query"
    batch: PositiveInt = 100
    """Papers in one request."""
    body_bytes: PositiveInt = 8_000_000
    """A hundred papers of large collaborations name tens of thousands of authors."""
    second_checks: NonNegativeInt = 20
    """Missing papers that are requested one by one in one run, three seconds each."""
    patience: PositiveInt = 2
    """Responses without a result in a row after which arXiv counts as down."""

    @property
    def cost(self) -> float:
        """Requests for the check of one link."""
        return 1 / self.batch


@dataclass(frozen=True, slots=True)
class HuggingFaceSettings(ApiSettings):
    """The Hub's API and its limits; it is requested without a token."""

    label: ClassVar = "Hugging Face"
    plural: ClassVar = "repositories on Hugging Face"
    api: WebUrl = "https://huggingface.co/api"
    site: WebUrl = "https://huggingface.co"
    """Base of the URLs of repositories."""
    body_bytes: PositiveInt = 4_000_000
    """Some models are described with the names of all their files."""
    patience: PositiveInt = 3
    """Responses without a result in a row after which the Hub counts as down."""


@dataclass(frozen=True, slots=True)
class YouTubeSettings(ApiSettings):
    """YouTube's oEmbed API and its limits."""

    label: ClassVar = "YouTube"
    plural: ClassVar = "videos"
    api: WebUrl = "https://www.youtube.com/oembed"
    thumbnails: WebUrl = "https://img.youtube.com/vi"
    """Second evidence: a removed video has no picture."""
    patience: PositiveInt = 3
    """Responses without a result in a row after which YouTube counts as down."""


@dataclass(frozen=True, slots=True)
class DoiSettings(ApiSettings):
    """The API of the DOI system and its limits."""

    label: ClassVar = "doi.org"
    plural: ClassVar = "DOIs"
    api: WebUrl = "https://doi.org/api/handles"
    patience: PositiveInt = 3
    """Responses without a result in a row after which the DOI system counts as down."""


@dataclass(frozen=True, slots=True)
class RegistrySettings(ApiSettings):
    """What the APIs of registries of packages have in common."""

    api: WebUrl
    second_api: WebUrl
    """Second evidence: what is missing at the first is requested here."""
    enabled: bool = True
    """False: the pages are checked, which prove little."""
    body_bytes: PositiveInt = 8_000_000
    """Some packages have thousands of versions; a longer answer proves that it is there."""
    patience: PositiveInt = 3
    """Responses without a result in a row after which the registry counts as down."""


@dataclass(frozen=True, slots=True)
class CratesSettings(RegistrySettings):
    """The sparse index of crates.io, and its API, whose pause is in `web.slow_hosts`."""

    label: ClassVar = "crates.io"
    plural: ClassVar = "crates"
    api: WebUrl = "https://index.crates.io"
    second_api: WebUrl = "https://crates.io/api/v1/crates"


@dataclass(frozen=True, slots=True)
class PypiSettings(RegistrySettings):
    """The Simple API and the JSON API of the Python Package Index."""

    label: ClassVar = "PyPI"
    plural: ClassVar = "projects on PyPI"
    api: WebUrl = "https://pypi.org/simple"
    second_api: WebUrl = "https://pypi.org/pypi"


@dataclass(frozen=True, slots=True)
class NpmSettings(RegistrySettings):
    """The registry of npm, and its list of tags."""

    label: ClassVar = "npm"
    plural: ClassVar = "packages on npm"
    api: WebUrl = "https://registry.npmjs.org"
    second_api: WebUrl = "https://registry.npmjs.org/-/package"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """`[links.providers.NAME]`: sites that answer for their own pages by an API."""

    github: GitHubSettings = field(default_factory=GitHubSettings)
    gitlab: GitLabSettings = field(default_factory=GitLabSettings)
    arxiv: ArxivSettings = field(default_factory=ArxivSettings)
    huggingface: HuggingFaceSettings = field(default_factory=HuggingFaceSettings)
    youtube: YouTubeSettings = field(default_factory=YouTubeSettings)
    doi: DoiSettings = field(default_factory=DoiSettings)
    crates: CratesSettings = field(default_factory=CratesSettings)
    pypi: PypiSettings = field(default_factory=PypiSettings)
    npm: NpmSettings = field(default_factory=NpmSettings)

    def by_name(self) -> dict[str, ApiSettings]:
        """The settings of each provider."""
        return {one.name: getattr(self, one.name) for one in fields(self)}
