"""What GitHub says of a repository, and what that means for links to it and into it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from staycurrent.links.observation import OWNER, Freshness, Outcome
from staycurrent.links.providers.base import Api, ProviderAnswer
from staycurrent.links.providers.github.names import REPOSITORY_NAME, Kind, Target
from staycurrent.links.settings import GitHubSettings

DELETED = "deleted or private, asked twice"


@dataclass(frozen=True, slots=True)
class Repository:
    """What is read of a repository; the rest of GitHub's response is ignored."""

    name: str
    """Its present `owner/name`."""
    identity: str | None
    """The number (`databaseId`), the node id and the owner's number, with blanks between.

    As far as they are known. The first two survive renames and transfers but not deletion. GitHub
    has changed all node ids before, and that of an owner changes with the kind of account."""
    archived: bool
    disabled: bool
    private: bool
    pushed_at: datetime | None
    """None if nothing was ever pushed, or the time cannot be read."""


class FieldNames(NamedTuple):
    """What one of the two APIs calls the fields of a repository; its `owner` has a number too."""

    name: str
    number: str
    node_id: str
    archived: str
    disabled: str
    private: str
    pushed_at: str


GRAPHQL_FIELDS = FieldNames(
    "nameWithOwner", "databaseId", "id", "isArchived", "isDisabled", "isPrivate", "pushedAt"
)
REST_FIELDS = FieldNames(
    "full_name", "id", "node_id", "archived", "disabled", "private", "pushed_at"
)


def parse_repository(data: object, fields: FieldNames) -> Repository | None:
    """Read a repository; None if it lacks a proper name or whether it is archived."""
    if not isinstance(data, dict):
        return None
    name, archived = data.get(fields.name), data.get(fields.archived)
    if not isinstance(name, str) or not isinstance(archived, bool):
        return None
    if not REPOSITORY_NAME.fullmatch(name):
        return None
    pushed_at, owner = data.get(fields.pushed_at), data.get("owner")
    owner_number = owner.get(fields.number) if isinstance(owner, dict) else None
    try:
        pushed = datetime.fromisoformat(pushed_at) if isinstance(pushed_at, str) else None
    except ValueError:
        pushed = None
    return Repository(
        name=name,
        identity=_identity(data.get(fields.number), data.get(fields.node_id), owner_number),
        archived=archived,
        disabled=data.get(fields.disabled) is True,
        private=data.get(fields.private) is True,
        pushed_at=pushed if pushed is not None and pushed.tzinfo is not None else None,
    )


def _identity(number: object, node_id: object, owner_number: object) -> str | None:
    names = [str(number)] if _is_number(number) else []
    if isinstance(node_id, str) and re.fullmatch(r"\S{1,100}", node_id):
        names.append(node_id)
    if names and _is_number(owner_number):
        names.append(f"{OWNER}{owner_number}")
    return " ".join(names) or None


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 63


def answer_for(target: Target, repository: Repository, api: Api[GitHubSettings]) -> ProviderAnswer:
    """What it means that a target was found, in this repository.

    That a repository is archived or idle is said of links to its front page only: a file is what
    it was.
    """
    is_front, name, identity = target.kind is Kind.REPOSITORY, repository.name, repository.identity
    if repository.private or (repository.disabled and not is_front):
        words = f"the repository is {'private' if repository.private else 'disabled by GitHub'}"
        if is_front:
            words = "private: only those with access can open it"
        return ProviderAnswer(Outcome.BLOCKED, words, 200, identity=identity)
    freshness: Freshness | None = None
    if not is_front:
        words = f"{target.kind}: found"
    elif repository.archived:
        freshness, words = Freshness.ARCHIVED, "archived"
    elif repository.disabled:
        freshness, words = Freshness.DISABLED, "disabled by GitHub"
    elif repository.pushed_at is None:
        words = "found; nothing was ever pushed"
    else:
        freshness = api.freshness(repository.pushed_at)
        words = f"last push {repository.pushed_at:%Y-%m-%d}"
    if name.lower() == target.repository.lower():
        return ProviderAnswer(Outcome.OK, words, 200, None, freshness, identity)
    renamed = f"renamed to {name}; {words}"
    if not is_front:
        renamed = f"{words} in {name}, the new name of the repository"
    moved_to = target.in_repository(name).page(api.settings.site)
    return ProviderAnswer(Outcome.REDIRECTED, renamed, 200, moved_to, freshness, identity)


def repository_number(identity: str) -> int | None:
    """The number that REST calls `id` and GraphQL `databaseId`; None if it is not known."""
    first = identity.partition(" ")[0]
    return int(first) if first.isdecimal() else None
