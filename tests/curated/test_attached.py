"""A flag is found to speak of the link behind which it was set, and of no other."""

from typing import Literal

import pytest

from curated.attached import attached
from curated.document import parse

D = " (💀<!--stay:dead:2026-11-01-->)"
M = " (moved<!--stay:moved:2026-11-02-->)"


@pytest.mark.parametrize(
    ("text", "spot", "expected"),
    [
        (f"- [a](/a){D} [b](/b) - x.\n", "link", {0: ["dead"]}),
        (f"- [a](/a) [b](/b){D} - x.\n", "link", {1: ["dead"]}),
        (f"- [a](/a){D} [b](/b){M} - x.\n", "link", {0: ["dead"], 1: ["moved"]}),
        (f"- **[a](/a)**{D} - x.\n", "link", {0: ["dead"]}),
        (f"- [a](/a) [b](/b) - x.{D}\n", "end", {0: ["dead"], 1: ["dead"]}),
        (f"- [a](/a) [b](/b) - x.{D}\n", "link", {}),
        (f"[a](/a){D}\n\n[b](/b){M}\n", "link", {0: ["dead"], 1: ["moved"]}),
        (f"`[a](/a){D}` [b](/b)\n", "link", {}),
        ("[a](/a)\n", "link", {}),
        (f"- ~~[a](/a)~~<!--stay:struck-->{D} [b](/b){M}\n", "link", {0: ["dead"], 1: ["moved"]}),
        (
            (
                "- [a](https://web.archive.org/web/20200101000000/https://a.example/)"
                f"<!--stay:snapshot-->{D} [b](/b){M}\n"
            ),
            "link",
            {0: ["dead"], 1: ["moved"]},
        ),
    ],
)
def test_each_flag_is_attached_to_its_place(
    text: str, spot: Literal["link", "end"], expected: dict[int, list[str]]
) -> None:
    found = attached(parse(text.encode()), spot)
    assert {at: sorted(flag.state for flag in flags) for at, flags in found.items()} == expected
