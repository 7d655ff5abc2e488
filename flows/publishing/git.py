"""Git as a subprocess, without prompts and hooks, and with hidden tokens; checkouts and remotes."""

import re
import subprocess
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from staycurrent.flows.errors import ExternalError, ExternalProblem, UsageError
from staycurrent.flows.settings.sections import environment

_TIMEOUT_S = 300
_CONFIG = {
    "commit.gpgSign": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",
}
_CONFIG_OPTIONS = [part for key, value in _CONFIG.items() for part in ("-c", f"{key}={value}")]
_VARIABLES = {
    "GIT_ASKPASS": "",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "",
}
_REMOVED_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_TRACE")
"""Set where one of git's hooks runs us; `GIT_TRACE_CURL` would show the token."""
_AUTHOR = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "staycurrent"), ("EMAIL", "staycurrent@noreply.invalid"))
}
_SCP = re.compile(r"(?:[^/@\s]+@)?([^/:\s]+):(?!//)(.+)")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
# What git and GitHub have printed for years, in lower case.
_UNREACHABLE = (
    "could not resolve", "timed out", "connection re", "error: 429", "error: 5", "early eof",
)  # fmt: skip
_PROTECTED = ("protected branch", "gh006", "gh013", "rule violation")
_OUTDATED = (
    "stale info", "fetch first", "non-fast-forward", "cannot lock ref", "already exists",
)  # fmt: skip
_DENIED = ("403", "401", "denied", "authentication failed", "could not read username", "permission")


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
class Git:
    """Git in one folder."""

    folder: Path
    credentials: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that give git the token; see `token_variables`."""
    object_variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that keep new objects outside of the checkout."""

    def try_run(
        self,
        *argv: str,
        stdin: bytes = b"",
        variables: Mapping[str, str] | None = None,
        timeout_s: float = _TIMEOUT_S,
    ) -> GitResult:
        """Run a command whose failure is an answer too.

        Raises ExternalError if git is not installed or takes too long.
        """
        inherited = {
            name: value
            for name, value in environment().items()
            if not name.startswith(_REMOVED_VARIABLES) and not name.endswith("_TOKEN")
        }
        own = {**_VARIABLES, **self.credentials, **self.object_variables, **(variables or {})}
        try:
            ended = subprocess.run(  # noqa: S603 -- no shell, and no foreign text is an option
                ["git", *_CONFIG_OPTIONS, *argv],  # noqa: S607 -- the user's own git
                cwd=self.folder,
                env={**inherited, **own},
                input=stdin,
                capture_output=True,
                timeout=timeout_s,
                check=False,
            )
        except FileNotFoundError:
            raise git_error("git is not installed: install it, and run again") from None
        except subprocess.TimeoutExpired:
            raise git_error(f"git {argv[0]} timed out after {timeout_s} s") from None
        error = _USERINFO.sub("", ended.stderr.decode("utf-8", "replace"))
        for secret in (word for value in self.credentials.values() for word in value.split()):
            error = error.replace(secret, "...") if len(secret) > 8 else error
        return GitResult(ended.returncode, ended.stdout, error)

    def run(
        self, *argv: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> GitResult:
        """Run a command; raises ExternalError if it fails."""
        result = self.try_run(*argv, stdin=stdin, variables=variables)
        if result.code:
            raise git_error(f"git {argv[0]} failed: {error_line(result.err) or result.code}")
        return result

    def find_commit(self, name: str) -> str | None:
        """The id of the commit that a ref or another name stands for; None if it has none."""
        result = self.try_run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        return result.text if result.code == 0 else None

    def read_file(self, commit: str, path: str) -> bytes | None:
        """The bytes of a file in a commit; None if it is not there."""
        result = self.try_run("cat-file", "blob", f"{commit}:{path}")
        return result.out if result.code == 0 else None

    def fetch(
        self, remote: str, ref: str, to: str, *options: str, is_verified: bool = False
    ) -> str | None:
        """Fetch a ref of the remote into the local ref `to`; None if the remote does not have it.

        Returns the id of the commit. `is_verified` checks every object that arrives.
        """
        if not self.run("ls-remote", remote, ref).text:
            self.try_run("update-ref", "-d", to)
            return None
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        config = ("-c", "fetch.fsckObjects=true") if is_verified else ()
        self.run(*config, "fetch", *quiet, *options, remote, f"+{ref}:{to}")
        return self.find_commit(to)

    def write_blob(self, raw: bytes) -> str:
        """Store bytes as a blob; its id."""
        return self.run("hash-object", "-w", "--stdin", stdin=raw).text

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, at: datetime) -> str:
        """Store a commit of ours; its id. No branch and no work tree is touched."""
        dates = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), at.isoformat())
        options = [part for parent in parents for part in ("-p", parent)]
        return self.run(
            "commit-tree", tree, *options, "-F", "-",
            stdin=message.encode(), variables={**_AUTHOR, **dates},
        ).text  # fmt: skip

    def push(
        self, remote: str, refspec: str, *options: str, rename_hint: str
    ) -> ExternalProblem | None:
        """Push; why it was refused, or None.

        `rename_hint` says how to choose another branch, where this one is protected.
        """
        result = self.try_run("push", "--porcelain", "--no-verify", *options, remote, refspec)
        if result.code == 0:
            return None
        text = f"{result.text}\n{result.err}"
        lower = text.lower()
        reasons = (
            (_PROTECTED, f"the branch is protected: let staycurrent push to it, or {rename_hint}"),
            (
                _OUTDATED,
                "somebody pushed to the branch meanwhile: nothing was overwritten, run again",
            ),
            (
                _DENIED,
                "the remote refused the push: GITHUB_TOKEN needs the right to write contents",
            ),
            (_UNREACHABLE, "the remote could not be reached: run again"),
        )
        for marks, sentence in reasons:
            if any(mark in lower for mark in marks):
                is_temporary = marks in (_OUTDATED, _UNREACHABLE)
                return ExternalProblem(sentence, is_temporary=is_temporary)
        return ExternalProblem(f"the push failed: {error_line(text) or 'git gave no reason'}")


def git_error(sentence: str) -> ExternalError:
    """An error whose sentence has no secrets; temporary if the remote could not be reached."""
    is_temporary = any(mark in sentence.lower() for mark in _UNREACHABLE)
    return ExternalError(ExternalProblem(sentence, is_temporary=is_temporary))


def error_line(text: str) -> str:
    """The line in which git says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("fatal:", "error:", "remote: error:"))]
    return (errors or lines or [""])[0]


def token_variables(token: str, site: str) -> dict[str, str]:
    """Environment variables by which git sends a token to `site` (`https://github.com`) only.

    The token is neither in the arguments, which every user of the machine can read, nor in the
    remote's URL, which is stored. The first value is empty: it removes a header that the
    checkout's own configuration would send together with ours.
    """
    if not token:
        return {}
    encoded = b64encode(f"x-access-token:{token}".encode()).decode()
    name = f"http.{site}/.extraheader"
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": name,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": name,
        "GIT_CONFIG_VALUE_1": f"Authorization: Basic {encoded}",
    }


def find_repository(lists: Sequence[Path], credentials: Mapping[str, str] | None = None) -> Git:
    """Git at the top of the checkout that holds the first list.

    Raises UsageError if there is none, ExternalError if git is missing.
    """
    folder = lists[0].resolve().parent
    git = Git(folder if folder.is_dir() else Path.cwd(), credentials or {})
    result = git.try_run("rev-parse", "--show-toplevel")
    if result.code:
        why = error_line(result.err) or f"git ended with {result.code}"
        raise UsageError(f"{lists[0]} is in no git checkout ({why}); run `git init` in its folder")
    return Git(Path(result.text).resolve(), git.credentials)


def path_in_repository(git: Git, file: Path) -> str:
    """A file's path relative to the top of the checkout; raises UsageError if it is outside."""
    real = file.resolve()
    if not real.is_relative_to(git.folder):
        raise UsageError(f"{file} is not in the checkout {git.folder} of the first list")
    return real.relative_to(git.folder).as_posix()


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


def parse_remote_url(url: str) -> tuple[str, str]:
    """Site and `owner/name` of a remote's URL, in any of git's forms; empty if it has none.

    The port of an `http` URL is part of the site; that of `ssh` is not one of web pages.
    """
    scp = _SCP.fullmatch(url)
    if scp and "://" not in url:
        host, path, scheme = scp.group(1), scp.group(2), "https"
    else:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return "", ""
        path, scheme = parts.path, "http" if parts.scheme == "http" else "https"
        if parts.scheme not in ("http", "https", "ssh", "git"):
            return "", ""
        host += f":{port}" if port and parts.scheme.startswith("http") else ""
    names = path.strip("/").removesuffix(".git").split("/")
    if len(names) != 2 or not all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names):
        return "", ""
    plain = {"ssh.github.com": "github.com", "www.github.com": "github.com"}.get(host, host)
    return f"{scheme}://{plain}", "/".join(names)
