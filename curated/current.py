"""The text of the generated part: what the feeds show that the list lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from curated import escape
from curated.flags import GLYPHS, WORDS, Flag, FlagState, Style, written

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


def current(proposals: Sequence[Proposal], style: Style, shown: Collection[FlagState] = ()) -> str:
    """Inner text of the part, LF line ends: newest first, one line each, no numbers that move.

    `shown` is which flags the list carries: glyphs get a legend, words need none.
    """
    ordered = sorted(
        proposals, key=lambda one: (-one.since.toordinal(), one.title.lower(), one.url)
    )
    lines = [_line(one, style) for one in ordered] or [NOTHING]
    states = {*shown, *([FlagState.NEW] if proposals else [])}
    if states and style.glyphs == "emoji":
        lines += ["", _legend(states)]
    return "\n".join(lines)


def _legend(states: Collection[FlagState]) -> str:
    told = [f"{GLYPHS[state]} {WORDS[state]}" for state in FlagState if state in states]
    return f"_Flags: {', '.join(told)}._"


def _line(proposal: Proposal, style: Style) -> str:
    flag = written(Flag(FlagState.NEW, proposal.since), style).decode()
    link = f"[{escape.text(proposal.title)}]({escape.destination(proposal.url)})"
    sentences = [proposal.summary.rstrip(". ")] if proposal.summary else []
    if proposal.section:
        sentences.append(f"For {proposal.section[-1]}")
    told = " ".join(f"{escape.text(sentence)}." for sentence in sentences)
    return f"- {link}{flag}" + (f" - {told}" if told else "")
