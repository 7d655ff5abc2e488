"""What would change a verdict, and when at the earliest: the rules read forwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rule, Rules
from staycurrent.links.verdict import (
    DEATH_RULES,
    Conclusion,
    VerdictState,
    counted_by,
    days_covered,
    permanent_redirects,
    since_last_success,
)

_CLEARED = "one look that finds it well clears the streak"
_NEXT = {
    VerdictState.ALIVE: "nothing, as long as looks find it well",
    VerdictState.SUSPECT: _CLEARED,
    VerdictState.DEAD: f"{_CLEARED}, and the flag goes by itself",
    VerdictState.INSECURE: f"{_CLEARED}, and the flag goes by itself",
    VerdictState.MOVED: "a look that ends elsewhere clears it, and so does a mended link",
    VerdictState.STALE: "it is stale until the authority says otherwise",
    VerdictState.BLOCKED: "a robot cannot tell: open it in a browser; it never counts towards dead",
    VerdictState.REFUSED: "it is not requested; mend its address, or put it into `links.ignore`",
    VerdictState.UNCHECKED: "it was not looked at yet, or is no web address, or is ignored",
}
_OF_REASON: dict[str, str] = {
    Outcome.REFUSED_BY_POLICY: "it is not requested; `web.allow_networks` or `links.ignore` decide",
    Freshness.SUPERSEDED: "the link pins an old version: mend it, or keep it; it is never flagged",
}


@dataclass(frozen=True, slots=True)
class RuleProgress:
    """How far a rule of `[links.rules]` is met."""

    name: str
    rule: Rule
    counted: tuple[Observation, ...]
    """The looks that it counts, oldest first; never empty."""
    earliest: date | None = None
    """The night on which it is met at the earliest, if looks go on as the last one went; None
    where it holds."""

    @property
    def days(self) -> int:
        """Nights from the first counted look to the last, both included."""
        return days_covered(self.counted)

    @property
    def checks_missing(self) -> int:
        """Looks that are still wanted; at least one until the rule holds."""
        if self.earliest is None:
            return 0
        return max(1, self.rule.checks - len(self.counted))


def rule_progress(
    judged: Conclusion, history: Sequence[Observation], rules: Rules, due: date | None = None
) -> RuleProgress | None:
    """The rule that holds, else the one that is met first; None where no rule is under way.

    `due` is the night of the next look; None: the one after the last look.
    """
    if judged.rule:
        return RuleProgress(judged.rule, getattr(rules, judged.rule), judged.counted)
    if judged.verdict.state is VerdictState.SUSPECT:
        return failing_progress(history, rules, due)
    return _moving(history, rules, due) if judged.verdict.state is VerdictState.ALIVE else None


def failing_progress(
    history: Sequence[Observation], rules: Rules, due: date | None = None
) -> RuleProgress | None:
    """The rule that makes a failing link dead or insecure first; None where it does not fail.

    Of several that are met on one night it is the gravest, which names the reason.
    """
    looks = [look for look in history if look.outcome is not Outcome.SKIPPED]
    streak = since_last_success(looks)
    negative = [look for look in streak if look.outcome.is_negative]
    underway = [
        _awaited(name, getattr(rules, name), counted, due or _after(looks))
        for name in (*DEATH_RULES, "insecure")
        if (counted := counted_by(name, streak)) and counted[-1] is negative[-1]
    ]
    return min(underway, key=lambda one: one.earliest or date.max, default=None)


def forecast(
    judged: Conclusion, history: Sequence[Observation], rules: Rules, due: date | None = None
) -> str:
    """What happens next if the looks go on as the last one went, and what would clear it."""
    state = judged.verdict.state
    settled = _OF_REASON.get(judged.verdict.reason) or _NEXT[state]
    if state in (
        VerdictState.DEAD,
        VerdictState.INSECURE,
        VerdictState.REFUSED,
        VerdictState.UNCHECKED,
    ):
        return settled
    threat = failing_progress(history, rules, due)
    if threat is not None:
        comes = f"{_becomes(threat)}; {_CLEARED}"
        return comes if state is VerdictState.SUSPECT else f"{settled}; but it failed: {comes}"
    if state is VerdictState.ALIVE:
        move = _moving(history, rules, due)
        return _becomes(move) if move else settled
    return settled


def _moving(
    history: Sequence[Observation], rules: Rules, due: date | None = None
) -> RuleProgress | None:
    run = tuple(permanent_redirects(history))
    return _awaited("moved", rules.moved, run, due or _after(history)) if run else None


def _after(looks: Sequence[Observation]) -> date:
    return looks[-1].run_date + timedelta(days=1)


def _awaited(name: str, rule: Rule, counted: tuple[Observation, ...], due: date) -> RuleProgress:
    """Looks come every night from `due` on: failing links and unconfirmed moves are urgent."""
    by_nights = counted[0].run_date + timedelta(days=rule.nights - 1)
    by_looks = due + timedelta(days=max(0, rule.checks - len(counted) - 1))
    return RuleProgress(name, rule, counted, max(by_nights, by_looks))


def _becomes(one: RuleProgress) -> str:
    becomes = one.name if one.name in ("moved", "insecure") else "dead"
    looks = "1 more look" if one.checks_missing == 1 else f"{one.checks_missing} more looks"
    return f"{becomes} on {one.earliest} at the earliest, after {looks} of the kind"
