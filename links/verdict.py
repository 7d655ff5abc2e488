"""What a link's whole history proves: a pure function of history and rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from staycurrent.links.moves import HTTPS_UPGRADE, is_https_upgrade
from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rule, Rules

RULES_VERSION = 1
"""Increased whenever the same observations would give another verdict: stored ones are concluded
again then."""


class VerdictState(StrEnum):
    """The conclusion on a link; a closed set."""

    ALIVE = "alive"
    SUSPECT = "suspect"
    """Failing, not yet long enough."""
    DEAD = "dead"
    MOVED = "moved"
    INSECURE = "insecure"
    STALE = "stale"
    """Alive, but archived, idle, withdrawn, disabled or superseded."""
    BLOCKED = "blocked"
    """Cannot be verified by a robot; never counts towards dead."""
    REFUSED = "refused"
    """By our own policy, or malformed: shown at once."""
    UNCHECKED = "unchecked"
    """Never looked at, or not a web address."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is concluded of one link, with what it rests on."""

    link: str
    state: VerdictState
    reason: str = ""
    """An outcome or a freshness fact, or what kind of move it is: `missing`, `dns`, `archived`,
    `renamed`, `upgraded`; empty if none."""
    since: date | None = None
    """Night of the first look of the present streak; never moves while the streak lasts."""
    checks: int = 0
    """Looks in the streak."""
    last_checked: date | None = None
    suggestion: str | None = None
    """Where it went, or what was meant; None where nothing better is known."""
    archive: str | None = None
    """A snapshot's address, or None."""


def is_failing(verdict: Verdict) -> bool:
    """Suspect or dead: a snapshot is worth having, and worth looking for early."""
    return verdict.state in (VerdictState.SUSPECT, VerdictState.DEAD) and verdict.since is not None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict with what it rests on."""

    verdict: Verdict
    rule: str = ""
    """The rule of `[links.rules]` that holds, by its name; empty where none is needed."""
    counted: tuple[Observation, ...] = ()
    """The looks that the rule counted or, without one, those of the verdict's streak."""


_WORSE_THAN_MOVED = (Freshness.ARCHIVED, Freshness.WITHDRAWN, Freshness.DISABLED)
_REFUSALS = (Outcome.REFUSED_BY_POLICY, Outcome.MALFORMED)


def conclude_verdict(link: str, history: Sequence[Observation], rules: Rules) -> Verdict:
    """Conclude on one link from all its observations of judged nights, oldest first.

    A conclusion stands until a success clears it or a graver one replaces it: a moved or
    stale link that fails for a night stays what it was, so that the list does not flicker.
    """
    return conclude(link, history, rules).verdict


def conclude(link: str, history: Sequence[Observation], rules: Rules) -> Conclusion:
    """As `judge`, with the rule that holds and the looks that it counted."""
    looks = tuple(look for look in history if look.outcome is not Outcome.SKIPPED)
    if not looks:
        return Conclusion(Verdict(link, VerdictState.UNCHECKED))
    streak = since_last_success(looks)
    of_failing = (_dead, _insecure) if streak else ()  # most links have none
    for conclude in (*of_failing, _refused, _stale_for_good, _moved, _stale, _blocked):
        found = conclude(link, looks, streak, rules)
        if found is not None:
            break
    else:
        found = _suspect_or_alive(link, looks, streak)
    verdict = replace(found.verdict, last_checked=looks[-1].run_date)
    return Conclusion(verdict, found.rule, found.counted)


def counted_by(name: str, looks: Sequence[Observation]) -> tuple[Observation, ...]:
    """Those of a streak's looks that the rule of this name counts; none for `moved`.

    A graver look counts for the milder rules as well, so that a link that changes the way in
    which it fails does not begin anew.
    """
    return tuple(look for look in looks if name in _counting(look.outcome))


def satisfies(rule: Rule, looks: Sequence[Observation]) -> bool:
    """Whether these looks amount to what the rule asks for."""
    return len(looks) >= rule.checks and days_covered(looks) >= rule.nights


def days_covered(looks: Sequence[Observation]) -> int:
    """Nights from the first look to the last, both included; 0 without looks."""
    return (looks[-1].run_date - looks[0].run_date).days + 1 if looks else 0


def since_last_success(looks: Sequence[Observation]) -> Sequence[Observation]:
    """The looks behind the last one that found it well: all of them where none did."""
    for index in range(len(looks) - 1, -1, -1):
        if looks[index].outcome.is_success:
            return looks[index + 1 :]
    return looks


DEATH_RULES = ("explicit", "hard", "soft", "weak")
"""The rules by which a link is dead, by name, the gravest evidence first."""

_Looks = Sequence[Observation]


def _counting(outcome: Outcome) -> tuple[str, ...]:
    """Names of the rules that count such a look."""
    if outcome is Outcome.TLS:
        return ("insecure",)
    kinds = (outcome.is_explicit, outcome.is_hard, outcome.is_soft, outcome.is_weak)
    return DEATH_RULES[kinds.index(True) :] if any(kinds) else ()


def _of_streak(
    link: str, state: VerdictState, looks: _Looks, reason: str, rule: str = ""
) -> Conclusion:
    verdict = Verdict(link, state, reason, looks[0].run_date, len(looks))
    return Conclusion(verdict, rule, tuple(looks))


def _dead(link: str, _looks: _Looks, streak: _Looks, rules: Rules) -> Conclusion | None:
    for name in DEATH_RULES:
        looks = counted_by(name, streak)
        if satisfies(getattr(rules, name), looks):
            return _of_failing(link, VerdictState.DEAD, streak, name, looks)
    return None


def _insecure(link: str, _looks: _Looks, streak: _Looks, rules: Rules) -> Conclusion | None:
    faults = counted_by("insecure", streak)
    if not satisfies(rules.insecure, faults):
        return None
    return _of_failing(link, VerdictState.INSECURE, streak, "insecure", faults)


def _of_failing(
    link: str, state: VerdictState, streak: _Looks, rule: str, counted: tuple[Observation, ...]
) -> Conclusion:
    """All that failed is the streak, whichever of it the rule counts: `since` must not jump."""
    negative = [look for look in streak if look.outcome.is_negative]
    found = _of_streak(link, state, negative, str(counted[-1].outcome), rule)
    return replace(found, counted=counted)


def _refused(link: str, looks: _Looks, _streak: _Looks, _rules: Rules) -> Conclusion | None:
    run = _last_run(looks, lambda look: look.outcome in _REFUSALS)
    return _of_streak(link, VerdictState.REFUSED, run, str(run[-1].outcome)) if run else None


def _moved(link: str, looks: _Looks, _streak: _Looks, rules: Rules) -> Conclusion | None:
    run = permanent_redirects(looks)
    target = run[-1].final_url if run else None
    if target is None or not satisfies(rules.moved, run):
        return None
    found = _of_streak(link, VerdictState.MOVED, run, _kind_of_move(link, run[-1], target), "moved")
    return replace(found, verdict=replace(found.verdict, suggestion=target))


def permanent_redirects(looks: Sequence[Observation]) -> Sequence[Observation]:
    """The last good looks that all end at one other address for good; empty if there are none."""
    good = [look for look in looks if look.outcome.is_success]
    if not good or not _points_elsewhere(good[-1]):
        return []
    target = good[-1].final_url
    return _last_run(good, lambda look: _points_elsewhere(look) and look.final_url == target)


def _kind_of_move(link: str, look: Observation, target: str) -> str:
    if look.checked_by != "page":
        return "renamed"
    return HTTPS_UPGRADE if is_https_upgrade(link, target) else str(Outcome.REDIRECTED)


def _points_elsewhere(look: Observation) -> bool:
    return look.outcome is Outcome.REDIRECTED and look.permanent and look.final_url is not None


def _stale_for_good(link: str, looks: _Looks, streak: _Looks, rules: Rules) -> Conclusion | None:
    """Archived, withdrawn or disabled: that weighs more than a new name, which it still gives."""
    found = _stale(link, looks, streak, rules)
    if found is None or found.verdict.reason not in _WORSE_THAN_MOVED:
        return None
    moved = _moved(link, looks, streak, rules)
    if moved is None:
        return found
    return replace(found, verdict=replace(found.verdict, suggestion=moved.verdict.suggestion))


def _stale(link: str, looks: _Looks, _streak: _Looks, _rules: Rules) -> Conclusion | None:
    known = [look for look in looks if look.freshness is not None]
    fact = known[-1].freshness if known else None
    if fact is None or fact is Freshness.FRESH:
        return None
    run = _last_run(known, lambda look: look.freshness is fact)
    return _of_streak(link, VerdictState.STALE, run, str(fact))


def _blocked(link: str, looks: _Looks, _streak: _Looks, _rules: Rules) -> Conclusion | None:
    run = _last_run(looks, lambda look: look.outcome is Outcome.BLOCKED)
    return _of_streak(link, VerdictState.BLOCKED, run, str(Outcome.BLOCKED)) if run else None


def _suspect_or_alive(link: str, looks: _Looks, streak: _Looks) -> Conclusion:
    negative = [look for look in streak if look.outcome.is_negative]
    if negative:
        return _of_streak(link, VerdictState.SUSPECT, negative, str(negative[-1].outcome))
    run = _last_run(looks, lambda look: look.outcome.is_success)
    return _of_streak(link, VerdictState.ALIVE, run, str(run[-1].outcome))


def _last_run(looks: _Looks, belongs: Callable[[Observation], bool]) -> _Looks:
    """The longest tail of `looks` in which each one belongs."""
    start = len(looks)
    while start and belongs(looks[start - 1]):
        start -= 1
    return looks[start:]
