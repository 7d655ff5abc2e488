"""The sections of `staycurrent.toml`, with their defaults and bounds."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from staycurrent.links.settings import (
    AnomalySettings,
    Ignore,
    OutageSettings,
    ProviderSettings,
    RdapSettings,
    RecheckSettings,
    Rules,
    RunGateSettings,
    WaybackSettings,
    WitnessSettings,
)
from staycurrent.sources.settings import CandidateSettings, SourceSettings
from staycurrent.web.settings import (
    Days,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveInt,
    Seconds,
    WebSettings,
    WebUrl,
)

FILE_NAME = "staycurrent.toml"


@dataclass(frozen=True, slots=True)
class ListSettings:
    """`[list]`: the documents."""

    paths: tuple[str, ...] = ()
    """Markdown files, relative to the settings file; empty: README.md if it holds our markers or
    flags, else curated.md, else README.md."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """`[links]`: how links are checked, and what their history proves."""

    ignore: tuple[str | Ignore, ...] = ()
    """Addresses that are not requested: hosts, globs or regular expressions."""
    second_look_s: Seconds = 120.0
    """Seconds between a negative check and its confirmation."""
    unconditional_every: PositiveInt = 4
    """One of so many checks requests the page without a condition ("modified since?")."""
    budget_requests: NonNegativeInt = 10_000
    """Requests that the checks of one run may take; 0: no limit."""
    budget_minutes: NonNegativeFloat = 120.0
    """Minutes after which no further check begins; 0: no limit."""
    rules: Rules = field(default_factory=Rules)
    recheck: RecheckSettings = field(default_factory=RecheckSettings)
    run_gate: RunGateSettings = field(default_factory=RunGateSettings)
    outage: OutageSettings = field(default_factory=OutageSettings)
    anomaly: AnomalySettings = field(default_factory=AnomalySettings)
    providers: ProviderSettings = field(default_factory=ProviderSettings)
    wayback: WaybackSettings = field(default_factory=WaybackSettings)
    witness: WitnessSettings = field(default_factory=WitnessSettings)
    rdap: RdapSettings = field(default_factory=RdapSettings)

    @property
    def ignore_patterns(self) -> tuple[Ignore, ...]:
        """`ignore`, with plain texts as patterns without an end."""
        return tuple(one if isinstance(one, Ignore) else Ignore(one) for one in self.ignore)


@dataclass(frozen=True, slots=True)
class FreshnessSettings:
    """`[freshness]`: when what is alive counts as stale."""

    stale_after_days: Days = 730
    """Days without a push or other activity after which a repository is idle."""
    archived_is_stale: bool = True
    """Whether an archived repository is flagged."""


@dataclass(frozen=True, slots=True)
class CuratedSettings:
    """`[curated]`: how the list shows the verdicts."""

    flags: Literal["inline", "report"] = "inline"
    """`report`: the list carries no flags."""
    dead: Literal["flag", "strike", "archive"] = "flag"
    """`strike`: dead links are also struck out; `archive`: they lead to their snapshots."""
    moved: Literal["flag", "fix"] = "flag"
    """`fix`: the new address replaces the old one, and no flag is written."""
    glyphs: Literal["emoji", "words"] = "emoji"
    """`words` writes `(dead link)` instead of a glyph."""
    place: Literal["link", "end"] = "link"
    """Where a flag is written: behind its link, or at the end of the entry's line."""
    section: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_.-]*$", description="letters, digits, _ . and -")
    ] = "current"
    """Name of the generated section for candidates; empty: none."""
    new_days: Annotated[int, Meta(ge=0, le=36_500)] = 30
    """Days for which an entry that was accepted from the candidates is marked as new."""


# git-check-ref-format(1), less what has a meaning in markdown or in a shell
_BRANCH = (
    r"^(?!refs/|heads/|remotes/|HEAD$)(?!.*(\.\.|//|/\.|\./|\.lock(/|$)))"
    r"[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9]$"
)
_BRANCH_DESCRIPTION = "a plain branch name, without refs/heads/"
BranchName = Annotated[str, Meta(pattern=_BRANCH, description=_BRANCH_DESCRIPTION)]


def exclude_each_other(branch: str, other: str) -> bool:
    """Whether one repository cannot have both branches: one branch, or `a` and `a/b`."""
    return f"{branch}/".startswith(f"{other}/") or f"{other}/".startswith(f"{branch}/")


@dataclass(frozen=True, slots=True)
class WarehouseSettings:
    """`[warehouse]`: the database, its backups and its exported history."""

    path: str = ".staycurrent/warehouse.duckdb"
    """One DuckDB file, relative to the settings file."""
    wait_s: NonNegativeFloat = 5.0
    """Seconds that a run waits for another process to release the warehouse; 0: it does not."""
    backups: NonNegativeInt = 7
    """Backups that are kept, one for each judged run date; 0: none."""
    branch: BranchName = "staycurrent-data"
    """Branch of the list's repository that keeps the exported history."""
    response_days: NonNegativeInt = 14
    """Days for which the responses of feeds are kept, compressed; 0: none."""


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """`[scale]`: several processes or machines, for lists with many links."""

    processes: NonNegativeInt = 0
    """Processes that check at the same time; 0: one for each usable core."""
    process_links: PositiveInt = 5_000
    """Links that a further process must get to be worth its start."""
    shard_links: PositiveInt = 20_000
    """Links that are checked in one go; more are divided into shards."""
    shards: NonNegativeInt = 0
    """Number of shards; 0: as many as the other settings demand."""
    scheduler: str = ""
    """Address of a Dask scheduler, as `tcp://host:8786`; empty: this machine does the work."""


@dataclass(frozen=True, slots=True)
class PullRequestSettings:
    """`[pull_request]`: the standing pull request."""

    branch: BranchName = "staycurrent/update"
    """Its branch; it belongs to staycurrent until a person pushes to it."""
    base: Annotated[str, Meta(pattern=f"{_BRANCH}|^$", description=_BRANCH_DESCRIPTION)] = ""
    """The branch that it changes; empty: the remote's default branch."""
    max_lines: Annotated[int, Meta(ge=1, le=500)] = 40
    """Changed lines that are proposed at a time; more than 500 would not fit into its body."""
    api: WebUrl = "https://api.github.com"
    """GitHub's REST API; that of an Enterprise server is `https://HOST/api/v3`."""
    title_prefix: Annotated[
        str,
        Meta(pattern=r"^[^\x00-\x1f\x7f]{0,60}$", description="at most 60 characters of one line"),
    ] = ""
    """Begins the title and the commit's subject, as `docs: ` where commits are conventional."""
    labels: tuple[str, ...] = ()
    """Labels that it gets; one that a person removed is not added again."""
    draft: bool = False
    """Whether it is opened as a draft."""
    dashboard: bool = False
    """Whether an issue shows the present state, updated in place."""


_PrefectName = Annotated[str, Meta(pattern=r"^[\w-]*$", description="letters, digits, _ and -")]


@dataclass(frozen=True, slots=True)
class PrefectSettings:
    """`[prefect]`: when Prefect runs what (`staycurrent deploy`, `staycurrent serve`)."""

    cron: str = "17 2 * * *"
    """The nightly run: minute, hour, day of month, month, day of week."""
    jitter_s: Annotated[int, Meta(ge=0, le=3600)] = 600
    """A scheduled run begins up to so many seconds later."""
    report_cron: str = "47 6 * * 1"
    """The weekly report."""
    timezone: str = "UTC"
    """An IANA name; the run date is a UTC date."""
    project: _PrefectName = ""
    """What the deployments are called; several lists on one server need a name each."""
    pool: _PrefectName = ""
    """Prefect's work pool; empty: that of the project's name, or `staycurrent`."""
    missed_after_h: Annotated[int, Meta(ge=1, le=876_000)] = 26
    """Hours without a completed nightly run after which Prefect reports it."""
    notify: str = ""
    """Notification block, as `slack-webhook/my-block`, that gets changed flags and failures."""
    github_token_block: str = ""
    """Secret block with the token for runs whose environment has no GITHUB_TOKEN."""
    hf_token_block: str = ""
    """The same for HF_TOKEN."""
    variable: Annotated[
        str, Meta(pattern=r"^[a-z0-9_]*$", description="lowercase letters, digits and _")
    ] = ""
    """Variable of Prefect, a JSON object of settings that override the file's."""
    report_url: Annotated[
        str, Meta(pattern=r"^(https?://[^\s/]\S*)?$", description="a web address")
    ] = ""
    """Where you publish the weekly report; artifacts and notifications link to it."""

    @property
    def pool_name(self) -> str:
        """The work pool; a worker of another list's folder must not take the runs."""
        return self.pool or self.project or "staycurrent"

    @property
    def limit_name(self) -> str:
        """Prefect's concurrency limit by which runs wait for the one warehouse."""
        return f"staycurrent-{self.project}" if self.project else "staycurrent"

    @property
    def token_blocks(self) -> Mapping[str, str]:
        """The Secret block for each variable of SECRETS; empty: none."""
        return dict(zip(SECRETS, (self.github_token_block, self.hf_token_block), strict=True))


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; a section belongs to the room that uses it."""

    list: ListSettings = field(default_factory=ListSettings)
    web: WebSettings = field(default_factory=WebSettings)
    links: LinkSettings = field(default_factory=LinkSettings)
    freshness: FreshnessSettings = field(default_factory=FreshnessSettings)
    curated: CuratedSettings = field(default_factory=CuratedSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    pull_request: PullRequestSettings = field(default_factory=PullRequestSettings)
    prefect: PrefectSettings = field(default_factory=PrefectSettings)
    scale: ScaleSettings = field(default_factory=ScaleSettings)
    warehouse: WarehouseSettings = field(default_factory=WarehouseSettings)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Tokens; they never come from the settings file, and each goes to its own host only."""

    github_token: str = field(default="", repr=False)
    """For the repository of the lists, at `pull_request.api`."""
    hf_token: str = field(default="", repr=False)
    provider_token: str = field(default="", repr=False)
    """The first one, if it is for `links.providers.github.api` too."""


SECRETS = ("GITHUB_TOKEN", "HF_TOKEN")
"""The variables of the first fields of `Secrets`."""


def find_settings(start: Path) -> Path | None:
    """The settings file in `start` or in the nearest folder above it; None where there is none.

    A folder of that name, or a link that leads nowhere, is refused where it is read: not to find
    it would be to run with other settings.
    """
    for folder in (start, *start.parents):
        path = folder / FILE_NAME
        if path.is_symlink() or path.exists():
            return path
    return None


def read_secrets(environment: Mapping[str, str]) -> Secrets:
    """The tokens of the environment, without the line end that a file may have left."""
    return Secrets(*(environment.get(name, "").strip() for name in SECRETS))


def prepare_prefect(home: Path) -> None:
    """Disable Prefect's telemetry, unless the environment says otherwise.

    Prefect reads the user's home when it is imported; a user without one gets `home`.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    try:
        if os.access(Path.home(), os.W_OK):
            return
    except RuntimeError:
        os.environ["HOME"] = str(home.absolute())
    os.environ.setdefault("PREFECT_HOME", str(home.absolute()))
    from staycurrent.files import make_own_folder  # late: settings are read at every start

    with suppress(OSError):  # Prefect warns of what it cannot write
        make_own_folder(home.parent)
        home.mkdir(exist_ok=True)


def environment() -> Mapping[str, str]:
    """The environment of the process; it is read nowhere else."""
    return os.environ
