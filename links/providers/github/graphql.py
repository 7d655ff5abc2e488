"""GitHub's GraphQL API: many repositories, and what is in them, in one request.

Targets in one repository share its part of the query. `object` and the other fields that are
requested are not connections, so a query costs one point however many there are.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from staycurrent.links.observation import ACCOUNT, Outcome
from staycurrent.links.providers.base import Api, ProviderAnswer
from staycurrent.links.providers.github.names import Kind, Target, target_of
from staycurrent.links.providers.github.observations import (
    DELETED,
    GRAPHQL_FIELDS,
    Repository,
    answer_for,
    parse_repository,
)
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.github_api import (
    GitHubClient,
    is_quota_low,
    refusal_reason,
    reports_rate_limit,
)
from staycurrent.web.response import Response, json_object

_ACCOUNT = "... on User{databaseId} ... on Organization{databaseId}"
"""The interface `RepositoryOwner` has no number."""
_FIELDS = " ".join((*GRAPHQL_FIELDS, f"owner{{{_ACCOUNT}}}"))
_Errors = Mapping[tuple[str, ...], str]
"""The type of each error, by the aliases that lead to it."""
_Data = dict[str, object]
_Read = Callable[["GraphqlAnswers", Sequence[str], _Data, _Errors], None]


@dataclass(frozen=True, slots=True)
class Absent:
    """What a repository that exists does not have, and what it has instead."""

    repository: Repository
    ref: str | None = None
    """The branch, tag or commit that the address names, if that exists."""
    path: str = ""
    """The path in it."""
    default_branch: str | None = None
    """A branch that has this path, while the ref does not exist."""


@dataclass(slots=True)
class GraphqlAnswers:
    """What all queries brought; by name."""

    answers: dict[str, ProviderAnswer] = field(default_factory=dict)
    absent: dict[str, Absent] = field(default_factory=dict)
    """Not in a repository that exists."""
    withheld: list[str] = field(default_factory=list)
    """Not for this token (an organisation's sign-on or address rule); others may see them."""
    stop: str = ""
    """Why GitHub should not be asked again in this run."""


@dataclass(frozen=True, slots=True)
class GraphqlClient:
    """Asks about names (as of `Target`) with a token."""

    api: Api[GitHubSettings]

    async def find(self, names: Sequence[str]) -> GraphqlAnswers:
        """Which of them exist."""
        return await self._ask(names, self.api.settings.batch, graphql_query, self._read_found)

    async def find_elsewhere(self, names: Sequence[str]) -> GraphqlAnswers:
        """Of absent files, folders and refs: whether a longer ref has them, else why they are.

        Each takes several objects, so a query has fewer of them.
        """
        size = max(self.api.settings.batch // 5, 1)
        return await self._ask(names, size, elsewhere_query, self._read_elsewhere)

    async def _ask(
        self, names: Sequence[str], size: int, query: Callable[[Sequence[str]], str], read: _Read
    ) -> GraphqlAnswers:
        settings, found, failed = self.api.settings, GraphqlAnswers(), 0
        client = GitHubClient(self.api.ask, settings.api, settings.token)
        batches = [list(names[start : start + size]) for start in range(0, len(names), size)]
        waiting = batches[::-1]  # the next one is the last
        while waiting and not found.stop:
            requested = waiting.pop()
            response = await client.graphql(query(requested))
            found.stop = _read_response(found, requested, response, settings.reserve, read)
            settled = (found.answers, found.absent, found.withheld)
            unanswered = [name for name in requested if not any(name in one for one in settled)]
            failed = failed + 1 if len(unanswered) == len(requested) else 0
            if failed >= settings.patience and not found.stop:
                what = "responses of GitHub in a row had no answer"
                found.stop = f"{failed} {what}: given up for this run"
            elif unanswered and len(requested) > 1:
                half = (len(unanswered) + 1) // 2
                parts = [part for part in (unanswered[half:], unanswered[:half]) if part]
                # what alone lacks an answer may never have one, and others should
                waiting = waiting + parts if failed else parts + waiting
        return found

    def _read_found(
        self, found: GraphqlAnswers, requested: Sequence[str], data: _Data, errors: _Errors
    ) -> None:
        for place, (alias, target) in enumerate(_aliased(requested)):
            is_null, prefix = bool(target.repository) and data.get(alias) is None, f"t{place}_"
            if is_null and errors.get((alias,)) == "NOT_FOUND":
                found.answers[target.name] = ProviderAnswer(Outcome.MISSING, DELETED)
                continue
            is_there = None if is_null else _is_there(target, prefix, alias, data, errors)
            repository = parse_repository(data.get(alias), GRAPHQL_FIELDS)
            if is_there is None or (target.repository and repository is None):
                fields = {alias} if is_null else {prefix, f"{prefix}tag"}
                found.withheld += [target.name] if _is_forbidden(errors, fields) else []
                continue
            if repository and (is_there or repository.private):
                found.answers[target.name] = self._answer(target, repository)
            elif repository:
                found.absent[target.name] = Absent(repository)
            else:
                words = f"{target.kind}: {'found' if is_there else 'not found, asked twice'}"
                outcome = Outcome.OK if is_there else Outcome.MISSING
                node = data.get(prefix)
                number = node.get("databaseId") if isinstance(node, dict) else None
                # not the number of a repository
                identity = f"{ACCOUNT}{number}" if isinstance(number, int) else None
                found.answers[target.name] = ProviderAnswer(outcome, words, identity=identity)

    def _read_elsewhere(
        self, found: GraphqlAnswers, requested: Sequence[str], data: _Data, errors: _Errors
    ) -> None:
        for place, (alias, target) in enumerate(_aliased(requested)):
            node = data.get(alias)
            repository = parse_repository(node, GRAPHQL_FIELDS)
            prefix = f"t{place}_"
            if not isinstance(node, dict) or repository is None or _fails(errors, alias, prefix):
                continue
            values = {k.removeprefix(prefix): v for k, v in node.items() if k.startswith(prefix)}
            if _is_elsewhere(target, values):
                found.answers[target.name] = self._answer(target, repository)
            else:
                found.absent[target.name] = _absent(target, repository, node, values)

    def _answer(self, target: Target, repository: Repository) -> ProviderAnswer:
        return answer_for(target, repository, self.api)


def graphql_query(names: Sequence[str]) -> str:
    """The query for names (as of `Target`); raises ValueError for one that is none."""
    return _query(names, _selections, _FIELDS)


def elsewhere_query(names: Sequence[str]) -> str:
    """The query for files, folders and refs, under each name that their ref may have."""
    return _query(names, _selections_elsewhere, f"{_FIELDS} defaultBranchRef{{name}}")


def _query(
    names: Sequence[str], selections_of: Callable[[Target, str], list[str]], fields: str
) -> str:
    """What is asked of each target, under aliases that begin with its place."""
    parts: dict[str, list[str]] = {}
    top: list[str] = []
    for place, (alias, target) in enumerate(_aliased(names)):
        selections = selections_of(target, f"t{place}_")
        if target.repository:
            owner, name = target.repository.split("/")
            head = f'{alias}: repository(owner:"{owner}",name:"{name}",followRenames:true){{...seen'
            parts.setdefault(alias, [head]).extend(selections)
        else:
            top += selections
    text = " ".join([*(f"{' '.join(part)}}}" for part in parts.values()), *top])
    return f"query {{ {text} }}{f' fragment seen on Repository {{ {fields} }}' if parts else ''}"


def _selections_elsewhere(target: Target, alias: str) -> list[str]:
    selections = []
    lengths = target.ref_lengths()
    for length in lengths:
        ref, path = target.split(length)
        selections.append(_object(f"{alias}r{length}", ref))
        if length > lengths.start and target.kind is not Kind.REF:
            selections.append(_object(f"{alias}c{length}", f"{ref}:{path}"))
    ref, path = target.split(lengths.start)
    selections.append(_object(f"{alias}d", f"HEAD:{path}"))
    if target.kind is Kind.CONTENT and path:
        folder = path.rpartition("/")[0]
        entries = "... on Tree{entries{name type}}"
        selections.append(_object(f"{alias}p", f"{ref}:{folder}", entries))
    return selections


_FIELDS_OF = {
    Kind.ISSUE: "{}: issueOrPullRequest(number:{}){{__typename}}",
    Kind.DISCUSSION: "{}: discussion(number:{}){{__typename}}",
    Kind.WIKI: "{}: hasWikiEnabled",
    Kind.TOPIC: '{}: topic(name:"{}"){{__typename}}',
    Kind.GIST: '{}: user(login:"{}"){{gist(name:"{}"){{__typename}}}}',
}
"""What is asked about other kinds, by alias and parts: letters, digits, `-` and `_`."""


def _aliased(names: Sequence[str]) -> list[tuple[str, Target]]:
    """Each target with the alias of its repository, which those in one repository share."""
    targets = [target_of(name) for name in names]
    aliases: dict[str, str] = {}
    return [
        (aliases.setdefault(target.repository.lower(), f"r{place}"), target)
        for place, target in enumerate(targets)
    ]


def _object(alias: str, expression: str, fields: str = "__typename") -> str:
    return f"{alias}: object(expression:{_text(expression)}){{{fields}}}"


_text = partial(json.dumps, ensure_ascii=False)
"""A GraphQL string; its escapes are those of JSON."""


def _selections(target: Target, alias: str) -> list[str]:
    """What is asked about one target; empty if its repository says enough."""
    match target.kind:
        case Kind.CONTENT | Kind.RAW:
            return [_object(alias, ":".join(target.split(target.ref_length)))]
        case Kind.REF:
            return [_object(alias, target.split(target.ref_length)[0])]
        case Kind.COMMIT:
            return [_object(alias, target.parts[0])]
        case Kind.OWNER:
            login = target.parts[0]
            return [f'{alias}: repositoryOwner(login:"{login}"){{__typename {_ACCOUNT}}}']
        case Kind.RELEASE:
            tag = target.parts[0]  # each tag has such a page, with a release or without
            return [
                f"{alias}: release(tagName:{_text(tag)}){{__typename}}",
                f"{alias}tag: ref(qualifiedName:{_text(f'refs/tags/{tag}')}){{__typename}}",
            ]
        case Kind.ASSET:
            tag, file = target.parts
            release = f"release(tagName:{_text(tag)})" if tag else "latestRelease"
            assets = f"releaseAssets(first:1,name:{_text(file)}){{nodes{{name}}}}"
            return [f"{alias}: {release}{{{assets}}}"]
    fields = _FIELDS_OF.get(target.kind)
    return [fields.format(alias, *target.parts)] if fields else []


def _is_there(
    target: Target, alias: str, repository: str, data: dict[str, object], errors: _Errors
) -> bool | None:
    """Whether a target was found; None if the response does not say so."""
    if target.kind in (Kind.REPOSITORY, Kind.PAGE):
        return True
    node = data.get(repository) if target.repository else data
    if not isinstance(node, dict) or alias not in node:
        return None
    if any(_has(target, node.get(key)) for key in (alias, f"{alias}tag")):
        return True
    return None if _fails(errors, repository if target.repository else "", alias) else False


def _fails(errors: _Errors, repository: str, prefix: str) -> bool:
    """Whether GitHub failed to say what a target is, rather than that it is not there."""
    where = (repository,) if repository else ()
    for path, kind in errors.items():
        above, below = path[: len(where)], path[len(where) :]
        is_about = above == where[: len(path)] and (not below or below[0].startswith(prefix))
        if is_about and kind != "NOT_FOUND":
            return True
    return False


def _is_forbidden(errors: _Errors, fields: set[str]) -> bool:
    """Whether one of these is not for this token; an app's may see no gist, for example."""
    forbidden = (path for path, kind in errors.items() if kind == "FORBIDDEN")
    return any(not fields.isdisjoint(path[:2]) for path in forbidden)


def _has(target: Target, value: object) -> bool:
    match target.kind, value:
        case Kind.WIKI, bool():
            return value is True
        case Kind.ASSET, {"releaseAssets": {"nodes": list(nodes)}}:
            return bool(nodes)
        case Kind.GIST, {"gist": gist}:
            return isinstance(gist, dict)
        case Kind.RAW, {"__typename": kind}:
            return bool(kind == "Blob")
        case _, {"__typename": str()}:
            return True
    return False


def _is_elsewhere(target: Target, values: Mapping[str, object]) -> bool:
    """Whether a longer ref has it, or it is a submodule, whose object is in another repository."""
    kind = "r" if target.kind is Kind.REF else "c"
    if any(_has(target, value) for key, value in values.items() if key.startswith(kind)):
        return True
    match values.get("p"):
        case {"entries": list(entries)}:
            return {"name": target.parts[-1], "type": "commit"} in entries
    return False


def _absent(
    target: Target, repository: Repository, node: dict[str, object], values: Mapping[str, object]
) -> Absent:
    for length in reversed(target.ref_lengths()):
        if values.get(f"r{length}") is not None:
            return Absent(repository, *target.split(length))
    path = target.split(target.ref_length)[1]
    match node.get("defaultBranchRef"):
        case {"name": str(branch)} if _has(target, values.get("d")):
            return Absent(repository, None, path, branch)
    return Absent(repository, None, path)


def _read_response(
    found: GraphqlAnswers, requested: Sequence[str], response: Response, reserve: float, read: _Read
) -> str:
    """Read one response; returns why GitHub should not be asked again, or an empty text."""
    if reason := refusal_reason(response):
        return reason
    body = (json_object(response) if response.status == 200 else None) or {}
    errors, data = body.get("errors"), body.get("data")
    errors = errors if isinstance(errors, list) else []
    if reports_rate_limit(errors):
        return "GitHub's limit is reached"
    if not isinstance(data, dict):
        return ""
    read(found, requested, data, _error_types(errors))
    return "the hour's points at GitHub are used up" if is_quota_low(response, reserve) else ""


def _error_types(errors: list[object]) -> dict[tuple[str, ...], str]:
    types: dict[tuple[str, ...], str] = {}
    for error in errors:
        if isinstance(error, dict):
            path = error.get("path")
            where = tuple(map(str, path)) if isinstance(path, list) else ()
            types[where] = str(error.get("type") or "unknown")
    return types
