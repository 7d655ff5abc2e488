"""Invariants of parsing and rewriting, for documents spliced from fragments."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.rewrite import rewrite
from staycurrent.links.verdict import Flag
from tests.support.documents import (
    EASY,
    FLAGS,
    FRAGMENTS,
    OWN_LINES,
    STYLES,
    assert_holds,
    documents,
    strip_flags,
)

IDLE: Flag = FLAGS[1]
SEEDS = range(4)
DOCUMENTS = 250


@pytest.mark.parametrize("seed", SEEDS)
def test_all_invariants_hold_for_a_thousand_spliced_documents(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secret
    held = [assert_holds(raw, random) for raw in documents(random, DOCUMENTS, OWN_LINES)]
    assert held.count(True) > DOCUMENTS / 2, "few documents are refused"


def spliced(fragments: list[str]) -> st.SearchStrategy[bytes]:
    piece = st.one_of(st.sampled_from(fragments), st.just("\n"))
    return st.lists(piece, max_size=16).map(lambda pieces: "".join(pieces).encode())


quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(spliced(EASY), st.sampled_from(STYLES))
def test_every_flag_can_be_set_and_removed(raw: bytes, style: FlagStyle) -> None:
    document = parse(raw)
    assert all(occurrence.verified for occurrence in document.occurrences)
    flags = dict.fromkeys(range(len(document.occurrences)), IDLE)
    after = rewrite(document, flags=flags, style=style, sections={})
    assert strip_flags(after) == raw
    again = parse(after)
    assert [occurrence.url for occurrence in again.occurrences] == [
        occurrence.url for occurrence in document.occurrences
    ]
    assert rewrite(again, flags=flags, style=style, sections={}) == after
    assert rewrite(again, flags={}, style=style, sections={}) == raw


@quick
@given(spliced(FRAGMENTS), st.randoms(use_true_random=False))
def test_edits_are_stable_and_reversible_or_refused(raw: bytes, random: Random) -> None:
    assert_holds(raw, random)


@quick
@given(st.binary(max_size=300))
def test_any_bytes_can_be_parsed_and_stripped(raw: bytes) -> None:
    document = parse(raw)
    assert strip_flags(raw) == raw
    for occurrence in document.occurrences:
        assert 0 <= occurrence.destination.start <= occurrence.destination.end <= len(raw)
        assert (
            occurrence.link_span.start
            <= occurrence.link_span.end
            <= (occurrence.flag_offset or len(raw))
            <= len(raw)
        )
