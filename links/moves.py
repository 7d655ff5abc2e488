"""What the URLs of a redirect say: a name is kept, a home page, https."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from staycurrent.identity import decode_unreserved
from staycurrent.web.address import WEB_SCHEMES, Address, parse

_MIN_SUBSTRING = 4
"""Names with at least so many letters are also found inside of words."""
_HOME = re.compile(
    r"(?i)/?(index\.(html?|php|aspx?)|home/?|default\.aspx?|[a-z]{2}(-[a-z]{2})?/?)?"
)
_ENDING = re.compile(r"\.(html?|php|aspx?|jsp|pdf|md|txt)$")


def keeps_name(began: str, ended: str) -> bool:
    """Whether the final URL still contains the last name of a path.

    `/blog` is kept in `https://blog.example.org/`, `/a/Attention.html` in `/b/attention/`.
    A URL without a path has no name to lose.
    """
    name = _plain(comparable_path(began).rpartition("/")[2])
    parts = urlsplit(ended)
    # `https://example.org/example` loses its name on its way to `https://www.example.org/`.
    host = "" if name in _plain(urlsplit(began).netloc) else parts.netloc
    whole = f"{host}{parts.path}?{parts.query}".lower()
    if len(name) < _MIN_SUBSTRING:
        return not name or name in re.split(r"[^a-z0-9]+", whole)
    return name in _plain(whole)


def comparable_path(url: str) -> str:
    """A path in lower case, without trailing slash, index and file extension."""
    path = urlsplit(url).path.lower().rstrip("/")
    return re.sub(r"/(index|default)$", "", _ENDING.sub("", path))


def is_home(url: str) -> bool:
    """Whether a URL is a host's home page, in any language."""
    parts = urlsplit(url)
    return not parts.query and is_home_path(parts.path)


def is_home_path(path: str) -> bool:
    """Whether a path without a query is that of a home page."""
    return _HOME.fullmatch(path) is not None


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())


HTTPS_UPGRADE = "upgraded"
"""The reason of a verdict `moved` if the move is an upgrade to https."""


def is_https_upgrade(began: str, ended: str) -> bool:
    """Whether `ended` is `began` with https and otherwise the same.

    Equal are the host and query, the default port of each scheme, and the path except for one
    slash at its end; letters that need no percent-encoding may have one. Fragments are ignored.
    `www.` is another host, and so another kind of move.
    """
    here, there = parse(began), parse(ended)
    if not (isinstance(here, Address) and isinstance(there, Address)):
        return False
    if (here.scheme, there.scheme) != ("http", "https") or here.host != there.host:
        return False
    own_ports = all(one.port == WEB_SCHEMES[one.scheme] for one in (here, there))
    return own_ports and _slashless(here) == _slashless(there)


def _slashless(address: Address) -> tuple[str, str]:
    path, mark, query = decode_unreserved(address.target).partition("?")
    return path.removesuffix("/"), f"{mark}{query}"


MIN_SHARED_TARGET_LINKS = 3
"""Different URLs of a host; two may be two names of one page."""


def links_with_shared_target(ends: Mapping[str, str]) -> frozenset[str]:
    """The links of one host that are redirected to one URL, so that it means "not here".

    `ends` has the final URL of each redirected link; one that keeps the link's name is excluded.
    """
    crowds: dict[tuple[str, str], dict[str, str]] = {}
    for link, end in ends.items():
        if not keeps_name(link, end):
            host = urlsplit(link).netloc
            crowds.setdefault((host, end), {})[link] = comparable_path(link)
    return frozenset(
        link
        for members in crowds.values()
        if len(set(members.values())) >= MIN_SHARED_TARGET_LINKS
        for link in members
    )
