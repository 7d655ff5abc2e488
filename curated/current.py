"""The text of the generated part: what the feeds show that the list lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from curated import escape
from curated.flags import Flag, FlagState, Style

NOTHING = "_Nothing new at the moment._"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One line of the generated part."""

    title: str
    url: str
    summary: str
    section: tuple[str, ...]
    """Where it would belong; empty where unclear."""
    since: date


def current(proposals: Sequence[Proposal], style: Style) -> str:
    """Inner text of the part, LF line ends: newest first, one line each, no numbers that move."""
    if not proposals:
        return NOTHING
    ordered = sorted(
        proposals, key=lambda one: (-one.since.toordinal(), one.title.lower(), one.url)
    )
    return "\n".join(_line(one, style) for one in ordered)


def _line(proposal: Proposal, style: Style) -> str:
    flag = Flag(FlagState.NEW, proposal.since).text(style)
    link = f"[{escape.text(proposal.title)}](<{escape.destination(proposal.url)}>)"
    words = [escape.text(proposal.summary.rstrip("."))] if proposal.summary else []
    if proposal.section:
        words.append(f"for {escape.text(proposal.section[-1])}")
    described = f" - {'; '.join(words)}." if words else ""
    return f"- {link}{flag}{described}"
