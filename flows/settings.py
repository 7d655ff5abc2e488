"""staycurrent.toml and the environment to frozen settings, with all mistakes told at once."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_type_hints

from pydantic import TypeAdapter, ValidationError

from links.authorities.arxiv import Settings as ArXivSettings
from links.authorities.doi import Settings as DoiSettings
from links.authorities.github_settings import Settings as GitHubSettings
from links.authorities.huggingface import Settings as HuggingFaceSettings
from links.authorities.youtube import Settings as YouTubeSettings
from links.due import Pace
from links.ignore import Ignore, covers
from links.night import Gate
from links.verdict import Rules
from sources.candidates import Limits
from sources.registry import Feed, GithubTrending, PapersWithCode, WeeklyPapers
from web.policy import Policy

FILE_NAME = "staycurrent.toml"
_PREFIX = "STAYCURRENT_"


class BadSettings(Exception):
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
    rules: Rules = field(default_factory=Rules)
    pace: Pace = field(default_factory=Pace)
    gate: Gate = field(default_factory=Gate)

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
    dead: Literal["flag"] = "flag"
    moved: Literal["flag"] = "flag"
    glyphs: Literal["emoji", "words"] = "emoji"
    """`words` writes `(dead link)` instead of a glyph."""
    place: Literal["link", "end"] = "link"
    """A flag stands behind its link, or at the end of the entry's line."""
    part: str = "current"
    """Name of the generated part that candidates go into; empty: none."""


@dataclass(frozen=True, slots=True)
class AuthoritySettings:
    """`[authorities.NAME]`: sites that answer for their own pages by an API."""

    github: GitHubSettings = field(default_factory=GitHubSettings)
    arxiv: ArXivSettings = field(default_factory=ArXivSettings)
    huggingface: HuggingFaceSettings = field(default_factory=HuggingFaceSettings)
    youtube: YouTubeSettings = field(default_factory=YouTubeSettings)
    doi: DoiSettings = field(default_factory=DoiSettings)


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """`[sources.NAME]`: the feeds; a NAME of your own with `kind = "rss"` adds one."""

    github_trending: GithubTrending = field(default_factory=GithubTrending)
    papers_with_code: PapersWithCode = field(default_factory=PapersWithCode)
    weekly_papers: WeeklyPapers = field(default_factory=WeeklyPapers)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    """Feeds of your own, by name."""


@dataclass(frozen=True, slots=True)
class WarehouseSettings:
    """`[warehouse]`: where the memory is kept."""

    path: str = ".staycurrent/warehouse.duckdb"
    """One DuckDB file, relative to the settings file."""


@dataclass(frozen=True, slots=True)
class PullRequestSettings:
    """`[pull_request]`: the standing pull request."""

    most_lines: int = 40
    """Changes that are proposed at a time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, each section owned by the room that obeys it."""

    list: ListSettings = field(default_factory=ListSettings)
    web: Policy = field(default_factory=Policy)
    links: LinkSettings = field(default_factory=LinkSettings)
    authorities: AuthoritySettings = field(default_factory=AuthoritySettings)
    freshness: FreshnessSettings = field(default_factory=FreshnessSettings)
    curated: CuratedSettings = field(default_factory=CuratedSettings)
    candidates: Limits = field(default_factory=Limits)
    sources: SourceSettings = field(default_factory=SourceSettings)
    pull_request: PullRequestSettings = field(default_factory=PullRequestSettings)
    warehouse: WarehouseSettings = field(default_factory=WarehouseSettings)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What comes from the environment only, and goes to the host that it is for."""

    github_token: str = field(default="", repr=False)
    hf_token: str = field(default="", repr=False)


def find(start: Path) -> Path | None:
    """The settings file in `start` or the nearest folder above it, or None."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def read(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a file (None: defaults) and the environment; raises BadSettings."""
    data = _parsed(path) if path else {}
    return from_data(data | {}, environment)


def from_data(data: dict[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settings from parsed TOML; environment overrides win; raises BadSettings."""
    mistakes: list[str] = []
    merged = _overridden(data, environment, mistakes)
    _gather_feeds(merged, mistakes)
    _find_unknown(merged, Settings, "", mistakes)
    settings = _validated(merged, mistakes)
    if settings is not None:
        mistakes += _bad_patterns(settings.links.patterns)
    if mistakes or settings is None:
        raise BadSettings(mistakes)
    return settings


def secrets(environment: Mapping[str, str]) -> Secrets:
    """The tokens that the environment holds."""
    return Secrets(environment.get("GITHUB_TOKEN", ""), environment.get("HF_TOKEN", ""))


def environment() -> Mapping[str, str]:
    """The process's environment: the one place that reads it."""
    return os.environ


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSettings([f"{path}: there is no such settings file"]) from None
    except IsADirectoryError:
        raise BadSettings([f"{path}: is a folder, not a settings file"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings([f"{path}: cannot be read as TOML: {error}"]) from None


def _overridden(
    data: dict[str, Any], environment: Mapping[str, str], mistakes: list[str]
) -> dict[str, Any]:
    """`STAYCURRENT_WEB__TIMEOUT_S=5` over `[web] timeout_s`; values are read as TOML or as text."""
    merged = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
    for name, text in sorted(environment.items()):
        if not name.startswith(_PREFIX):
            continue
        section, _, key = name.removeprefix(_PREFIX).lower().partition("__")
        if not key:
            mistakes.append(f"{name}: wants STAYCURRENT_SECTION__KEY, with two underscores")
            continue
        place = merged.setdefault(section, {})
        if isinstance(place, dict):
            *folders, last = key.split("__")
            for folder in folders:
                place = place.setdefault(folder, {})
            place[last] = _value(text)
    return merged


def _gather_feeds(data: dict[str, Any], mistakes: list[str]) -> None:
    """Put `[sources.NAME]` with `kind = "rss"` under `feeds`, where it is typed."""
    sources = data.get("sources")
    if not isinstance(sources, dict):
        return
    known = [one.name for one in fields(SourceSettings) if one.name != "feeds"]
    for name in [name for name in sources if name not in known]:
        own = sources.pop(name)
        if not isinstance(own, dict) or own.pop("kind", None) != "rss":
            near = _did_you_mean(name, known)
            mistakes.append(f'sources.{name}: is no feed that we know; kind = "rss" adds one{near}')
        elif not own.get("url"):
            mistakes.append(f"sources.{name}.url: the feed's address is missing")
        else:
            sources.setdefault("feeds", {})[name] = own


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _find_unknown(data: Any, kind: Any, path: str, mistakes: list[str]) -> None:
    """Keys that no dataclass has, with the nearest one that exists."""
    if not isinstance(data, dict) or not is_dataclass(kind):
        return
    hints = get_type_hints(kind)
    known = [one.name for one in fields(kind)]
    for key in list(data):
        if key in known:
            _find_unknown(data[key], hints[key], f"{path}{key}.", mistakes)
        else:
            mistakes.append(f"{path}{key}: is not a setting{_did_you_mean(key, known)}")
            del data[key]


def _did_you_mean(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _validated(data: dict[str, Any], mistakes: list[str]) -> Settings | None:
    try:
        return TypeAdapter(Settings).validate_python(data)
    except ValidationError as error:
        mistakes += [
            f"{'.'.join(str(part) for part in one['loc'])}: {one['msg'].lower()}, "
            f"not {one['input']!r}"
            for one in error.errors()
        ]
        return None


def _bad_patterns(patterns: tuple[Ignore, ...]) -> list[str]:
    mistakes = []
    for pattern in patterns:
        try:
            covers(pattern.pattern, "")
        except re.error as error:
            mistakes.append(f"links.ignore: {pattern.pattern!r} is no pattern: {error}")
    return mistakes
