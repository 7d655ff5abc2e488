"""Many links on a played web of which a tenth is missing, over as many nights as it takes."""

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from staycurrent.curated.document import parsed
from staycurrent.links.authorities.registry import split
from staycurrent.links.link import Link, link
from tests.flows.played import FEEDS_OFF, Folder

NIGHTS = (1, 4, 7)
"""Three looks over seven nights: what a 404 needs."""
SETTINGS = f"""
[web]
recording = "web.toml"
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
budget_requests = 0
[links.pace]
alive_every = 30
[archive]
enabled = false
{FEEDS_OFF}
"""
_WEB = """
first_night = 2026-11-01
{canaries}
[[host]]
name = "*"
[[page]]
url = {missing}
status = 404
[[page]]
url = "*://*.pdf*"
headers = {{ content-type = "application/pdf" }}
body = "%PDF-1.4"
[[page]]
url = "*"
title = "Here"
"""


def pages(lists: Iterable[bytes]) -> list[Link]:
    """The links that are looked at as pages, each once, in the order of the lists."""
    found: dict[str, Link] = {}
    for raw in lists:
        for place in parsed(raw).places:
            asked = link(place.url)
            if isinstance(asked, Link):
                found.setdefault(asked.key, asked)
    return list(split(list(found.values()))[1])


def tenth(links: Sequence[Link]) -> set[str]:
    """Keys of every tenth link, the same ones every time, and always at least one."""
    return {one.key for one in links if zlib.crc32(one.key.encode()) % 10 == 0} or {links[0].key}


def lay_out(folder: Folder, missing: Iterable[str]) -> None:
    """Settings, and a web on which everything answers but what is missing."""
    (folder.path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
    canaries = "".join(
        f'[[host]]\nname = "canary-2026110{night}.invalid"\ndns = "missing"\n' for night in NIGHTS
    )
    text = _WEB.format(canaries=canaries, missing=sorted(missing))
    (folder.path / "web.toml").write_text(text, encoding="utf-8")


def differing(before: Path | bytes, after: bytes) -> list[tuple[bytes, bytes]]:
    """Lines that are not the same; there must be as many lines as before."""
    raw = before.read_bytes() if isinstance(before, Path) else before
    old, new = raw.split(b"\n"), after.split(b"\n")
    assert len(old) == len(new)
    return [(one, other) for one, other in zip(old, new, strict=True) if one != other]
