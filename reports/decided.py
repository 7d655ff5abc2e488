"""A person's decision in one line: what, who, when, how long, and why."""

from staycurrent.reports.terminal import inert
from staycurrent.warehouse.decisions import Decision


def decided(one: Decision) -> str:
    """One line without markup, inert on a terminal."""
    what = f"{one.kind} {one.verdict}" if one.verdict else one.kind
    who = f" by {inert(one.who)}" if one.who else ""
    until = f" until {one.until}" if one.until else ""
    why = f": {inert(one.reason)}" if one.reason else ""
    return f"{what} <{inert(one.url)}>{who} on {one.decided_at.date()}{until}{why}"
