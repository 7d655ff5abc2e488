"""GitHub's REST API: one repository, file or folder a request, within an hour's quota."""

from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import Api, ProviderAnswer, ProviderReply, unavailable
from staycurrent.links.providers.github.names import Target
from staycurrent.links.providers.github.observations import (
    DELETED,
    REST_FIELDS,
    answer_for,
    parse_repository,
)
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.github_api import GitHubClient, is_blocked, is_quota_low, refusal_reason
from staycurrent.web.response import Response, is_complete, is_from_host, json_object, json_value

_QUOTA_IS_SPENT = "the hour's requests to GitHub are used up"


@dataclass(frozen=True, slots=True)
class RestClient:
    """Asks about repositories, and what is in them, anonymously; renames are followed."""

    api: Api[GitHubSettings]

    async def find_repository(self, target: Target) -> ProviderReply:
        """Ask about the repository of a target; stop if little of the quota is left."""
        response = await self._get(f"repos/{target.repository}")
        if reply := self._without(response, ProviderAnswer(Outcome.MISSING, DELETED, 404)):
            return reply
        repository = parse_repository(json_object(response), REST_FIELDS)
        if repository is None:
            return self._reply(None, response)
        return self._reply(answer_for(target, repository, self.api), response)

    async def find_content(self, target: Target) -> ProviderReply:
        """Ask about a file or folder: one request for what is there; up to six for what is not."""
        first = await self._contents(target, *target.split(target.ref_length))
        if first.status != 404 or not is_complete(first):
            return await self._conclude(target, target, first)
        reply = await self.find_repository(target)
        if reply.answer is None or not reply.answer.outcome.is_success:
            return reply  # gone as a whole, or closed
        if reply.stop:
            return replace(reply, answer=None)  # it is about the repository only
        elsewhere = await self._find_ref(target)
        if isinstance(elsewhere, ProviderReply):
            return elsewhere
        ref, path = elsewhere
        second = await self._contents(target, ref, path)
        is_as_written = f"{'/'.join(target.parts)}/".startswith(f"{ref}/")
        moved = target if is_as_written else target.at(ref, path)
        return await self._conclude(target, moved, second)

    async def _conclude(self, target: Target, found: Target, response: Response) -> ProviderReply:
        words = f"{target.kind}: not in the repository, asked twice"
        if reply := self._without(response, ProviderAnswer(Outcome.MISSING, words, 404, checks=2)):
            return reply
        if found is not target:
            words = f"{target.kind}: found, its branch was renamed"
            moved_to = found.page(self.api.settings.site)
            answer = ProviderAnswer(Outcome.REDIRECTED, words, 200, moved_to)
        elif response.hops:
            return await self.find_repository(target)
        else:
            answer = ProviderAnswer(Outcome.OK, f"{target.kind}: found", 200)
        return self._reply(answer, response)

    def _without(self, response: Response, missing: ProviderAnswer) -> ProviderReply | None:
        """The reply to a response that does not show the thing; None if it does."""
        if reason := refusal_reason(response):
            return ProviderReply(None, reason, stop=True)
        if reply := unavailable(response):
            return reply
        if not is_from_host(response):
            return self._reply(None, response)
        if is_blocked(response):
            answer = ProviderAnswer(Outcome.BLOCKED, "closed by GitHub", response.status)
            return self._reply(answer, response)
        if response.status == 200:
            return None
        return self._reply(missing if response.status == 404 else None, response)

    def _reply(self, answer: ProviderAnswer | None, last: Response) -> ProviderReply:
        if is_quota_low(last, self.api.settings.reserve):
            return ProviderReply(answer, _QUOTA_IS_SPENT, stop=True)
        return ProviderReply(answer, "" if answer else "a response of GitHub cannot be read")

    async def _find_ref(self, target: Target) -> tuple[str, str] | ProviderReply:
        """Ref and path under the longest ref that exists; else the reply: none does, or unknown."""
        words = f"{target.kind}: in no such branch, tag or commit, asked twice"
        missing = ProviderAnswer(Outcome.MISSING, words, 404, checks=2)
        lengths = target.ref_lengths()
        first, path = target.split(lengths.start)
        base = f"repos/{target.repository}"
        for folder in [""] if first.startswith("refs/") else ["refs/heads/", "refs/tags/"]:
            begins = quote(f"{folder}{first}".removeprefix("refs/"))
            response = await self._get(f"{base}/git/matching-refs/{begins}")
            if response.status == 409:  # the repository is empty
                continue
            rows = json_value(response)
            if response.status != 200 or not isinstance(rows, list):
                return self._without(response, missing) or self._reply(None, response)
            refs = [row.get("ref") for row in rows if isinstance(row, dict)]
            for length in reversed(lengths):
                ref, rest = target.split(length)
                if f"{folder}{ref}" in refs:
                    return ref, rest
        response = await self._get(f"{base}/branches/{quote(first.removeprefix('refs/heads/'))}")
        match response.status, json_object(response):
            case 200, {"name": str(present)}:
                return present, path
        return self._without(response, missing) or self._reply(None, response)

    async def _contents(self, target: Target, ref: str, path: str) -> Response:
        where = f"contents/{quote(path)}?ref={quote(ref, safe='')}"
        return await self._get(f"repos/{target.repository}/{where}")

    async def _get(self, path: str) -> Response:
        client = GitHubClient(self.api.ask, self.api.settings.api)
        return await client.request("GET", path, follow_redirects=True)


def is_limit(note: str) -> bool:
    """Whether a reply stopped because of the quota or another limit of GitHub's."""
    return note == _QUOTA_IS_SPENT or note.startswith("GitHub's limit")


async def renamed_branch(client: GitHubClient, repository: str, ref: str) -> str | None:
    """The branch to which GitHub sends those who ask for another one; empty if to none.

    None if there is no answer. The redirect is not followed, because it may lead to another
    repository.
    """
    response = await client.request("GET", f"repos/{repository}/branches/{quote(ref)}")
    if response.status in (301, 302, 307, 308):
        location = response.headers.get("location", "").partition("?")[0]
        return unquote(location.partition("/branches/")[2])
    return "" if response.status in (200, 404) else None


async def renamed_path(client: GitHubClient, repository: str, ref: str, path: str) -> str | None:
    """The path that a file or folder was renamed to by the last commit that changed it."""
    query = f"path={quote(path, safe='')}&sha={quote(ref, safe='')}&per_page=1"
    commits = json_value(await client.request("GET", f"repos/{repository}/commits?{query}"))
    match commits:
        case [{"sha": str(sha)}, *_] if sha.isalnum():
            commit = json_object(await client.request("GET", f"repos/{repository}/commits/{sha}"))
            files = (commit or {}).get("files")
            return _new_path(path, files) if isinstance(files, list) else None
    return None


def _new_path(path: str, files: list[object]) -> str | None:
    """Where a commit moved a path to; for a folder, where it moved most of the folder's files."""
    folders: Counter[str] = Counter()
    for file in files:
        match file:
            case {"status": "renamed", "previous_filename": str(old), "filename": str(new)}:
                if old == path:
                    return new
                if old.startswith(f"{path}/") and new.endswith(old.removeprefix(path)):
                    folders[new.removesuffix(old.removeprefix(path))] += 1
    best = folders.most_common(1)
    return best[0][0] if best and best[0][1] * 2 > folders.total() and best[0][0] else None
