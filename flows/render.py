"""The verb `render`: rewrites the lists from what the warehouse knows, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from curated.current import Proposal, current
from curated.flags import Style
from curated.parts import append_part
from curated.rewrite import Edits, rewrite
from curated.save import replace_atomically
from flows.candidates import offered
from flows.conclude import Standing, by_flag, standings
from flows.edits import edits_of
from flows.listing import Listed, read_lists
from flows.memory import remembered
from flows.night import Night
from sources.item import Candidate


@dataclass(frozen=True, slots=True)
class Rendering:
    """One list before and after; the bytes are equal on a quiet night."""

    path: Path
    name: str
    before: bytes
    after: bytes

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


def render(night: Night, *, create: bool = False, release: bool = False) -> tuple[Rendering, ...]:
    """What each list should say; `create` appends a missing generated part to the first list.

    `release` is a person's word that what the brake holds is to be shown at once; a list that
    shows it is not asked again. Raises curated's UnusableList, BadMarkers and UnsafeRewrite,
    before anything is written.
    """
    return render_lists(night, read_lists(night), create=create, release=release)


def render_lists(
    night: Night, lists: Sequence[Listed], *, create: bool = False, release: bool = False
) -> tuple[Rendering, ...]:
    """As `render`, of lists that were read elsewhere, such as from a commit."""
    with remembered(night) as warehouse:
        proposals = [_proposal(one) for one in offered(night, warehouse, lists)]
        shown = [standings(night, warehouse, listed) for listed in lists]
        if release:
            shown = [tuple(replace(one, held=False) for one in of_list) for of_list in shown]
        edits = [edits_of(night, warehouse, found) for found in shown]
    return tuple(
        _rendered(night, listed, found, wanted, proposals, create=create and listed is lists[0])
        for listed, found, wanted in zip(lists, shown, edits, strict=True)
    )


def write(renderings: tuple[Rendering, ...]) -> int:
    """Replace the lists that changed, each atomically; how many were written."""
    return sum(replace_atomically(one.path, one.before, one.after) for one in renderings)


def _rendered(
    night: Night,
    listed: Listed,
    shown: Sequence[Standing],
    edits: Edits,
    proposals: Sequence[Proposal],
    *,
    create: bool,
) -> Rendering:
    settings = night.settings.curated
    style = Style(settings.glyphs, settings.place)
    before = listed.document.raw
    flags = by_flag(shown) if settings.flags == "inline" else {}
    states = {flag.state for index, flag in flags.items() if index not in edits.addresses}
    text = current(proposals, style, states)
    parts = {settings.part: text} if _has_part(listed, settings.part) else {}
    after = rewrite(listed.document, flags=flags, style=style, parts=parts, edits=edits)
    if create and settings.part and not parts:
        after = append_part(after, settings.part, text)
    return Rendering(listed.path, listed.name, before, after)


def _has_part(listed: Listed, name: str) -> bool:
    """Whether the list asks for the generated part; one without markers asks for none."""
    return bool(name) and any(marker.name == name for marker in listed.document.markers)


def _proposal(one: Candidate) -> Proposal:
    return Proposal(one.title, one.url, one.summary, one.section, one.first_seen, one.group)
