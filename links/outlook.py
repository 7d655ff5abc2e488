"""What would change a verdict, and when at the earliest: the rules read forwards."""

from collections.abc import Sequence
from datetime import date, timedelta

from links.observation import Observation, Outcome
from links.verdict import Rule, Rules, State, Verdict

_CLEARED = "one look that finds it well clears the streak"


def outlook(verdict: Verdict, history: Sequence[Observation], rules: Rules) -> str:
    """One sentence on what happens next if the looks go on as the last one went."""
    history = [look for look in history if look.outcome is not Outcome.SKIPPED]
    if verdict.state is State.SUSPECT:
        return _suspect(verdict, history, rules)
    if verdict.state in (State.DEAD, State.INSECURE):
        return f"{_CLEARED}, and the flag goes by itself"
    if verdict.state is State.MOVED:
        return "a look that does not end at the same address clears it, and so does a mended link"
    if verdict.state is State.STALE:
        return "it is stale until the authority says otherwise"
    if verdict.state is State.BLOCKED:
        return "a robot cannot tell: open it in a browser; it never counts towards dead"
    if verdict.state is State.REFUSED:
        return "it is not requested; mend the address in the list"
    if verdict.state is State.UNCHECKED:
        return "it was not looked at yet, or is no web address, or is ignored"
    return _alive(history, rules)


def _suspect(verdict: Verdict, history: Sequence[Observation], rules: Rules) -> str:
    last = history[-1].outcome if history else Outcome.TIMEOUT
    rule, becomes = _rule(last, rules)
    since = verdict.since
    looks = [one for one in history if since and one.night >= since and one.outcome.is_negative]
    if since is None or not looks:
        return _CLEARED
    earliest = since + timedelta(days=rule.nights - 1)
    more = max(0, rule.looks - len(looks))
    wanted = f" and {_looks(more)} more" if more else ""
    return f"{becomes} on {_iso(earliest)} at the earliest{wanted} if it goes on so; {_CLEARED}"


def _alive(history: Sequence[Observation], rules: Rules) -> str:
    if history and history[-1].permanent:
        nights = f"{rules.moved.looks} looks over {rules.moved.nights} nights"
        return f"moved after {nights} that end at the same address"
    return "nothing, as long as looks find it well"


def _rule(outcome: Outcome, rules: Rules) -> tuple[Rule, str]:
    if outcome is Outcome.TLS:
        return rules.insecure, "insecure"
    if outcome.is_explicit:
        return rules.explicit, "dead"
    if outcome.is_hard:
        return rules.hard, "dead"
    return (rules.soft if outcome.is_soft else rules.weak), "dead"


def _looks(count: int) -> str:
    return "1 look" if count == 1 else f"{count} looks"


def _iso(day: date) -> str:
    return day.isoformat()
