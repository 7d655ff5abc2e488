"""SARIF 2.1.0, as far as two reports share it: the log, its words and its places."""

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import State
from staycurrent.reports.lint_report import LINT_KINDS, LintFinding, LintKind
from staycurrent.reports.model import FindingRow, LinkRow, Status
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import (
    FINDING_HEADINGS,
    MINOR_FINDINGS,
    VERDICT_WORDING,
    VerdictWording,
)
from staycurrent.warehouse.runs import RunStatus

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif_log(category: str, rules: list[dict[str, Any]], run: dict[str, Any]) -> str:
    """One log with one run; the category sets it apart from the others of a commit."""
    told: dict[str, Any] = {
        "tool": {"driver": {"name": "staycurrent", "semanticVersion": "0.1.0", "rules": rules}},
        "automationDetails": {"id": f"{category}/"},
        "columnKind": "unicodeCodePoints",
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [told | run]}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def message(text: str) -> dict[str, str]:
    r"""Plain text: brackets would be an embedded link (SARIF 2.1.0, 3.11.6), so `\` goes before."""
    shown = sanitise(text).replace("\\", "\\\\")
    return {"text": shown.replace("[", "\\[").replace("]", "\\]")}


def location(path: str, line: int, column: int) -> dict[str, Any]:
    """A place of a list; a path that is not absolute counts from the top of the repository."""
    is_absolute = path.startswith("/")
    artifact = {"uri": quote(path, safe="/:" if is_absolute else "/", errors="surrogateescape")}
    if not is_absolute:
        artifact["uriBaseId"] = "%SRCROOT%"
    region = {"startLine": line, "startColumn": column}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def fingerprint(*parts: str) -> str:
    """A short name for what a result says of what, wherever its line moves to."""
    return sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


_LEVELS = {
    State.DEAD: "error",
    State.INSECURE: "warning",
    State.MOVED: "warning",
    State.STALE: "warning",
    State.REFUSED: "warning",
    State.SUSPECT: "note",
    State.BLOCKED: "note",
}
_RULES = (*map(str, _LEVELS), *map(str, FINDING_HEADINGS))


def status_as_sarif(status: Status) -> str:
    """One SARIF log with one run; links that are kept by a person come as suppressed."""
    run = {"invocations": [_invocation(status)], "results": list(_results(status))}
    return sarif_log("staycurrent", list(_rules()), run)


def _rules() -> Iterator[dict[str, Any]]:
    yield from (_rule(state, VERDICT_WORDING[state]) for state in _LEVELS)
    yield from (_finding_rule(kind, words) for kind, words in FINDING_HEADINGS.items())


def _rule(state: State, meaning: VerdictWording) -> dict[str, Any]:
    return {
        "id": str(state),
        "name": f"{str(state).capitalize()}Link",
        "shortDescription": {"text": f"A link that is {meaning.name}."},
        "fullDescription": {"text": meaning.description},
        "help": {
            "text": f"{meaning.description} {meaning.action} `staycurrent explain URL` shows every look.",  # noqa: E501
            "markdown": f"{meaning.description} {meaning.action}\n\n`staycurrent explain URL` shows every "  # noqa: E501
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
    return "note" if kind in MINOR_FINDINGS else "warning"


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
            "url": sanitise(row.url),
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


def lint_as_sarif(findings: tuple[LintFinding, ...]) -> str:
    """One SARIF log with one run; the category sets it apart from what the nights conclude."""
    rules = [_lint_rule(kind) for kind in LINT_KINDS]
    return sarif_log(
        "staycurrent-lint", rules, {"results": [_lint_result(one) for one in findings]}
    )


def _lint_rule(kind: LintKind) -> dict[str, Any]:
    said = f"A link that was added: {kind.replace('_', ' ')}."
    return {
        "id": f"added/{kind}",
        "shortDescription": {"text": said},
        "defaultConfiguration": {"level": _lint_level(kind)},
    }


def _lint_result(one: LintFinding) -> dict[str, Any]:
    return {
        "ruleId": f"added/{one.kind}",
        "ruleIndex": LINT_KINDS.index(one.kind),
        "level": _lint_level(one.kind),
        "message": message(one.sentence),
        "locations": [location(one.path, one.line, one.column)],
        "partialFingerprints": {"link/v1": fingerprint(one.path, one.url, one.kind)},
    }


def _lint_level(kind: LintKind) -> str:
    return "note" if kind.is_note else "warning"
