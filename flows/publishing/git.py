"""Git as a subprocess, without prompts and hooks, and with hidden tokens; checkouts and remotes."""

import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO
from urllib.parse import urlsplit

from staycurrent.flows.errors import ExternalError, UsageError
from staycurrent.flows.publishing.git_errors import git_error, push_error, reason_of
from staycurrent.flows.settings.sections import environment, exclude_each_other

_TIMEOUT_S = 300
# A person's own settings must not change what we read, push or fetch. Those that say how a remote
# is reached stay: url.*.insteadOf, credential.*, http.*, core.sshCommand, safe.directory.
_OFF = (
    *("color.diff", "color.push", "color.remote", "color.transport", "color.ui", "core.fsmonitor"),
    *("core.quotePath", "core.splitIndex", "fetch.pruneTags", "fetch.writeCommitGraph"),
    *("maintenance.auto", "merge.renormalize", "push.followTags", "push.gpgSign"),
)
_CONFIG = {
    **dict.fromkeys(_OFF, "false"),
    **dict.fromkeys(("core.attributesFile", "core.hooksPath"), "/dev/null"),
    **dict.fromkeys(("i18n.commitEncoding", "i18n.logOutputEncoding"), "UTF-8"),
    "gc.auto": "0",
    "merge.directoryRenames": "conflict",
    "merge.renames": "true",
    "push.pushOption": "",
    "push.recurseSubmodules": "no",
}
_CONFIG_OPTIONS = [part for key, value in _CONFIG.items() for part in ("-c", f"{key}={value}")]
PLAIN_DIFF = (
    "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
    "--text",
)  # fmt: skip
"""Options of `diff-tree`, which as plumbing ignores most of the settings of `diff` by itself."""
_VARIABLES = {
    "GCM_INTERACTIVE": "never",
    "GIT_ASKPASS": "",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_TRACE2": "0",
    "GIT_TRACE2_EVENT": "0",
    "GIT_TRACE2_PERF": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "",
}
_INHERITED = re.compile(
    r"(?!GIT_)|GIT_(?:CONFIG|SSH|SSL|PROXY|HTTP|ALLOW_PROTOCOL|PROTOCOL_FROM_USER|EXEC_PATH"
    r"|CEILING|DISCOVERY)"
)
"""Variables that git gets: where one of its hooks runs us, others name another repository or
index, and `GIT_TRACE_CURL` would show the token."""
AUTHOR_NAME = "staycurrent"
_EMAIL = "staycurrent@noreply.invalid"
_AUTHOR = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", AUTHOR_NAME), ("EMAIL", _EMAIL))
}
_PERSON = re.compile(r"(?P<name>[^<]*)<(?P<email>[^>]*)>\s+(?P<seconds>\d{1,11})\b")
_PERSON_FIELDS = ("author", "committer")
_WORKFLOW = re.compile(r"(github[ -]actions?|actions-user)(\[bot\])?", re.IGNORECASE)
"""Whom workflows and actions that commit name as the committer, if nothing else is set."""
FETCH_OPTIONS = (
    "--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head", "--no-recurse-submodules",
)  # fmt: skip
_SCP = re.compile(r"(?:[^/@\s]+@)?([^/:\s]+):(?!//)(.+)")


@dataclass(frozen=True, slots=True)
class GitResult:
    """How a git command ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """The output without the line end."""
        return self.out.decode("utf-8", "surrogateescape").strip()


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit."""

    tree: str
    parents: tuple[str, ...]
    author: str
    """Name; empty if the commit has none. Of our commits that a person changed, who did so."""
    is_by_program: bool
    at: datetime
    """When it was committed, in UTC; 1970 if the commit does not say."""
    message: str


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder."""

    folder: Path
    token: str = field(default="", repr=False)
    site: str = ""
    """The only site that gets the token, such as `https://github.com`."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its own, such as another index."""

    def with_variables(self, variables: Mapping[str, str]) -> "Git":
        """The same git with more variables."""
        return replace(self, variables={**self.variables, **variables})

    def try_run(
        self,
        *argv: str,
        stdin: bytes = b"",
        timeout_s: float = _TIMEOUT_S,
        out: IO[bytes] | None = None,
    ) -> GitResult:
        """Run a command whose failure is an answer too; its output is in the result or in `out`.

        Raises ExternalError if git is not installed or takes too long.
        """
        inherited = {name: value for name, value in environment().items() if _INHERITED.match(name)}
        own = {**_VARIABLES, **self.variables}
        own |= self._token_variables(inherited.get("GIT_CONFIG_COUNT", ""))
        try:
            ended = subprocess.run(  # noqa: S603 -- no shell, and no foreign text is an option
                ["git", *_CONFIG_OPTIONS, *argv],  # noqa: S607 -- the user's own git
                cwd=self.folder,
                env={**inherited, **own},
                input=stdin,
                stdout=out or subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=timeout_s,
                check=False,
            )
        except FileNotFoundError:
            raise git_error("git is not installed: install it, and run again") from None
        except subprocess.TimeoutExpired:
            raise git_error(f"git {argv[0]} timed out after {timeout_s} s") from None
        error = ended.stderr.decode("utf-8", "replace")
        for secret in filter(None, (self.token, self._encoded_token)):
            error = error.replace(secret, "...")
        return GitResult(ended.returncode, ended.stdout or b"", error)

    def run(self, *argv: str, stdin: bytes = b"", out: IO[bytes] | None = None) -> GitResult:
        """Run a command as `try_run` does; raises ExternalError if it fails."""
        return _require_success(argv, self.try_run(*argv, stdin=stdin, out=out))

    @property
    def _encoded_token(self) -> str:
        return b64encode(f"x-access-token:{self.token}".encode()).decode() if self.token else ""

    def _token_variables(self, count: str) -> dict[str, str]:
        """Environment variables that give git the token, after `count` other settings.

        The token is neither in the arguments, which every user of the machine can read, nor in the
        remote's URL, which is stored. The first value is empty: it removes a header that the
        checkout's own configuration would send together with ours. A redirect is not followed,
        because git would take the header along.
        """
        if not self.token:
            return {}
        first = int(count) if count.isdecimal() else 0
        header = f"http.{self.site}/.extraheader"
        pairs = (
            (header, ""),
            (header, f"Authorization: Basic {self._encoded_token}"),
            (f"http.{self.site}/.followRedirects", "false"),
        )
        variables = {"GIT_CONFIG_COUNT": str(first + len(pairs))}
        for number, (key, value) in enumerate(pairs, first):
            variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return variables

    def find_commit(self, name: str) -> str | None:
        """The id of the commit that a ref or another name stands for; None if it has none."""
        result = self.try_run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        return result.text if result.code == 0 else None

    def read_file(self, commit: str, path: str, *, timeout_s: float = _TIMEOUT_S) -> bytes | None:
        """The bytes of a file in a commit; None if it is not there."""
        result = self.try_run("cat-file", "blob", f"{commit}:{path}", timeout_s=timeout_s)
        return result.out if result.code == 0 else None

    def read_blobs(self, blobs: Sequence[str]) -> Iterator[bytes]:
        """The bytes of each blob, by one process; raises ExternalError if one is missing."""
        with TemporaryFile() as found:
            wanted = "".join(f"{blob}\n" for blob in blobs)
            self.run("cat-file", "--batch", "--buffer", stdin=wanted.encode(), out=found)
            found.seek(0)
            for _ in blobs:
                name, kind, *size = found.readline().decode().split()
                if not size:
                    raise git_error(f"git cat-file failed: the object {name} is {kind}")
                yield found.read(int(size[0]))
                found.read(1)

    def fetch(
        self, remote: str, ref: str, to: str, *options: str, is_verified: bool = False
    ) -> str | None:
        """Fetch a ref of the remote into the local ref `to`; None if the remote does not have it.

        Returns the id of the commit. `is_verified` checks every object that arrives.
        """
        config = ("-c", "fetch.fsckObjects=true") if is_verified else ()
        command = (*config, "fetch", *FETCH_OPTIONS, *options, remote, f"+{ref}:{to}")
        result = self.try_run(*command)
        if f"couldn't find remote ref {ref}" in result.err:
            self.try_run("update-ref", "-d", to)
            return None
        _require_success(command, result)
        return self.find_commit(to)

    def is_shallow(self) -> bool:
        """Whether the checkout lacks the older part of its history."""
        return self.run("rev-parse", "--is-shallow-repository").text == "true"

    def list_remote(self, remote: str, *patterns: str) -> dict[str, str]:
        """The refs of the remote that end in one of the patterns, with their objects."""
        rows = self.run("ls-remote", "--refs", remote, *patterns).text.splitlines()
        return {ref: object_id for object_id, _, ref in (row.partition("\t") for row in rows)}

    def require_free_name(self, branch: str, rename_hint: str, remote: str = "") -> None:
        """Raise UsageError if another branch of the remote (empty: of the checkout) excludes it.

        Git stores no branch `a/b` next to a branch `a`. `rename_hint` says how to choose another.
        """
        heads, parts = "refs/heads/", branch.split("/")
        above = [heads + "/".join(parts[:length]) for length in range(1, len(parts))]
        if remote:
            refs = [*self.list_remote(remote, *above, f"{heads}{branch}/*")]
        else:  # not by `ls-remote .`: GIT_ALLOW_PROTOCOL may forbid to connect to a folder
            listed = ("for-each-ref", "--format=%(refname)", *above, f"{heads}{branch}/")
            refs = self.run(*listed).text.splitlines()
        where = f"the remote {remote}" if remote else "the checkout"
        for name in (ref.removeprefix(heads) for ref in refs if ref.startswith(heads)):
            if name != branch and exclude_each_other(name, branch):
                raise UsageError(
                    f"{where} has a branch {name}, so there cannot be a branch {branch}: delete or "
                    f"rename {name}, or {rename_hint}"
                )

    def read_commit(self, commit: str) -> Commit:
        """A commit as it is stored: no setting, note, replacement or shallow history changes it."""
        raw = self.run("cat-file", "commit", commit).out.decode("utf-8", "replace")
        head, _, message = raw.partition("\n\n")
        fields = [line.partition(" ") for line in head.split("\n")]
        tree = next(value for name, _, value in fields if name == "tree")
        people = {name: _PERSON.match(value) for name, _, value in fields if name in _PERSON_FIELDS}
        author, committer = (people.get(name) for name in _PERSON_FIELDS)
        if author and author["email"] == _EMAIL:
            author = committer
        name = author["name"].strip() if author else ""
        by = committer["name"].strip() if committer else ""
        return Commit(
            tree=tree,
            parents=tuple(value for name, _, value in fields if name == "parent"),
            author=name,
            is_by_program=is_by_program(name, author["email"] if author else "", by),
            at=datetime.fromtimestamp(int(committer["seconds"]) if committer else 0, UTC),
            message=message,
        )

    def write_tree(self, files: Mapping[str, bytes | Path], base: str = "") -> str:
        """Store contents or files by their paths, upon those of the commit `base`; the tree's id.

        A file of the base keeps its mode. The index of the checkout is not touched.
        """
        with TemporaryDirectory(prefix="staycurrent-", ignore_cleanup_errors=True) as folder:
            indexed = self.with_variables({"GIT_INDEX_FILE": str(Path(folder) / "index")})
            if base:
                indexed.run("read-tree", base)
            names = b""
            for number, content in enumerate(files.values()):
                if isinstance(content, bytes):
                    file = Path(folder, str(number))
                    file.write_bytes(content)
                else:
                    file = content.absolute()
                names += os.fsencode(file) + b"\n"
            hashed = self.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names)
            rows = ""
            for path, blob in zip(files, hashed.text.splitlines(), strict=True):
                known = self.run("ls-tree", base, "--", path).text if base else ""
                rows += f"{known[:6] or '100644'} {blob}\t{path}\0"
            indexed.run("update-index", "-z", "--index-info", stdin=os.fsencode(rows))
            return indexed.run("write-tree").text

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, at: datetime) -> str:
        """Store a commit of ours; its id. No branch and no work tree is touched."""
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), at.isoformat())
        options = [part for parent in parents for part in ("-p", parent)]
        git = self.with_variables({**_AUTHOR, **dates})
        return git.run("commit-tree", tree, *options, "-F", "-", stdin=message.encode()).text

    def push(self, remote: str, refspec: str, *options: str, rename_hint: str) -> None:
        """Push; raises ExternalError if it is refused.

        `rename_hint` says how to choose another branch, where this one is protected.
        """
        result = self.try_run("push", "--porcelain", "--no-verify", *options, remote, refspec)
        if result.code:
            raise push_error(result.text, result.err, rename_hint=rename_hint)


def is_by_program(author: str, email: str, committer: str) -> bool:
    """Whether an app or a workflow made a commit; its author may be who started the workflow.

    https://github.com/peter-evans/create-pull-request#action-inputs
    """
    is_app = author.endswith("[bot]") or "[bot]@" in email
    return is_app or any(_WORKFLOW.fullmatch(name) for name in (author, committer))


def _require_success(argv: Sequence[str], result: GitResult) -> GitResult:
    if result.code:
        name = next(word for word in argv if word != "-c" and "=" not in word)
        raise git_error(f"git {name} failed: {reason_of(result.err) or result.code}")
    return result


def find_repository(lists: Sequence[Path]) -> Git:
    """Git at the top of the checkout that holds the first list.

    Raises UsageError if there is none or git refuses it, ExternalError if git is missing.
    """
    folder = lists[0].resolve().parent
    git = Git(folder if folder.is_dir() else Path.cwd())
    result = git.try_run("rev-parse", "--show-toplevel")
    if result.code:
        why = reason_of(result.err) or f"git ended with {result.code}"
        if "not a git repository (or any" in why:
            raise UsageError(
                f"{lists[0]} is in no git checkout ({why}); run `git init` in its folder"
            )
        raise UsageError(f"git cannot use the checkout of {lists[0]}: {why}")
    return Git(Path(os.fsdecode(result.out.removesuffix(b"\n"))).resolve())


def path_in_repository(git: Git, file: Path) -> str:
    """A file's path relative to the top of the checkout; raises UsageError if it is outside."""
    real = file.resolve()
    if not real.is_relative_to(git.folder):
        raise UsageError(f"{file} is not in the checkout {git.folder} of the first list")
    return real.relative_to(git.folder).as_posix()


def line_date(file: Path, line: int) -> date | None:
    """The UTC date of the last commit that changed a line; None where git does not know it.

    Moved lines and changes of blanks do not count. After another change, as by us, it is later than
    the entry. At the end of a shallow clone it is not known.
    """
    folder = file.resolve().parent
    if repository_root(folder) is None:
        return None
    git = Git(folder)
    options = "--porcelain", "-w", "-M", "-L", f"{line},{line}"
    found = git.try_run("blame", *options, "--", file.name)
    if b"\nboundary\n" in found.out and git.is_shallow():
        return None
    seconds = re.search(rb"^author-time (\d{1,11})$", found.out, re.MULTILINE)
    is_committed = not found.out.startswith(b"0" * 40)
    if found.code or seconds is None or not is_committed:
        return None
    return datetime.fromtimestamp(int(seconds[1]), UTC).date()


def repository_root(folder: Path) -> Path | None:
    """The top of the checkout around a folder, found without git; None outside of a checkout."""
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)


@dataclass(frozen=True, slots=True)
class Remote:
    """The repository that the checkout is pushed to."""

    name: str
    site: str
    """Scheme and host of its web pages, `https://github.com`; empty if the URL names none."""
    repository: str
    """`owner/name`; empty if the URL names none."""

    def is_served_by(self, api: str) -> bool:
        """Whether `api` is the API of this host: only then may the host get the API's token."""
        wanted, site = urlsplit(api), urlsplit(self.site)
        is_same_host = wanted.netloc in (site.netloc, f"api.{site.netloc}")
        return bool(site.netloc) and wanted.scheme == site.scheme and is_same_host


def find_remote(git: Git) -> Remote | None:
    """The remote `origin`, or the only one; None if there are none or several others."""
    names = git.run("remote").text.split()
    name = "origin" if "origin" in names else (names[0] if len(names) == 1 else None)
    if name is None:
        return None
    return Remote(name, *parse_remote_url(git.run("remote", "get-url", "--push", name).text))


def page_of_checkout(root: Path) -> str:
    """The page of the repository that a checkout is pushed to; empty if it, or git, has none."""
    try:
        remote = find_remote(Git(root))
    except ExternalError:  # a checkout that git refuses, or no git
        return ""
    return f"{remote.site}/{remote.repository}" if remote else ""


def parse_remote_url(url: str) -> tuple[str, str]:
    """Site and `owner/name` of a remote's URL, in any of git's forms; empty if it has none.

    The port of an `http` URL is part of the site; that of `ssh` is not one of web pages.
    """
    if "://" not in url and (scp := _SCP.fullmatch(url)):
        url = f"ssh://{scp[1]}/{scp[2]}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", ""
    if parts.scheme not in ("http", "https", "ssh", "git"):
        return "", ""
    scheme = "http" if parts.scheme == "http" else "https"
    host += f":{port}" if port and parts.scheme.startswith("http") else ""
    names = parts.path.strip("/").removesuffix(".git").split("/")
    if len(names) != 2 or not all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names):
        return "", ""
    plain = {"ssh.github.com": "github.com", "www.github.com": "github.com"}.get(host, host)
    return f"{scheme}://{plain}", "/".join(names)
