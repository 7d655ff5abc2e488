"""What one look found of links that a change adds, as SARIF 2.1.0."""

import json
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from reports.added import KINDS, Finding, Kind
from reports.terminal import inert

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def as_sarif(findings: tuple[Finding, ...]) -> str:
    """One SARIF log with one run; the category sets it apart from what the nights conclude."""
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "staycurrent", "rules": [_rule(kind) for kind in KINDS]}},
        "automationDetails": {"id": "staycurrent-lint/"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one) for one in findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(kind: Kind) -> dict[str, Any]:
    said = f"A link that was added: {kind.replace('_', ' ')}."
    return {
        "id": f"added/{kind}",
        "shortDescription": {"text": said},
        "defaultConfiguration": {"level": _level(kind)},
    }


def _result(one: Finding) -> dict[str, Any]:
    told = "\0".join((one.path, one.url, one.kind)).encode(errors="surrogatepass")
    return {
        "ruleId": f"added/{one.kind}",
        "ruleIndex": KINDS.index(one.kind),
        "level": _level(one.kind),
        "message": {"text": _plain(one.sentence)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(one.path, errors="surrogateescape"),
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": one.line, "startColumn": one.column},
                }
            }
        ],
        "partialFingerprints": {"link/v1": sha256(told).hexdigest()[:16]},
    }


def _level(kind: Kind) -> str:
    return "note" if kind.is_note else "warning"


def _plain(text: str) -> str:
    r"""Text without embedded links (SARIF 2.1.0, 3.11.6): brackets are escaped, after `\`."""
    shown = inert(text).replace("\\", "\\\\")
    return shown.replace("[", "\\[").replace("]", "\\]")
