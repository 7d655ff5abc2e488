"""The standing pull request and the dashboard: what the remote has, and what is done about it."""

from collections.abc import Awaitable, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TypeVar

from staycurrent.curated.flags import FlagPlace
from staycurrent.flows.errors import ExternalError, UsageError
from staycurrent.flows.publishing.branch import (
    BASE_REF,
    BRANCH_REF,
    ONE_RUN_PER_BRANCH,
    PULL_REF,
    RENAME_HINT,
    Checkout,
    ForeignCommit,
    StandingBranch,
)
from staycurrent.flows.publishing.git import Remote
from staycurrent.flows.publishing.github import Account, BodyEdit, Issue, PullRequest, RepositoryApi
from staycurrent.flows.publishing.proposal import Proposal
from staycurrent.flows.publishing.review import (
    Feedback,
    FeedbackKind,
    ReviewSubject,
    closing_reason,
    commit_feedback,
)
from staycurrent.flows.settings.sections import PullRequestSettings
from staycurrent.reports.proposal import PullRequestContent, proposed_keys, ticked_keys
from staycurrent.reports.pull_request import (
    DASHBOARD_LABEL,
    DASHBOARD_TITLE,
    closing_body,
    dashboard_body,
    dashboard_mark,
    find_notes,
    has_our_text,
    has_our_title,
    pull_request_body,
    with_takeover_note,
)
from staycurrent.reports.text import plural

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RemoteState:
    """The standing branch and our pull requests, as the remote has them."""

    branch: StandingBranch | None
    pull_requests: tuple[PullRequest, ...]
    """Ours, the latest first."""
    other_bases: frozenset[str] = frozenset()
    """Branches other than our base that still exist, and that some of them were to change."""

    @property
    def open(self) -> PullRequest | None:
        """The open one."""
        return next((pull for pull in self.pull_requests if pull.is_open), None)

    @property
    def unmerged(self) -> tuple[PullRequest, ...]:
        """Those that were closed unmerged; the body of one that we closed proposes nothing.

        One that was to change another branch says nothing about our base. If that branch is gone,
        it was our base under its former name.
        """
        closed = (pull for pull in self.pull_requests if not pull.is_open and not pull.is_merged)
        return tuple(pull for pull in closed if pull.base not in self.other_bases)

    @property
    def standing(self) -> StandingBranch | None:
        """The branch, unless its commits were merged."""
        merged = {pull.head for pull in self.pull_requests if pull.is_merged}
        return None if self.branch is None or self.branch.head in merged else self.branch

    @property
    def others(self) -> tuple[ForeignCommit, ...]:
        """What people committed to the branch: with any, it is not rewritten or deleted."""
        return self.standing.others if self.standing else ()

    @property
    def proposed(self) -> frozenset[str]:
        """Keys of what the open one proposes."""
        return proposed_keys(self.open.body) if self.open else frozenset()


@dataclass(frozen=True, slots=True)
class Publisher:
    """Reads and updates the standing pull request of one checkout."""

    checkout: Checkout
    remote: Remote
    github: RepositoryApi
    settings: PullRequestSettings
    base: str
    closers: dict[int, str | None] = field(default_factory=dict)
    """Who closed each pull request, as far as it was asked; None: nobody who decides."""
    deciders: dict[str, bool] = field(default_factory=dict)
    """Whether each person decides, as far as it was asked."""

    async def read_remote(self) -> RemoteState:
        """The branch and the pull requests; raises ExternalError."""
        git, remote, branch = self.checkout.git, self.remote.name, self.settings.branch
        head = git.fetch(remote, f"refs/heads/{branch}", BRANCH_REF)
        if head is None:
            git.require_free_name(branch, RENAME_HINT, remote)
        own = await self._own_pull_requests(await self.github.find_pull_requests(branch))
        others = {f"refs/heads/{pull.base}" for pull in own if pull.base != self.base}
        existing = others.intersection(git.list_remote(remote, *others) if others else ())
        bases = frozenset(ref.removeprefix("refs/heads/") for ref in existing)
        return RemoteState(self._read_branch(head) if head else None, own, bases)

    async def _own_pull_requests(self, found: Sequence[PullRequest]) -> tuple[PullRequest, ...]:
        """Our pull requests, among all from our branch.

        Ours changes the base, and its author may write; a token may not see that an author is a
        private member of the organisation, so GitHub is asked. Of several from the branch, people
        may have opened those to other bases; those that have our text are ours: the open one
        follows a new base, and what was declined stays so after the base was renamed.

        Raises ExternalError if somebody who may not write has opened the one that ours would be.
        """
        unknown = sorted({one.author.login for one in found if not one.is_by_writer})
        writers = [one for one in unknown if await settled(self.github.may_write(one))]
        trusted = [one for one in found if one.is_by_writer or one.author.login in writers]
        for one in found:
            if one.is_open and one.base == self.base and one not in trusted:
                raise ExternalError(
                    f"{one.url} is from our branch, but {one.author.login}, who opened it, may "
                    "not write to the repository: close it, and run again"
                )
        ours = [one for one in trusted if one.base == self.base or has_our_text(one.body)]
        opened = sorted((one for one in ours if one.is_open), key=lambda one: one.base != self.base)
        return (*opened[:1], *(one for one in ours if not one.is_open))

    def _read_branch(self, head: str, *, is_merged: bool = False) -> StandingBranch:
        """Whose commits a branch has; a shallow history is completed before a person is named.

        Without it, a merge of the base ("Update branch") cannot be told from a person's.
        """
        branch = self.checkout.read_branch(head, is_merged=is_merged)
        if not branch.others or not self.checkout.git.is_shallow():
            return branch
        base = f"refs/heads/{self.base}"
        self.checkout.git.fetch(self.remote.name, base, BASE_REF, "--unshallow")
        return self.checkout.read_branch(head, is_merged=is_merged)

    def read_feedback(
        self, state: RemoteState, subjects: Mapping[str, ReviewSubject], place: FlagPlace
    ) -> list[Feedback]:
        """All that people said in the latest pull requests: boxes, closing, commits.

        `place` is where flags are put.
        """
        sources = [
            *((FeedbackKind.TICK, ticked_keys, pull) for pull in state.pull_requests),
            *((FeedbackKind.CLOSING, proposed_keys, pull) for pull in state.unmerged),
        ]
        found = [
            # A comment changes `updated_at` too, but not when the pull request was closed.
            Feedback(key, kind, pull.number, pull.closed_at or pull.updated_at)
            for kind, read_keys, pull in sources
            for key in sorted(read_keys(pull.body))
        ]
        latest = state.open or next(iter(state.pull_requests), None)
        if latest is not None:
            found += self._read_commits(state, latest, subjects, place)
        return found

    def _read_commits(
        self,
        state: RemoteState,
        pull: PullRequest,
        subjects: Mapping[str, ReviewSubject],
        place: FlagPlace,
    ) -> Iterator[Feedback]:
        """What people changed in the lists by commits on the branch, merged or not."""
        head: str | None = pull.head
        if state.branch is None or state.branch.head != head:
            ref = f"refs/pull/{pull.number}/head"
            head = self.checkout.git.fetch(self.remote.name, ref, PULL_REF)
        branch = self._read_branch(head, is_merged=pull.is_merged) if head else None
        if branch is None or (branch.own is None and pull.is_merged):
            return  # whose commits are part of the base: where the branch begins is not known
        read_last = cache(partial(self.checkout.git.read_file, branch.head))
        for commit in branch.others:
            if commit.is_by_program:
                continue
            parent = self.checkout.only_parent(commit.id)
            if parent is not None and commit.marks:
                parent = self.checkout.find_published(self.remote, pull.body, commit.marks, parent)
            if parent is None:
                continue  # a merge, or ours by origin: its changes are not this person's
            feedback = Feedback(
                "", FeedbackKind.COMMIT, pull.number, commit.at, commit.author, commit.id
            )
            for path in self.checkout.lists:
                before = self.checkout.git.read_file(parent, path)
                after = self.checkout.git.read_file(commit.id, path)
                if before is not None and after is not None:
                    last = read_last(path) or b""
                    yield from commit_feedback(before, after, last, feedback, subjects, place)

    async def decisions(self, state: RemoteState, feedback: Sequence[Feedback]) -> list[Feedback]:
        """The feedback of people with write access, with who gave it, as far as GitHub says.

        GitHub is asked once for each pull request. If it does not say who ticked a box, the tick
        counts without an author, because only those who may write can edit the body.
        """
        edits: dict[int, Sequence[BodyEdit]] = {}
        found: list[Feedback] = []
        for one in feedback:
            number = one.pull_request
            if one.kind is FeedbackKind.CLOSING:
                who = await self._closer(state, number)
                if who is not None:
                    found.append(replace(one, who=who))
                continue
            if one.kind is FeedbackKind.TICK and number not in edits:
                edits[number] = ()
                with suppress(ExternalError):
                    edits[number] = await self.github.body_edits(number)
            edit = _tick_edit(one, edits.get(number, ()))
            if edit is None or not edit.who.login:
                found.append(one)
            elif await self._decides(edit.who):
                found.append(replace(one, who=edit.who.login, at=edit.at))
        return found

    async def refused(self, state: RemoteState, learned: Container[str]) -> frozenset[str]:
        """Keys of what people declined by closing a pull request.

        `learned` has the reasons of the overrides: GitHub is not asked again who closed one.
        """
        found: set[str] = set()
        for pull in state.unmerged:
            keys = proposed_keys(pull.body)
            is_learned = closing_reason(pull.number) in learned
            if keys and (is_learned or await self._closer(state, pull.number) is not None):
                found |= keys
        return frozenset(found)

    async def _closer(self, state: RemoteState, number: int) -> str | None:
        """Who declined a pull request by closing it; None if nobody did, or GitHub does not say.

        Raises ExternalError if GitHub may say it later.

        A bot that closes what is old, a queue that merged it in its own way, and a branch or a
        base that was deleted decide nothing.
        """
        if number not in self.closers:
            closer, who = None, await settled(self.github.closed_by(number))
            if who is not None and await self._decides(who):
                is_lost = await settled(self.github.lost_a_branch(number))
                if is_lost is None:
                    is_lost = state.branch is None
                closer = None if is_lost else who.login
            self.closers[number] = closer
        return self.closers[number]

    async def _decides(self, who: Account) -> bool:
        """Whether this is a person who may write; if GitHub does not say, their act shows it.

        Raises ExternalError if GitHub may say it later.
        """
        if who.login not in self.deciders:
            self.deciders[who.login] = (
                who.is_person and await settled(self.github.may_write(who.login)) is not False
            )
        return self.deciders[who.login]

    def refuse_other_lists(self, state: RemoteState, proposal: Proposal) -> str:
        """What to say if the open pull request is about other lists only; empty if it is ours.

        Raises UsageError if it changes lists that this run does not know: they would be lost.
        """
        own = state.standing.own if state.standing else None
        if state.open is None or own is None or state.others:
            return ""
        changed = self.checkout.changed_files(own, BASE_REF)
        other = ", ".join(sorted(changed - {*self.checkout.lists}))
        if other and not proposal.files and changed.isdisjoint(self.checkout.lists):
            return f"nothing to propose; {state.open.url} is about {other} and is left alone"
        if other:
            raise UsageError(f"{state.open.url} changes {other} too: {ONE_RUN_PER_BRANCH}")
        return ""

    async def publish(self, state: RemoteState, proposal: Proposal, commit: str) -> str:
        """Open, refresh, close or leave the pull request; a sentence on that.

        A branch that a person pushed to is never rewritten or deleted. Raises ExternalError.
        """
        about_others = self.refuse_other_lists(state, proposal)
        if about_others:
            return about_others
        if state.open and state.others:
            return await self._leave(state.open, state.others[-1].author)
        if not proposal.files:
            nothing = "nothing to propose, and no pull request is open"
            return await self._close(state, state.open) if state.open else nothing
        if state.others:
            names = ", ".join(sorted({one.author for one in state.others}))
            raise ExternalError(
                f"the branch {self.settings.branch} has {plural(len(state.others), 'commit')} of "
                f"{names} and no open pull request, so it is left alone: merge or delete it, "
                "and run again"
            )
        head = state.branch.head if state.branch else None
        if commit != head:
            self.checkout.push(self.remote.name, commit, self.settings.branch, head)
        if state.open:
            return await self._refresh(state.open, proposal.content)
        return await self._open(proposal.content)

    async def _leave(self, pull: PullRequest, who: str) -> str:
        body = with_takeover_note(_normalise(pull.body), who)
        if body != _normalise(pull.body):
            await self.github.edit_pull_request(pull, {"body": body})
        return f"{pull.url} is left alone: {who} pushed to its branch"

    async def _open(self, content: PullRequestContent) -> str:
        branch, is_draft = self.settings.branch, self.settings.draft
        title, body = content.title, pull_request_body(content)
        try:
            pull = await self.github.open_pull_request(
                title, body, branch, self.base, is_draft=is_draft
            )
        except ExternalError as error:
            # It may be open all the same: the response was lost, or somebody else opened it.
            again: Sequence[PullRequest] = ()
            with suppress(ExternalError):
                again = await self.github.find_pull_requests(branch)
            found = RemoteState(None, await self._own_pull_requests(again)).open
            if found is None:
                sentence = f"the branch {branch} is pushed, but {error}"
                raise ExternalError(sentence, is_temporary=error.is_temporary) from error
            pull = found
        return await self._with_labels(pull, f"opened {pull.url}", is_new=True)

    async def _refresh(self, pull: PullRequest, content: PullRequestContent) -> str:
        title = content.title if has_our_title(pull.title, pull.body) else pull.title
        wanted = {"title": title, "body": pull_request_body(content), "base": self.base}
        current = {"title": pull.title, "body": _normalise(pull.body), "base": pull.base}
        changes = _changes(current, wanted)
        if changes:
            await self.github.edit_pull_request(pull, changes)
        done = f"refreshed {pull.url}" if changes else f"{pull.url} is up to date"
        return await self._with_labels(pull, done)

    async def _with_labels(self, pull: PullRequest, done: str, *, is_new: bool = False) -> str:
        """What was done, after the labels were added; if GitHub refuses, it says so."""
        try:
            await self.github.add_labels(pull, self.settings.labels, is_new=is_new)
        except ExternalError as error:
            return f"{done}; without labels: {error}"
        return done

    async def _close(self, state: RemoteState, pull: PullRequest) -> str:
        changes = {"state": "closed", "body": closing_body(find_notes(pull.body))}
        await self.github.edit_pull_request(pull, changes)
        with suppress(ExternalError):
            await self.github.add_comment(
                pull.number, "Closed, because nothing is left to change: the list is up to date."
            )
        done = f"closed {pull.url}: nothing is left to change"
        if state.branch is not None:
            branch, head = self.settings.branch, state.branch.head
            try:
                self.checkout.push(self.remote.name, "", branch, expected=head)
            except ExternalError as error:
                return f"{done}; the branch {branch} is still there: {error}"
        return done

    def standing_commit(self, state: RemoteState, commit: str) -> str:
        """The commit that the branch will have: its own if that makes the same change as ours."""
        # the base has what was merged, also where somebody reverted that
        head = state.standing.head if state.standing else ""
        return head if head and self.checkout.is_same_change(head, commit) else commit

    async def refresh_dashboard(self, proposal: Proposal) -> str:
        """Open, refresh, reopen or close the issue with the current state; a sentence on that.

        If GitHub refuses, the sentence says so: the pull request is published all the same.
        """
        mark = dashboard_mark(self.settings.branch)
        try:
            return await self._refresh_issue(mark, dashboard_body(mark, proposal.content))
        except ExternalError as error:
            return f"no dashboard: {error}"

    async def _refresh_issue(self, mark: str, text: str | None) -> str:
        labelled = f"labels={DASHBOARD_LABEL}&sort=created&direction=asc"
        own = await self._find_issue(mark, labelled)
        if own is None and text is None:
            return "no dashboard, because nothing is flagged"
        if own is None:  # somebody with write access may have taken its label off
            own = await self._find_issue(mark, "sort=updated&direction=desc", is_by_writer=True)
        if own is None:
            opened = await self.github.open_issue(DASHBOARD_TITLE, text or "", DASHBOARD_LABEL)
            return f"dashboard #{opened.number} opened"
        wanted = {"state": "closed"} if text is None else {"state": "open", "body": text}
        current = {"state": "open" if own.is_open else "closed", "body": _normalise(own.body)}
        changes = _changes(current, wanted)
        if not changes:
            return f"dashboard #{own.number} is up to date"
        await self.github.edit_issue(own.number, changes)
        done = {"closed": "closed", "open": "reopened"}.get(changes.get("state", ""), "refreshed")
        return f"dashboard #{own.number} {done}"

    async def _find_issue(
        self, mark: str, query: str, *, is_by_writer: bool = False
    ) -> Issue | None:
        """The issue with a mark; `is_by_writer`: only one whose author may write."""
        issues = await self.github.list_issues(query)
        trusted = (one for one in issues if one.is_by_writer or not is_by_writer)
        return next((one for one in trusted if mark in one.body), None)


async def settled(answer: Awaitable[T]) -> T | None:
    """The answer, or None if there will be none; raises ExternalError if a later run may get it."""
    try:
        return await answer
    except ExternalError as error:
        if error.is_temporary:
            raise
        return None


def _tick_edit(feedback: Feedback, edits: Sequence[BodyEdit]) -> BodyEdit | None:
    """The edit that ticked a box: the first of the latest ones that have it ticked."""
    first: BodyEdit | None = None
    for edit in edits if feedback.kind is FeedbackKind.TICK else ():
        if feedback.key not in ticked_keys(edit.body):
            break
        first = edit
    return first


def _changes(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if value != current[name]}


def _normalise(body: str) -> str:
    r"""A body as we send it: one that was edited in a browser has `\r\n`, and is trimmed."""
    return body.replace("\r\n", "\n").rstrip("\n") + "\n"
