"""Twice the input takes at most about twice the steps; `bench.pathological` measures the time."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from bench.pathological import INPUTS, REWRITTEN, rewrite_every_link
from staycurrent.curated.document import parse
from staycurrent.curated.lint import lint_document

MAX_RATIO = 2.2


def steps(work: Callable[[Any], object], raw: object) -> int:
    """The lines of `curated` that are executed."""
    count = 0

    def trace_line(_frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace_line

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        is_ours = frame.f_globals.get("__name__", "").startswith("staycurrent.curated.")
        return trace_line if is_ours else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(raw)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", INPUTS)
def test_steps_to_parse_grow_with_the_input_and_not_faster(name: str) -> None:
    size, text = INPUTS[name]
    size //= 32
    once, twice = (steps(parse, text(count * size).encode()) for count in (1, 2))
    assert twice <= MAX_RATIO * once


@pytest.mark.parametrize("name", INPUTS)
def test_steps_to_lint_grow_with_the_input_and_not_faster(name: str) -> None:
    size, text = INPUTS[name]
    size //= 32
    documents = [parse(text(count * size).encode()) for count in (1, 2)]
    once, twice = (steps(lint_document, document) for document in documents)
    assert twice <= MAX_RATIO * once


@pytest.mark.parametrize("name", REWRITTEN)
def test_steps_to_rewrite_grow_with_the_input_and_not_faster(name: str) -> None:
    size, text = INPUTS[name]
    size //= 64
    once, twice = (steps(rewrite_every_link, text(count * size).encode()) for count in (1, 2))
    assert twice <= MAX_RATIO * once
