"""What can be set about looking at links and judging them; read by every command."""

from dataclasses import dataclass, field

from staycurrent.constraints import NonNegativeInt, PositiveFloat, PositiveInt, Share, WebUrl


@dataclass(frozen=True, slots=True)
class Rule:
    """How much evidence a conclusion needs."""

    checks: PositiveInt
    """Looks of the kind within the streak."""
    nights: PositiveInt
    """UTC nights from the first of these looks to the last, both included."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The `[links.rules]` section: what each kind of evidence must amount to."""

    explicit: Rule = Rule(checks=2, nights=2)
    """410: the server says that it is gone for good (RFC 9110 section 15.5.11)."""
    hard: Rule = Rule(checks=3, nights=7)
    """404, a name that does not exist, an authority that says deleted."""
    soft: Rule = Rule(checks=3, nights=7)
    """A page came, but not the promised one: soft missing, parked, sent home, taken over."""
    weak: Rule = Rule(checks=3, nights=14)
    """Refused, reset, time-out, DNS trouble, 5xx, loops, not HTTP: the road, not the house."""
    insecure: Rule = Rule(checks=3, nights=7)
    """TLS faults."""
    moved: Rule = Rule(checks=2, nights=3)
    """301/308 all the way to the same good address, or a renamed repository."""


@dataclass(frozen=True, slots=True)
class ChangePriors:
    """Nights between two changes of one link, as believed before any look was made."""

    github: PositiveFloat = 1400.0
    """6 % of the repositories that papers name are gone (Escamilla 2024); more are archived."""
    arxiv: PositiveFloat = 10_000.0
    huggingface: PositiveFloat = 1400.0
    youtube: PositiveFloat = 1400.0
    doi: PositiveFloat = 10_000.0
    document: PositiveFloat = 1400.0
    home: PositiveFloat = 2800.0
    """Of what is gone after ten years, a third is gone with its whole site (Pew 2024)."""
    page: PositiveFloat = 1400.0
    """One link in 200 a week (Fetterly 2003)."""


@dataclass(frozen=True, slots=True)
class RecheckSettings:
    """How often a link is looked at again, in nights."""

    alive_every: PositiveInt = 14
    """At most so many nights for links that are well or blocked; 1: every night."""
    requests_share: Share = 0.1
    """Looks at links that are well, as a share of the links, in requests a night."""
    night_factor: PositiveFloat = 1.05
    """How many times that a single night may get; what is more waits for the next one."""
    host_factor: PositiveFloat = 2.0
    """How many times its share of a quiet night a host may get of such looks."""
    host_min: PositiveInt = 4
    """Looks that every host may get."""
    failing_every: PositiveInt = 1
    """Links that fail, and moves and faults that wait for confirmation."""
    settled_every: PositiveInt = 3
    """Dead and insecure links: they come back seldom."""
    prior_checks: PositiveInt = 1000
    """How many looks the priors weigh, for each kind."""
    priors: ChangePriors = field(default_factory=ChangePriors)


@dataclass(frozen=True, slots=True)
class RunGateSettings:
    """The `[links.gate]` section: when the fault is more likely ours than everybody's."""

    canaries_share: Share = 0.6
    """Share of the canaries that must answer, before and after."""
    failing_share: Share = 0.2
    """Share of hosts that were fine last week and may not fail all at once."""
    same_target_share: Share = 0.1
    """Share of hosts that may not all begin to redirect to one other host in one night."""
    min_hosts: PositiveInt = 5
    """Fewer hosts than this prove nothing about us."""
    clock_minutes: PositiveFloat = 10.0
    """How far this machine's clock may be off what the canaries say."""
    fine_within_nights: PositiveInt = 7
    """How long ago a host may have answered to count as fine."""


@dataclass(frozen=True, slots=True)
class OutageSettings:
    """When a host's failing is its own, not its pages'."""

    min_links: PositiveInt = 6
    """Links of one host that must have been looked at tonight."""
    same_outcome_share: PositiveFloat = 0.8
    """Share of them that fail in the same weak way."""
    patience_nights: PositiveInt = 14
    """Nights since the host last answered after which its silence is evidence after all, and of
    putting us off (503 with a `Retry-After` beyond the night) after which that is."""


@dataclass(frozen=True, slots=True)
class AnomalySettings:
    """How many grave verdicts of one night are shown at once."""

    max_links: PositiveInt = 25
    """More new ones than this are held for a night."""
    max_share: PositiveFloat = 0.05
    """So are more than this share of the links, ..."""
    min_links: NonNegativeInt = 10
    """... unless they are no more than this: a small list has small numbers."""


@dataclass(frozen=True, slots=True)
class WaybackSettings:
    """The `[archive]` section: whether and how the Wayback Machine is asked."""

    enabled: bool = True
    """False: nobody is told which links fail, and nothing is offered for the dead ones."""
    api: WebUrl = "https://web.archive.org/cdx/search/cdx"
    per_run: NonNegativeInt = 50
    """Links looked up in one night; 2.5 s apart (`web.slow_hosts`) they take two minutes."""
    retry_after_nights: PositiveInt = 1
    """Nights after which an answer without a snapshot is doubted; doubles each time, up to 32."""
    settled_for_nights: PositiveInt = 30
    """A snapshot serves later streaks so long, and a site that the archive blocks is left alone."""
    patience: PositiveInt = 3
    """Answers in a row that cannot be used, after which the archive counts as down."""
    budget_s: PositiveFloat = 300.0
    """No look-up begins so many seconds after the first one: a slow archive must not hold us up."""
