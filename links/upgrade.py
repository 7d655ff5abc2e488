"""Moves that change nothing but the scheme: the same address, now by https."""

from staycurrent.web.address import WEB_SCHEMES, Address, parse

UPGRADED = "upgraded"
"""The reason of a verdict `moved` where the move is an upgrade."""


def is_upgrade(began: str, ended: str) -> bool:
    """Whether `ended` is `began` by https and else the same.

    The same means: host and query to the letter after `web.address` normalised them (RFC 3986
    section 6.2.2), each scheme's own port, written or not, and the path but for one slash at
    its end. A fragment tells nothing. `www.` is another host, and so another kind of move.
    """
    here, there = parse(began), parse(ended)
    if not (isinstance(here, Address) and isinstance(there, Address)):
        return False
    if (here.scheme, there.scheme) != ("http", "https") or here.host != there.host:
        return False
    own_ports = all(one.port == WEB_SCHEMES[one.scheme] for one in (here, there))
    return own_ports and _slashless(here) == _slashless(there)


def _slashless(address: Address) -> tuple[str, str]:
    path, mark, query = address.target.partition("?")
    return path.removesuffix("/"), f"{mark}{query}"
