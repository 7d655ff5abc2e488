"""The status as JSON, in the shape of `docs/status.schema.json`."""

import json
import re
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import is_visible
from staycurrent.sources.item import CandidateGroup
from staycurrent.warehouse.overrides import Override

_UNUSUAL = re.compile(r"[^\n -~]")
SCHEMA: Final = 1
"""Version of the shape; it changes if a key is removed or changes its meaning."""


def as_json(status: Status) -> str:
    """One JSON object, as `docs/status.schema.json` describes it."""
    dates = Counter(status.next_checks.values())
    run, subject = status.run, status.subject
    document = {
        "schema": SCHEMA,
        "as_of": status.as_of.isoformat(),
        "run": run
        and _pick(run, "id", "status", "links", "checked", "requests")
        | {"seconds": round(run.seconds, 1)},
        "links": [_link(row) for row in status.links],
        "candidates": [
            _pick(one, "title", "url", "source", "why", "section", "first_seen")
            | {"score": round(one.score, 4)}
            for one in status.candidates
        ],
        "sources": [
            {
                "name": one.source,
                "state": one.state,
                "used": one.used or None,
                "items": one.items,
                "as_of": one.pulled_at.isoformat(),
                "note": one.note or None,
            }
            for one in status.sources
        ],
        "subject": subject
        and _pick(subject, "about", "is_set", "names") | {"advice": subject.advice or None},
        "groups": {
            str(group): [one.url for one in status.candidates if one.group is group]
            for group in CandidateGroup
        },
        "endings": [
            _pick(one.row, "url", "list", "line", "title")
            | _pick(one.ending, "kind", "ends_on", "evidence")
            | {"archive": one.archive}
            for one in status.endings
        ],
        "findings": [asdict(row) for row in status.findings],
        "maintenance": [asdict(one) for one in status.maintenance],
        "duplicates": [
            _pick(one, "url", "list")
            | {"occurrences": [{"line": line, "title": title} for line, title in one.occurrences]}
            for one in status.duplicates
        ],
        "overrides": [_override(one) for one in status.overrides],
        "reversals": asdict(status.reversals),
        "next_checks": [{"date": day, "links": dates[day]} for day in sorted(dates)],
        "not_judged": (run and run.reason) or None,
    }
    return dump_json(document)


def dump_json(document: object) -> str:
    """JSON whose texts cannot act on a terminal: what is invisible is escaped.

    JSON itself escapes control characters below U+0020 only.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    escaped = _UNUSUAL.sub(
        lambda one: one.group() if is_visible(one.group()) else json.dumps(one.group())[1:-1], text
    )
    return f"{escaped}\n"


def _pick(one: object, *names: str) -> dict[str, Any]:
    """These attributes, in this order; a tuple becomes an array."""
    return {name: getattr(one, name) for name in names}


def _link(row: LinkRow) -> dict[str, Any]:
    verdict = row.verdict
    return (
        _pick(row, "url", "list", "line", "section", "title")
        | {"verdict": verdict.state, "reason": verdict.reason or None}
        | _pick(verdict, "since", "checks", "last_checked", "suggestion", "archive")
        | _pick(row, "flag", "kept")
    )


def _override(override: Override) -> dict[str, Any]:
    return _pick(override, "url", "kind", "verdict", "until") | {
        "reason": override.reason or None,
        "created_at": override.created_at.isoformat(),
        "author": override.author or None,
        "origin": override.origin,
    }
