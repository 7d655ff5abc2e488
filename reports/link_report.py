"""The report of one link: its verdict, the rule, what happens next, and every observation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from staycurrent.links.forecast import RuleProgress
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.links.witness import Witness, WitnessAnswer, WitnessResult, describe
from staycurrent.reports.model import EndingRow, LinkRow
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import REASONS, RULES, override_text, reason_text, verdict_text
from staycurrent.warehouse.overrides import Override

_NO_RULE: Final = {
    VerdictState.ALIVE: "one successful check is enough",
    VerdictState.STALE: "what a provider says about freshness counts from the first check",
    VerdictState.REFUSED: "problems of the URL itself are shown at once",
    VerdictState.UNCHECKED: "there is no verdict without a check",
}


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Everything that is known about one link."""

    url: str
    verdict: Verdict
    rows: tuple[LinkRow, ...]
    """Its occurrences in the lists."""
    history: tuple[Observation, ...]
    """Observations of judged runs, oldest first."""
    not_counted: tuple[Observation, ...]
    """Observations of runs that were not judged, and failures elsewhere; they are not evidence."""
    rule: RuleProgress | None
    """The rule that the verdict rests on, or that is met first; None if no rule applies."""
    forecast: str
    """What would change the verdict, in a sentence."""
    due: date | None
    """Date of the next check; None for a link that is not requested."""
    overrides: tuple[Override, ...]
    due_reason: str = ""
    """Why it is due on that date; empty if it is not due."""
    answers: tuple[WitnessAnswer, ...] = ()
    """Of second witnesses, oldest first."""
    endings: tuple[EndingRow, ...] = ()
    """What is about to end."""


def link_report_text(report: LinkReport) -> str:
    """Lines for a terminal, the verdict first; ends with a newline."""
    verdict = report.verdict
    conclusion = verdict_text(verdict.state)
    if verdict.since is not None:
        if verdict.reason not in (verdict.state, Outcome.OK):
            conclusion += f" ({reason_text(verdict.reason)})"
        conclusion += f" since {verdict.since}, {plural(verdict.checks, 'check')}"
    lines = [("verdict", conclusion)]
    if verdict.suggestion:
        lines.append(("suggestion", verdict.suggestion))
    if verdict.archive:
        lines.append(("snapshot", verdict.archive))
    lines += [("rule", _rule(report)), ("next", report.forecast)]
    lines += [
        ("witness", text) for one in _distinct(report.answers) if (text := describe(one.code))
    ]
    for one in report.endings:
        snapshot = f" [snapshot {one.archive}]" if one.archive else ""
        lines.append(("ends", f"{one.ending.evidence}{snapshot}"))
    if report.due:
        lines.append(("due", ": ".join(filter(None, (str(report.due), report.due_reason)))))
    for row in report.rows:
        flag = "kept by a person" if row.kept else (row.flag or "no flag")
        if row.held_back:
            flag = "flagged from the next run on: too many links failed at once"
        lines.append(("in", f"{row.list}:{row.line} {row.title} ({flag})"))
    lines += [("override", override_text(one)) for one in report.overrides]
    labelled = [f"  {label:12}{sanitise(text)}" for label, text in lines]
    return "\n".join([sanitise(report.url), *labelled, *_observations(report)]) + "\n"


def _distinct(answers: Sequence[WitnessAnswer]) -> Iterator[WitnessAnswer]:
    """The answers; of several in a row without one the first, which says since when."""
    last: dict[Witness, WitnessResult] = {}
    for one in answers:
        if one.result is not WitnessResult.UNREACHED or last.get(one.witness) is not one.result:
            yield one
        last[one.witness] = one.result


def _rule(report: LinkReport) -> str:
    """The rule that the verdict rests on, or waits for: what it requires and what there is."""
    progress = report.rule
    if progress is None:
        return _NO_RULE.get(report.verdict.state, "no rule counts this towards dead")
    rule = progress.rule
    required = f"{plural(rule.checks, 'check')} over at least {plural(rule.nights, 'night')}"
    found = f"{len(progress.counted)} over {progress.days}"
    state = "met" if progress.earliest is None else "not met yet"
    return (
        f"links.rules.{progress.name} ({RULES[progress.name]}) requires {required}, "
        f"has {found}: {state}"
    )


def _observations(report: LinkReport) -> Iterator[str]:
    """A line for each date, in columns; a star marks what the rule counts."""
    counted = frozenset(one.run_date for one in report.rule.counted) if report.rule else frozenset()
    legend = ", * counted by the rule" if counted else ""
    yield f"  checks      {len(report.history)}{legend}"
    every = [*report.history, *report.not_counted]
    reason_width = max((len(REASONS[one.outcome]) for one in every), default=0)
    asked_width = max((len(sanitise(one.checked_by)) for one in every), default=0)
    for number, one in enumerate(every):
        is_evidence = number < len(report.history)
        star = "*" if is_evidence and one.run_date in counted and not one.vantage else " "
        is_new = one.freshness and one.freshness not in one.evidence
        freshness = f", {reason_text(one.freshness)}" if one.freshness and is_new else ""
        if one.vantage:
            note = "" if is_evidence else ": failures elsewhere do not count"
            note = f" [checked from {sanitise(one.vantage)}{note}]"
        else:
            note = "" if is_evidence else " [ignored: that run was not judged]"
        yield (
            f"  {star} {one.run_date} {REASONS[one.outcome]:{reason_width}}  "
            f"{sanitise(one.checked_by):{asked_width}}  {sanitise(one.evidence)}{freshness}{note}"
        )
