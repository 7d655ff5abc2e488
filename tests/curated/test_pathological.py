"""Twice the input takes at most about twice the time, whatever the input is."""

import time
from collections.abc import Callable

import pytest

from staycurrent.curated.annotations import strip_annotations
from staycurrent.curated.document import parse
from staycurrent.curated.flags import Flag, FlagStyle
from staycurrent.curated.rewrite import LinkEdits, rewrite
from tests.support.documents import FLAGS

Made = Callable[[int], str]
ITEM = "- [N {0}](https://e.example/{0}) - Text, [paper](https://a.example/{0}).\n"
INPUTS: dict[str, tuple[int, Made]] = {
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
    "our own comments": (8000, lambda n: "[a](b)" + " (x<!--stay:dead:2026-11-01-->)" * n),
    "our own strikes": (8000, lambda n: "~~[a](b)~~<!--stay:struck--> " * n),
    "our own parts": (2000, lambda n: "".join(
        f"<!-- stay:begin n{k} -->\n<!-- stay:end n{k} -->\n\n" for k in range(n)
    )),
}  # fmt: skip
BOUND = 3.0


def grows(work: Callable[[bytes], object], made: Made, size: int) -> float:
    """Time for twice the input by time for the input, the best of some tries."""
    once, twice = made(size).encode(), made(2 * size).encode()
    least = [9e9, 9e9]
    for _ in range(12):
        for index, raw in enumerate((once, twice)):
            begin = time.process_time()
            work(raw)
            least[index] = min(least[index], time.process_time() - begin)
        if least[1] < max(BOUND * least[0], 0.05):
            break
    return least[1] / max(least[0], 0.05 / BOUND)


@pytest.mark.parametrize("name", INPUTS)
def test_reading_takes_time_by_the_length(name: str) -> None:
    size, made = INPUTS[name]
    assert grows(parse, made, size // 4) < BOUND


@pytest.mark.parametrize(
    "name", ["a plain list", "long tables", "references", "tildes", "bare addresses"]
)
def test_rewriting_takes_time_by_the_length(name: str) -> None:
    size, made = INPUTS[name]
    assert grows(edited, made, size // 16) < BOUND


def edited(raw: bytes) -> bytes:
    document = parse(raw)
    everywhere = range(len(document.occurrences))
    edits = LinkEdits(
        frozenset(everywhere[::2]), {}, dict.fromkeys(everywhere[1::2], "https://n.example")
    )
    flags: dict[int, Flag] = dict.fromkeys(everywhere, FLAGS[0])
    after = rewrite(document, flags=flags, style=FlagStyle(), sections={}, edits=edits)
    return strip_annotations(parse(after)).raw
