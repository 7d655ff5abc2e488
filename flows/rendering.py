"""The verb `render`: rewrites the lists from what the warehouse knows, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import Final, NamedTuple

from staycurrent.curated.candidates_section import CandidateLine, render_candidates
from staycurrent.curated.document import parse
from staycurrent.curated.encoding import EncodingFix, fix_encoding
from staycurrent.curated.flags import FlagState, FlagStyle
from staycurrent.curated.generated_section import append_section
from staycurrent.curated.rewrite import LinkEdits, rewrite
from staycurrent.curated.save import replace_atomically
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading
from staycurrent.flows.lessons import lessons
from staycurrent.flows.link_states import LinkState, current_verdicts, flags_by_index, link_states
from staycurrent.flows.lists import ListDocument, Repeatable, lazy_lists, link_key
from staycurrent.links.verdict import State
from staycurrent.reports.text import plural
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import decisions
from staycurrent.warehouse.open import Warehouse


@dataclass(frozen=True, slots=True)
class Rendering:
    """One list before and after; the bytes are equal on a quiet night."""

    path: Path
    name: str
    before: bytes
    after: bytes
    mended: EncodingFix | None = None
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
    night: RunContext, *, create: bool = False, mend: bool = False, release: bool = False
) -> tuple[Rendering, ...]:
    """What each list should say; `create` appends a missing generated part to the first list.

    `mend` puts damaged text right as well. `release` is a person's word that what the brake holds
    is to be shown at once; a list that shows it is not asked again. What people took out by hand
    stays out, noted or not yet. Raises curated's UnusableList, BadMarkers and UnsafeRewrite,
    before anything is written.
    """
    return render_lists(night, lazy_lists(night), create=create, mend=mend, release=release)


def render_lists(
    night: RunContext,
    lists: Repeatable,
    *,
    create: bool = False,
    mend: bool = False,
    release: bool = False,
) -> tuple[Rendering, ...]:
    """As `render`, of lists that were read elsewhere, such as from a commit; in one go each."""
    found: list[Rendering] = []
    with reading(night) as warehouse:
        known = decisions.standing(warehouse, night.run_date)
        settled = lessons(night, warehouse, lists).applied(known)
        chosen = open_candidates(night, warehouse, lists, settled=settled)
        proposals = [_proposal(one) for one in chosen]
        for listed in lists:
            sheet = _sheet(listed, fix_encoding(listed.document) if mend else None)
            shown = link_states(night, warehouse, sheet.listed, settled=settled)
            if release:
                shown = tuple(replace(one, held=False) for one in shown)
            edits = link_edits(night, warehouse, shown)
            is_first = create and not found
            found.append(_rendered(night, sheet, shown, edits, proposals, create=is_first))
    return tuple(found)


class _Sheet(NamedTuple):
    """A list as it is to be written on: mended, where that was asked for."""

    listed: ListDocument
    before: bytes
    mended: EncodingFix | None


def _sheet(listed: ListDocument, mending: EncodingFix | None) -> _Sheet:
    before = listed.document.raw
    if mending is not None and mending.count:
        listed = replace(listed, document=parse(mending.raw))
    return _Sheet(listed, before, mending)


def replace_lists(renderings: Sequence[Rendering]) -> int:
    """Replace the lists that changed, each atomically; how many were written."""
    return sum(replace_atomically(one.path, one.before, one.after) for one in renderings)


def mending(rendering: Rendering) -> Iterator[str]:
    """What was mended, in sentences: anchors of headings change with their text."""
    found = rendering.mended
    if found is not None:
        yield f"mend: {plural(found.count, 'damaged stretch', 'es')} in {rendering.name}"
        for line, old, new in found.slugs:
            yield f"mend: the anchor on line {line} is #{new} now; links to #{old} lead nowhere"


def _rendered(
    night: RunContext,
    sheet: _Sheet,
    shown: Sequence[LinkState],
    edits: LinkEdits,
    proposals: Sequence[CandidateLine],
    *,
    create: bool,
) -> Rendering:
    settings, listed = night.settings.curated, sheet.listed
    style = FlagStyle(settings.glyphs, settings.place)
    flags = flags_by_index(shown) if settings.flags == "inline" else {}
    states = {flag.state for index, flag in flags.items() if index not in edits.urls}
    text = render_candidates(proposals, style, states)
    parts = {settings.part: text} if _has_part(listed, settings.part) else {}
    after = rewrite(listed.document, flags=flags, style=style, sections=parts, edits=edits)
    if create and settings.part and not parts:
        after = append_section(after, settings.part, text)
    places = listed.document.occurrences
    flagged = frozenset((link_key(places[index].url), one.state) for index, one in flags.items())
    before = sheet.before
    same = before if after == before else after  # a list that stays as it is is held once
    return Rendering(listed.path, listed.name, before, same, sheet.mended, flagged)


def _has_part(listed: ListDocument, name: str) -> bool:
    """Whether the list asks for the generated part; one without markers asks for none."""
    return bool(name) and any(marker.name == name for marker in listed.document.markers)


def _proposal(one: Candidate) -> CandidateLine:
    return CandidateLine(one.title, one.url, one.summary, one.section, one.first_seen, one.group)


_WELL: Final = (State.ALIVE, State.STALE, State.BLOCKED, State.UNCHECKED)


def link_edits(night: RunContext, warehouse: Warehouse, found: Sequence[LinkState]) -> LinkEdits:
    """The edits that one list is to bear: only what carries a flag is edited, so nothing kept is.

    An address is not written where it is known to fail or to lead on itself: two that redirect to
    each other would take turns, night by night.
    """
    settings = night.settings.curated
    dead = [one for one in found if _shows(one, FlagState.DEAD)]
    moved = {one.index: one.verdict.suggestion for one in found if _shows(one, FlagState.MOVED)}
    targets = {url: link_key(url) for url in moved.values() if url and settings.moved == "fix"}
    verdicts = current_verdicts(night, warehouse, list(dict.fromkeys(targets.values())))
    well = {url for url, key in targets.items() if verdicts[key].state in _WELL}
    archived = {one.index: one.verdict.archive for one in dead if settings.dead == "archive"}
    return LinkEdits(
        struck=frozenset(one.index for one in dead if settings.dead == "strike"),
        snapshots={index: url for index, url in archived.items() if url},
        urls={index: url for index, url in moved.items() if url in well},
    )


def _shows(one: LinkState, state: FlagState) -> bool:
    return one.flag is not None and one.flag.state is state
