"""Asks GitHub about links: in which order, what is confirmed, and where missing things went.

Repositories, what is in them, owners, topics and gists are asked about together. With a token, one
GraphQL query asks about fifty of them; a query that is too large for GitHub is split in halves.
Without a token, the REST API is asked about one repository or folder at a time, and the pages that
robots.txt allows are left to the page checker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, zip_longest
from urllib.parse import urlsplit

from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import (
    Api,
    AskAgain,
    Provider,
    ProviderAnswer,
    ProviderAnswers,
    ProviderReply,
    ask_sequentially,
    check_page,
    confirm_negative,
)
from staycurrent.links.providers.github.graphql import Absent, GraphqlClient
from staycurrent.links.providers.github.names import IN_TREE, Kind, Target, claims, target_of
from staycurrent.links.providers.github.observations import DELETED
from staycurrent.links.providers.github.rest import (
    RestClient,
    is_limit,
    renamed_branch,
    renamed_path,
)
from staycurrent.links.settings import GitHubSettings
from staycurrent.web.github_api import GitHubClient

_PAGE_DISALLOWED = "robots.txt disallows the page; with GITHUB_TOKEN, GitHub's API is asked instead"
_MAX_BRANCHES, _MAX_PATHS = 50, 10
"""Renamed branches (a request each) and renamed paths (two) that are looked up in one run."""


def is_left_to_page(link: Link, settings: GitHubSettings) -> bool:
    """Whether the page of a claimed link is checked instead, to spare a stranger's quota."""
    target = target_of(claims(link) or "")
    return not settings.token and target.kind is not Kind.REPOSITORY and target.is_page_open


async def answer(names: Sequence[str], api: Api[GitHubSettings]) -> ProviderAnswers:
    """Ask about all names with a token, else about as many as the quota allows."""
    github = _GitHub(api, GraphqlClient(api), RestClient(api))
    if api.settings.token:
        return await github.check_with_token(names)
    return await github.check_by_rest(names)


PROVIDER = Provider("github", claims, answer, is_left_to_page)


@dataclass(frozen=True, slots=True)
class _GitHub:
    """GitHub, with what a check needs."""

    api: Api[GitHubSettings]
    graphql: GraphqlClient
    rest: RestClient

    async def check_by_rest(self, names: Sequence[str]) -> ProviderAnswers:
        """Ask one after another, anonymously: alternately repositories and what is in them.

        Once the quota is used up, a page that robots.txt disallows is blocked, and not left for
        another run: where there are many repositories, its turn might never come.
        """
        repositories = [name for name in names if target_of(name).kind is Kind.REPOSITORY]
        others = [name for name in names if target_of(name).kind is not Kind.REPOSITORY]
        turns = filter(None, chain.from_iterable(zip_longest(others, repositories)))
        patience = self.api.settings.patience
        found = await ask_sequentially([*turns], self._ask_anonymously, patience=patience)
        if self.api.settings.token or not any(map(is_limit, found.notes)):
            return found
        blocked = dict.fromkeys(others, ProviderAnswer(Outcome.BLOCKED, _PAGE_DISALLOWED))
        return replace(found, answers={**blocked, **found.answers})

    async def _ask_anonymously(self, name: str) -> ProviderReply:
        target = target_of(name)
        again = partial(self.rest.find_repository, target)
        if target.kind is Kind.REPOSITORY:
            return await self._confirm_repository(target, await again(), again)
        if target.is_page_open:
            return await self._ask_page_twice(target)
        if target.kind in IN_TREE:
            return await self.rest.find_content(target)
        if target.kind is Kind.PAGE:
            return await confirm_negative(await again(), again)
        return ProviderReply(ProviderAnswer(Outcome.BLOCKED, _PAGE_DISALLOWED))

    async def check_with_token(self, names: Sequence[str]) -> ProviderAnswers:
        """Ask about all, then confirm what is missing, at its page where robots.txt allows that.

        What the token may not see is asked about anonymously.
        """
        first = await self.graphql.find(names)
        missing = {n: a for n, a in first.answers.items() if a.outcome is Outcome.MISSING}
        gone = await self._confirm_gone([n for n in missing if target_of(n).repository])
        in_tree = [name for name in first.absent if target_of(name).kind in IN_TREE]
        second = await self.graphql.find_elsewhere([] if first.stop else in_tree)
        answers = {n: a for n, a in first.answers.items() if n not in missing}
        answers |= {**second.answers, **await self._explain(second.absent)}
        doubtful = {n: a for n, a in missing.items() if not target_of(n).repository}
        doubtful |= {n: _not_there(n) for n in first.absent if n not in in_tree}
        doubtful |= {n: a for n, a in answers.items() if _has_doubts(n, a)}
        answers |= gone.answers

        async def ask(name: str) -> ProviderReply:
            return await self._confirm(target_of(name), doubtful[name])

        third = await ask_sequentially(list(doubtful), ask, patience=self.api.settings.patience)
        anonymous = await self.check_by_rest(first.withheld)
        certain = {name: answer for name, answer in answers.items() if name not in doubtful}
        notes = (note for note in (first.stop, second.stop) if note)
        return ProviderAnswers(
            {**certain, **third.answers, **anonymous.answers},
            (*notes, *gone.notes, *third.notes, *anonymous.notes),
        )

    async def _confirm_gone(self, names: Sequence[str]) -> ProviderAnswers:
        """Confirm once for each repository; what is in one that is there again waits."""
        repositories = {name: target_of(name).repository for name in names}

        async def ask(name: str) -> ProviderReply:
            first = ProviderReply(ProviderAnswer(Outcome.MISSING, DELETED))
            return await self._confirm_repository(target_of(name), first, lambda: self._again(name))

        unique = list(dict.fromkeys(repositories.values()))
        found = await ask_sequentially(unique, ask, patience=self.api.settings.patience)
        answers: dict[str, ProviderAnswer] = {}
        for name, repository in repositories.items():
            answer = found.answers.get(repository)
            if answer and (name == repository or answer.outcome.is_negative):
                answers[name] = answer
        return ProviderAnswers(answers, found.notes)

    async def _explain(self, absent: Mapping[str, Absent]) -> dict[str, ProviderAnswer]:
        """What is missing, or moved with its branch; with a suggestion where history has one.

        Only so many branches and paths are looked up in a run. What would need one more branch, or
        one of which GitHub says nothing, has no answer, and waits for another run.
        """
        settings = self.api.settings
        client = GitHubClient(self.api.ask, settings.api, settings.token)
        targets = {n: target_of(n).in_repository(a.repository.name) for n, a in absent.items()}
        suggested = {
            name: targets[name].at(what.default_branch, what.path)
            for name, what in absent.items()
            if what.default_branch is not None
        }
        branches = await _renamed_branches(client, {name: targets[name] for name in suggested})
        moved = {n: targets[n].at(to, absent[n].path) for n, to in branches.items() if to}
        known = {n: True for n in moved if branches[n] == absent[n].default_branch}
        known |= await self._exist({n: target for n, target in moved.items() if n not in known})
        answers: dict[str, ProviderAnswer] = {}
        for name, target in targets.items():
            branch = branches.get(name, "")
            if branch is None or (branch and name not in known):
                continue
            answers[name] = _missing(target)
            if known.get(name):
                suggested[name] = moved[name]
                words = f"{target.kind}: found, the branch is named {branch} now"
                identity = absent[name].repository.identity
                answers[name] = ProviderAnswer(Outcome.REDIRECTED, words, 200, identity=identity)
        suggested |= await self._rename(client, absent)
        for name, target in suggested.items():
            if name in answers:
                page = target.page(self.api.settings.site)
                answers[name] = replace(answers[name], moved_to=page)
        return answers

    async def _rename(
        self, client: GitHubClient, absent: Mapping[str, Absent]
    ) -> dict[str, Target]:
        """Where files and folders are now that were renamed in their branch."""
        renamed: dict[str, Target] = {}
        known = [(name, what) for name, what in absent.items() if what.ref and what.path]
        for name, what in known[:_MAX_PATHS]:
            target = target_of(name).in_repository(what.repository.name)
            ref = what.ref or ""
            path = await renamed_path(client, target.repository, ref, what.path)
            if path:
                renamed[name] = target.at(ref, path)
        is_there = await self._exist(renamed)
        return {name: target for name, target in renamed.items() if is_there.get(name)}

    async def _exist(self, targets: Mapping[str, Target]) -> dict[str, bool]:
        """Whether each of them is there; without those of which GitHub says nothing."""
        first = await self.graphql.find([target.name for target in targets.values()])
        second = await self.graphql.find_elsewhere(list(first.absent))  # of refs with slashes
        answers = {**first.answers, **second.answers}
        known = {name: answer.outcome is Outcome.OK for name, answer in answers.items()}
        known |= dict.fromkeys(second.absent, False)
        return {n: known[target.name] for n, target in targets.items() if target.name in known}

    async def _confirm(self, target: Target, first: ProviderAnswer) -> ProviderReply:
        if first.outcome.is_success:  # a wiki: only its pages say which of them exist
            page = await self._ask_page_twice(target)
            is_there = page.answer is not None and page.answer.outcome.is_success
            return replace(page, answer=first) if is_there else page

        async def again() -> ProviderReply:
            in_tree = target.kind in IN_TREE
            return ProviderReply(first) if in_tree else await self._again(target.name)

        once = ProviderReply(replace(first, checks=1))
        look = (lambda: self._ask_page(target, again)) if target.is_page_open else again
        reply = await confirm_negative(once, look)
        if reply.answer is None or reply.answer.outcome is not Outcome.MISSING:
            return reply
        return replace(reply, answer=replace(reply.answer, moved_to=first.moved_to, checks=2))

    async def _again(self, name: str) -> ProviderReply:
        batch = await self.graphql.find([name])
        answer = batch.answers.get(name) or (_not_there(name) if name in batch.absent else None)
        return ProviderReply(answer, batch.stop, stop=bool(batch.stop))

    async def _ask_page_twice(self, target: Target) -> ProviderReply:
        """What its page says, if it says the same again where it is missing."""
        first = await self._ask_page(target, None)
        return await confirm_negative(first, lambda: self._ask_page(target, None))

    async def _ask_page(self, target: Target, otherwise: AskAgain | None) -> ProviderReply:
        """What the page of a target says, which robots.txt allows to ask."""
        response = await self.api.ask(target.page(self.api.settings.site))
        if response.failure is None and response.status in (404, 410):
            words = f"the API knows nothing of it, and its page says {response.status}"
            return ProviderReply(ProviderAnswer(Outcome.MISSING, words, response.status))
        if response.failure is not None or not 200 <= response.status < 300:
            return await otherwise() if otherwise else ProviderReply(None, "its page has no answer")
        if not response.hops:
            words = f"{target.kind}: its page answers"
            return ProviderReply(ProviderAnswer(Outcome.OK, words, response.status))
        url = response.final_url.partition("?")[0]
        path = urlsplit(url).path.strip("/").split("/")
        if path[0] == "login":
            return ProviderReply(ProviderAnswer(Outcome.BLOCKED, "its page asks to log in", 200))
        has_own_page = "/".join(target.parts).lower() not in ("", "home")  # `/wiki` shows Home
        if target.kind is Kind.WIKI and len(path) < 3 + has_own_page:
            words = "the wiki has no such page: GitHub leads to another one"
            return ProviderReply(ProviderAnswer(Outcome.SOFT_MISSING, words, 200))
        words = f"{target.kind}: its page leads to {url}"
        moved_to = url if response.is_permanent_redirect else None
        return ProviderReply(ProviderAnswer(Outcome.REDIRECTED, words, 200, moved_to))

    async def _confirm_repository(
        self, target: Target, first: ProviderReply, again: AskAgain
    ) -> ProviderReply:
        page = f"{self.api.settings.site}/{target.repository}"
        return await confirm_negative(
            first, lambda: check_page(page, self.api.ask, otherwise=again)
        )


async def _renamed_branches(
    client: GitHubClient, targets: Mapping[str, Target]
) -> dict[str, str | None]:
    """The new names of the branches of targets: empty if there is none, None if it is not known.

    GitHub redirects no raw file of a renamed branch.
    """
    found: dict[tuple[str, str], str | None] = {}
    branches: dict[str, str | None] = {}
    for name, target in targets.items():
        if target.kind is Kind.RAW:
            continue
        ref = target.split(target.ref_length)[0].removeprefix("refs/heads/")
        key = (target.repository, ref)
        if key not in found and len(found) < _MAX_BRANCHES:
            found[key] = await renamed_branch(client, *key)
        branches[name] = found.get(key)
    return branches


def _missing(target: Target) -> ProviderAnswer:
    words = f"{target.kind}: not in the repository, asked twice"
    return ProviderAnswer(Outcome.MISSING, words, checks=2)


def _not_there(name: str) -> ProviderAnswer:
    """The answer about what a repository lacks."""
    kind = target_of(name).kind
    if kind is Kind.WIKI:
        words = "the wiki is switched off: GitHub leads to the repository"
        return ProviderAnswer(Outcome.SOFT_MISSING, words)
    return replace(_missing(target_of(name)), checks=1)


def _has_doubts(name: str, answer: ProviderAnswer) -> bool:
    """Whether a page can say more than the API has said."""
    target = target_of(name)
    if target.kind is Kind.WIKI:
        return answer.outcome.is_success
    is_missing = answer.outcome is Outcome.MISSING
    return is_missing and target.kind in IN_TREE and target.is_page_open
