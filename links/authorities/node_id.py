"""Reads the number of a repository out of GitHub's node id."""

import base64
import re

_LEGACY = re.compile(rb"010:Repository([0-9]{1,18})")
_PACKED = re.compile(
    rb"\x92\x00(?:\xce(.{4})|\xcf(.{8})|\xcd(.{2})|\xcc(.)|([\x00-\x7f]))", re.DOTALL
)
"""MessagePack of a pair: 0, and the number as the shortest unsigned integer that holds it."""


def repository_number(node_id: str) -> int | None:
    """Return the number that REST calls `id` and GraphQL `databaseId`; None if it cannot be read.

    GitHub calls node ids opaque, so that this recognises a repository and never judges one. Both
    forms are read: `MDEwOlJlcG9zaXRvcnkxMzAwMTky` and, since 2021, `R_kgDOABPW0A`
    (https://github.blog/2021-02-10-new-global-id-format-coming-to-graphql/).
    """
    packed = node_id.removeprefix("R_")
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    legacy = _LEGACY.fullmatch(raw)
    if legacy is not None:
        return int(legacy.group(1))
    found = _PACKED.fullmatch(raw) if node_id.startswith("R_") else None
    return None if found is None else int.from_bytes(next(filter(None, found.groups())))
