"""Flags are written and recognised exactly."""

from datetime import date

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.flags import GLYPHS, WORDS, FlagStyle, format_flag
from staycurrent.links.verdict import Flag, FlagState
from tests.support.documents import strip_flags

NIGHT = date(2026, 11, 1)
DEAD = Flag(FlagState.DEAD, NIGHT)
OURS = " (💀<!--stay:dead:2026-11-01-->)"


def test_a_flag_has_the_documented_form() -> None:
    assert format_flag(DEAD, FlagStyle()).decode() == OURS
    words = format_flag(DEAD, FlagStyle(glyphs="words")).decode()
    assert words == " (dead link<!--stay:dead:2026-11-01-->)"


@pytest.mark.parametrize("state", FlagState)
@pytest.mark.parametrize("glyphs", ["emoji", "words"])
def test_every_flag_is_recognised_and_removed(state: FlagState, glyphs: str) -> None:
    style = FlagStyle(glyphs="words" if glyphs == "words" else "emoji")
    flag = Flag(state, NIGHT)
    raw = b"- [a](/a)" + format_flag(flag, style) + b" - Text.\r\n"
    (found,) = parse(raw).flags
    assert found.flag == flag
    assert raw[slice(*found.span)] == format_flag(flag, style)
    assert strip_flags(raw) == b"- [a](/a) - Text.\r\n"


def test_every_state_has_a_glyph_of_its_own() -> None:
    assert len(set(GLYPHS.values())) == len(set(WORDS.values())) == len(FlagState)


@pytest.mark.parametrize(
    "text",
    [
        f"`[a](/a){OURS}`\n",
        f"    [a](/a){OURS}\n",
        f"```\n[a](/a){OURS}\n```\n",
        f"<!-- [a](/a) {OURS}\n",
        f"<script>\n{OURS}\n</script>\n",
        "[a](/a) (💀) 💀 ~~gone~~ (dead link)\n",
        "[a](/a) <!--stay:dead:2026-11-01-->\n",
        "[a](💀<!--stay:dead:2026-11-01-->)\n",
        "[a](/a) (💀<!--stay:dead:2026-11-01--> but see below)\n",
        "[a](/a) (💀<!--\nstay:dead:2026-11-01-->)\n",
        "[a](/a) (💀<!--stay:buried:2026-11-01-->)\n",
        "[a](/a) (💀<!--stay:dead:2026-13-01-->)\n",
        "[a](/a) (💀<!--stay:dead-->)\n",
        "[a](/a) (`💀<!--stay:dead:2026-11-01-->)\n",
        f"[a](/a) ({'x' * 41}<!--stay:dead:2026-11-01-->)\n",
    ],
)
def test_anything_without_our_comment_in_our_form_is_not_a_flag(text: str) -> None:
    assert strip_flags(text.encode()) == text.encode()
    assert parse(text.encode()).flags == ()


@pytest.mark.parametrize(
    "text",
    [
        f"# [a](/a){OURS}\n",
        f"| [a](/a){OURS} |\n|---|\n",
        f"<p><a href='/a'>a</a>{OURS}</p>\n",
        f"> - **[a](/a)**{OURS}{OURS} b\r\n",
        f"[a{OURS}](/a)\n",
        f"x{OURS}",
    ],
)
def test_a_flag_is_recognised_wherever_it_was_moved(text: str) -> None:
    assert strip_flags(text.encode()) == text.replace(OURS, "").encode()


@pytest.mark.parametrize(
    "written",
    [
        " (💀 <!-- stay:dead:2026-11-01 -->)",
        " (💀<!--stay: dead : 2026-11-01-->)",
        " ( 💀 <!--stay:dead:2026-11-01--> )",
        " (<!--stay:dead:2026-11-01-->)",
        "(💀<!--stay:dead:2026-11-01-->)",
        "\t(💀<!--stay:dead:2026-11-01-->)",
        "\N{NO-BREAK SPACE}(💀<!--stay:dead:2026-11-01-->)",
    ],
)
def test_a_flag_is_recognised_with_other_blanks(written: str) -> None:
    (found,) = parse(f"- [a](/a){written} b\n".encode()).flags
    assert found.flag == DEAD
    assert strip_flags(f"- [a](/a){written} b\n".encode()) == b"- [a](/a) b\n"


def test_stripping_keeps_all_other_bytes() -> None:
    raw = bytes(range(256)) * 3 + OURS.encode() + b"\xff\x00 (\xf0\x9f<!--stay:dead:2026-11-01-->)"
    assert strip_flags(raw) == raw.replace(OURS.encode(), b"")
