"""Second witnesses before a link is dead: what they answered, and whether it holds the death back.

Some sites answer 404 to data centres although the page exists, or nothing at all, and some names do
not resolve there. Asking again from the same place does not help.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import takewhile

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import WitnessRules


class Witness(StrEnum):
    """Who is asked, from the one that says most about a death; a closed set, stored."""

    REGISTRY = "registry"
    """The registry of the domain, by RDAP."""
    ARCHIVED_HOME = "archived_home"
    """The Wayback Machine, about the home page of a host that was never well for this machine."""
    ARCHIVE = "archive"
    """The Wayback Machine, about the page."""
    RESOLVER = "resolver"
    """Another resolver, over HTTPS."""
    HOME = "home"
    """The host's home page, as a control: it shows what the host does to us."""


class WitnessResult(StrEnum):
    """What a witness answered; a closed set, stored."""

    WELL = "well"
    """It was there after the streak began."""
    NOTHING = "nothing"
    """It answered, with no evidence for or against the link."""
    GONE = "gone"
    """The name does not exist there either, the domain is free, or the home page is missing too."""
    UNREACHED = "unreached"
    """It was not reached, its answer cannot be used, or the questions of the run were used up."""


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """The answer of one witness about one link."""

    link: str
    """The link's key."""
    run_date: date
    """When it was asked."""
    witness: Witness
    result: WitnessResult
    seen_on: date | None = None
    """When it saw the link well, if it did: a capture is older than the question."""

    @property
    def code(self) -> str:
        """`archive well 2026-12-05`: what is stored with a verdict, for `describe`."""
        return f"{self.witness} {self.result} {self.seen_on or self.run_date}"


_TEXTS = {
    "archive well": "the Wayback Machine has a good capture of {}",
    "archive nothing": "no good capture since then in the Wayback Machine (asked {})",
    "archive unreached": "the Wayback Machine gave no answer (first asked {})",
    "archived_home well": "the Wayback Machine has a good capture of its home page of {}",
    "archived_home nothing": "no good capture of its home page since then either (asked {})",
    "archived_home unreached": "the archive gave no answer about its home page (first asked {})",
    "resolver well": "another resolver knew the name on {}",
    "resolver gone": "another resolver does not know the name either (asked {})",
    "resolver nothing": "another resolver knows no address of the name (asked {})",
    "resolver unreached": "no other resolver gave an answer (first asked {})",
    "registry gone": "nobody has registered the domain, says its registry (asked {})",
    "home gone": "its home page is missing too, so the host may refuse this machine (asked {})",
}


def describe(code: str) -> str:
    """The answer of a witness, in words; empty for an empty or unknown code."""
    answer, _, day = code.rpartition(" ")
    return _TEXTS.get(answer, "").format(day)


def is_doubtful(streak: Sequence[Observation]) -> bool:
    """Whether a streak ends with what working sites show to data centres: missing, or no page."""
    last = _last_failure(streak)
    return last is not None and (last.is_hard or last.is_weak)


def has_no_home(last: Observation) -> bool:
    """Whether a host answered 404, and is known to do so for its home page too."""
    return last.outcome is Outcome.SERVER_ERROR and last.status == 404


def in_streak(
    answers: Sequence[WitnessAnswer], streak: Sequence[Observation]
) -> tuple[WitnessAnswer, ...]:
    """The answers, oldest first, since a streak began; others were about an earlier one."""
    return tuple(one for one in answers if streak and one.run_date >= streak[0].run_date)


def latest(answers: Sequence[WitnessAnswer]) -> dict[Witness, WitnessAnswer]:
    """The last answer of each witness."""
    return {one.witness: one for one in answers}


def holding(
    streak: Sequence[Observation], answers: Sequence[WitnessAnswer], rules: WitnessRules
) -> WitnessAnswer | None:
    """The answer that holds a death back; None if there is none. `answers` are of the streak.

    A good capture or a known name does for some days, then the witness is asked again. One that
    was out of reach when the link was missing does for `patience_days`, then its word is done
    without. An answer that was never asked for holds nothing back. Later failures of another kind
    undo none of this, so that the verdict does not flicker.
    """
    missing = {seen.run_date for seen in streak if seen.outcome.is_hard or has_no_home(seen)}
    asked = [Witness.ARCHIVE, Witness.ARCHIVED_HOME]
    if lost_name(streak):
        asked.append(Witness.RESOLVER)
    last = latest(answers)
    good = [last[one] for one in asked if one in last and last[one].result is WitnessResult.WELL]
    silent: list[WitnessAnswer] = []
    for witness in asked:
        vain = _unreached(answers, witness)
        silent += [one for one in vain if one.run_date in missing][-1:]
    today = streak[-1].run_date
    return next((one for one in (*good, *silent) if today < held_until(one, rules)), None)


def _unreached(answers: Sequence[WitnessAnswer], witness: Witness) -> list[WitnessAnswer]:
    """The answers of a witness since it was last reached, newest first."""
    latest_first = (one for one in reversed(answers) if one.witness is witness)
    return list(takewhile(lambda one: one.result is WitnessResult.UNREACHED, latest_first))


def held_until(held: WitnessAnswer, rules: WitnessRules) -> date:
    """The first date on which an answer no longer holds a death back."""
    if held.result is WitnessResult.UNREACHED:
        return held.run_date + timedelta(days=rules.patience_days)
    is_name = held.witness is Witness.RESOLVER
    days = rules.name_days if is_name else rules.capture_days
    return (held.seen_on or held.run_date) + timedelta(days=days)


def is_unregistered(answers: Sequence[WitnessAnswer]) -> bool:
    """Whether nobody knows the name: another resolver does not, and it is not registered."""
    last = latest(answers)
    answered = [last.get(witness) for witness in (Witness.RESOLVER, Witness.REGISTRY)]
    return all(one is not None and one.result is WitnessResult.GONE for one in answered)


def lost_name(streak: Sequence[Observation]) -> tuple[Observation, ...]:
    """The observations of a streak for which the name did not exist."""
    return tuple(seen for seen in streak if seen.outcome is Outcome.DNS)


def has_lost_name(streak: Sequence[Observation]) -> bool:
    """Whether a streak failed last because the name did not exist."""
    return _last_failure(streak) is Outcome.DNS


def _last_failure(streak: Sequence[Observation]) -> Outcome | None:
    return next((seen.outcome for seen in reversed(streak) if seen.outcome.is_negative), None)


def most_relevant(answers: Sequence[WitnessAnswer]) -> WitnessAnswer | None:
    """The answer that says most about a death, for people; None without any.

    Of witnesses that were never reached it is the first of these, which says when it was asked.
    """
    last = latest(answers)
    unsaid = (WitnessResult.WELL, WitnessResult.UNREACHED)
    for witness in Witness:
        one = last.get(witness)
        if one is not None and one.result not in unsaid and describe(one.code):
            return one
    firsts = [one for witness in Witness for one in _unreached(answers, witness)[-1:]]
    described = [one for one in firsts if describe(one.code)]
    return min(described, key=lambda one: one.run_date, default=None)
