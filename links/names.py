"""The name that an address gives its thing, if any, and whether another still bears it."""

import re
from urllib.parse import urlsplit

_TELLING = 4
"""Letters from which on a name is looked for inside of words."""
_HOME = re.compile(
    r"(?i)/?(index\.(html?|php|aspx?)|home/?|default\.aspx?|[a-z]{2}(-[a-z]{2})?/?)?"
)
_ENDING = re.compile(r"\.(html?|php|aspx?|jsp|pdf|md|txt)$")


def keeps_name(began: str, ended: str) -> bool:
    """Whether the last name of a path still stands in the address where it ended.

    `/blog` is kept in `https://blog.example.org/`, `/a/Attention.html` in `/b/attention/`;
    an address without path has no name that could be lost.
    """
    name = _plain(place(began).rpartition("/")[2])
    parts = urlsplit(ended)
    # `https://example.org/example` loses its name on its way to `https://www.example.org/`.
    host = "" if name in _plain(urlsplit(began).netloc) else parts.netloc
    whole = f"{host}{parts.path}?{parts.query}".lower()
    if len(name) < _TELLING:
        return not name or name in re.split(r"[^a-z0-9]+", whole)
    return name in _plain(whole)


def place(url: str) -> str:
    """A path in one of its spellings: no trailing slash, index or ending, in lower case."""
    path = urlsplit(url).path.lower().rstrip("/")
    return re.sub(r"/(index|default)$", "", _ENDING.sub("", path))


def is_home(url: str) -> bool:
    """Whether an address is a host's first page, in whatever language."""
    parts = urlsplit(url)
    return not parts.query and is_home_path(parts.path)


def is_home_path(path: str) -> bool:
    """Whether a path without a query is that of a first page."""
    return _HOME.fullmatch(path) is not None


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())
