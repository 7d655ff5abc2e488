"""The verb `render`: rewrites the lists from what the warehouse knows, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

from staycurrent.curated.current import Proposal, current
from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagState, Style
from staycurrent.curated.mend import Mended, mended
from staycurrent.curated.parts import append_part
from staycurrent.curated.rewrite import Edits, rewrite
from staycurrent.curated.save import replace_atomically
from staycurrent.flows.candidates import offered
from staycurrent.flows.conclude import Standing, by_flag, standings
from staycurrent.flows.edits import edits_of
from staycurrent.flows.lessons import lessons
from staycurrent.flows.listing import Listed, Repeatable, key_of, lists_of
from staycurrent.flows.memory import remembered
from staycurrent.flows.night import Night
from staycurrent.reports.counting import plural
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import decisions


@dataclass(frozen=True, slots=True)
class Rendering:
    """One list before and after; the bytes are equal on a quiet night."""

    path: Path
    name: str
    before: bytes
    after: bytes
    mended: Mended | None = None
    """Damaged text that was put right; None where nobody asked for that."""
    flagged: frozenset[tuple[str, FlagState]] = frozenset()
    """The keys of the links that its flags speak of, with what they say."""

    @property
    def changed(self) -> bool:
        """Whether the list would change."""
        return self.before != self.after

    @property
    def diff(self) -> str:
        """A unified diff; empty where nothing changes."""
        before, after = (
            text.decode("utf-8", errors="replace").splitlines(keepends=True)
            for text in (self.before, self.after)
        )
        return "".join(unified_diff(before, after, f"a/{self.name}", f"b/{self.name}"))


def render(
    night: Night, *, create: bool = False, mend: bool = False, release: bool = False
) -> tuple[Rendering, ...]:
    """What each list should say; `create` appends a missing generated part to the first list.

    `mend` puts damaged text right as well. `release` is a person's word that what the brake holds
    is to be shown at once; a list that shows it is not asked again. What people took out by hand
    stays out, noted or not yet. Raises curated's UnusableList, BadMarkers and UnsafeRewrite,
    before anything is written.
    """
    return render_lists(night, lists_of(night), create=create, mend=mend, release=release)


def render_lists(
    night: Night,
    lists: Repeatable,
    *,
    create: bool = False,
    mend: bool = False,
    release: bool = False,
) -> tuple[Rendering, ...]:
    """As `render`, of lists that were read elsewhere, such as from a commit; in one go each."""
    found: list[Rendering] = []
    with remembered(night) as warehouse:
        known = decisions.standing(warehouse, night.night)
        settled = lessons(night, warehouse, lists).applied(known)
        chosen = offered(night, warehouse, lists, settled=settled)
        proposals = [_proposal(one) for one in chosen]
        for listed in lists:
            sheet = _sheet(listed, mended(listed.document) if mend else None)
            shown = standings(night, warehouse, sheet.listed, settled=settled)
            if release:
                shown = tuple(replace(one, held=False) for one in shown)
            edits = edits_of(night, warehouse, shown)
            is_first = create and not found
            found.append(_rendered(night, sheet, shown, edits, proposals, create=is_first))
    return tuple(found)


class _Sheet(NamedTuple):
    """A list as it is to be written on: mended, where that was asked for."""

    listed: Listed
    before: bytes
    mended: Mended | None


def _sheet(listed: Listed, mending: Mended | None) -> _Sheet:
    before = listed.document.raw
    if mending is not None and mending.runs:
        listed = replace(listed, document=parse(mending.raw))
    return _Sheet(listed, before, mending)


def write(renderings: Sequence[Rendering]) -> int:
    """Replace the lists that changed, each atomically; how many were written."""
    return sum(replace_atomically(one.path, one.before, one.after) for one in renderings)


def mending(rendering: Rendering) -> Iterator[str]:
    """What was mended, in sentences: anchors of headings change with their text."""
    found = rendering.mended
    if found is not None:
        yield f"mend: {plural(found.runs, 'damaged stretch', 'es')} in {rendering.name}"
        for line, old, new in found.anchors:
            yield f"mend: the anchor on line {line} is #{new} now; links to #{old} lead nowhere"


def _rendered(
    night: Night,
    sheet: _Sheet,
    shown: Sequence[Standing],
    edits: Edits,
    proposals: Sequence[Proposal],
    *,
    create: bool,
) -> Rendering:
    settings, listed = night.settings.curated, sheet.listed
    style = Style(settings.glyphs, settings.place)
    flags = by_flag(shown) if settings.flags == "inline" else {}
    states = {flag.state for index, flag in flags.items() if index not in edits.addresses}
    text = current(proposals, style, states)
    parts = {settings.part: text} if _has_part(listed, settings.part) else {}
    after = rewrite(listed.document, flags=flags, style=style, parts=parts, edits=edits)
    if create and settings.part and not parts:
        after = append_part(after, settings.part, text)
    places = listed.document.places
    flagged = frozenset((key_of(places[index].url), one.state) for index, one in flags.items())
    before = sheet.before
    same = before if after == before else after  # a list that stays as it is is held once
    return Rendering(listed.path, listed.name, before, same, sheet.mended, flagged)


def _has_part(listed: Listed, name: str) -> bool:
    """Whether the list asks for the generated part; one without markers asks for none."""
    return bool(name) and any(marker.name == name for marker in listed.document.markers)


def _proposal(one: Candidate) -> Proposal:
    return Proposal(one.title, one.url, one.summary, one.section, one.first_seen, one.group)
