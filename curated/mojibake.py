"""Mojibake: UTF-8 that was decoded as a Windows code page, and how to reverse it exactly."""

from collections.abc import Iterator
from re import compile as pattern
from re import escape
from typing import Final, NamedTuple

from staycurrent.curated.spans import Span

# Character to byte; bytes that a code page lacks were kept as C1 controls.
_TABLES: Final = tuple(
    {bytes([byte]).decode(code_page, "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
    for code_page in ("cp1254", "cp1252")
)
_RUN = pattern(f"[{escape(''.join(sorted(set().union(*_TABLES))))}]{{2,}}")
# cp1254 has no 0x8D, so the joiner inside an emoji (E2 80 8D) lost its last byte
_LOST_JOINER = pattern(rb"\xe2\x80(?=\xf0\x9f)")


class Mojibake(NamedTuple):
    """A damaged part of a document."""

    span: Span
    text: str
    meant: str


def find_mojibake(raw: bytes) -> Iterator[Mojibake]:
    """Every part that is certainly damaged: as a whole it spells valid UTF-8."""
    text = raw.decode("utf-8", "surrogateescape")
    reached = offset = 0
    for run in _RUN.finditer(text):
        meant = _decoded(run.group())
        if meant is not None:
            offset += len(text[reached : run.start()].encode("utf-8", "surrogateescape"))
            reached = run.start()
            span = Span(offset, offset + len(run.group().encode()))
            yield Mojibake(span, run.group(), meant)


def fix_mojibake(text: str) -> str:
    """The text with everything that is certainly damaged replaced by what was meant."""
    if text.isascii():
        return text
    return _RUN.sub(lambda run: _decoded(run.group()) or run.group(), text)


def _decoded(run: str) -> str | None:
    for table in _TABLES:
        if all(character in table for character in run):
            spelled = bytes(table[character] for character in run)
            try:
                return _LOST_JOINER.sub(b"\xe2\x80\x8d", spelled).decode()
            except UnicodeDecodeError:
                continue
    return None
