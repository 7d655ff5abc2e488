"""Inputs that make parsers slow: twice the input must take at most about twice the time."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.rewrite import LinkEdits, rewrite, strip_annotations
from tests.support.documents import FLAGS

if TYPE_CHECKING:
    from staycurrent.links.verdict import Flag

Input = Callable[[int], str]
ITEM = "- [N {0}](https://e.example/{0}) - Text, [paper](https://a.example/{0}).\n"
INPUTS: dict[str, tuple[int, Input]] = {
    "a plain list": (4000, lambda n: "".join(ITEM.format(number) for number in range(n))),
    "nested strong emphasis": (8000, lambda n: "*a **a " * n + "b" + " a** a*" * n),
    "closers without openers": (16000, lambda n: "a_ " * n),
    "openers without closers": (16000, lambda n: "_a " * n),
    "link closers": (30000, lambda n: "a]" * n),
    "link openers": (30000, lambda n: "[a" * n),
    "mismatched openers and closers": (16000, lambda n: "*a_ " * n),
    "openers and closers of three": (16000, lambda n: "a**b" + "c* " * n),
    "link openers and emphasis closers": (16000, lambda n: "[ a_" * n),
    "a pattern of openers": (16000, lambda n: "[ (](" * n),
    "image openers": (16000, lambda n: "![[]()" * n),
    "nested brackets": (30000, lambda n: "[" * n + "a" + "]" * n),
    "nested links": (8000, lambda n: "[" * n + "a" + "](b)" * n),
    "deep quotes": (1000, lambda n: "> " * n + "[a](b)"),
    "deep lists": (250, lambda n: "".join("  " * level + "* [a](b)\n" for level in range(n))),
    "back-quotes of every length": (800, lambda n: "".join("e" + "`" * k for k in range(n))),
    "unclosed destinations": (16000, lambda n: "[a](<b" * n),
    "unclosed links": (16000, lambda n: "[a](b" * n),
    "unclosed comments": (16000, lambda n: "</" + "<!--" * n),
    "unclosed instructions": (16000, lambda n: "x " + "<?" * n),
    "unclosed declarations": (16000, lambda n: "x " + "<!A " * n),
    "unclosed data": (16000, lambda n: "x " + "<![CDATA[" * n),
    "unclosed tags": (16000, lambda n: "x " + "<a href=" * n),
    "unclosed quotes in tags": (16000, lambda n: "<div>\n" + '<a href="' * n),
    "unclosed fences": (8000, lambda n: "```\n[a](b)\n\n" + "~~~\n" * n),
    "tildes": (16000, lambda n: "~~a " * n),
    "bare addresses": (8000, lambda n: "https://a_" * n),
    "colons and slashes": (30000, lambda n: "://" * n),
    "addresses that end in signs": (30000, lambda n: "https://a.example/" + "!?" * n),
    "parentheses": (30000, lambda n: "https://a.example/" + "(" * n + ")" * n),
    "mail": (8000, lambda n: "a@b." * n),
    "wide tables": (2000, lambda n: "|a" * n + "|\n" + "|-" * n + "|\n" + "|[x](y)" * n + "|\n"),
    "long tables": (4000, lambda n: "|a|b|\n|-|-|\n" + "|[x](y)|https://e.example|\n" * n),
    "references": (4000, lambda n: "[a] " * n + "\n\n[a]: /u\n"),
    "definitions": (4000, lambda n: "".join(f"[x{k}]\n\n[x{k}]: /u\n" for k in range(n))),
    "footnotes": (2000, lambda n: "".join(f"[^{k}]\n\n[^{k}]: [a](b)\n" for k in range(n))),
    "headings": (4000, lambda n: "# a\n" * n + "[a](b)\n" * n),
    "our own flags": (8000, lambda n: "[a](b)" + " (x<!--stay:dead:2026-11-01-->)" * n),
    "our own strikes": (8000, lambda n: "~~[a](b)~~<!--stay:struck--> " * n),
    "open anchors": (4000, lambda n: "<div>\n" + "<a href=x>" * n),
    "character references": (16000, lambda n: "https://a.example/" + "&a;" * n),
    "long mail names": (500, lambda n: ("a" * 319 + "!@") * n),
    "srcset": (4000, lambda n: "<img srcset='" + "a (," * n + "'>"),
    "our own directives": (4000, lambda n: "- " + "<a href><!-- stay:keep -->" * n),
    "a line of dashes": (60000, lambda n: "| a |\n" + "-" * n + "x\n"),
    "a long title": (16000, lambda n: "- [" + "a " * n + "](b) " + "<img src=c>" * (n // 8)),
    "broken anchors": (4000, lambda n: "# a\n" * n + "[a](#b)\n" * n),
    "open brackets before addresses": (8000, lambda n: "[ https://a.example/x " * n),
    "destinations with blanks": (8000, lambda n: "](https://a.example/x " * n + ")"),
    "our own sections": (2000, lambda n: "".join(
        f"<!-- stay:begin n{k} -->\n<!-- stay:end n{k} -->\n\n" for k in range(n)
    )),
}  # fmt: skip
REWRITTEN = ("a plain list", "long tables", "references", "tildes", "bare addresses")
"""Those for which a rewrite of every link is measured too."""
_MAX_RATIO = 3.0
_ATTEMPTS = 12
_MIN_SECONDS = 0.05


def rewrite_every_link(raw: bytes) -> bytes:
    """Flag every link, strike out or replace each, and strip that again."""
    document = parse(raw)
    indexes = range(len(document.occurrences))
    edits = LinkEdits(
        frozenset(indexes[::2]), {}, dict.fromkeys(indexes[1::2], "https://n.example")
    )
    flags: dict[int, Flag] = dict.fromkeys(indexes, FLAGS[0])
    after = rewrite(document, flags=flags, style=FlagStyle(), sections={}, edits=edits)
    return strip_annotations(parse(after)).raw


def time_ratio(work: Callable[[bytes], object], text: Input, size: int) -> float:
    """CPU time for twice the input by that for the input, each the best of several attempts."""
    once, twice = text(size).encode(), text(2 * size).encode()
    best = [9e9, 9e9]
    for _ in range(_ATTEMPTS):
        for index, raw in enumerate((once, twice)):
            begin = time.process_time()
            work(raw)
            best[index] = min(best[index], time.process_time() - begin)
        if best[1] < max(_MAX_RATIO * best[0], _MIN_SECONDS):
            break
    return best[1] / max(best[0], _MIN_SECONDS / _MAX_RATIO)


def main() -> int:
    """`python -m bench.pathological`; 1 if an input takes more than three times as long."""
    slow = 0
    for name, (size, text) in INPUTS.items():
        ratios = [time_ratio(parse, text, size // 4)]
        if name in REWRITTEN:
            ratios.append(time_ratio(rewrite_every_link, text, size // 16))
        slow += max(ratios) >= _MAX_RATIO
        print(f"{name}: {', '.join(f'{ratio:.2f}' for ratio in ratios)}", flush=True)
    print(f"{len(INPUTS)} inputs, {slow} above {_MAX_RATIO:g}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
