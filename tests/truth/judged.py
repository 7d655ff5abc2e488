"""What is wrong with the conclusions of a play: sentences, none where all is as it must be."""

from collections.abc import Iterator, Mapping

from tests.truth.cases import NIGHTS, Case
from tests.truth.nights import Nightfall, Shown


def mistakes(case: Case, nights: Mapping[int, Nightfall]) -> tuple[str, ...]:
    """Every wrong conclusion on the case's links, night by night."""
    return tuple(
        f"night {number}, {url[:80]}: {sentence}"
        for number, night in sorted(nights.items())
        for url in case.urls
        for sentence in _on_a_night(case, number, night.shown[url])
    )


def _on_a_night(case: Case, number: int, shown: Shown) -> Iterator[str]:
    if number < case.earliest:
        if shown.flag not in (None, case.before):
            yield f"flagged {shown.flag} before night {case.earliest}"
        if case.flag is not None and shown.verdict == case.verdict:
            yield f"called {shown.verdict} before night {case.earliest}"
    if shown.flag not in (None, case.flag, case.before):
        yield f"flagged {shown.flag}, which is never right here"
    if case.must_stand_on(number):
        yield from _must_stand(case, shown)
    if number == NIGHTS and case.suggestion not in (None, shown.suggestion):
        yield f"suggests {shown.suggestion}, it should be {case.suggestion}"
    if number == NIGHTS and case.then is not None:
        yield from _must_have_ended(case, shown)


def _must_stand(case: Case, shown: Shown) -> Iterator[str]:
    if shown.verdict != case.verdict:
        yield f"called {shown.verdict} ({shown.reason}), it is {case.verdict}"
    if shown.flag != case.flag:
        yield f"flag {shown.flag}, it should be {case.flag}"


def _must_have_ended(case: Case, shown: Shown) -> Iterator[str]:
    if shown.verdict != case.then or shown.flag is not None:
        yield f"called {shown.verdict} and flagged {shown.flag} in the end, it is {case.then}"
