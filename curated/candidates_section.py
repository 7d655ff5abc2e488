"""The text of the generated part: what the feeds show that the list lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from staycurrent.curated import escaping
from staycurrent.curated.flags import GLYPHS, WORDS, Flag, FlagState, FlagStyle, format_flag

NO_CANDIDATES = "_Nothing new at the moment._"
GROUP_HEADINGS: Final = {
    "weekly": "Papers that readers asked for most in the last closed week:",
    "trending": "Repositories that gain stars:",
    "candidate": "Perhaps for this list:",
}
"""What stands above each group of proposals, in order; a lone group of candidates needs none."""


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One line of the generated part."""

    title: str
    url: str
    summary: str
    section: tuple[str, ...]
    """Where it would belong; empty where unclear."""
    since: date
    group: str = "candidate"
    """One of `HEADS`."""


def render_candidates(
    proposals: Sequence[CandidateLine], style: FlagStyle, shown: Collection[FlagState] = ()
) -> str:
    """Inner text of the part, LF line ends: by group, newest first, one line each, no numbers.

    `shown` is which flags the list carries: glyphs get a legend, words need none.
    """
    groups = {head: [one for one in proposals if one.group == head] for head in GROUP_HEADINGS}
    filled = {head: among for head, among in groups.items() if among}
    lines: list[str] = []
    for head, among in filled.items():
        if len(filled) > 1 or head != "candidate":
            lines += [*([""] if lines else []), GROUP_HEADINGS[head], ""]
        lines += _lines(among, style)
    lines = lines or [NO_CANDIDATES]
    states = {*shown, *([FlagState.NEW] if proposals else [])}
    if states and style.glyphs == "emoji":
        lines += ["", _legend(states)]
    return "\n".join(lines)


def _lines(proposals: Sequence[CandidateLine], style: FlagStyle) -> list[str]:
    ordered = sorted(
        proposals, key=lambda one: (-one.since.toordinal(), one.title.lower(), one.url)
    )
    return [_line(one, style) for one in ordered]


def _legend(states: Collection[FlagState]) -> str:
    told = [f"{GLYPHS[state]} {WORDS[state]}" for state in FlagState if state in states]
    return f"_Flags: {', '.join(told)}._"


def _line(proposal: CandidateLine, style: FlagStyle) -> str:
    flag = format_flag(Flag(FlagState.NEW, proposal.since), style).decode()
    link = f"[{escaping.escape_text(proposal.title)}]({escaping.escape_destination(proposal.url)})"
    sentences = [proposal.summary.rstrip(". ")] if proposal.summary else []
    if proposal.section:
        sentences.append(f"For {proposal.section[-1]}")
    told = " ".join(f"{escaping.escape_text(sentence)}." for sentence in sentences)
    return f"- {link}{flag}" + (f" - {told}" if told else "")
