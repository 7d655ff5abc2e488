"""The verb `memory`: the exported history on a branch of its own, one commit for each night."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import ExternalError, ExternalProblem, UsageError
from staycurrent.flows.publishing.git import Git, GitResult, error_line, git_error, token_variables
from staycurrent.flows.publishing.remote import Remote, find_remote, find_repository

MANIFEST = "manifest.json"
"""The file without which a folder is no exported history."""
KNOWN_REF = "refs/staycurrent/memory"
"""The history that was last restored or saved in this checkout: what is saved next goes upon it."""
_ABOUT = "README.md"
_LARGEST = 95 * 1024 * 1024
"""Bytes of a file; GitHub refuses files of 100 MiB."""
_MOST = 500
"""Files of a history."""
_NAME = re.compile(r"(?:[A-Za-z0-9_=][A-Za-z0-9._=-]*/){0,3}[A-Za-z0-9_=][A-Za-z0-9._=-]*")
_WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "staycurrent"), ("EMAIL", "staycurrent@noreply.invalid"))
}
_WORDS = """\
# staycurrent's memory

One commit for each night: what was seen of every link of the list, from which the flags are
concluded. Keep this branch: without it, every link begins anew. Nobody needs to read or edit it.

To have it on a machine: `staycurrent memory restore DIR` and `staycurrent import DIR`.
"""


@dataclass(frozen=True, slots=True)
class HistoryBranch:
    """Where the history is kept."""

    git: Git
    remote: Remote
    name: str

    @property
    def ref(self) -> str:
        """The branch as the remote has it."""
        return f"refs/heads/{self.name}"

    def restore(self, folder: Path) -> str | None:
        """Bring the newest history into a new folder; its commit, or None where none was saved.

        Raises NotDone where the remote does not answer, BadUsage where what is there is no
        history of ours: nothing is written then.
        """
        if folder.exists():
            raise UsageError(f"{folder} is there already: name a folder that is not")
        head = self._fetched()
        if head is None:
            return None
        files = self._files(head)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="staycurrent-", dir=folder.parent) as part:
            whole = Path(part) / "history"
            for path, blob in files.items():
                target = whole / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self.git.must("cat-file", "blob", blob).out)
            whole.rename(folder)
        return head

    def save(self, folder: Path, at: datetime, *, upon: str | None = None) -> str | None:
        """Put a folder's history upon the one that it was made from; the commit, or None if known.

        `upon` is the commit that was restored, empty where there was none, and None for what was
        restored last in this checkout. Never forced, never joined: what another run saved since
        then is not in the folder, so NotDone is raised and theirs stands. Raises BadUsage where
        the folder is no history.
        """
        files = _found(folder)
        made_from = (self._known() or "") if upon is None else upon
        head = self._fetched() or ""
        if head != made_from:
            raise ExternalError(
                ExternalProblem(f"{_NOT_SAVED} on {self.name}: {_MEANWHILE}", is_temporary=True)
            )
        tree = self._tree(files)
        if head and self.git.must("rev-parse", f"{head}^{{tree}}").text == tree:
            return None
        commit = self._commit(tree, head, at)
        target = f"{commit}:{self.ref}"
        said = self.git.run("push", "--porcelain", "--no-verify", self.remote.name, target)
        if said.code:
            raise ExternalError(_refusal(said, self.name))
        self.git.must("update-ref", KNOWN_REF, commit)
        return commit

    def _fetched(self) -> str | None:
        """Bring the branch here; None, and nothing known any more, where there is none."""
        head = self.git.must("ls-remote", self.remote.name, self.ref).text.partition("\t")[0]
        if not head:
            self.git.run("update-ref", "-d", KNOWN_REF)
            return None
        # A runner's checkout is shallow, and so this may be; a person's is left as it is.
        is_shallow = self.git.must("rev-parse", "--is-shallow-repository").text == "true"
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        depth = ("--depth=1",) if is_shallow else ()
        checked = ("-c", "fetch.fsckObjects=true")
        self.git.must(
            *checked, "fetch", *options, *depth, self.remote.name, f"+{self.ref}:{KNOWN_REF}"
        )
        return self._known()

    def _known(self) -> str | None:
        said = self.git.run("rev-parse", "--verify", "--quiet", f"{KNOWN_REF}^{{commit}}")
        return said.text if said.code == 0 else None

    def _files(self, commit: str) -> dict[str, str]:
        """Path and blob of each file of the history; raises BadUsage where it is none of ours."""
        listed = self.git.must("ls-tree", "-r", "-z", "-l", "--full-tree", commit).out
        files: dict[str, str] = {}
        for row in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, _, path = row.partition("\t")
            mode, kind, blob, size = about.split()
            if path == _ABOUT:
                continue
            if kind != "blob" or mode != "100644" or not _NAME.fullmatch(path):
                raise self._no_history(f"{path!r} is no plain file with a plain name")
            if int(size) > _LARGEST:
                raise self._no_history(f"{path} has {int(size)} bytes")
            files[path] = blob
        if MANIFEST not in files:
            raise self._no_history(f"it has no {MANIFEST}")
        if len(files) > _MOST:
            raise self._no_history(f"it has {len(files)} files")
        return files

    def _no_history(self, why: str) -> UsageError:
        return UsageError(
            f"the branch {self.name} holds no history of staycurrent's: {why}; put it back to a "
            "commit that does, or name another one with --branch"
        )

    def _tree(self, files: Sequence[tuple[str, Path]]) -> str:
        with TemporaryDirectory(prefix="staycurrent-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            blobs = [(_ABOUT, self._blob(_WORDS.encode()))]
            blobs += [(path, self._blob(file.read_bytes())) for path, file in files]
            rows = "".join(f"100644 {blob}\t{path}\0" for path, blob in blobs)
            self.git.must(
                "update-index", "-z", "--index-info", stdin=rows.encode(), variables=index
            )
            return self.git.must("write-tree", variables=index).text

    def _blob(self, raw: bytes) -> str:
        return self.git.must("hash-object", "-w", "--stdin", stdin=raw).text

    def _commit(self, tree: str, parent: str, at: datetime) -> str:
        upon = ("-p", parent) if parent else ()
        message = f"Remember the night of {at:%Y-%m-%d}\n".encode()
        dates = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
        made = self.git.must(
            "commit-tree", tree, *upon, "-F", "-", stdin=message, variables={**_WHO, **dates}
        )
        return made.text


def restore_history(ctx: RunContext, folder: Path, name: str | None = None) -> str:
    """Bring the newest history into a new folder; its commit as a line, empty on a first night."""
    kept = history_branch(ctx, name)
    commit = kept.restore(folder)
    did = f"restored to {folder}" if commit else "is not there yet: a first night"
    ctx.reporter.info(f"memory: {kept.name} {did}")
    return f"{commit}\n" if commit else ""


def save_history(
    ctx: RunContext, folder: Path, name: str | None = None, upon: str | None = None
) -> None:
    """Put a folder's history on the branch, upon the commit that it was made from."""
    kept = history_branch(ctx, name)
    commit = kept.save(folder, ctx.clock.as_of, upon=upon)
    ctx.reporter.info(f"memory: {kept.name} {'saved' if commit else 'knows all of it already'}")


def history_branch(ctx: RunContext, name: str | None = None) -> HistoryBranch:
    """The data branch of the repository that holds the lists; raises BadUsage and NotDone."""
    wanted = name or ctx.settings.warehouse.branch
    top = find_repository(ctx.list_paths)
    if top.run("check-ref-format", "--branch", wanted).code:
        raise UsageError(f"{wanted!r} is no name of a branch")
    remote = find_remote(top)
    if remote is None:
        raise git_error(
            "the checkout has no remote to keep the history on: add one, `git remote add`"
        )
    if _is_default(top, remote, wanted):
        raise UsageError(f"{wanted} is the list's own branch: the history wants one to itself")
    return HistoryBranch(Git(top.folder, _credentials(ctx, remote)), remote, wanted)


def _credentials(ctx: RunContext, remote: Remote) -> dict[str, str]:
    """The token, for the host whose API it is for, and for no other."""
    is_theirs = remote.is_of(ctx.settings.pull_request.api)
    return token_variables(ctx.secrets.github_token, remote.site) if is_theirs else {}


def _is_default(git: Git, remote: Remote, name: str) -> bool:
    """Whether the branch is checked out here, or the remote's own as far as this checkout knows."""
    here = git.run("symbolic-ref", "--quiet", "HEAD").text
    theirs = git.run("symbolic-ref", "--quiet", f"refs/remotes/{remote.name}/HEAD").text
    return f"refs/heads/{name}" == here or f"refs/remotes/{remote.name}/{name}" == theirs


def _found(folder: Path) -> list[tuple[str, Path]]:
    """The files of an exported history, in order; raises BadUsage where it is none."""
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder} holds no exported history: `staycurrent export --out {folder}`")
    files = []
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if path == _ABOUT or (file.is_dir() and not file.is_symlink()):
            continue
        if file.is_symlink() or not file.is_file() or not _NAME.fullmatch(path):
            raise UsageError(f"{file} is no plain file with a plain name: export anew")
        if file.stat().st_size > _LARGEST:
            raise UsageError(f"{file} has {file.stat().st_size} bytes: GitHub takes no such file")
        files.append((path, file))
    return files


_NOT_SAVED = "the history was not saved"
_MEANWHILE = "another run saved meanwhile, and nothing was overwritten; the next night begins there"
_REFUSALS = (
    (
        ("fetch first", "non-fast-forward", "cannot lock ref", "stale info", "already exists"),
        _MEANWHILE,
        True,
    ),
    (
        ("protected branch", "gh006", "gh013", "rule violation"),
        "it is protected: let staycurrent push to it, or name another one with --branch",
        False,
    ),
    (
        ("403", "401", "denied", "authentication failed", "could not read username", "permission"),
        "the remote refused the push: this needs the right to write contents, which forks lack",
        False,
    ),
    (
        ("error: 5", "could not resolve", "timed out", "connection re", "early eof"),
        "the remote could not be reached: run again",
        True,
    ),
)


def _refusal(said: GitResult, branch: str) -> ExternalProblem:
    """Why a push was refused: git's words are for people, and these have stood for years."""
    words = f"{said.text}\n{said.err}"
    for marks, sentence, passing in _REFUSALS:
        if any(mark in words.lower() for mark in marks):
            return ExternalProblem(f"{_NOT_SAVED} on {branch}: {sentence}", is_temporary=passing)
    why = error_line(words) or "git did not say why"
    return ExternalProblem(f"{_NOT_SAVED} on {branch}: the push failed: {why}")
