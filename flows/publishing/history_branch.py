"""`history save` and `restore`: the exported history on a branch of its own, a commit a run."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import ExternalError, UsageError
from staycurrent.flows.publishing.git import Git, Remote, find_remote, find_repository
from staycurrent.flows.publishing.git_errors import git_error
from staycurrent.flows.settings.sections import exclude_each_other
from staycurrent.warehouse.parquet import read_manifest

MANIFEST = "manifest.json"
"""A folder without this file is not an exported history."""
BASE_REF = "refs/staycurrent/history"
"""The history that this checkout restored or saved last; the next one is saved upon it."""
_REMOTE_REF = "refs/staycurrent/history-remote"
"""The history that the remote had last: not `BASE_REF`, as what was refused is not restored."""
_README = "README.md"
_RENAME_HINT = "name another one with --branch, in a workflow with data-branch"
_MAX_FILE_BYTES = 95 * 1024 * 1024
"""GitHub refuses files of 100 MiB."""
MAX_FILES = 10_000
"""Fifty years: each table has a file for each month."""
_PATH = re.compile(r"(?:[A-Za-z0-9_=][A-Za-z0-9._=-]*/){0,3}[A-Za-z0-9_=][A-Za-z0-9._=-]*")
_README_TEXT = """\
# The history of staycurrent

One commit for each run: every observation of every link of the list. The verdicts follow from
them. Keep this branch: without it, every link starts again. Nobody needs to read or edit it.

`feed.atom` is a feed of what changed: links that were added, died, moved or work again.

To get it: `staycurrent history restore DIR` and `staycurrent history import DIR`.
"""


@dataclass(frozen=True, slots=True)
class HistoryBranch:
    """The branch that keeps the history."""

    git: Git
    remote: Remote
    name: str

    def restore(self, folder: Path) -> str | None:
        """Write the latest history into a new folder; its commit, or None if none was saved yet.

        Raises ExternalError if the remote does not answer, and UsageError if the branch is not a
        history of ours; nothing is written then.
        """
        if folder.exists():
            raise UsageError(f"{folder} exists already: name a new folder")
        head = self._fetch()
        if head is None:
            self.git.try_run("update-ref", "-d", BASE_REF)
            return None
        blobs = self._list_blobs(head)
        there = next(one for one in folder.absolute().parents if one.exists())
        try:
            with TemporaryDirectory(prefix="staycurrent-", dir=there) as temporary:
                complete = Path(temporary) / "history"
                for path, raw in zip(blobs, self.git.read_blobs([*blobs.values()]), strict=True):
                    target = complete / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(raw)
                folder.parent.mkdir(parents=True, exist_ok=True)
                complete.rename(folder)
        except OSError as error:
            raise UsageError(f"{folder} cannot be written ({error.strerror})") from error
        self.git.run("update-ref", BASE_REF, head)
        return head

    def save(self, folder: Path, at: datetime, *, base: str | None = None) -> str:
        """Commit a folder's history upon the one that it was made from, and push it.

        `base` is the commit that was restored, empty if there was none; None: the one that this
        checkout restored or saved last. Returns what the branch is then. What another run saved
        since then is not in the folder, so nothing is forced or merged: ExternalError is raised.
        A branch that somebody deleted is made again: the folder has all that it had. Raises
        UsageError if the folder is not a history, and WarehouseUnusable if it is not a whole one.
        """
        not_saved = f"the history was not saved on {self.name}"
        files = _list_files(folder)
        read_manifest(folder)
        if base is None:
            base = self.git.find_commit(BASE_REF) or ""
        head = self._fetch() or ""
        tree = self.git.write_tree({_README: _README_TEXT.encode(), **files})
        if head and self.git.run("rev-parse", f"{head}^{{tree}}").text == tree:
            self.git.run("update-ref", BASE_REF, head)
            return "unchanged"
        if head not in ("", base):
            raise ExternalError(
                f"{not_saved}: another run saved meanwhile, and nothing was overwritten; start "
                "from there with `staycurrent history restore DIR` and `staycurrent history import "
                "--replace DIR`",
                is_temporary=True,
            )
        if head:
            self._list_blobs(head)  # the list's own branch is not saved upon
        message = f"Save the history of {at:%Y-%m-%d}\n"
        parent: str | None = head
        if base and not head and not self.git.is_shallow():  # the remote lacks what this one lacks
            parent = self.git.find_commit(base)
        commit = self.git.commit_tree(tree, [parent] if parent else [], message, at)
        refspec = f"{commit}:refs/heads/{self.name}"
        try:
            self.git.push(self.remote.name, refspec, rename_hint=_RENAME_HINT)
        except ExternalError as error:
            sentence = f"{not_saved}: {error}"
            raise ExternalError(sentence, is_temporary=error.is_temporary) from error
        self.git.run("update-ref", BASE_REF, commit)
        return "saved" if head == base else "saved: it was gone from the remote, and is made again"

    def _fetch(self) -> str | None:
        # A runner's checkout is shallow, and so may this be; a person's is left as it is.
        # A clone with a filter would fetch each file by itself later.
        options = ("--no-filter", *(("--depth=1",) if self.git.is_shallow() else ()))
        head = self.git.fetch(
            self.remote.name, f"refs/heads/{self.name}", _REMOTE_REF, *options, is_verified=True
        )
        if head is None:
            self.git.require_free_name(self.name, _RENAME_HINT, self.remote.name)
        return head

    def _list_blobs(self, commit: str) -> dict[str, str]:
        """The blob of each file of the history, by path; raises UsageError if it is not ours."""
        listed = self.git.run("ls-tree", "-r", "-z", "-l", "--full-tree", commit).out
        blobs: dict[str, str] = {}
        for row in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            entry, _, path = row.partition("\t")
            mode, kind, blob, size = entry.split()
            if path == _README:
                continue
            if kind != "blob" or mode != "100644" or not _PATH.fullmatch(path):
                raise self._not_a_history(f"{path!r} is not a plain file with a plain name")
            if int(size) > _MAX_FILE_BYTES:
                raise self._not_a_history(f"{path} has {int(size)} bytes")
            blobs[path] = blob
        if MANIFEST not in blobs:
            raise self._not_a_history(f"it has no {MANIFEST}")
        if len(blobs) > MAX_FILES:
            raise self._not_a_history(f"it has {len(blobs)} files")
        return blobs

    def _not_a_history(self, why: str) -> UsageError:
        return UsageError(
            f"the branch {self.name} is not a history of staycurrent: {why}; reset it to a "
            "commit that is one, or name another branch with --branch"
        )


def find_history_branch(ctx: RunContext, name: str | None = None) -> HistoryBranch:
    """The branch in the repository of the lists; raises UsageError and ExternalError.

    The token is used only for the host whose API it is for.
    """
    name = (name or ctx.settings.warehouse.branch).removeprefix("refs/heads/")
    git = find_repository(ctx.list_paths)
    is_plain = not name.startswith(("-", "refs/", "heads/", "remotes/")) and name != "HEAD"
    if not is_plain or git.try_run("check-ref-format", f"refs/heads/{name}").code:
        raise UsageError(f"{name!r} is not a plain branch name, such as staycurrent-data")
    remote = find_remote(git)
    if remote is None:
        raise git_error("the checkout has no remote called origin: `git remote add` adds it")
    current = git.try_run("symbolic-ref", "--quiet", "HEAD").text
    default = git.try_run("symbolic-ref", "--quiet", f"refs/remotes/{remote.name}/HEAD").text
    if f"refs/heads/{name}" == current or f"refs/remotes/{remote.name}/{name}" == default:
        raise UsageError(f"{name} is the list's own branch: the history needs a separate one")
    pull = ctx.settings.pull_request
    for key, other in (("branch", pull.branch), ("base", pull.base)):
        if other and exclude_each_other(name, other):
            raise UsageError(
                f"{name} cannot exist next to pull_request.{key}, {other}: {_RENAME_HINT}"
            )
    if remote.is_served_by(ctx.settings.pull_request.api):
        git = replace(git, token=ctx.secrets.github_token, site=remote.site)
    return HistoryBranch(git, remote, name)


def _list_files(folder: Path) -> dict[str, Path]:
    """The files of an exported history by path; raises UsageError if it is not one."""
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder} is not an exported history: `staycurrent history export {folder}` makes one"
        )
    files: dict[str, Path] = {}
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if path == _README or (file.is_dir() and not file.is_symlink()):
            continue
        if file.is_symlink() or not file.is_file() or not _PATH.fullmatch(path):
            raise UsageError(f"{file} is not a plain file with a plain name: export again")
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise UsageError(
                f"{file} has {file.stat().st_size} bytes, more than GitHub accepts in a file"
            )
        files[path] = file
    return files
