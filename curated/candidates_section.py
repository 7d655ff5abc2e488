"""The text of the generated section: candidates from the feeds that the list lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.curated.flags import GLYPHS, WORDS, FlagStyle, format_flag
from staycurrent.links.flags import Flag, FlagState

NO_CANDIDATES: Final = "_Nothing new at the moment._"
GROUP_HEADINGS: Final = {
    "weekly": "Papers that readers asked for most in the last closed week:",
    "trending": "Repositories that gain stars:",
    "candidate": "Perhaps for this list:",
}
"""The line above each group, in order; a lone group of candidates has none."""


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One line of the generated section."""

    title: str
    url: str
    summary: str
    section: tuple[str, ...]
    """The headings of the list under which it belongs; empty if unclear."""
    since: date
    group: str = "candidate"
    """A key of `GROUP_HEADINGS`."""


def render_candidates(
    candidates: Sequence[CandidateLine], style: FlagStyle, shown: Collection[FlagState] = ()
) -> str:
    r"""The section's text with `\n` line endings: by group, newest first, one line each.

    `shown` are the states of the list's flags: glyphs are explained in a legend.
    """
    ordered = sorted(
        candidates, key=lambda each: (-each.since.toordinal(), each.title.lower(), each.url)
    )
    groups = {
        heading: [each for each in ordered if each.group == group]
        for group, heading in GROUP_HEADINGS.items()
    }
    filled = {heading: group for heading, group in groups.items() if group}
    lines: list[str] = []
    for heading, group in filled.items():
        if len(filled) > 1 or heading != GROUP_HEADINGS["candidate"]:
            lines += [*([""] if lines else []), heading, ""]
        lines += [_line(each, style) for each in group]
    lines = lines or [NO_CANDIDATES]
    states = {*shown, *([FlagState.NEW] if candidates else [])}
    if states and style.glyphs == "emoji":
        legend = [f"{GLYPHS[state]} {WORDS[state]}" for state in FlagState if state in states]
        lines += ["", f"_Flags: {', '.join(legend)}._"]
    return "\n".join(lines)


def _line(candidate: CandidateLine, style: FlagStyle) -> str:
    flag = format_flag(Flag(FlagState.NEW, candidate.since), style).decode()
    link = f"[{escape_text(candidate.title)}]({escape_destination(candidate.url)})"
    sentences = [candidate.summary.rstrip(". ")] if candidate.summary else []
    if candidate.section:
        sentences.append(f"For {candidate.section[-1]}")
    text = " ".join(f"{escape_text(sentence)}." for sentence in sentences)
    return f"- {link}{flag}" + (f" - {text}" if text else "")
