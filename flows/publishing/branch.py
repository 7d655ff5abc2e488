"""The list's own git checkout: the standing branch is made and pushed, nothing else is touched."""

import re
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from staycurrent.flows.errors import ExternalProblem, UsageError
from staycurrent.flows.publishing.git import Git, error_line, git_error
from staycurrent.flows.publishing.remote import find_repository, path_in_repository

BASE_REF = "refs/staycurrent/base"
BRANCH_REF = "refs/staycurrent/branch"
PULL_REF = "refs/staycurrent/pull"
_MARK = re.compile(r"^Staycurrent-Mark: ([a-z2-7]{24})$", re.MULTILINE)
_AUTHOR = {
    "GIT_AUTHOR_NAME": "staycurrent",
    "GIT_AUTHOR_EMAIL": "staycurrent@noreply.invalid",
    "GIT_COMMITTER_NAME": "staycurrent",
    "GIT_COMMITTER_EMAIL": "staycurrent@noreply.invalid",
}
_NO_MORE = 200
"""Commits of other people on our branch that are told apart; a branch with more is theirs."""


@dataclass(frozen=True, slots=True)
class ForeignCommit:
    """A commit that somebody else put on our branch."""

    id: str
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StandingBranch:
    """The standing branch as the remote has it."""

    head: str
    own: str | None
    """The newest commit of ours in it; None where there is none."""
    others: tuple[ForeignCommit, ...]
    """What other people put on top of it, oldest first; empty: the branch is ours to rewrite."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout that holds the lists."""

    git: Git
    folder: Path
    """Its top."""
    lists: tuple[str, ...]
    """The lists' paths from there, in the order of the settings."""

    def aside(self, folder: Path) -> "Checkout":
        """The same checkout, which keeps what is made from now on in another folder."""
        objects = self.git.must("rev-parse", "--git-path", "objects").text
        known = str((self.folder / objects).resolve())
        variables = {
            "GIT_OBJECT_DIRECTORY": str(folder),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": known,
        }
        return replace(self, git=replace(self.git, aside=variables))

    def fetch(self, remote: str, ref: str, to: str) -> str | None:
        """Bring a ref of the remote here under a name of our own; None where it has none."""
        head = self.git.must("ls-remote", remote, ref).text.partition("\t")[0]
        if not head:
            self.git.run("update-ref", "-d", to)
            return None
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        self.git.must("fetch", *options, remote, f"+{ref}:{to}")
        return head

    def default_branch(self, remote: str) -> str:
        """The remote's default branch; raises NotDone where it names none."""
        said = self.git.must("ls-remote", "--symref", remote, "HEAD").text
        named = re.match(r"ref: refs/heads/(\S+)\tHEAD", said)
        if named is None:
            raise git_error(f"the remote {remote} names no default branch: set pull_request.base")
        return named.group(1)

    def here(self, ref: str) -> str | None:
        """The commit that a name of this checkout means; None where it means none."""
        said = self.git.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return said.text if said.code == 0 else None

    def file(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file as a commit has it; None where it is not there."""
        said = self.git.run("cat-file", "blob", f"{commit}:{path}")
        return said.out if said.code == 0 else None

    def commit(self, parent: str, files: Mapping[str, bytes], message: str, at: datetime) -> str:
        """Make a commit of ours upon another, with these files changed; no work tree is needed."""
        with TemporaryDirectory(prefix="staycurrent-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.git.must("read-tree", parent, variables=index)
            for path, raw in files.items():
                blob = self.git.must("hash-object", "-w", "--stdin", stdin=raw).text
                mode = self.git.must("ls-tree", parent, "--", path).text[:6]
                entry = f"{mode or '100644'},{blob},{path}"
                self.git.must("update-index", "--add", "--cacheinfo", entry, variables=index)
            tree = self.git.must("write-tree", variables=index).text
        marked = f"{message}\n\nStaycurrent-Mark: {_mark(tree, [parent])}\n".encode()
        dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
        variables = {**_AUTHOR, **dates}
        made = self.git.must(
            "commit-tree", tree, "-p", parent, "-F", "-", stdin=marked, variables=variables
        )
        return made.text

    def diff(self, before: str, after: str) -> str:
        """What changed in the lists, as git tells it, without context."""
        plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--text", "-U0")
        said = self.git.must("diff", *plain, before, after, "--", *self.lists)
        return said.out.decode("utf-8", "replace")

    def push(
        self, remote: str, commit: str, branch: str, expected: str | None
    ) -> ExternalProblem | None:
        """Push a commit as the branch if it is still what was expected; why not, or None."""
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{expected or ''}"
        said = self.git.run("push", "--porcelain", "--no-verify", lease, remote, f"{commit}:{ref}")
        return None if said.code == 0 else _refusal(f"{said.text}\n{said.err}")

    def delete(self, remote: str, branch: str, expected: str) -> ExternalProblem | None:
        """Delete the branch of the remote if it is still what was expected; why not, or None."""
        return self.push(remote, "", branch, expected)

    def leave(self, commit: str, branch: str) -> None:
        """Leave a commit here as a local branch; raises BadUsage where it is somebody's."""
        ref = f"refs/heads/{branch}"
        held = self.git.must("worktree", "list", "--porcelain").text.splitlines()
        if f"branch {ref}" in held:
            raise UsageError(
                f"{branch} is checked out, so it is left alone: switch to another branch"
            )
        was = self.here(ref)
        if was is not None and self.branch(was).others:
            raise UsageError(f"{branch} holds commits of somebody else, so it is left alone")
        self.git.must("update-ref", ref, commit, was or "0" * len(commit))

    def branch(self, head: str, *, merged: bool = False) -> StandingBranch:
        """Whose a branch is: ours are the commits that name their own tree and parents.

        What the base has already counts as nobody's, unless it is `merged` and wanted all the same.
        """
        others: list[ForeignCommit] = []
        here: str | None = head
        while here is not None and len(others) < _NO_MORE:
            if not merged and self._is_in_base(here):
                break
            if self._is_own(here):
                return StandingBranch(head, here, tuple(others[::-1]))
            others.append(self._told(here))
            here = self.parent(here)
        return StandingBranch(head, None, tuple(others[::-1]))

    def _is_in_base(self, commit: str) -> bool:
        return self.git.run("merge-base", "--is-ancestor", commit, BASE_REF).code == 0

    def parent(self, commit: str) -> str | None:
        """The first parent of a commit."""
        return self.here(f"{commit}^1")

    def only_parent(self, commit: str) -> str | None:
        """The parent of a commit that is no merge; None of a merge and of a first commit."""
        return None if self.here(f"{commit}^2") else self.parent(commit)

    def is_same_change(self, head: str, commit: str) -> bool:
        """Whether a commit makes the same change to the same lists as one of ours; a merge never.

        Their parents may differ: a base that moved elsewhere is no reason to push.
        """
        upon = self.only_parent(head)
        pairs = ((head, commit), (upon or "", self.parent(commit) or ""))
        return upon is not None and all(
            self.file(one, path) == self.file(other, path)
            for one, other in pairs
            for path in self.lists
        )

    def _is_own(self, commit: str) -> bool:
        said = self.git.must("show", "-s", "--format=%T %P%n%B", commit).text
        first, _, message = said.partition("\n")
        tree, *parents = first.split()
        if _mark(tree, parents) in _MARK.findall(message):
            return True
        return len(parents) == 2 and self._is_clean_merge(tree, parents)

    def _is_clean_merge(self, tree: str, parents: Sequence[str]) -> bool:
        """Whether somebody only brought the branch up to date (GitHub's button): no work of theirs.

        What was merged must be of the base, and the result what git makes of the two by itself.
        """
        if not self._is_in_base(parents[1]):
            return False
        merged = self.git.run("merge-tree", "--write-tree", *parents)
        is_same = merged.code == 0 and merged.text.splitlines()[:1] == [tree]
        return is_same and self._is_own(parents[0])

    def _told(self, commit: str) -> ForeignCommit:
        said = self.git.must("show", "-s", "--format=%cI%n%an", commit).text
        at, _, author = said.partition("\n")
        return ForeignCommit(commit, author.strip() or "somebody", datetime.fromisoformat(at))


def find_checkout(lists: Sequence[Path], credentials: Mapping[str, str]) -> Checkout:
    """The checkout that holds all of the lists; raises BadUsage where there is no such."""
    git = find_repository(lists, credentials)
    return Checkout(git, git.folder, tuple(path_in_repository(git, one) for one in lists))


def _mark(tree: str, parents: Sequence[str]) -> str:
    """What only the commit of this tree upon these parents can carry: an edited one has lost it."""
    digest = sha256(" ".join((tree, *parents)).encode()).digest()
    return b32encode(digest[:15]).decode().lower()


def _refusal(said: str) -> ExternalProblem:
    """Why a push was refused: git's words are for people, and these have stood for years."""
    lower = said.lower()
    for words, sentence, passing in _PUSH_REFUSALS:
        if any(word in lower for word in words):
            return ExternalProblem(sentence, is_temporary=passing)
    return ExternalProblem(f"the push failed: {error_line(said) or 'git did not say why'}")


_PUSH_REFUSALS = (
    (
        ("protected branch", "gh006", "gh013", "rule violation"),
        "the branch is protected: let staycurrent push to it, or set pull_request.branch",
        False,
    ),
    (
        ("stale info", "fetch first", "cannot lock ref"),
        "somebody pushed to the branch meanwhile: nothing was overwritten, run again",
        True,
    ),
    (
        ("403", "401", "denied", "authentication failed", "could not read username"),
        "the remote refused the push: GITHUB_TOKEN needs the right to write contents",
        False,
    ),
    (
        ("error: 5", "could not resolve", "timed out", "connection re"),
        "the remote could not be reached: run again",
        True,
    ),
)
