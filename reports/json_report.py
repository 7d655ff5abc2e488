"""The status as JSON, in the shape of `docs/status.schema.json`."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from staycurrent.reports.model import LinkRow, Status
from staycurrent.sources.item import Candidate, CandidateGroup
from staycurrent.warehouse.overrides import Override

SCHEMA: Final = 1
"""Version of the shape; it changes if a key is removed or changes its meaning."""


def as_json(status: Status) -> str:
    """One JSON object; `docs/status.schema.json` describes it.

    Beside what its schema's name says: `groups` are the URLs of the candidates in each part of
    the generated section, `reversals` counts the flags that people reverted of all that were
    shown, and `next_checks` how many links are due on each coming date at the earliest.
    """
    dates = Counter(status.next_checks.values())
    run = status.run
    document = {
        "schema": SCHEMA,
        "as_of": status.as_of.isoformat(),
        "run": run
        and {
            "id": run.id,
            "status": str(run.status),
            "links": run.links,
            "checked": run.checked,
            "requests": run.requests,
            "seconds": round(run.seconds, 1),
        },
        "links": [_link(row) for row in status.links],
        "candidates": [_candidate(one) for one in status.candidates],
        "sources": [
            {
                "name": one.source,
                "state": str(one.state),
                "used": one.used or None,
                "items": one.items,
                "as_of": one.pulled_at.isoformat(),
                "note": one.note or None,
            }
            for one in status.sources
        ],
        "groups": {
            str(group): [one.url for one in status.candidates if one.group is group]
            for group in CandidateGroup
        },
        "findings": [asdict(row) for row in status.findings],
        "maintenance": [asdict(one) for one in status.maintenance],
        "duplicates": [
            {
                "url": one.url,
                "list": one.list,
                "occurrences": [{"line": line, "title": title} for line, title in one.occurrences],
            }
            for one in status.duplicates
        ],
        "overrides": [_override(one) for one in status.overrides],
        "reversals": asdict(status.reversals),
        "next_checks": [{"date": day.isoformat(), "links": dates[day]} for day in sorted(dates)],
        "not_judged": (run and run.reason) or None,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _link(row: LinkRow) -> dict[str, Any]:
    verdict = row.verdict
    return {
        "url": row.url,
        "list": row.list,
        "line": row.line,
        "section": list(row.section),
        "title": row.title,
        "verdict": str(verdict.state),
        "reason": verdict.reason or None,
        "since": _date(verdict.since),
        "checks": verdict.checks,
        "last_checked": _date(verdict.last_checked),
        "suggestion": verdict.suggestion,
        "archive": verdict.archive,
        "flag": row.flag,
        "kept": row.kept,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "title": candidate.title,
        "url": candidate.url,
        "source": candidate.source,
        "why": candidate.why,
        "section": list(candidate.section),
        "first_seen": candidate.first_seen.isoformat(),
        "score": round(candidate.score, 4),
    }


def _override(override: Override) -> dict[str, Any]:
    return {
        "url": override.url,
        "kind": override.kind,
        "verdict": override.verdict,
        "until": _date(override.until),
        "reason": override.reason or None,
        "created_at": override.created_at.isoformat(),
        "author": override.author or None,
        "origin": override.origin,
    }


def _date(day: date | None) -> str | None:
    return day.isoformat() if day else None
