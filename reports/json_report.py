"""The status as JSON, in the shape that scripts rely on."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any

from staycurrent.reports.model import FindingRow, LinkRow, MaintenanceItem, Status
from staycurrent.sources.item import Candidate, CandidateGroup
from staycurrent.warehouse.decisions import Decision
from staycurrent.warehouse.items import PullRecord
from staycurrent.warehouse.runs import Run


def as_json(status: Status) -> str:
    """One JSON object; the keys of `run`, `links`, `candidates` and `sources` are a closed set.

    Beside them stand `groups` (addresses of the candidates in each part of the proposals),
    `not_judged` (why the latest run was not, or null), `namesakes`, `findings` of the documents,
    `chores` (orders of people that want looking after), `decisions`, `reversals` (flags that
    people took back, of all that were shown), and `next_looks` (how many links each coming night
    looks at, at the earliest).
    """
    nights = Counter(status.next_checks.values())
    document = {
        "as_of": status.as_of.isoformat(),
        "run": _run(status.run) if status.run else None,
        "links": [_link(row) for row in status.links],
        "candidates": [_candidate(one) for one in status.candidates],
        "sources": [_source(one) for one in status.sources],
        "groups": {
            str(group): [one.url for one in status.candidates if one.group is group]
            for group in CandidateGroup
        },
        "not_judged": (status.run and status.run.reason) or None,
        "namesakes": [
            {
                "url": one.url,
                "list": one.list,
                "places": [{"line": line, "title": title} for line, title in one.occurrences],
            }
            for one in status.duplicates
        ],
        "findings": [_finding(row) for row in status.findings],
        "chores": [_chore(one) for one in status.maintenance],
        "decisions": [_decision(one) for one in status.overrides],
        "reversals": asdict(status.reversals),
        "next_looks": [{"night": day.isoformat(), "links": nights[day]} for day in sorted(nights)],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "status": str(run.status),
        "links": run.links,
        "looked_at": run.looked_at,
        "requests": run.requests,
        "seconds": round(run.seconds, 1),
    }


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
        "since": _day(verdict.since),
        "nights": verdict.nights,
        "last_checked": _day(verdict.last_checked),
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


def _source(record: PullRecord) -> dict[str, Any]:
    return {
        "name": record.source,
        "state": str(record.state),
        "used": record.used or None,
        "items": record.items,
        "as_of": record.pulled_at.isoformat(),
        "note": record.note or None,
    }


def _finding(row: FindingRow) -> dict[str, Any]:
    return {
        "list": row.list,
        "line": row.line,
        "column": row.column,
        "kind": str(row.kind),
        "message": row.message,
        "suggestion": row.suggestion,
    }


def _chore(one: MaintenanceItem) -> dict[str, Any]:
    return {
        "subject": str(one.subject),
        "kind": str(one.kind),
        "text": one.text,
        "message": one.message,
        "list": one.list,
        "line": one.line,
    }


def _decision(one: Decision) -> dict[str, Any]:
    return {
        "url": one.url,
        "kind": one.kind,
        "verdict": one.verdict,
        "until": _day(one.until),
        "reason": one.reason or None,
        "decided_at": one.decided_at.isoformat(),
        "who": one.who or None,
        "origin": one.origin,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
