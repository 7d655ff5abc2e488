"""What one look found of links that a change adds, as SARIF 2.1.0."""

from typing import Any

from staycurrent.reports.added import KINDS, Finding, Kind
from staycurrent.reports.sarif import fingerprint, location, log, message


def as_sarif(findings: tuple[Finding, ...]) -> str:
    """One SARIF log with one run; the category sets it apart from what the nights conclude."""
    rules = [_rule(kind) for kind in KINDS]
    return log("staycurrent-lint", rules, {"results": [_result(one) for one in findings]})


def _rule(kind: Kind) -> dict[str, Any]:
    said = f"A link that was added: {kind.replace('_', ' ')}."
    return {
        "id": f"added/{kind}",
        "shortDescription": {"text": said},
        "defaultConfiguration": {"level": _level(kind)},
    }


def _result(one: Finding) -> dict[str, Any]:
    return {
        "ruleId": f"added/{one.kind}",
        "ruleIndex": KINDS.index(one.kind),
        "level": _level(one.kind),
        "message": message(one.sentence),
        "locations": [location(one.path, one.line, one.column)],
        "partialFingerprints": {"link/v1": fingerprint(one.path, one.url, one.kind)},
    }


def _level(kind: Kind) -> str:
    return "note" if kind.is_note else "warning"
