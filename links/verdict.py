"""What the history of a link proves: a pure function of its observations and the rules.

Also which flag a verdict has in a list, and which verdicts a person's decision covers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from staycurrent.links import witness
from staycurrent.links.moves import HTTPS_UPGRADE, is_https_upgrade
from staycurrent.links.observation import (
    IN_GONE_PROJECT,
    IN_KNOWN_PROJECT,
    NOW_AT,
    Freshness,
    Observation,
    Outcome,
)
from staycurrent.links.settings import Rule, Rules
from staycurrent.web.address import host_of, parent_domains

RULES_VERSION = 14
"""Increased whenever the same observations would give another verdict; stored verdicts are then
concluded again."""


ELSEWHERE_REASON = "elsewhere"
"""The reason of a link that is redirected to a page that says nothing of its entry."""


class VerdictState(StrEnum):
    """The state of a link; a closed set."""

    ALIVE = "alive"
    """The content is there."""
    SUSPECT = "suspect"
    """Failing, not yet long enough to be dead."""
    DEAD = "dead"
    """Failing for as long as a rule demands."""
    USURPED = "usurped"
    """Answers, but as another party's site: flagged, never followed, never suggested."""
    MOVED = "moved"
    """Permanently at another URL, and well there."""
    INSECURE = "insecure"
    """Failing with a TLS fault that browsers warn of."""
    STALE = "stale"
    """Alive, but archived, idle, withdrawn, disabled or superseded."""
    BLOCKED = "blocked"
    """Cannot be verified by a robot; never counts towards dead."""
    REFUSED = "refused"
    """Not requested by our own policy, or malformed; shown at once."""
    UNCHECKED = "unchecked"
    """Never checked, or not a web address."""

    @property
    def is_grave(self) -> bool:
        """A person who follows the link meets an error, a warning or another party's site."""
        return self in (VerdictState.DEAD, VerdictState.USURPED, VerdictState.INSECURE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is concluded about one link."""

    link: str
    state: VerdictState
    reason: str = ""
    """An outcome, a freshness fact or the kind of move: `missing`, `dns`, `archived`, `renamed`,
    `upgraded`; empty if there is none."""
    since: date | None = None
    """Run date of the first check of the streak; it never changes while the streak lasts."""
    checks: int = 0
    """Run dates with a check in the streak."""
    last_checked: date | None = None
    suggestion: str | None = None
    """Where the content went, or the probable URL; None if nothing better is known."""
    archive: str | None = None
    """URL of a snapshot, or None."""
    witness: str = ""
    """`WitnessAnswer.code` of the answer that matters most, for `witness.describe`; or empty."""


def is_failing(verdict: Verdict) -> bool:
    """Whether the link is suspect, dead or usurped, so that a snapshot is worth having."""
    return verdict.state in (VerdictState.SUSPECT, VerdictState.DEAD, VerdictState.USURPED)


DEATH_RULES = ("explicit", "hard", "usurped", "soft", "weak")
"""Names of the rules by which a link is dead or usurped, the most serious evidence first."""
FAILURE_RULES = (*DEATH_RULES, "insecure")
"""Names of the rules that count negative observations."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict with its evidence."""

    verdict: Verdict
    rule: str = ""
    """Name of the rule of `[links.rules]` that is met; empty if none is needed."""
    counted: tuple[Observation, ...] = ()
    """The observations that the rule counted or, without a rule, those of the streak."""
    held: witness.WitnessAnswer | None = None
    """The answer of a second witness that holds the death back, though a rule is met."""
    rules: tuple[str, ...] = FAILURE_RULES
    """Names of the rules by which it may become dead or insecure."""


_STATE_OF_RULE = {"usurped": VerdictState.USURPED, "insecure": VerdictState.INSECURE}
"""Of the others it is dead."""
_REFUSED = (Outcome.REFUSED_BY_POLICY, Outcome.MALFORMED)
_BLOCKED = tuple(one for one in Outcome if one.is_blocked)
_LASTING = (Freshness.ARCHIVED, Freshness.WITHDRAWN, Freshness.DISABLED)
"""Facts that weigh more than a new name."""
_OF_PAGE = (Outcome.MISSING, Outcome.GONE, Outcome.SOFT_MISSING, Outcome.HOME_REDIRECT)
"""Outcomes that are about a page, and not about its host."""
_ARCHIVED = (Freshness.ARCHIVED, Freshness.DISABLED)
"""Facts with one flag, which does not change with the fact."""
_History = Sequence[Observation]


def conclude_verdict(
    link: str, history: _History, rules: Rules, answers: Sequence[witness.WitnessAnswer] = ()
) -> Verdict:
    """The verdict on one link, as `conclude` reaches it."""
    return conclude(link, history, rules, answers).verdict


def conclude(
    link: str, history: _History, rules: Rules, answers: Sequence[witness.WitnessAnswer] = ()
) -> Conclusion:
    """Conclude about one link from all its observations of judged runs, oldest first.

    `answers` are those of second witnesses, oldest first: none of them makes a failure worse,
    except that nobody has registered a lost name.

    A conclusion holds until a success clears it or a more serious one replaces it: a moved or stale
    link that fails once stays what it was, so that the list does not flicker.
    """
    checked = tuple(seen for seen in history if seen.outcome is not Outcome.SKIPPED)
    if not checked:
        return Conclusion(Verdict(link, VerdictState.UNCHECKED))
    streak = since_last_success(checked)
    answers = witness.in_streak(answers, streak)
    failing = _failing_long_enough(link, streak, rules, answers) if streak else None
    held = failing.held if failing else None
    conclusion = (
        (failing if held is None else None)
        or _last_with(link, checked, VerdictState.REFUSED, _REFUSED)
        or _stale(link, checked, rules, _LASTING)
        or _moved(link, checked, rules)
        or _stale(link, checked, rules, tuple(Freshness))
        or _last_with(link, checked, VerdictState.BLOCKED, _BLOCKED)
        or _suspect_or_alive(link, checked, streak)
    )
    verdict = replace(conclusion.verdict, last_checked=checked[-1].run_date)
    is_lost = verdict.state in (VerdictState.DEAD, VerdictState.INSECURE)
    if is_lost and verdict.suggestion is None:
        verdict = replace(verdict, suggestion=_moved_before(verdict, checked, streak, rules))
    if streak and verdict.state in (VerdictState.SUSPECT, VerdictState.DEAD):
        shown = held or (witness.most_relevant(answers) if witness.is_doubtful(streak) else None)
        verdict = replace(verdict, witness=shown.code if shown else "")
    applicable = (*death_rules(answers), "insecure")
    return replace(conclusion, verdict=verdict, held=held, rules=applicable)


def death_rules(answers: Sequence[witness.WitnessAnswer]) -> tuple[str, ...]:
    """The rules of death that apply to a streak, by the answers of its witnesses.

    A host that answers 404 for its home page too may refuse this machine, as a broken one would.
    """
    home = witness.latest(answers).get(witness.Witness.HOME)
    if home is None or home.result is not witness.WitnessResult.GONE:
        return DEATH_RULES
    return tuple(rule for rule in DEATH_RULES if rule not in ("hard", "soft"))


def counted_by(rule: str, streak: _History) -> tuple[Observation, ...]:
    """The observations of a streak that a rule counts; none for `moved`.

    Graver outcomes count for the milder rules as well, so that a link that fails in another way
    does not start again.
    """
    return tuple(seen for seen in streak if rule in _rules_counting(seen.outcome))


def satisfies(rule: Rule, counted: _History) -> bool:
    """Whether these observations amount to what the rule demands."""
    return len(counted) >= rule.checks and days_covered(counted) >= rule.nights


def days_covered(history: _History) -> int:
    """Days from the first observation to the last, both included; 0 without observations."""
    return (history[-1].run_date - history[0].run_date).days + 1 if history else 0


def since_last_success(history: _History) -> _History:
    """The observations after the last success; all of them if there was none.

    A closed page that failed because its project was gone does so no longer once that is back.
    """
    streak = _last_run(history, lambda seen: not seen.outcome.is_success)
    begin, why = 0, ""
    for number, seen in enumerate(streak):
        if seen.outcome.is_negative:
            why = seen.evidence
        elif why.startswith(IN_GONE_PROJECT) and seen.evidence.endswith(IN_KNOWN_PROJECT):
            begin = number
    return streak[begin:]


def permanent_redirects(history: _History) -> _History:
    """The last successes that all end permanently at one other URL; empty if there are none."""
    # elsewhere it may be redirected elsewhere: by country, or by language
    successes = [seen for seen in history if seen.outcome.is_success and not seen.vantage]
    target = successes[-1].final_url if successes else None

    def leads_there(seen: Observation) -> bool:
        is_permanent = seen.outcome is Outcome.REDIRECTED and seen.permanent
        return is_permanent and seen.final_url == target

    return _last_run(successes, leads_there) if target is not None else []


def unconfirmed_move(history: _History, rules: Rules) -> _History:
    """The permanent redirects that are not a move yet; empty if nothing waits for confirmation.

    A link that leads elsewhere at every check will never be a move and waits for nothing, and
    neither does one that refuses us for longer than the rule lasts.
    """
    redirects, days = permanent_redirects(history), rules.moved.nights
    if not redirects or satisfies(rules.moved, redirects):
        return []
    successes = [seen for seen in history if seen.outcome.is_success]
    elsewhere = len(_last_run(successes, lambda seen: seen.permanent)) - len(redirects)
    silent_days = (history[-1].run_date - redirects[-1].run_date).days
    return redirects if elsewhere < rules.moved.checks + days and silent_days < days else []


def _rules_counting(outcome: Outcome) -> tuple[str, ...]:
    """Names of the rules that count this outcome."""
    rule = outcome.rule
    if rule not in DEATH_RULES:
        return (rule,)
    names = DEATH_RULES[DEATH_RULES.index(rule) :]
    return tuple(name for name in names if name != "usurped" or rule == "usurped")


def _concluded(
    link: str,
    state: VerdictState,
    streak: _History,
    reason: str,
    rule: str = "",
    suggestion: str | None = None,
) -> Conclusion:
    since = streak[0].run_date
    verdict = Verdict(link, state, reason, since, len(streak), suggestion=suggestion)
    return Conclusion(verdict, rule, tuple(streak))


def _failing_long_enough(
    link: str, streak: _History, rules: Rules, answers: Sequence[witness.WitnessAnswer]
) -> Conclusion | None:
    """Dead, usurped or insecure, though a witness may hold death back; else None."""
    # every failure belongs to the streak, whatever the rule counts: `since` must not change
    negative = [seen for seen in streak if seen.outcome.is_negative]
    if not negative:
        return None
    counts = {rule: counted_by(rule, streak) for rule in (*death_rules(answers), "insecure")}
    if witness.is_unregistered(answers):
        counts = {"unregistered": witness.lost_name(streak)} | counts
    held, first_held = witness.holding(streak, answers, rules.witness), None
    for rule, counted in counts.items():
        if not satisfies(rules.named(rule), counted):
            continue
        state, reason = _STATE_OF_RULE.get(rule, VerdictState.DEAD), str(counted[-1].outcome)
        # a provider may suppose where it went; a page was redirected to what is missing
        last, is_dead = negative[-1], state is VerdictState.DEAD
        is_ours = is_dead and not counted_by("usurped", streak)
        is_known = is_ours and last.outcome is Outcome.MISSING and last.checked_by != "page"
        suggestion = last.final_url if is_known else None
        concluded = _concluded(link, state, negative, reason, rule, suggestion)
        conclusion = replace(concluded, counted=counted)
        is_certain = not is_dead or rule in ("explicit", "unregistered")
        soft = [seen for seen in counted if seen.outcome.is_soft]  # its own page says so
        if held is None or is_certain or satisfies(rules.soft, soft):
            return conclusion
        first_held = first_held or replace(conclusion, held=held)
    return first_held


def _confirmed_move(checked: _History, rules: Rules) -> _History:
    """The last permanent redirects that amount to a move; empty if there are none."""
    redirects = permanent_redirects(checked)
    for _ in range(rules.moved.nights):
        if not redirects or satisfies(rules.moved, redirects):
            break
        # moved once more, or for a night: it is where it went first until another is confirmed
        redirects = permanent_redirects(_before(checked, redirects))
    return redirects if satisfies(rules.moved, redirects) else []


def _before(checked: _History, streak: _History) -> _History:
    return [seen for seen in checked if seen.run_date < streak[0].run_date]


def _moved(link: str, checked: _History, rules: Rules) -> Conclusion | None:
    redirects = _confirmed_move(checked, rules)
    target = redirects[-1].final_url if redirects else None
    if target is None:
        return None
    # back from another target that was never confirmed: it was there all the time
    while earlier := _confirmed_move(_before(checked, redirects), rules):
        if earlier[-1].final_url != target:
            break
        redirects = [*earlier, *redirects]
    reason = HTTPS_UPGRADE if is_https_upgrade(link, target) else str(Outcome.REDIRECTED)
    if redirects[-1].checked_by != "page" and not redirects[-1].evidence.startswith(NOW_AT):
        reason = "renamed"
    return _concluded(link, VerdictState.MOVED, redirects, reason, "moved", target)


def _moved_before(lost: Verdict, checked: _History, streak: _History, rules: Rules) -> str | None:
    """Where the page of a dead or insecure link had moved, unless that was lost with it.

    As it was where the redirect is still there, at or below the host of a failure that is not the
    page's, behind an upgrade to https, which was tried, and at a provider.
    """
    moved, last = _moved(lost.link, checked, rules), streak[-1]
    is_page = last.checked_by == "page" and not counted_by("usurped", streak)
    if moved is None or moved.verdict.reason != Outcome.REDIRECTED or not is_page:
        return None
    target = moved.verdict.suggestion or ""
    host = host_of(lost.link).removeprefix("www.")
    is_left = lost.reason in _OF_PAGE or host not in parent_domains(host_of(target))
    return target if is_left and not fails_at(target, streak) else None


def fails_at(target: str, history: _History) -> bool:
    """Whether the link is redirected to this URL and fails there, since its last success."""
    url, streak = target.partition("#")[0], since_last_success(history)
    return any(seen.outcome.is_negative and url in seen.evidence for seen in streak)


def _stale(
    link: str, checked: _History, rules: Rules, facts: tuple[Freshness, ...]
) -> Conclusion | None:
    """Stale for one of these facts, as the provider said last; else None."""
    known = [seen for seen in checked if seen.freshness is not None]
    fact = known[-1].freshness if known else None
    if fact is None or fact is Freshness.FRESH or fact not in facts:
        return None
    alike = _ARCHIVED if fact in _ARCHIVED else (fact,)
    run = _last_run(known, lambda seen: seen.freshness in alike)
    moved = _moved(link, checked, rules) if fact in _LASTING else None
    suggestion = moved.verdict.suggestion if moved else None
    return _concluded(link, VerdictState.STALE, run, str(fact), suggestion=suggestion)


def _last_with(
    link: str, checked: _History, state: VerdictState, outcomes: tuple[Outcome, ...]
) -> Conclusion | None:
    """The state, if the last observations have one of these outcomes; else None."""
    run = _last_run(checked, lambda seen: seen.outcome in outcomes)
    return _concluded(link, state, run, str(run[-1].outcome)) if run else None


def _suspect_or_alive(link: str, checked: _History, streak: _History) -> Conclusion:
    negative = [seen for seen in streak if seen.outcome.is_negative]
    if negative:
        reason = str(negative[-1].outcome)
        return _concluded(link, VerdictState.SUSPECT, negative, reason)
    if run := _last_run(checked, lambda seen: seen.is_doubtful):
        return _concluded(link, VerdictState.SUSPECT, run, str(Outcome.TAKEN_OVER))
    if run := _last_run(checked, lambda seen: seen.leads_elsewhere):
        return _concluded(link, VerdictState.SUSPECT, run, ELSEWHERE_REASON)
    run = _last_run(checked, lambda seen: seen.outcome.is_success)
    return _concluded(link, VerdictState.ALIVE, run, str(run[-1].outcome))


def _last_run(history: _History, belongs: Callable[[Observation], bool]) -> _History:
    """The longest tail of the history in which each observation belongs."""
    start = len(history)
    while start and belongs(history[start - 1]):
        start -= 1
    return history[start:]


class FlagState(StrEnum):
    """What a flag says about the link before it."""

    DEAD = "dead"
    USURPED = "usurped"
    MOVED = "moved"
    INSECURE = "insecure"
    ARCHIVED = "archived"
    IDLE = "idle"
    WITHDRAWN = "withdrawn"
    MALFORMED = "malformed"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Flag:
    """What is said about a link, and since which date."""

    state: FlagState
    since: date


_FLAGS = {**{one.value: one for one in FlagState}, "disabled": FlagState.ARCHIVED}
"""By a verdict's state or, where that is stale or refused, by its reason."""


def flag_state(verdict: Verdict) -> FlagState | None:
    """The flag for a verdict; None for those that only reports show."""
    is_reason = verdict.state in (VerdictState.STALE, VerdictState.REFUSED)
    return _FLAGS.get(verdict.reason if is_reason else verdict.state)


def is_covered(verdict: Verdict, named: str | None, seen_on: date | None) -> bool:
    """Whether the decision not to flag a link covers its present verdict.

    `named` is a verdict, flag or reason (None: any). `seen_on` is when the person saw the flag: a
    later streak is not covered; None if every streak is.
    """
    if named not in (None, verdict.state, verdict.reason, flag_state(verdict)):
        return False
    return seen_on is None or verdict.since is None or verdict.since <= seen_on
