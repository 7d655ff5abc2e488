"""SARIF 2.1.0: the status of links and documents, and what `lint` found of a change."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.json_report import dump_json
from staycurrent.reports.lint_report import LintFinding
from staycurrent.reports.model import (
    EndingRow,
    FindingRow,
    LinkRow,
    Status,
    findings_beyond_links,
)
from staycurrent.reports.text import LintKind, sanitise
from staycurrent.reports.wording import (
    FINDING_HEADINGS,
    MINOR_FINDINGS,
    VERDICT_WORDING,
    verdict_reason,
    verdict_text,
)
from staycurrent.warehouse.runs import RunStatus

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_VERDICT_LEVELS: Final = {
    **dict.fromkeys((VerdictState.DEAD, VerdictState.USURPED), "error"),
    **dict.fromkeys((VerdictState.INSECURE, VerdictState.MOVED), "warning"),
    **dict.fromkeys((VerdictState.STALE, VerdictState.REFUSED), "warning"),
    **dict.fromkeys((VerdictState.SUSPECT, VerdictState.BLOCKED), "note"),
}
_ENDING: Final = "ending"
_GITHUB_FINGERPRINT: Final = "primaryLocationLineHash"
"""The name of the fingerprint by which GitHub's code scanning recognises an alert."""


def status_as_sarif(status: Status) -> str:
    """One log with one run; links that a person keeps are suppressed results."""
    run = status.run
    invocation: dict[str, Any] = {
        "executionSuccessful": run is None or run.status is RunStatus.JUDGED,
        "endTimeUtc": f"{status.as_of:%Y-%m-%dT%H:%M:%SZ}",
    }
    if run is not None and run.reason:
        reason = _message(f"The latest run was not judged: {run.reason}")
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": reason}]
    links = [row for row in status.links if row.verdict.state in _VERDICT_LEVELS]
    results = [*map(_link_result, links), *map(_finding_result, findings_beyond_links(status))]
    results += map(_ending_result, status.endings)
    return _log("staycurrent", _status_rules(), results, invocations=[invocation])


def lint_as_sarif(findings: Sequence[LintFinding]) -> str:
    """One log with one run; its category differs from that of the status."""
    rules = [
        {
            "id": f"added/{kind}",
            "shortDescription": {"text": f"What a change adds: {kind.description}."},
            "defaultConfiguration": {"level": kind.level},
        }
        for kind in LintKind
    ]
    results = [
        _result(
            f"added/{one.kind}",
            one.sentence,
            (one.path, one.line, one.column),
            {"link/v1": _fingerprint(one.path, one.url, one.kind)},
        )
        for one in findings
    ]
    return _log("staycurrent-lint", rules, results)


def _log(
    category: str, rules: Iterable[dict[str, Any]], results: Sequence[dict[str, Any]], **more: Any
) -> str:
    """A log with one run; GitHub keeps the results of each category of a commit apart.

    A result has the level of its rule. Equal fingerprints are numbered, in the order of the lists.
    """
    from importlib.metadata import version  # slow to import

    rules = list(rules)
    of_rules = {
        rule["id"]: {"ruleId": rule["id"], "ruleIndex": index, **rule["defaultConfiguration"]}
        for index, rule in enumerate(rules)
    }
    seen: Counter[str] = Counter()
    for result in results:
        fingerprints = result["partialFingerprints"]
        (same,) = {*fingerprints.values()}
        seen[same] += 1
        fingerprints.update(dict.fromkeys(fingerprints, f"{same}:{seen[same]}"))
    driver = {"name": "staycurrent", "semanticVersion": version("staycurrent"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{category}/"},
        "columnKind": "unicodeCodePoints",
        **more,
        "results": [of_rules[result["ruleId"]] | result for result in results],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return dump_json(log)


def _status_rules() -> Iterator[dict[str, Any]]:
    for state, level in _VERDICT_LEVELS.items():
        wording = VERDICT_WORDING[state]
        text = f"{wording.description} {wording.action}"
        yield {
            "id": str(state),
            "name": f"{str(state).capitalize()}Link",
            "shortDescription": {"text": f"A link that is {verdict_text(state)}."},
            "fullDescription": {"text": wording.description},
            "help": {
                "text": f"{text} `staycurrent explain URL` shows every check.",
                "markdown": f"{text}\n\n`staycurrent explain URL` shows every check and the rule; "
                "`staycurrent keep URL` accepts the link as it is.",
            },
            "defaultConfiguration": {"level": level},
            "properties": {"tags": ["links"], "precision": "high"},
        }
    for kind, heading in FINDING_HEADINGS.items():
        yield {
            "id": str(kind),
            "name": "".join(part.capitalize() for part in kind.split("_")),
            "shortDescription": {"text": f"{heading}."},
            "help": {"text": f"{heading}. This is a problem of the document, not of its links."},
            "defaultConfiguration": {"level": "note" if kind in MINOR_FINDINGS else "warning"},
            "properties": {"tags": ["document"], "precision": "high"},
        }
    text = "The link works, and its registration, its certificate or its service is about to end."
    yield {
        "id": _ENDING,
        "name": "EndingSoon",
        "shortDescription": {"text": "A link that works and is about to end."},
        "help": {"text": f"{text} It has no flag in the list."},
        "defaultConfiguration": {"level": "note"},
        "properties": {"tags": ["links"], "precision": "high"},
    }


def _link_result(row: LinkRow) -> dict[str, Any]:
    verdict = row.verdict
    suggestion = f" Suggested replacement: {verdict.suggestion}" if verdict.suggestion else ""
    snapshot = f" Snapshot: {verdict.archive}" if verdict.archive else ""
    message = (
        f"{row.title} <{row.url}> is {verdict_text(verdict.state)}: "
        f"{verdict_reason(verdict, row.evidence)}.{suggestion}{snapshot}"
    )
    fingerprint = _fingerprint(row.list, row.url, verdict.state)
    fingerprints = {_GITHUB_FINGERPRINT: fingerprint, "link/v1": fingerprint}
    result = _result(verdict.state, message, row.place, fingerprints)
    result["properties"] = {
        "url": sanitise(row.url),
        "reason": sanitise(verdict.reason),
        "checks": verdict.checks,
    }
    if row.kept:
        suppression = {"kind": "external", "status": "accepted"}
        result["suppressions"] = [suppression | {"justification": "kept by a person"}]
    return result


def _finding_result(row: FindingRow) -> dict[str, Any]:
    suggestion = f" Suggested replacement: {row.suggestion}" if row.suggestion else ""
    fingerprint = {_GITHUB_FINGERPRINT: _fingerprint(row.list, row.kind, row.subject)}
    return _result(row.kind, f"{row.message}.{suggestion}", row.place, fingerprint)


def _ending_result(one: EndingRow) -> dict[str, Any]:
    row, ending = one.row, one.ending
    snapshot = f" Snapshot: {one.archive}" if one.archive else ""
    message = f"{row.title} <{row.url}> is about to end: {ending.evidence}.{snapshot}"
    fingerprint = _fingerprint(row.list, row.url, _ENDING, ending.kind)
    return _result(_ENDING, message, row.place, {_GITHUB_FINGERPRINT: fingerprint})


def _result(
    rule: str, text: str, place: tuple[str, int, int], fingerprints: dict[str, str]
) -> dict[str, Any]:
    """A message and its position in a list; a relative path starts at the repository's root."""
    path, line, column = place
    is_absolute = path.startswith("/")
    artifact = {"uri": quote(path, safe="/:" if is_absolute else "/", errors="surrogateescape")}
    if not is_absolute:
        artifact["uriBaseId"] = "%SRCROOT%"
    region = {"startLine": line, "startColumn": column}
    location = {"artifactLocation": artifact, "region": region}
    return {
        "ruleId": str(rule),
        "message": _message(text),
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": fingerprints,
    }


def _message(text: str) -> dict[str, str]:
    r"""Plain text; brackets are escaped with `\`, they would be links (SARIF 2.1.0, 3.11.6)."""
    escaped = sanitise(text).replace("\\", "\\\\")
    return {"text": escaped.replace("[", "\\[").replace("]", "\\]")}


def _fingerprint(*parts: str) -> str:
    """A short hash of a result's rule and subject, whatever its line and the words about it."""
    return sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:16]
