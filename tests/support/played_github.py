"""GitHub's GraphQL API over a few played repositories: it reads a query and answers each field."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from staycurrent.web.response import Response
from tests.support.values import Question, api_response, node

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|[\w]+|[{}():,!$]')
Selection = dict[str, tuple[str, dict[str, Any], "Selection"]]
"""By alias: the field's name, its arguments, and what is selected of it."""


@dataclass(slots=True)
class Repository:
    """What a played repository has."""

    name: str
    files: dict[str, list[str]] = field(default_factory=lambda: {"main": ["README.md"]})
    """Paths by ref; the first ref is the default branch. A path that ends in `@` is a submodule."""
    issues: set[int] = field(default_factory=set)
    discussions: set[int] = field(default_factory=set)
    releases: dict[str, list[str]] = field(default_factory=dict)
    """Assets by tag, the newest first."""
    tags: set[str] = field(default_factory=set)
    wiki: bool = True
    changes: dict[str, object] = field(default_factory=dict)

    def git_object(self, expression: str) -> dict[str, Any] | None:
        ref, colon, path = expression.partition(":")
        ref = next(iter(self.files)) if ref == "HEAD" else ref
        ref = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        if ref not in self.files:
            return None
        if not colon:
            return {"__typename": "Commit"}
        if path and path in self.files[ref]:
            return {"__typename": "Blob"}
        folder = f"{path}/" if path else ""
        inside = [one.removeprefix(folder) for one in self.files[ref] if one.startswith(folder)]
        entries = [
            {
                "name": one.partition("/")[0].rstrip("@"),
                "type": "commit" if one[-1] == "@" else "blob",
            }
            for one in inside
        ]
        return {"__typename": "Tree", "entries": entries} if inside else None

    def value(self, name: str, arguments: dict[str, Any]) -> Any:
        match name:
            case "object":
                return self.git_object(arguments["expression"])
            case "issueOrPullRequest":
                return {"__typename": "Issue"} if arguments["number"] in self.issues else NOT_FOUND
            case "discussion":
                is_there = arguments["number"] in self.discussions
                return {"__typename": "Discussion"} if is_there else NOT_FOUND
            case "release" | "latestRelease":
                tag = arguments.get("tagName") or next(iter(self.releases), "")
                return self.release(tag) if tag in self.releases else None
            case "ref":
                tag = arguments["qualifiedName"].removeprefix("refs/tags/")
                return {"__typename": "Ref"} if tag in self.tags else None
            case "hasWikiEnabled":
                return self.wiki
            case "defaultBranchRef":
                return {"name": next(iter(self.files))}
        return (node(self.name) | self.changes)[name]

    def release(self, tag: str) -> dict[str, Any]:
        def assets(name: str) -> dict[str, Any]:
            return {"nodes": [{"name": name}] if name in self.releases[tag] else []}

        return {"__typename": "Release", "releaseAssets": assets}


NOT_FOUND = object()


@dataclass(slots=True)
class PlayedGraphql:
    """The endpoint; counts its queries."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    """By the names under which they are found, in lower case."""
    owners: dict[str, int] = field(default_factory=dict)
    """The numbers of accounts."""
    gists: set[tuple[str, str]] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    """Aliases to which GitHub has no answer in time."""
    queries: list[str] = field(default_factory=list)

    def __call__(self, question: Question) -> Response:
        query = json.loads(question.content)["query"]
        self.queries.append(query)
        errors: list[dict[str, Any]] = []
        data = {alias: self._top(alias, one, errors) for alias, one in parse_query(query).items()}
        headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4000"}
        body = {"data": data} | ({"errors": errors} if errors else {})
        return api_response(question.url, 200, body, headers=headers)

    def _top(self, alias: str, one: tuple[str, dict[str, Any], Selection], errors: Any) -> Any:
        name, arguments, selection = one
        if name == "repository":
            found = self.repositories.get(f"{arguments['owner']}/{arguments['name']}".lower())
            if found is None:
                errors.append({"type": "NOT_FOUND", "path": [alias], "message": "no"})
                return None
            return {
                inner: self._inner(found, [alias, inner], part, errors)
                for inner, part in selection.items()
            }
        if name == "user" and arguments["login"] not in self.owners:
            errors.append({"type": "NOT_FOUND", "path": [alias], "message": "no"})
            return None
        if name == "user":
            gist = selection["gist"][1]["name"]
            is_there = (arguments["login"], gist) in self.gists
            return {"gist": {"__typename": "Gist"} if is_there else None}
        if name == "repositoryOwner":
            number = self.owners.get(arguments["login"])
            return {"__typename": "User", "databaseId": number} if number else None
        return {"__typename": "Topic"} if arguments["name"] in self.topics else None

    def _inner(
        self,
        found: Repository,
        path: list[str],
        part: tuple[str, dict[str, Any], Selection],
        errors: list[dict[str, Any]],
    ) -> Any:
        name, arguments, selection = part
        if path[-1] in self.broken:
            errors.append({"path": path, "message": "Something went wrong"})
            return None
        value = found.value(name, arguments)
        if value is NOT_FOUND:
            errors.append({"type": "NOT_FOUND", "path": path, "message": "no"})
            return None
        if isinstance(value, dict) and callable(value.get("releaseAssets")):
            assets = selection.get("releaseAssets")
            value = (
                {"__typename": "Release"}
                if assets is None
                else {"releaseAssets": value["releaseAssets"](assets[1]["name"])}
            )
        return value


def parse_query(query: str) -> Selection:
    """The selections of a query, with its one fragment written out."""
    operation, _, fragment = query.partition(" fragment seen on Repository ")
    tokens = iter(_TOKEN.findall(operation.removeprefix("query")))
    assert next(tokens) == "{"
    seen: Selection = {}
    if fragment:
        inner = iter(_TOKEN.findall(fragment))
        assert next(inner) == "{"
        seen = _selection(inner, {})
    return _selection(tokens, seen)


def _selection(tokens: Iterator[str], seen: Selection) -> Selection:
    """Up to the closing brace."""
    found: Selection = {}
    alias = name = ""
    arguments: dict[str, Any] = {}
    for token in tokens:
        if token in ("{", "(", ":", "..."):
            if token == "{":
                found[alias or name] = (name, arguments, _selection(tokens, seen))
                alias = name = ""
            elif token == "(":
                arguments = _arguments(tokens)
                found[alias or name] = (name, arguments, {})
            elif token == ":":
                alias, name = name, ""
            else:
                fragment = next(tokens)
                if fragment == "on":
                    next(tokens), next(tokens)
                    found |= _selection(tokens, seen)
                else:
                    found |= seen
            continue
        if token == "}":
            return found
        if name:
            alias = ""
        name, arguments = token, {}
        found[alias or name] = (name, arguments, {})
    return found


def _arguments(tokens: Iterator[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    name = ""
    for token in tokens:
        if token == ")":
            return found
        if token in (":", ","):
            continue
        if name:
            found[name] = json.loads(token) if token[0] in '"0123456789' else token == "true"
            name = ""
        else:
            name = token
    return found
