"""A repository as GitHub tells of it, by either API, and what is concluded from that."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from staycurrent.links.authorities.report import Finding
from staycurrent.links.authorities.settings import GitHub
from staycurrent.links.observation import Freshness, Outcome

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
"""`owner/name` as GitHub allows it, and nothing that could leave a query's quotes."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What is read of a repository; the rest of GitHub's answer is left alone."""

    name: str
    """`owner/name` as it is called now."""
    identity: str | None
    """The node id, which survives renames and transfers but not deletion."""
    archived: bool
    disabled: bool
    private: bool
    pushed_at: datetime | None
    """None where nothing was ever pushed, or the time cannot be read."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What one of the two APIs calls the things that are read."""

    name: str
    identity: str
    archived: str
    disabled: str
    private: str
    pushed_at: str


GRAPHQL = Wording("nameWithOwner", "id", "isArchived", "isDisabled", "isPrivate", "pushedAt")
REST = Wording("full_name", "node_id", "archived", "disabled", "private", "pushed_at")


def read(told: object, wording: Wording) -> Repository | None:
    """Read a repository; None where it lacks a proper name or says nothing of archiving."""
    if not isinstance(told, dict):
        return None
    name, archived = told.get(wording.name), told.get(wording.archived)
    if not isinstance(name, str) or not NAME.fullmatch(name) or not isinstance(archived, bool):
        return None
    return Repository(
        name=name,
        identity=_identity(told.get(wording.identity)),
        archived=archived,
        disabled=told.get(wording.disabled) is True,
        private=told.get(wording.private) is True,
        pushed_at=_time(told.get(wording.pushed_at)),
    )


def finding(asked: str, repository: Repository, *, settings: GitHub, now: datetime) -> Finding:
    """Conclude what a repository that was found means for a link to `asked` (`owner/name`)."""
    freshness, words = _freshness(repository, settings.stale_after_days, now)
    if repository.private:
        words = "private: only those with access can open it"
        return Finding(Outcome.BLOCKED, words, 200, identity=repository.identity)
    renamed = repository.name.lower() != asked.lower()
    return Finding(
        Outcome.REDIRECTED if renamed else Outcome.OK,
        f"renamed to {repository.name}; {words}" if renamed else words,
        200,
        f"{settings.site}/{repository.name}" if renamed else None,
        freshness,
        repository.identity,
    )


def _freshness(
    repository: Repository, stale_after_days: int, now: datetime
) -> tuple[Freshness | None, str]:
    if repository.archived:
        return Freshness.ARCHIVED, "archived"
    if repository.disabled:
        return Freshness.DISABLED, "disabled by GitHub"
    if repository.pushed_at is None:
        return None, "found; nothing was ever pushed"
    idle = now - repository.pushed_at > timedelta(days=stale_after_days)
    words = f"last push {repository.pushed_at:%Y-%m-%d}"
    return (Freshness.IDLE if idle else Freshness.FRESH), words


def _identity(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 100 else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
