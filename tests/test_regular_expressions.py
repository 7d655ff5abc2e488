"""Every pattern of the product searches what strangers write in steps linear to its length.

Python's `re` cannot say how long it searched. The matcher below tries the same alternatives in the
same order, on the tree that `re` itself parses, and counts each step; the texts repeat what a
pattern repeats without bound.
"""

import importlib
import pkgutil
import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOMS = ("links", "web", "sources", "curated", "reports", "identity")
LENGTH = 60
Node = tuple[Any, Any]
Continuation = Callable[[int], bool]
_ALPHABET = [*"a1 -.", *map(chr, range(1, 0x500)), *"א中、。가您你国地您國年月日년월일กाက"]
_in_class: dict[tuple[int, str], bool] = {}
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    op.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}


@cache
def parsed(pattern: re.Pattern[str]) -> Sequence[Node]:
    return list(parser.parse(pattern.pattern, pattern.flags))


def count_steps(pattern: re.Pattern[str], text: str, *, anchored: bool) -> int:
    """The steps of a search, or of a match at the beginning of the text."""
    return _Search(pattern, text).run(anchored=anchored)


@dataclass
class _Search:
    """One search of a pattern in a text."""

    pattern: re.Pattern[str]
    text: str
    steps: int = 0

    def run(self, *, anchored: bool) -> int:
        """The steps until the first match from the left, or until none can be."""
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 100 * len(self.text)))
        tree = parsed(self.pattern)
        starts = [0] if anchored else range(len(self.text) + 1)
        for start in starts:
            if self._matches(tree, 0, start, lambda _: True):
                break
        return self.steps

    def _matches(self, nodes: Sequence[Node], at: int, pos: int, then: Continuation) -> bool:
        if at == len(nodes):
            return then(pos)
        self.steps += 1
        return self._node(nodes[at], pos, lambda end: self._matches(nodes, at + 1, end, then))

    def _node(self, node: Node, pos: int, then: Continuation) -> bool:
        kind, value = node
        if kind in _REPEATS:
            low, high, sub = value
            return self._repeat(kind, (low, high, list(sub)), pos, then)
        if kind is op.BRANCH:
            return any(self._matches(list(branch), 0, pos, then) for branch in value[1])
        if kind is op.SUBPATTERN:
            return self._matches(list(value[-1]), 0, pos, then)
        if kind is op.ATOMIC_GROUP:
            end = self._end(list(value), pos)
            return end is not None and then(end)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            direction, sub = value
            start = pos if direction > 0 else pos - sub.getwidth()[0]  # looking back: fixed
            found = start >= 0 and self._end(list(sub), start) is not None
            return found is (kind is op.ASSERT) and then(pos)
        if kind is op.AT:
            return self._is_at(value, pos) and then(pos)
        if kind is op.GROUPREF:
            return then(pos)
        return pos < len(self.text) and accepts(node, self.text[pos]) and then(pos + 1)

    def _end(self, nodes: Sequence[Node], pos: int) -> int | None:
        ends: list[int] = []

        def keep(end: int) -> bool:
            ends.append(end)
            return True

        return ends[0] if self._matches(nodes, 0, pos, keep) else None

    def _repeat(
        self, kind: Any, bounds: tuple[int, Any, list[Node]], pos: int, then: Continuation
    ) -> bool:
        low, high, sub = bounds
        if len(sub) == 1 and sub[0][0] not in (*_REPEATS, op.BRANCH, op.SUBPATTERN):
            return self._repeat_one(kind, bounds, pos, then)
        if kind is op.POSSESSIVE_REPEAT:
            count, end = 0, self._end(sub, pos)
            while count < high and end is not None and end > pos:
                count, pos = count + 1, end
                end = self._end(sub, pos)
            return count >= low and then(pos)

        def more(count: int, here: int) -> bool:
            def again() -> bool:
                return count < high and self._matches(
                    sub, 0, here, lambda end: end > here and more(count + 1, end)
                )

            if count < low:
                return self._matches(sub, 0, here, lambda end: more(count + 1, end))
            if kind is op.MIN_REPEAT:
                return then(here) or again()
            return again() or then(here)

        return more(0, pos)

    def _repeat_one(
        self, kind: Any, bounds: tuple[int, Any, list[Node]], pos: int, then: Continuation
    ) -> bool:
        low, high, (node,) = bounds
        most = pos
        while most - pos < high and most < len(self.text) and accepts(node, self.text[most]):
            most += 1
            self.steps += 1
        if most - pos < low:
            return False
        if kind is op.POSSESSIVE_REPEAT:
            return then(most)
        ends = range(pos + low, most + 1)
        return any(then(end) for end in (ends if kind is op.MIN_REPEAT else reversed(ends)))

    def _is_at(self, where: Any, pos: int) -> bool:
        text = self.text
        if where in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            word = _CATEGORIES[op.CATEGORY_WORD]
            sides = [0 <= n < len(text) and word(text[n]) for n in (pos - 1, pos)]
            return (sides[0] is not sides[1]) is (where is op.AT_BOUNDARY)
        if where in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            multiline = where is op.AT_BEGINNING and self.pattern.flags & re.MULTILINE
            return pos == 0 or bool(multiline and text[pos - 1] == "\n")
        return pos == len(text) or (where is op.AT_END and text[pos] == "\n")


def accepts(node: Node, char: str) -> bool:
    """Whether a node for one character accepts this one; case does not matter."""
    kind, value = node
    if kind is op.ANY:
        return char != "\n"
    forms = (char, char.lower(), char.upper())
    if kind in (op.LITERAL, op.NOT_LITERAL):
        return any(ord(one) == value for one in forms if len(one) == 1) is (kind is op.LITERAL)
    assert kind is op.IN, kind
    key = id(value), char  # the trees stay in the cache of `parsed`
    if (found := _in_class.get(key)) is None:
        negated = value[0][0] is op.NEGATE
        members = value[1:] if negated else value
        is_in = any(_is_member(member, one) for member in members for one in forms if len(one) == 1)
        found = _in_class[key] = is_in is not negated
    return found


def _is_member(member: Node, char: str) -> bool:
    kind, value = member
    if kind is op.LITERAL:
        return bool(ord(char) == value)
    if kind is op.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    category: Callable[[str], bool] = _CATEGORIES[value]
    return category(char)


def hostile_texts(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Texts made of what the pattern repeats without bound, behind what leads to it.

    After 120,000 hyphens, blanks or words with hyphens nothing follows that the pattern wants.
    """
    seen = set()
    for prefix, sub in _unbounded(parsed(pattern), ""):
        units = {_sample([node]) for node in sub} | {_sample(sub)}
        if len(sub) == 1 and sub[0][0] not in (op.SUBPATTERN, op.BRANCH, *_REPEATS):
            units |= {c for c in "a1- \t.\"'<=/(," if accepts(sub[0], c)}
            units |= {"1-", "a.", "a ", "a=", " \t"} if {"1", "-"} <= units else set()
        for unit in units - {""}:
            for text in (
                prefix + unit * (length // len(unit)),
                (prefix + unit) * (length // len(prefix + unit)),
            ):
                if text not in seen:
                    seen.add(text)
                    yield text + "\x01"


def _unbounded(nodes: Sequence[Node], prefix: str) -> Iterator[tuple[str, list[Node]]]:
    for node in nodes:
        kind, value = node
        if kind in _REPEATS:
            if value[1] is op.MAXREPEAT:
                yield prefix, list(value[2])
            yield from _unbounded(list(value[2]), prefix)
        elif kind is op.SUBPATTERN:
            yield from _unbounded(list(value[-1]), prefix)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _unbounded(list(branch), prefix)
        elif kind is op.ATOMIC_GROUP:
            yield from _unbounded(list(value), prefix)
        prefix += _sample([node])


def _sample(nodes: Sequence[Node]) -> str:
    """A short text that the nodes match."""
    text = ""
    for kind, value in nodes:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind in (op.IN, op.NOT_LITERAL, op.ANY):
            text += next(c for c in _ALPHABET if accepts((kind, value), c))
        elif kind in _REPEATS:
            text += _sample(list(value[2])) * max(1, value[0])
        elif kind is op.SUBPATTERN:
            text += _sample(list(value[-1]))
        elif kind is op.BRANCH:
            text += _sample(list(value[1][0]))
        elif kind is op.ATOMIC_GROUP:
            text += _sample(list(value))
    return text


def patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for room in ROOMS:
        module = importlib.import_module(f"staycurrent.{room}")
        names = [module.__name__]
        if hasattr(module, "__path__"):
            found_modules = pkgutil.walk_packages(module.__path__, f"{module.__name__}.")
            names += [one.name for one in found_modules]
        for name in names:
            if name.startswith("staycurrent.web.replay"):
                continue  # reads our own scenarios only
            for key, value in vars(importlib.import_module(name)).items():
                pattern = getattr(value, "__self__", value)
                if isinstance(pattern, re.Pattern) and pattern not in found.values():
                    found[f"{name}:{key}"] = text_pattern(pattern)
    return found


def text_pattern(pattern: re.Pattern[str] | re.Pattern[bytes]) -> re.Pattern[str]:
    if isinstance(pattern.pattern, bytes):
        return re.compile(pattern.pattern.decode("latin-1"), pattern.flags | re.UNICODE)
    return pattern


def is_anchored(name: str) -> bool:
    """Whether a pattern is only tried where a text, or a position that was found, begins."""
    module, _, key = name.partition(":")
    value = getattr(sys.modules[module], key)
    if not isinstance(value, re.Pattern):
        return str(value.__name__) in ("match", "fullmatch")
    file = sys.modules[module].__file__
    assert file is not None
    uses = re.findall(rf"\b{key}\.(\w+)", Path(file).read_text())
    return bool(uses) and set(uses) <= {"match", "fullmatch"}


PATTERNS = patterns()


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_search_takes_steps_in_proportion_to_the_text(name: str) -> None:
    pattern, anchored = PATTERNS[name], is_anchored(name)
    short, long = (
        [count_steps(pattern, text, anchored=anchored) for text in hostile_texts(pattern, length)]
        for length in (LENGTH, 2 * LENGTH)
    )
    slow = [n for n, steps in enumerate(short) if long[n] > 2.5 * steps + 5 * LENGTH]
    assert [list(hostile_texts(pattern, LENGTH))[n] for n in slow] == []
