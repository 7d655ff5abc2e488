"""The boxes of a pull request's body: written for each changed line, and read back when ticked."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

_ASK = re.compile(
    r"^[ \t>]*[-*+][ \t]+\[([ xX])\].*?<!--\s*stay:ask((?:\s+[a-z2-7]{16})+)\s*-->", re.MULTILINE
)
_LINES = re.compile(r"<!--\s*stay:lines((?:\s+[a-z2-7]{16})*)\s*-->")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def key(*words: str) -> str:
    """An opaque name for what is said of a link: 16 letters that no reader takes for a commit."""
    number = int.from_bytes(sha256("\n".join(words).encode("utf-8", "replace")).digest()[:10])
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(16))


def box(label: str, keys: Sequence[str]) -> str:
    """An item of a task list; `label` is inert markdown of one line."""
    return f"- [ ] {label} <!--stay:ask {' '.join(keys)}-->"


def all_lines(keys: Iterable[str]) -> str:
    """A hidden comment that names all that is proposed, so that a body cut short forgets none."""
    return f"<!--stay:lines {' '.join(dict.fromkeys(keys))}-->"


def ticked(body: str) -> frozenset[str]:
    """Keys of the boxes that somebody ticked, however the rest of the body was edited."""
    found = _ASK.findall(body.replace("\r\n", "\n"))
    return frozenset(one for mark, keys in found if mark in "xX" for one in keys.split())


def proposed(body: str) -> frozenset[str]:
    """Keys of all that a body proposes, ticked or not."""
    boxes = [keys for _, keys in _ASK.findall(body.replace("\r\n", "\n"))]
    return frozenset(one for keys in (*boxes, *_LINES.findall(body)) for one in keys.split())
