"""What would change a verdict, and when at the earliest: the rules applied to the future."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rule, Rules
from staycurrent.links.verdict import (
    ELSEWHERE_REASON,
    Conclusion,
    VerdictState,
    counted_by,
    days_covered,
    permanent_redirects,
    satisfies,
    since_last_success,
)
from staycurrent.links.witness import WitnessResult, describe, held_until, lost_name

_Counted = tuple[Observation, ...]
_CLEARED = "one successful check clears the streak"
_NEXT = {
    VerdictState.ALIVE: "no change, as long as checks succeed",
    # what fails has a rule that may be met; this answers, and is perhaps another party's site
    VerdictState.SUSPECT: "usurped if other evidence joins this; a page without any clears it",
    VerdictState.DEAD: f"{_CLEARED} and removes the flag",
    VerdictState.USURPED: f"{_CLEARED} and removes the flag",
    VerdictState.INSECURE: f"{_CLEARED} and removes the flag",
    VerdictState.MOVED: "a check without a permanent redirect clears it, and so does a fixed URL",
    VerdictState.STALE: "stale until the provider says otherwise",
    VerdictState.BLOCKED: (
        "a robot cannot verify it: open it in a browser; refusals never count towards dead"
    ),
    VerdictState.REFUSED: "not requested; fix the URL, or add it to `links.ignore`",
    VerdictState.UNCHECKED: "not checked yet, not a web address, or ignored",
}
_OF_REASON: dict[str, str] = {
    Outcome.REFUSED_BY_POLICY: "not requested; see `web.allow_networks` and `links.ignore`",
    ELSEWHERE_REASON: "a page that is about the entry clears it; never flagged, never followed",
    Freshness.SUPERSEDED: "the link pins an old version: update it or keep it; never flagged",
}


@dataclass(frozen=True, slots=True)
class RuleProgress:
    """How far a rule of `[links.rules]` is met."""

    name: str
    rule: Rule
    counted: tuple[Observation, ...]
    """The observations that it counts, oldest first; never empty."""
    earliest: date | None = None
    """Run date on which it is met at the earliest, if checks keep the last outcome; None if it is
    met."""

    @property
    def days(self) -> int:
        """Days from the first counted observation to the last, both included."""
        return days_covered(self.counted)

    @property
    def checks_missing(self) -> int:
        """Checks that are still needed; at least one until the rule is met."""
        missing = max(1, self.rule.checks - len(self.counted))
        return 0 if self.earliest is None else missing


def rule_progress(
    conclusion: Conclusion, history: Sequence[Observation], rules: Rules, due: date
) -> RuleProgress | None:
    """The rule that is met, else the one that is met first; None if no rule applies.

    `due` is the date of the next check, which must not have passed: no earlier date is returned.
    """
    if conclusion.rule:
        return RuleProgress(conclusion.rule, rules.named(conclusion.rule), conclusion.counted)
    state = conclusion.verdict.state
    if state is not VerdictState.SUSPECT:
        return _move_progress(history, rules, due) if state is VerdictState.ALIVE else None
    if not conclusion.held:
        return failing_progress(history, rules, due, conclusion.rules)
    for name in conclusion.rules:
        seen = counted_by(name, _streak(history))
        if satisfies(rules.named(name), seen):
            return RuleProgress(name, rules.named(name), seen)
    return None


def failing_progress(
    history: Sequence[Observation], rules: Rules, due: date, names: Sequence[str]
) -> RuleProgress | None:
    """The first of these rules to make a failing link dead or insecure; None if it is healthy.

    Of several that are met on one date, the most serious one, which gives the reason.
    """
    streak = _streak(history)
    return _met_first({name: counted_by(name, streak) for name in names}, streak, rules, due)


def _streak(history: Sequence[Observation]) -> Sequence[Observation]:
    return since_last_success([seen for seen in history if seen.outcome is not Outcome.SKIPPED])


def _met_first(
    counts: Mapping[str, _Counted], streak: Sequence[Observation], rules: Rules, due: date
) -> RuleProgress | None:
    """Of the rules that count the last failure, by what they count of a streak."""
    negative = [seen for seen in streak if seen.outcome.is_negative]
    candidates = [
        _progress(name, rules, counted, due)
        for name, counted in counts.items()
        if counted and counted[-1] is negative[-1]
    ]
    return min(candidates, key=lambda one: one.earliest or date.max, default=None)


def _certain_progress(
    history: Sequence[Observation], rules: Rules, due: date
) -> RuleProgress | None:
    """The rule that is met first whatever a witness says; None if the last failure is in doubt."""
    streak = _streak(history)
    counts = {name: counted_by(name, streak) for name in ("explicit", "usurped", "insecure")}
    counts["soft"] = tuple(seen for seen in streak if seen.outcome.is_soft)
    return _met_first(counts, streak, rules, due)


def forecast(
    conclusion: Conclusion, history: Sequence[Observation], rules: Rules, due: date
) -> str:
    """What happens next if checks keep the last outcome, and what would clear the verdict."""
    state = conclusion.verdict.state
    otherwise = _OF_REASON.get(conclusion.verdict.reason) or _NEXT[state]
    if state.is_grave or state in (VerdictState.REFUSED, VerdictState.UNCHECKED):
        return otherwise
    if conclusion.held is not None:
        day = max(due, held_until(conclusion.held, rules.witness))
        is_silent = conclusion.held.result is WitnessResult.UNREACHED
        what = "without an answer dead" if is_silent else "asked again"
        then = f"{what} on {day} at the earliest"
        certain = _certain_progress(history, rules, due)
        if certain and certain.earliest and certain.earliest <= day:
            then = _describe(certain)
        return f"held back: {describe(conclusion.held.code)}; {then}; {_CLEARED}"
    failing = failing_progress(history, rules, due, conclusion.rules)
    if failing is not None:
        # the registry was asked once the name was lost for as long as the rule demands
        is_asked = satisfies(rules.unregistered, lost_name(_streak(history)))
        is_lost = failing.counted[-1].outcome is Outcome.DNS and not is_asked
        sooner = ", or sooner if its domain is free" if is_lost else ""
        change = f"{_describe(failing)}{sooner}; {_CLEARED}"
        return change if state is VerdictState.SUSPECT else f"{otherwise}; but it failed: {change}"
    if state is VerdictState.ALIVE and (move := _move_progress(history, rules, due)):
        return _describe(move)
    return otherwise


def _move_progress(history: Sequence[Observation], rules: Rules, due: date) -> RuleProgress | None:
    redirects = tuple(permanent_redirects(history))
    return _progress("moved", rules, redirects, due) if redirects else None


def _progress(name: str, rules: Rules, counted: tuple[Observation, ...], due: date) -> RuleProgress:
    """If it is checked on every date from `due` on."""
    rule = rules.named(name)
    by_days = counted[0].run_date + timedelta(days=rule.nights - 1)
    by_checks = due + timedelta(days=max(0, rule.checks - len(counted) - 1))
    return RuleProgress(name, rule, counted, max(by_days, by_checks))


def _describe(progress: RuleProgress) -> str:
    state = progress.name if progress.name in ("moved", "insecure", "usurped") else "dead"
    missing = progress.checks_missing
    checks = "1 more such check" if missing == 1 else f"{missing} more such checks"
    return f"{state} on {progress.earliest} at the earliest, after {checks}"
