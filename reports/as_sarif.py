"""The status as SARIF 2.1.0: rules for verdicts and for findings, a result for each place."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from staycurrent.curated.findings import FindingKind
from staycurrent.links.verdict import State
from staycurrent.reports.counting import plural
from staycurrent.reports.finding_words import SLIGHT, WORDS
from staycurrent.reports.meaning import MEANINGS, Meaning
from staycurrent.reports.sarif import fingerprint, location, log, message
from staycurrent.reports.status import FindingRow, LinkRow, Status
from staycurrent.reports.terminal import inert
from staycurrent.warehouse.runs import RunStatus

_LEVELS = {
    State.DEAD: "error",
    State.INSECURE: "warning",
    State.MOVED: "warning",
    State.STALE: "warning",
    State.REFUSED: "warning",
    State.SUSPECT: "note",
    State.BLOCKED: "note",
}
_RULES = (*map(str, _LEVELS), *map(str, WORDS))


def as_sarif(status: Status) -> str:
    """One SARIF log with one run; links that are kept by a person come as suppressed."""
    run = {"invocations": [_invocation(status)], "results": list(_results(status))}
    return log("staycurrent", list(_rules()), run)


def _rules() -> Iterator[dict[str, Any]]:
    yield from (_rule(state, MEANINGS[state]) for state in _LEVELS)
    yield from (_finding_rule(kind, words) for kind, words in WORDS.items())


def _rule(state: State, meaning: Meaning) -> dict[str, Any]:
    return {
        "id": str(state),
        "name": f"{str(state).capitalize()}Link",
        "shortDescription": {"text": f"A link that is {meaning.name}."},
        "fullDescription": {"text": meaning.says},
        "help": {
            "text": f"{meaning.says} {meaning.do} `staycurrent explain URL` shows every look.",
            "markdown": f"{meaning.says} {meaning.do}\n\n`staycurrent explain URL` shows every "
            "look and the rule; `staycurrent keep URL` settles that it is fine.",
        },
        "defaultConfiguration": {"level": _LEVELS[state]},
        "properties": {"tags": ["links"], "precision": "high"},
    }


def _finding_rule(kind: FindingKind, words: str) -> dict[str, Any]:
    return {
        "id": str(kind),
        "name": "".join(part.capitalize() for part in kind.split("_")),
        "shortDescription": {"text": f"{words}."},
        "help": {"text": f"{words}: found in the document itself, whatever its links answer."},
        "defaultConfiguration": {"level": _level(kind)},
        "properties": {"tags": ["document"], "precision": "high"},
    }


def _level(kind: FindingKind) -> str:
    return "note" if kind in SLIGHT else "warning"


def _invocation(status: Status) -> dict[str, Any]:
    run = status.run
    told: dict[str, Any] = {
        "executionSuccessful": run is None or run.status is not RunStatus.NOT_JUDGED,
        "endTimeUtc": f"{status.as_of:%Y-%m-%dT%H:%M:%SZ}",
    }
    if run is not None and run.reason:
        reason = message(f"The latest night was not judged: {run.reason}")
        told["toolExecutionNotifications"] = [{"level": "warning", "message": reason}]
    return told


def _results(status: Status) -> Iterator[dict[str, Any]]:
    seen: dict[tuple[str, str, State], int] = {}
    for row in status.links:
        state = row.verdict.state
        if state in _LEVELS:
            place = (row.list, row.url, state)
            seen[place] = seen.get(place, 0) + 1
            yield _result(row, _print(row, seen[place]))
    told: Counter[tuple[str, str, str]] = Counter()
    for found in status.findings:
        same = (found.list, found.kind, found.message)
        told[same] += 1
        yield _finding(found, f"{fingerprint(*same)}:{told[same]}")


def _finding(found: FindingRow, name: str) -> dict[str, Any]:
    instead = f" Instead: {found.suggestion}" if found.suggestion else ""
    return {
        "ruleId": str(found.kind),
        "ruleIndex": _RULES.index(str(found.kind)),
        "level": _level(found.kind),
        "message": message(f"{found.message}.{instead}"),
        "locations": [location(found.list, found.line, found.column)],
        "partialFingerprints": {"primaryLocationLineHash": name},
    }


def _result(row: LinkRow, name: str) -> dict[str, Any]:
    state = row.verdict.state
    result: dict[str, Any] = {
        "ruleId": str(state),
        "ruleIndex": _RULES.index(str(state)),
        "level": _LEVELS[state],
        "message": message(_words(row)),
        "locations": [location(row.list, row.line, row.column)],
        # the name that GitHub's code scanning matches alerts by, and one that says what it is
        "partialFingerprints": {"primaryLocationLineHash": name, "link/v1": name},
        "properties": {
            "url": inert(row.url),
            "reason": row.verdict.reason,
            "nights": row.verdict.nights,
        },
    }
    if row.kept:
        told = {"kind": "external", "status": "accepted", "justification": "kept by a person"}
        result["suppressions"] = [told]
    return result


def _print(row: LinkRow, ordinal: int) -> str:
    """The same for as long as the verdict stands, wherever the line moves to."""
    return f"{fingerprint(row.list, row.url, row.verdict.state)}:{ordinal}"


def _words(row: LinkRow) -> str:
    verdict = row.verdict
    looks = plural(verdict.nights, "look")
    since = f" since {verdict.since}, {looks}" if verdict.since else ""
    instead = f" Instead: {verdict.suggestion}" if verdict.suggestion else ""
    snapshot = f" Snapshot: {verdict.archive}" if verdict.archive else ""
    return (
        f"{row.title} <{row.url}> is {verdict.state}: {verdict.reason}{since}.{instead}{snapshot}"
    )
