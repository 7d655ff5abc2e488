"""SARIF 2.1.0, as far as two reports share it: the log, its words and its places."""

import json
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from staycurrent.reports.terminal import inert

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def log(category: str, rules: list[dict[str, Any]], run: dict[str, Any]) -> str:
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
    shown = inert(text).replace("\\", "\\\\")
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
