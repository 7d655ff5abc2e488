"""Splices of fragments, right and wrong: no crash, no unproved span, and every flag comes off."""

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curated.document import parse
from curated.findings import findings
from curated.flags import Flag, FlagState, Style, strip
from curated.parts import BadMarkers
from curated.rewrite import UnsafeRewrite, rewrite

FRAGMENTS = [
    *(Path(__file__).parent / "fragments.txt").read_text("utf-8").split("\n"),
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "\ufeff",
    "\0",
]
EASY = [each for each in FRAGMENTS if "stay:" not in each and each != "\0"]
FLAG = Flag(FlagState.IDLE, date(2026, 11, 1))
STYLES = st.builds(Style, st.sampled_from(["emoji", "words"]), st.sampled_from(["link", "end"]))


def spliced(fragments: list[str]) -> st.SearchStrategy[bytes]:
    piece = st.one_of(st.sampled_from(fragments), st.just("\n"))
    return st.lists(piece, max_size=16).map(lambda pieces: "".join(pieces).encode())


quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(spliced(EASY), STYLES)
def test_every_flag_can_be_set_and_taken_off(raw: bytes, style: Style) -> None:
    document = parse(raw)
    assert all(place.verified for place in document.places)
    flags = dict.fromkeys(range(len(document.places)), FLAG)
    after = rewrite(document, flags=flags, style=style, parts={})
    assert strip(after) == raw
    again = parse(after)
    assert [place.url for place in again.places] == [place.url for place in document.places]
    assert rewrite(again, flags=flags, style=style, parts={}) == after
    assert rewrite(again, flags={}, style=style, parts={}) == raw


@quick
@given(spliced(FRAGMENTS), STYLES)
def test_a_list_is_rewritten_and_stable_or_refused_in_words(raw: bytes, style: Style) -> None:
    document = parse(raw)
    findings(document)
    flags = dict.fromkeys(range(len(document.places)), FLAG)
    try:
        after = rewrite(document, flags=flags, style=style, parts={})
    except (UnsafeRewrite, BadMarkers):
        return
    assert rewrite(parse(after), flags=flags, style=style, parts={}) == after


@quick
@given(st.binary(max_size=300))
def test_any_bytes_can_be_parsed_and_stripped(raw: bytes) -> None:
    document = parse(raw)
    assert strip(raw) == raw
    for place in document.places:
        assert 0 <= place.span.start <= place.span.end <= len(raw)
        assert place.use.start <= place.use.end <= (place.after or len(raw)) <= len(raw)
