"""What is to be done about the standing pull request: a table of what stands and what is wanted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from staycurrent.flows.errors import ExternalError, ExternalProblem
from staycurrent.flows.publishing.branch import BRANCH_REF, PULL_REF, Checkout, StandingBranch
from staycurrent.flows.publishing.github import BodyEdit, PullRequest, RepositoryApi
from staycurrent.flows.publishing.proposal import Proposal, PullRequestText
from staycurrent.flows.publishing.remote import Remote
from staycurrent.flows.publishing.review import (
    Feedback,
    FeedbackKind,
    ReviewSubject,
    closing_feedback,
    commit_feedback,
    ticked_feedback,
)
from staycurrent.flows.settings.sections import PullRequestSettings
from staycurrent.reports import proposal
from staycurrent.reports.pull_request import closing_body, with_takeover_note
from staycurrent.reports.text import plural


class BranchOwner(StrEnum):
    """Whose the standing branch is on the remote."""

    NOBODYS = "nobody's"
    """There is none, or what it holds was merged."""
    OURS = "ours"
    THEIRS = "theirs"
    """A person pushed to it."""


class PullRequestAction(StrEnum):
    """What is to be done."""

    NOTHING = "nothing"
    OPEN = "open"
    """Push where needed, and open one."""
    REFRESH = "refresh"
    """Push where needed, and give the open one its new words."""
    CLOSE = "close"
    """Nothing is left to say."""
    WAIT = "wait"
    """A person works on the open one: it is left alone."""
    HELD = "held"
    """A person's commits lie on the branch, and no pull request is open for them."""


def choose_action(whose: BranchOwner, *, wanted: bool, is_open: bool) -> PullRequestAction:
    """What to do; a branch that a person pushed to is never rewritten and never deleted."""
    if is_open and whose is BranchOwner.THEIRS:
        return PullRequestAction.WAIT
    if not wanted:
        return PullRequestAction.CLOSE if is_open else PullRequestAction.NOTHING
    if is_open:
        return PullRequestAction.REFRESH
    return PullRequestAction.HELD if whose is BranchOwner.THEIRS else PullRequestAction.OPEN


T = TypeVar("T")
_COMMENT = "Closed, because nothing is left to change: the lines settled by themselves."


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What stands on the remote."""

    branch: StandingBranch | None
    pulls: tuple[PullRequest, ...]
    """The newest first."""

    @property
    def open(self) -> PullRequest | None:
        """The open one; GitHub allows no second from the same branch to the same base."""
        return next((one for one in self.pulls if one.is_open), None)

    @property
    def unmerged(self) -> tuple[PullRequest, ...]:
        """Those that people closed unmerged; what closed itself has nothing in its body."""
        return tuple(one for one in self.pulls if not one.is_open and not one.is_merged)

    @property
    def whose(self) -> BranchOwner:
        """Whose the branch is."""
        if self.branch is None or any(
            one.is_merged and one.head == self.branch.head for one in self.pulls
        ):
            return BranchOwner.NOBODYS
        return BranchOwner.THEIRS if self.branch.others else BranchOwner.OURS

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
    forge: RepositoryApi
    settings: PullRequestSettings
    base: str

    async def standing(self) -> RemoteState:
        """Find what stands; raises NotDone."""
        head = self.checkout.fetch(
            self.remote.name, f"refs/heads/{self.settings.branch}", BRANCH_REF
        )
        pulls = required(await self.forge.standing(self.settings.branch))
        return RemoteState(self.checkout.branch(head) if head else None, pulls)

    def words(self, found: RemoteState, known: dict[str, ReviewSubject]) -> list[Feedback]:
        """All that people said in the pull requests that are still remembered."""
        said: list[Feedback] = []
        for one in found.pulls:
            # a comment moves `updated_at` as well, but not the end of it
            said += ticked_feedback(one.body, one.number, one.closed_at or one.updated_at)
        for one in found.unmerged:
            said += closing_feedback(one.body, one.number, one.closed_at or one.updated_at)
        latest = found.open or next(iter(found.pulls), None)
        if latest is not None:
            said += self._commits(found, latest, known)
        return said

    async def named(self, words: Sequence[Feedback]) -> list[Feedback]:
        """The same words, with who said them, and when a box was ticked, as far as GitHub tells.

        It is asked once for each pull request; where it does not answer, they count all the same.
        """
        closers = {
            number: await self._closer(number) for number in _by(FeedbackKind.CLOSING, words)
        }
        edits = {number: await self._edits(number) for number in _by(FeedbackKind.TICK, words)}
        return [
            replace(one, who=closers[one.pull])
            if one.how is FeedbackKind.CLOSING
            else _ticked_in(edits.get(one.pull, ()), one)
            for one in words
        ]

    async def _closer(self, number: int) -> str:
        who = await self.forge.closed_by(number)
        return "" if isinstance(who, ExternalProblem) else who

    async def _edits(self, number: int) -> Sequence[BodyEdit]:
        versions = await self.forge.edits(number)
        return () if isinstance(versions, ExternalProblem) else versions

    def _commits(
        self, found: RemoteState, latest: PullRequest, known: dict[str, ReviewSubject]
    ) -> Iterator[Feedback]:
        """What people changed in the lists by commits on the branch, merged or not."""
        head: str | None = latest.head
        if found.branch is None or found.branch.head != head:
            head = self.checkout.fetch(
                self.remote.name, f"refs/pull/{latest.number}/head", PULL_REF
            )
        branch = self.checkout.branch(head, merged=latest.is_merged) if head else None
        if branch is None or branch.own is None:
            return
        for commit in branch.others:
            parent = self.checkout.only_parent(commit.id)
            if parent is None:
                continue  # a merge: what it brings is not this person's word
            said = Feedback(
                "", FeedbackKind.COMMIT, latest.number, commit.at, commit.author, commit.id
            )
            for path in self.checkout.lists:
                before = self.checkout.file(parent, path)
                after = self.checkout.file(commit.id, path)
                if before is not None and after is not None:
                    yield from commit_feedback(before, after, said, known)

    async def act(
        self,
        found: RemoteState,
        proposal: Proposal,
        page: Callable[[], PullRequestText],
        commit: str,
    ) -> str:
        """Do what is to be done, and tell it in a sentence; raises NotDone."""
        wanted = bool(proposal.files)
        does = choose_action(found.whose, wanted=wanted, is_open=found.open is not None)
        if does is PullRequestAction.NOTHING:
            return "nothing to propose, and no pull request is open"
        if does is PullRequestAction.HELD:
            raise ExternalError(ExternalProblem(_held(found, self.settings.branch)))
        if found.open is None:
            return await self._open(found, page(), commit)
        if does is PullRequestAction.WAIT:
            return await self._wait(found, found.open)
        if does is PullRequestAction.CLOSE:
            return await self._close(found, found.open)
        return await self._refresh(found, found.open, page(), commit)

    async def _open(self, found: RemoteState, page: PullRequestText, commit: str) -> str:
        self._push(found, commit)
        branch, base = self.settings.branch, self.base
        made = await self.forge.open(page.title, page.body, branch, base, draft=self.settings.draft)
        if isinstance(made, ExternalProblem):
            made = await self._after_all(made)
        trouble = None
        if self.settings.labels:
            trouble = await self.forge.label(made.number, self.settings.labels)
        return f"opened {made.url}" + (f"; without labels: {trouble.sentence}" if trouble else "")

    async def _after_all(self, trouble: ExternalProblem) -> PullRequest:
        """The pull request that was opened although the answer was lost, or by somebody else."""
        again = await self.forge.standing(self.settings.branch)
        found = None if isinstance(again, ExternalProblem) else RemoteState(None, again).open
        if found is None:
            sentence = f"the branch {self.settings.branch} is pushed, but {trouble.sentence}"
            raise ExternalError(replace(trouble, sentence=sentence))
        return found

    async def _refresh(
        self, found: RemoteState, pull: PullRequest, page: PullRequestText, commit: str
    ) -> str:
        self._push(found, commit)
        wanted = {"title": page.title, "body": page.body, "base": self.base}
        shown = {"title": pull.title, "body": _as_sent(pull.body), "base": pull.base}
        changed = {name: text for name, text in wanted.items() if text != shown[name]}
        if changed:
            required(await self.forge.edit(pull.number, changed))
        return f"refreshed {pull.url}" if changed else f"{pull.url} is as it should be"

    async def _wait(self, found: RemoteState, pull: PullRequest) -> str:
        who = found.branch.others[-1].author if found.branch and found.branch.others else ""
        body = with_takeover_note(_as_sent(pull.body), who)
        if body != _as_sent(pull.body):
            required(await self.forge.edit(pull.number, {"body": body}))
        return f"{pull.url} waits: {who or 'somebody'} pushed to the branch, so it is left alone"

    async def _close(self, found: RemoteState, pull: PullRequest) -> str:
        required(await self.forge.edit(pull.number, {"state": "closed", "body": closing_body()}))
        await self.forge.comment(pull.number, _COMMENT)
        if found.branch is not None:
            self.checkout.delete(self.remote.name, self.settings.branch, found.branch.head)
        return f"closed {pull.url}: nothing is left to change"

    def _push(self, found: RemoteState, commit: str) -> None:
        """Push the commit, unless the branch makes the same change to the same lists already."""
        head = found.branch.head if found.branch else None
        if head is not None and self.checkout.is_same_change(head, commit):
            return
        refused = self.checkout.push(self.remote.name, commit, self.settings.branch, head)
        if refused is not None:
            raise ExternalError(refused)


def _by(how: FeedbackKind, words: Iterable[Feedback]) -> dict[int, None]:
    """The pull requests in which something was said so, each once."""
    return dict.fromkeys(one.pull for one in words if one.how is how)


def _ticked_in(edits: Sequence[BodyEdit], word: Feedback) -> Feedback:
    """A word of a box with the edit since which it is ticked; `edits` are the newest first."""
    first: BodyEdit | None = None
    for one in edits:
        if word.key not in proposal.ticked_keys(one.body):
            break
        first = one
    return replace(word, who=first.who, at=first.at) if first else word


def required(said: T | ExternalProblem) -> T:
    """What was asked for; raises NotDone where it did not come."""
    if isinstance(said, ExternalProblem):
        raise ExternalError(said)
    return said


def _as_sent(body: str) -> str:
    r"""A body as we send it: one edited in a browser comes back with `\r\n`, and trimmed."""
    return body.replace("\r\n", "\n").rstrip("\n") + "\n"


def _held(found: RemoteState, branch: str) -> str:
    others = found.branch.others if found.branch else ()
    names: Sequence[str] = sorted({one.author for one in others})
    return (
        f"the branch {branch} holds {plural(len(others), 'commit')} of {', '.join(names)}, and no "
        "pull request is open for it, so it is left alone: merge or delete it, and run again"
    )
