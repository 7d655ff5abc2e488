"""The remote of a checkout: its host and its repository, read from its URL."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from staycurrent.flows.publishing.git import Git

_SCP = re.compile(r"(?:[^/@\s]+@)?([^/:\s]+):(?!//)(.+)")


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
