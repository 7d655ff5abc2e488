"""Untrusted text on a terminal: one line that shows nothing but itself."""

from io import StringIO

import pytest

from staycurrent.reports.text import sanitise, sanitise_for


@pytest.mark.parametrize(
    ("untrusted", "expected"),
    [
        ("a\x1b[2Jb", "a[2Jb"),
        ("a\nb\tc\rd\u2028e\u2029f", "a b c d e f"),
        ("\u202eabc\u2066\u200b\u00ad", "abc"),
        ("\x07\x08\x7f\x9b31m", "31m"),
        ("\U000e0041\ue000\ud800", ""),
        ("naïve 中文 🆕 —", "naïve 中文 🆕 —"),
    ],
)
def test_untrusted_text_becomes_one_harmless_line(untrusted: str, expected: str) -> None:
    assert sanitise(untrusted) == expected


class Terminal(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_diff_is_sanitised_on_a_terminal_and_unchanged_elsewhere() -> None:
    diff = "-a\x1b[2J\tb\r\n+\u202ec\n"
    assert sanitise_for(diff, StringIO()) == diff
    assert sanitise_for(diff, Terminal()) == "-a[2J b \n+c\n"
