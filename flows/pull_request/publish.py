"""The standing pull request on GitHub: found, learned from, opened, refreshed, closed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from staycurrent.flows.checkout.branch import BRANCH, PULL, Branch, Checkout
from staycurrent.flows.checkout.remote import Remote
from staycurrent.flows.errors import ExternalError, ExternalProblem
from staycurrent.flows.pull_request.forge import Edit, Forge, Pull
from staycurrent.flows.pull_request.proposal import Page, Proposal
from staycurrent.flows.pull_request.review import (
    How,
    Subject,
    Word,
    of_boxes,
    of_closing,
    of_commit,
)
from staycurrent.flows.pull_request.steps import Step, Whose, step
from staycurrent.flows.settings.sections import PullRequestSettings
from staycurrent.reports import proposal
from staycurrent.reports.pull_request import closing_body, with_takeover_note
from staycurrent.reports.text import plural

T = TypeVar("T")
_COMMENT = "Closed, because nothing is left to change: the lines settled by themselves."


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on the remote."""

    branch: Branch | None
    pulls: tuple[Pull, ...]
    """The newest first."""

    @property
    def open(self) -> Pull | None:
        """The open one; GitHub allows no second from the same branch to the same base."""
        return next((one for one in self.pulls if one.is_open), None)

    @property
    def unmerged(self) -> tuple[Pull, ...]:
        """Those that people closed unmerged; what closed itself has nothing in its body."""
        return tuple(one for one in self.pulls if not one.is_open and not one.is_merged)

    @property
    def whose(self) -> Whose:
        """Whose the branch is."""
        if self.branch is None or any(
            one.is_merged and one.head == self.branch.head for one in self.pulls
        ):
            return Whose.NOBODYS
        return Whose.THEIRS if self.branch.others else Whose.OURS

    @property
    def proposed(self) -> frozenset[str]:
        """Keys of what the open one proposes."""
        return proposal.proposed_keys(self.open.body) if self.open else frozenset()

    @property
    def refused(self) -> frozenset[str]:
        """Keys of what was closed unmerged."""
        return frozenset(key for one in self.unmerged for key in proposal.proposed_keys(one.body))


@dataclass(frozen=True, slots=True)
class Publisher:
    """One list's checkout, its remote, and GitHub."""

    checkout: Checkout
    remote: Remote
    forge: Forge
    settings: PullRequestSettings
    base: str

    async def standing(self) -> Standing:
        """Find what stands; raises NotDone."""
        head = self.checkout.fetch(self.remote.name, f"refs/heads/{self.settings.branch}", BRANCH)
        pulls = well(await self.forge.standing(self.settings.branch))
        return Standing(self.checkout.branch(head) if head else None, pulls)

    def words(self, found: Standing, known: dict[str, Subject]) -> list[Word]:
        """All that people said in the pull requests that are still remembered."""
        said: list[Word] = []
        for one in found.pulls:
            # a comment moves `updated_at` as well, but not the end of it
            said += of_boxes(one.body, one.number, one.closed_at or one.updated_at)
        for one in found.unmerged:
            said += of_closing(one.body, one.number, one.closed_at or one.updated_at)
        latest = found.open or next(iter(found.pulls), None)
        if latest is not None:
            said += self._commits(found, latest, known)
        return said

    async def named(self, words: Sequence[Word]) -> list[Word]:
        """The same words, with who said them, and when a box was ticked, as far as GitHub tells.

        It is asked once for each pull request; where it does not answer, they count all the same.
        """
        closers = {number: await self._closer(number) for number in _by(How.CLOSING, words)}
        edits = {number: await self._edits(number) for number in _by(How.TICK, words)}
        return [
            replace(one, who=closers[one.pull])
            if one.how is How.CLOSING
            else _ticked_in(edits.get(one.pull, ()), one)
            for one in words
        ]

    async def _closer(self, number: int) -> str:
        who = await self.forge.closed_by(number)
        return "" if isinstance(who, ExternalProblem) else who

    async def _edits(self, number: int) -> Sequence[Edit]:
        versions = await self.forge.edits(number)
        return () if isinstance(versions, ExternalProblem) else versions

    def _commits(self, found: Standing, latest: Pull, known: dict[str, Subject]) -> Iterator[Word]:
        """What people changed in the lists by commits on the branch, merged or not."""
        head: str | None = latest.head
        if found.branch is None or found.branch.head != head:
            head = self.checkout.fetch(self.remote.name, f"refs/pull/{latest.number}/head", PULL)
        branch = self.checkout.branch(head, merged=latest.is_merged) if head else None
        if branch is None or branch.own is None:
            return
        for commit in branch.others:
            parent = self.checkout.only_parent(commit.id)
            if parent is None:
                continue  # a merge: what it brings is not this person's word
            said = Word("", How.COMMIT, latest.number, commit.at, commit.author, commit.id)
            for path in self.checkout.lists:
                before = self.checkout.file(parent, path)
                after = self.checkout.file(commit.id, path)
                if before is not None and after is not None:
                    yield from of_commit(before, after, said, known)

    async def act(
        self, found: Standing, proposal: Proposal, page: Callable[[], Page], commit: str
    ) -> str:
        """Do what is to be done, and tell it in a sentence; raises NotDone."""
        wanted = bool(proposal.files)
        does = step(found.whose, wanted=wanted, is_open=found.open is not None)
        if does is Step.NOTHING:
            return "nothing to propose, and no pull request is open"
        if does is Step.HELD:
            raise ExternalError(ExternalProblem(_held(found, self.settings.branch)))
        if found.open is None:
            return await self._open(found, page(), commit)
        if does is Step.WAIT:
            return await self._wait(found, found.open)
        if does is Step.CLOSE:
            return await self._close(found, found.open)
        return await self._refresh(found, found.open, page(), commit)

    async def _open(self, found: Standing, page: Page, commit: str) -> str:
        self._push(found, commit)
        branch, base = self.settings.branch, self.base
        made = await self.forge.open(page.title, page.body, branch, base, draft=self.settings.draft)
        if isinstance(made, ExternalProblem):
            made = await self._after_all(made)
        trouble = None
        if self.settings.labels:
            trouble = await self.forge.label(made.number, self.settings.labels)
        return f"opened {made.url}" + (f"; without labels: {trouble.sentence}" if trouble else "")

    async def _after_all(self, trouble: ExternalProblem) -> Pull:
        """The pull request that was opened although the answer was lost, or by somebody else."""
        again = await self.forge.standing(self.settings.branch)
        found = None if isinstance(again, ExternalProblem) else Standing(None, again).open
        if found is None:
            sentence = f"the branch {self.settings.branch} is pushed, but {trouble.sentence}"
            raise ExternalError(replace(trouble, sentence=sentence))
        return found

    async def _refresh(self, found: Standing, pull: Pull, page: Page, commit: str) -> str:
        self._push(found, commit)
        wanted = {"title": page.title, "body": page.body, "base": self.base}
        shown = {"title": pull.title, "body": _as_sent(pull.body), "base": pull.base}
        changed = {name: text for name, text in wanted.items() if text != shown[name]}
        if changed:
            well(await self.forge.edit(pull.number, changed))
        return f"refreshed {pull.url}" if changed else f"{pull.url} is as it should be"

    async def _wait(self, found: Standing, pull: Pull) -> str:
        who = found.branch.others[-1].author if found.branch and found.branch.others else ""
        body = with_takeover_note(_as_sent(pull.body), who)
        if body != _as_sent(pull.body):
            well(await self.forge.edit(pull.number, {"body": body}))
        return f"{pull.url} waits: {who or 'somebody'} pushed to the branch, so it is left alone"

    async def _close(self, found: Standing, pull: Pull) -> str:
        well(await self.forge.edit(pull.number, {"state": "closed", "body": closing_body()}))
        await self.forge.comment(pull.number, _COMMENT)
        if found.branch is not None:
            self.checkout.delete(self.remote.name, self.settings.branch, found.branch.head)
        return f"closed {pull.url}: nothing is left to change"

    def _push(self, found: Standing, commit: str) -> None:
        """Push the commit, unless the branch makes the same change to the same lists already."""
        head = found.branch.head if found.branch else None
        if head is not None and self.checkout.is_same_change(head, commit):
            return
        refused = self.checkout.push(self.remote.name, commit, self.settings.branch, head)
        if refused is not None:
            raise ExternalError(refused)


def _by(how: How, words: Iterable[Word]) -> dict[int, None]:
    """The pull requests in which something was said so, each once."""
    return dict.fromkeys(one.pull for one in words if one.how is how)


def _ticked_in(edits: Sequence[Edit], word: Word) -> Word:
    """A word of a box with the edit since which it is ticked; `edits` are the newest first."""
    first: Edit | None = None
    for one in edits:
        if word.key not in proposal.ticked_keys(one.body):
            break
        first = one
    return replace(word, who=first.who, at=first.at) if first else word


def well(said: T | ExternalProblem) -> T:
    """What was asked for; raises NotDone where it did not come."""
    if isinstance(said, ExternalProblem):
        raise ExternalError(said)
    return said


def _as_sent(body: str) -> str:
    r"""A body as we send it: one edited in a browser comes back with `\r\n`, and trimmed."""
    return body.replace("\r\n", "\n").rstrip("\n") + "\n"


def _held(found: Standing, branch: str) -> str:
    others = found.branch.others if found.branch else ()
    names: Sequence[str] = sorted({one.author for one in others})
    return (
        f"the branch {branch} holds {plural(len(others), 'commit')} of {', '.join(names)}, and no "
        "pull request is open for it, so it is left alone: merge or delete it, and run again"
    )
