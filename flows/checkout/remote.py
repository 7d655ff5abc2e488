"""Where a checkout is pushed to: the host and the repository that a remote's address names."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from staycurrent.flows.checkout.git import Git

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


def remote_of(git: Git) -> Remote | None:
    """The remote `origin`, or the only one; None where there is none to choose."""
    names = git.must("remote").text.split()
    name = "origin" if "origin" in names else (names[0] if len(names) == 1 else None)
    if name is None:
        return None
    return Remote(name, *address(git.must("remote", "get-url", "--push", name).text))


def address(url: str) -> tuple[str, str]:
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
