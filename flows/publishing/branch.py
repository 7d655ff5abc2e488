"""The standing branch in the list's own checkout: commits are made and pushed, nothing else."""

import os
import re
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from staycurrent.flows.errors import UsageError
from staycurrent.flows.publishing.git import (
    FETCH_OPTIONS,
    PLAIN_DIFF,
    Git,
    Remote,
    find_repository,
    path_in_repository,
)
from staycurrent.flows.publishing.git_errors import git_error

BASE_REF = "refs/staycurrent/base"
BRANCH_REF = "refs/staycurrent/branch"
PULL_REF = "refs/staycurrent/pull"
_MARK = re.compile(r"^Staycurrent-Mark: ([a-z2-7]{24})$", re.MULTILINE)
RENAME_HINT = "set pull_request.branch"
ONE_RUN_PER_BRANCH = (
    "name all lists in one run (list.paths, or --list for each), or give each run a branch of its "
    "own (pull_request.branch)"
)
_MAX_FOREIGN_COMMITS = 200
"""Of a branch with more of them, the rest is not read: it counts as somebody else's."""


@dataclass(frozen=True, slots=True)
class ForeignCommit:
    """A commit that somebody else put on our branch."""

    id: str
    author: str
    at: datetime
    is_by_program: bool = False
    marks: tuple[str, ...] = ()
    """Of the commits of ours that this person rebased or amended into it."""


@dataclass(frozen=True, slots=True)
class StandingBranch:
    """The standing branch as the remote has it."""

    head: str
    own: str | None
    """Our newest commit in it; None if there is none."""
    others: tuple[ForeignCommit, ...]
    """Commits of other people upon ours, oldest first; empty: the branch is ours to rewrite."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout that holds the lists."""

    git: Git
    lists: tuple[str, ...]
    """Paths of the lists from the top of the checkout, in the order of the settings."""

    def with_objects_in(self, folder: Path) -> "Checkout":
        """The same checkout, whose new objects are stored in another folder."""
        objects = self.git.run("rev-parse", "--git-path", "objects").text
        path = str((self.git.folder / objects).resolve())
        quoted = re.sub(r'(["\\])', r"\\\1", path)  # of a list that is divided at colons
        variables = {
            "GIT_OBJECT_DIRECTORY": str(folder),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"',
        }
        return replace(self, git=self.git.with_variables(variables))

    def default_branch(self, remote: str) -> str:
        """The remote's default branch; raises ExternalError if it names none."""
        listed = self.git.run("ls-remote", "--symref", remote, "HEAD").text
        match = re.match(r"ref: refs/heads/(\S+)\tHEAD", listed)
        if match is None:
            raise git_error(f"the remote {remote} names no default branch: set pull_request.base")
        return match.group(1)

    def commit(self, parent: str, files: Mapping[str, bytes], message: str, at: datetime) -> str:
        """Commit new contents of these files upon another commit, without a work tree."""
        tree = self.git.write_tree(files, base=parent)
        marked = f"{message}\n\nStaycurrent-Mark: {_mark(tree, [parent])}\n"
        return self.git.commit_tree(tree, [parent], marked, at)

    def diff(self, before: str, after: str) -> str:
        """The changes of the lists between two commits, as git prints them, without context."""
        result = self.git.run("diff-tree", "-r", *PLAIN_DIFF, before, after, "--", *self.lists)
        return result.out.decode("utf-8", "replace")

    def push(self, remote: str, commit: str, branch: str, expected: str | None) -> None:
        """Push a commit as the branch if the branch is still `expected`; raises ExternalError.

        An empty commit deletes the branch.
        """
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{expected or ''}"
        self.git.push(remote, f"{commit}:{ref}", lease, rename_hint=RENAME_HINT)

    def create_local_branch(self, commit: str, branch: str) -> None:
        """Point a local branch at a commit; raises UsageError if others work on the branch."""
        ref = f"refs/heads/{branch}"
        if f"branch {ref}" in self.git.run("worktree", "list", "--porcelain").text.splitlines():
            raise UsageError(
                f"{branch} is checked out, so it is left alone: switch to another branch"
            )
        self.git.require_free_name(branch, RENAME_HINT)
        before = self.git.find_commit(ref)
        present = None if before is None else self.read_branch(before)
        if present and present.others:
            raise UsageError(f"{branch} holds commits of somebody else, so it is left alone")
        own = present.own if present else None
        if own and (other := self.changed_files(own, commit) - {*self.lists}):
            raise UsageError(
                f"{branch} changes {', '.join(sorted(other))} too: {ONE_RUN_PER_BRANCH}"
            )
        self.git.run("update-ref", ref, commit, before or "0" * len(commit))

    def read_branch(self, head: str, *, is_merged: bool = False) -> StandingBranch:
        """Tell our commits of a branch from those of others, back to the base or to our newest.

        Commits that the base has already are left out, unless `is_merged`.
        """
        others: list[ForeignCommit] = []
        commit: str | None = head
        while commit is not None and len(others) < _MAX_FOREIGN_COMMITS:
            if not is_merged and self._is_in_base(commit):
                break
            if self._is_own(commit):
                return StandingBranch(head, commit, tuple(others[::-1]))
            found = self.git.read_commit(commit)
            marks = tuple(_MARK.findall(found.message))
            author = found.author or "somebody"
            others.append(ForeignCommit(commit, author, found.at, found.is_by_program, marks))
            commit = self.git.find_commit(f"{commit}^1")
        return StandingBranch(head, None, tuple(others[::-1]))

    def changed_files(self, own: str, now: str) -> frozenset[str]:
        """Paths that a commit of ours changes in its base, of those that the commit `now` has."""
        base = self.git.read_commit(own).parents[-1]
        changed = self._list_files("diff-tree", base, own)
        return changed & self._list_files("ls-tree", now, "--", *changed)

    def _list_files(self, command: str, *argv: str) -> frozenset[str]:
        listed = self.git.run(command, "-r", "-z", "--name-only", *argv).out
        return frozenset(filter(None, os.fsdecode(listed).split("\0")))

    def only_parent(self, commit: str) -> str | None:
        """The parent of a commit; None for a merge and for a first commit."""
        is_merge = self.git.find_commit(f"{commit}^2") is not None
        return None if is_merge else self.git.find_commit(f"{commit}^1")

    def find_published(
        self, remote: Remote, body: str, marks: Sequence[str], parent: str
    ) -> str | None:
        """Our commit with one of these marks, if the body of a pull request links to it.

        None if it changes other lists than those of the commit `parent`: what differs from ours may
        have changed in the base.
        """
        files = re.escape(f"{remote.site}/{remote.repository}/blob/")
        found = re.search(files + r"([0-9a-f]{40,64})/[^\s)]*\?plain=1#L", body)
        if found is None:
            return None
        if self.git.find_commit(found[1]) is None:
            self.git.try_run("fetch", *FETCH_OPTIONS, remote.name, found[1])
        commit = self.git.find_commit(found[1])
        if commit is None:
            return None
        origin = self.git.read_commit(commit)
        is_origin = _mark(origin.tree, origin.parents) in marks
        return commit if is_origin and self._has_same_lists(parent, f"{commit}^1") else None

    def is_same_change(self, head: str, commit: str) -> bool:
        """Whether `head` changes the lists as our commit does; never for a merge.

        Their parents may differ: a base that changed elsewhere is not a reason to push. One that
        changes another file too conflicts with a base that has deleted it.
        """
        parent = self.only_parent(head)
        return (
            parent is not None
            and self.changed_files(head, head) <= {*self.lists}
            and self._has_same_lists(head, commit)
            and self._has_same_lists(parent, f"{commit}^1")
        )

    def _has_same_lists(self, one: str, other: str) -> bool:
        return all(
            self.git.read_file(one, path) == self.git.read_file(other, path) for path in self.lists
        )

    def _is_in_base(self, commit: str) -> bool:
        return self.git.try_run("merge-base", "--is-ancestor", commit, BASE_REF).code == 0

    def _is_own(self, commit: str) -> bool:
        """Whether a commit carries the mark of its own tree and parents, or only updates ours.

        GitHub's button updates a branch by merging the base: if git makes the same tree of the
        two by itself, nobody's work is in the merge.
        """
        found = self.git.read_commit(commit)
        tree, parents = found.tree, found.parents
        if _mark(tree, parents) in _MARK.findall(found.message):
            return True
        if len(parents) != 2 or not self._is_in_base(parents[1]):
            return False
        merged = self.git.try_run("merge-tree", "--write-tree", *parents)
        is_clean = merged.code == 0 and merged.text.splitlines()[:1] == [tree]
        return is_clean and self._is_own(parents[0])


def find_checkout(lists: Sequence[Path]) -> Checkout:
    """The checkout that holds all lists; raises UsageError if there is none."""
    git = find_repository(lists)
    return Checkout(git, tuple(path_in_repository(git, path) for path in lists))


def _mark(tree: str, parents: Sequence[str]) -> str:
    """A mark that fits only the commit of this tree upon these parents.

    A commit that somebody amended still carries the old mark, so it is not ours any more.
    """
    digest = sha256(" ".join((tree, *parents)).encode()).digest()
    return b32encode(digest[:15]).decode().lower()
