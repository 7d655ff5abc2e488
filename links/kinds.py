"""What kind of thing a link leads to, as far as that says how often it changes."""

from enum import StrEnum
from functools import lru_cache

from staycurrent.links.authorities.registry import split
from staycurrent.links.link import Link, link
from staycurrent.links.names import is_home_path


class Kind(StrEnum):
    """Links that change alike; those that an authority answers for bear its name."""

    GITHUB = "github"
    ARXIV = "arxiv"
    HUGGINGFACE = "huggingface"
    YOUTUBE = "youtube"
    DOI = "doi"
    DOCUMENT = "document"
    """A PDF by its address."""
    HOME = "home"
    """A host's first page."""
    PAGE = "page"


@lru_cache(maxsize=1 << 14)
def kind_of(key: str) -> Kind:
    """The kind of a link, by its key alone: no look is needed to know it."""
    found = link(key)
    if not isinstance(found, Link):
        return Kind.PAGE
    for name in split([found])[0]:
        return Kind(name)
    path, _, query = found.address.target.partition("?")
    if path.lower().endswith(".pdf"):
        return Kind.DOCUMENT
    return Kind.HOME if not query and is_home_path(path) else Kind.PAGE
