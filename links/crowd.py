"""Many links of one host that end at one address: a redirect that stands for "not here"."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from staycurrent.links.names import keeps_name, place

ENOUGH = 3
"""Different addresses of a host; two may be two names of one thing."""


def crowded(ends: Mapping[str, str]) -> frozenset[str]:
    """The links, of each link and where tonight's redirect took it, that are such a crowd.

    One that ends where its own name still stands has arrived, and is in no crowd.
    """
    crowds: dict[tuple[str, str], dict[str, str]] = {}
    for link, end in ends.items():
        if not keeps_name(link, end):
            host = urlsplit(link).netloc
            crowds.setdefault((host, end), {})[link] = place(link)
    return frozenset(
        link
        for members in crowds.values()
        if len(set(members.values())) >= ENOUGH
        for link in members
    )
