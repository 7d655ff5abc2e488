"""Damaged text: UTF-8 that was once read as a Windows code page, and how to undo it exactly."""

from collections.abc import Iterator
from re import Match, escape
from re import compile as pattern
from typing import Final, NamedTuple


class Mojibake(NamedTuple):
    """A damaged stretch of a text."""

    start: int
    """In characters."""
    text: str
    meant: str


def _table(code_page: str) -> dict[str, int]:
    """Character to byte; bytes that the code page lacks were kept as C1 controls."""
    return {
        bytes([byte]).decode(code_page, "ignore") or chr(byte): byte for byte in range(0x80, 0x100)
    }


_TABLES: Final = tuple(_table(code_page) for code_page in ("cp1254", "cp1252"))
_RUN = pattern(f"[{escape(''.join(sorted(set().union(*_TABLES))))}]{{2,}}")
# cp1254 has no 0x8D, so the joiner inside an emoji (E2 80 8D) lost its last byte
_LOST_JOINER = pattern(rb"\xe2\x80(?=\xf0\x9f)")


def find_mojibake(text: str) -> Iterator[Mojibake]:
    """Every stretch that is damaged beyond doubt: as a whole it spells valid UTF-8."""
    for run in _RUN.finditer(text):
        meant = _meant(run.group())
        if meant is not None:
            yield Mojibake(run.start(), run.group(), meant)


def fix_mojibake(text: str) -> str:
    """The text as it was meant; whatever is not damaged beyond doubt stays as it is."""
    return _RUN.sub(_mend, text) if not text.isascii() else text


def _mend(run: Match[str]) -> str:
    return _meant(run.group()) or run.group()


def _meant(run: str) -> str | None:
    for table in _TABLES:
        if all(character in table for character in run):
            spelled = bytes(table[character] for character in run)
            try:
                return _LOST_JOINER.sub(b"\xe2\x80\x8d", spelled).decode()
            except UnicodeDecodeError:
                continue
    return None
