"""The status as SARIF 2.1.0: rules for verdicts and for findings, a result for each place."""

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from curated.findings import FindingKind
from links.verdict import State
from reports.counting import plural
from reports.finding_words import WORDS
from reports.meaning import MEANINGS, Meaning
from reports.status import FindingRow, LinkRow, Status
from reports.terminal import inert
from warehouse.runs import RunStatus

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {
    State.DEAD: "error",
    State.INSECURE: "warning",
    State.MOVED: "warning",
    State.STALE: "warning",
    State.REFUSED: "warning",
    State.SUSPECT: "note",
    State.BLOCKED: "note",
}
_SLIGHT = (
    FindingKind.DUPLICATE,
    FindingKind.TWO_NAMES,
    FindingKind.PLAIN_HTTP,
    FindingKind.TRAILING_BLANK,
    FindingKind.UNUSED_REFERENCE,
)
"""Findings that are a matter of taste."""
_RULES = (*map(str, _LEVELS), *map(str, WORDS))


def as_sarif(status: Status) -> str:
    """One SARIF log with one run; links that are kept by a person come as suppressed."""
    run: dict[str, Any] = {
        "tool": {"driver": _driver()},
        "automationDetails": {"id": "staycurrent/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(status)],
        "results": list(_results(status)),
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _driver() -> dict[str, Any]:
    rules = [_rule(state, MEANINGS[state]) for state in _LEVELS]
    rules += [_finding_rule(kind, words) for kind, words in WORDS.items()]
    return {"name": "staycurrent", "semanticVersion": "0.1.0", "rules": rules}


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
    return "note" if kind in _SLIGHT else "warning"


def _invocation(status: Status) -> dict[str, Any]:
    run = status.run
    told: dict[str, Any] = {
        "executionSuccessful": run is None or run.status is not RunStatus.NOT_JUDGED,
        "endTimeUtc": f"{status.as_of:%Y-%m-%dT%H:%M:%SZ}",
    }
    if run is not None and run.reason:
        reason = _message(f"The latest night was not judged: {run.reason}")
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
        yield _finding(found, f"{_digest(*same)}:{told[same]}")


def _finding(found: FindingRow, fingerprint: str) -> dict[str, Any]:
    instead = f" Instead: {found.suggestion}" if found.suggestion else ""
    return {
        "ruleId": str(found.kind),
        "ruleIndex": _RULES.index(str(found.kind)),
        "level": _level(found.kind),
        "message": _message(f"{found.message}.{instead}"),
        "locations": [_location(found)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }


def _result(row: LinkRow, fingerprint: str) -> dict[str, Any]:
    state = row.verdict.state
    result: dict[str, Any] = {
        "ruleId": str(state),
        "ruleIndex": _RULES.index(str(state)),
        "level": _LEVELS[state],
        "message": _message(_words(row)),
        "locations": [_location(row)],
        # the name that GitHub's code scanning matches alerts by, and one that says what it is
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "link/v1": fingerprint},
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
    return f"{_digest(row.list, row.url, row.verdict.state)}:{ordinal}"


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]


def _location(row: LinkRow | FindingRow) -> dict[str, Any]:
    artifact = {"uri": quote(row.list, safe="/:" if row.list.startswith("/") else "/")}
    if not row.list.startswith("/"):
        artifact["uriBaseId"] = "%SRCROOT%"
    region = {"startLine": row.line, "startColumn": row.column}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _words(row: LinkRow) -> str:
    verdict = row.verdict
    looks = plural(verdict.nights, "look")
    since = f" since {verdict.since}, {looks}" if verdict.since else ""
    instead = f" Instead: {verdict.suggestion}" if verdict.suggestion else ""
    snapshot = f" Snapshot: {verdict.archive}" if verdict.archive else ""
    return (
        f"{row.title} <{row.url}> is {verdict.state}: {verdict.reason}{since}.{instead}{snapshot}"
    )


def _message(text: str) -> dict[str, str]:
    r"""Plain text: brackets would be an embedded link (SARIF 2.1.0, 3.11.6), so `\` goes before."""
    shown = inert(text).replace("\\", "\\\\")
    return {"text": shown.replace("[", "\\[").replace("]", "\\]")}
