"""Where a checkout is pushed to: the host and the repository that a remote's address names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from staycurrent.flows.errors import UsageError
from staycurrent.flows.publishing.git import Git, error_line

_SCP = re.compile(r"(?:[^/@\s]+@)?([^/:\s]+):(?!//)(.+)")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where the checkout is pushed to."""

    name: str
    site: str
    """Scheme and host of its web pages, `https://github.com`; empty where it is no such host."""
    repository: str
    """`owner/name`; empty where the address has none."""

    def is_of(self, api: str) -> bool:
        """Whether the host is the one whose API this is: only there a token for it is shown."""
        asked, site = urlsplit(api), urlsplit(self.site)
        same_scheme = asked.scheme == site.scheme
        is_same = asked.netloc in (site.netloc, f"api.{site.netloc}")
        return bool(site.netloc) and same_scheme and is_same


def find_remote(git: Git) -> Remote | None:
    """The remote `origin`, or the only one; None where there is none to choose."""
    names = git.must("remote").text.split()
    name = "origin" if "origin" in names else (names[0] if len(names) == 1 else None)
    if name is None:
        return None
    return Remote(name, *parse_remote_url(git.must("remote", "get-url", "--push", name).text))


def parse_remote_url(url: str) -> tuple[str, str]:
    """Site and `owner/name` of a remote's address, whichever way it is written; empty if unclear.

    A port is part of an `http` site; that of `ssh` says nothing about the web pages.
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


_NOTHING: Mapping[str, str] = {}


def find_repository(lists: Sequence[Path], credentials: Mapping[str, str] = _NOTHING) -> Git:
    """Git at the top of the checkout that holds the first list; raises BadUsage and NotDone."""
    folder = lists[0].resolve().parent
    git = Git(folder if folder.is_dir() else Path.cwd(), credentials)
    said = git.run("rev-parse", "--show-toplevel")
    if said.code:
        why = error_line(said.err) or f"git ended with {said.code}"
        raise UsageError(f"{lists[0]} is in no git checkout ({why}); run `git init` beside it")
    return Git(Path(said.text).resolve(), credentials)


def path_in_repository(git: Git, file: Path) -> str:
    """A file's path from the top of the checkout; raises BadUsage where it is not in it."""
    real = file.resolve()
    if not real.is_relative_to(git.folder):
        raise UsageError(f"{file} is not in the checkout {git.folder}, where the first list is")
    return real.relative_to(git.folder).as_posix()


def repository_root(folder: Path) -> Path | None:
    """The top of the checkout around a folder, found without git; None outside of any."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)
