"""What can be set: every section, each owned by the room that obeys it, with its defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from staycurrent.links.authorities.settings import ArXiv, Doi, GitHub, HuggingFace, YouTube
from staycurrent.links.ignore import Ignore
from staycurrent.links.settings import Archive, Brake, Gate, Outage, Pace, Rules
from staycurrent.sources.settings import (
    CandidateSettings,
    CustomFeedSettings,
    GithubTrendingSettings,
    PapersWithCodeSettings,
    WeeklyPapersSettings,
)
from staycurrent.web.settings import WebSettings

FILE_NAME = "staycurrent.toml"


class SettingsError(Exception):
    """Every mistake in the settings, one sentence each, with its key."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class ListSettings:
    """`[list]`: which documents are kept."""

    paths: tuple[str, ...] = ("curated.md",)
    """Markdown files, relative to the settings file."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """`[links]`: how links are looked at and judged."""

    ignore: tuple[str | Ignore, ...] = ()
    """Addresses that are not requested: hosts, globs or regular expressions."""
    second_look_s: float = 120.0
    """How long after a negative look the second one comes, in seconds."""
    unconditional_every: int = 4
    """Every so many looks a page is asked for whatever the server says of its not being changed."""
    budget_requests: int = 10_000
    """Requests that a night's looks may take; 0: no limit."""
    budget_minutes: float = 120.0
    """Minutes after which no look begins any more; 0: no limit."""
    rules: Rules = field(default_factory=Rules)
    pace: Pace = field(default_factory=Pace)
    gate: Gate = field(default_factory=Gate)
    outage: Outage = field(default_factory=Outage)
    brake: Brake = field(default_factory=Brake)

    @property
    def patterns(self) -> tuple[Ignore, ...]:
        """`ignore`, with plain texts as patterns for good."""
        return tuple(Ignore(one) if isinstance(one, str) else one for one in self.ignore)


@dataclass(frozen=True, slots=True)
class FreshnessSettings:
    """`[freshness]`: when a living thing counts as stale."""

    stale_after_days: int = 730
    """A repository without a push for so many days is idle."""
    archived_is_stale: bool = True
    """Whether an archived repository is flagged."""


@dataclass(frozen=True, slots=True)
class CuratedSettings:
    """`[curated]`: how the list shows what is known."""

    flags: Literal["inline", "report"] = "inline"
    """`report`: the list carries no flags."""
    dead: Literal["flag", "strike", "archive"] = "flag"
    """`strike`: dead links are struck out as well; `archive`: led to their snapshots."""
    moved: Literal["flag", "fix"] = "flag"
    """`fix`: moved links get their new address, and no flag."""
    glyphs: Literal["emoji", "words"] = "emoji"
    """`words` writes `(dead link)` instead of a glyph."""
    place: Literal["link", "end"] = "link"
    """A flag stands behind its link, or at the end of the entry's line."""
    part: str = "current"
    """Name of the generated part that candidates go into; empty: none."""
    new_days: int = 30
    """Days for which an entry that was taken over from our candidates is marked as new."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """`[authorities.NAME]`: sites that answer for their own pages by an API."""

    github: GitHub = field(default_factory=GitHub)
    arxiv: ArXiv = field(default_factory=ArXiv)
    huggingface: HuggingFace = field(default_factory=HuggingFace)
    youtube: YouTube = field(default_factory=YouTube)
    doi: Doi = field(default_factory=Doi)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """`[sources.NAME]`: the feeds; a NAME of your own with `kind = "rss"` adds one."""

    github_trending: GithubTrendingSettings = field(default_factory=GithubTrendingSettings)
    papers_with_code: PapersWithCodeSettings = field(default_factory=PapersWithCodeSettings)
    weekly_papers: WeeklyPapersSettings = field(default_factory=WeeklyPapersSettings)
    feeds: Mapping[str, CustomFeedSettings] = field(default_factory=dict)
    """Feeds of your own, by name."""


@dataclass(frozen=True, slots=True)
class WarehouseSettings:
    """`[warehouse]`: where the memory is kept."""

    path: str = ".staycurrent/warehouse.duckdb"
    """One DuckDB file, relative to the settings file."""
    wait_s: float = 5.0
    """Seconds that a run waits for another one to let the warehouse go; 0: none."""
    backups: int = 7
    """Copies that are kept beside it, one a judged night; 0: none."""
    branch: str = "staycurrent-data"
    """Branch of the list's repository that keeps the exported history."""
    body_nights: int = 14
    """Nights for which the feeds' pages are kept, compressed; 0: none."""


@dataclass(frozen=True, slots=True)
class ScaleSettings:
    """`[scale]`: who looks, where one process is too few."""

    processes: int = 0
    """Processes that look at once; 0: one for each core that we may use."""
    process_links: int = 5_000
    """Links that a further process must get to be worth its start."""
    part_links: int = 20_000
    """Links that are looked at in one go; a night of more is looked at part by part."""
    parts: int = 0
    """Parts of a night's links; 0: as many as the other numbers ask for."""
    scheduler: str = ""
    """Address of a Dask scheduler whose workers look, as `tcp://host:8786`; empty: this machine."""


@dataclass(frozen=True, slots=True)
class PullRequestSettings:
    """`[pull_request]`: the standing pull request."""

    branch: str = "staycurrent/update"
    """The standing branch; it is ours, until a person pushes to it."""
    base: str = ""
    """The branch that is to be changed; empty: the remote's default branch."""
    most_lines: int = 40
    """Changed lines that are proposed at a time."""
    api: str = "https://api.github.com"
    """Where GitHub's REST API is; an Enterprise's is `https://HOST/api/v3`."""
    labels: tuple[str, ...] = ()
    """Given to the pull request when it is opened."""
    draft: bool = False
    """Whether it is opened as a draft."""
    dashboard: bool = False
    """Whether an issue shows what stands, updated in place."""


@dataclass(frozen=True, slots=True)
class PrefectSettings:
    """`[schedule]`: when Prefect runs what (`staycurrent deploy`, `staycurrent serve`)."""

    cron: str = "17 2 * * *"
    """The night: minute, hour, day of month, month, day of week."""
    jitter_s: int = 600
    """A run of the schedule begins up to so many seconds later."""
    report_cron: str = "47 6 * * 1"
    """The weekly report."""
    timezone: str = "UTC"
    """An IANA name; the night itself is a UTC date."""
    pool: str = "staycurrent"
    """Prefect's work pool."""
    silent_after_h: int = 26
    """Hours without a night that came to an end, after which Prefect tells so."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, each section owned by the room that obeys it."""

    list: ListSettings = field(default_factory=ListSettings)
    web: WebSettings = field(default_factory=WebSettings)
    links: LinkSettings = field(default_factory=LinkSettings)
    authorities: ProviderSettings = field(default_factory=ProviderSettings)
    archive: Archive = field(default_factory=Archive)
    freshness: FreshnessSettings = field(default_factory=FreshnessSettings)
    curated: CuratedSettings = field(default_factory=CuratedSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    sources: SourceSettings = field(default_factory=SourceSettings)
    pull_request: PullRequestSettings = field(default_factory=PullRequestSettings)
    schedule: PrefectSettings = field(default_factory=PrefectSettings)
    scale: ScaleSettings = field(default_factory=ScaleSettings)
    warehouse: WarehouseSettings = field(default_factory=WarehouseSettings)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What comes from the environment only, and goes to the host that it is for."""

    github_token: str = field(default="", repr=False)
    hf_token: str = field(default="", repr=False)


def find_settings(start: Path) -> Path | None:
    """The settings file in `start` or the nearest folder above it, or None."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def read_secrets(environment: Mapping[str, str]) -> Secrets:
    """The tokens that the environment holds, without the line end that a file may have left."""
    names = ("GITHUB_TOKEN", "HF_TOKEN")
    return Secrets(*(environment.get(name, "").strip() for name in names))


def disable_prefect_telemetry() -> None:
    """Have Prefect tell its makers nothing, unless somebody said otherwise."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


def environment() -> Mapping[str, str]:
    """The process's environment: the one place that reads it."""
    return os.environ
