"""Why an item is proposed, in terms that a person can check, and the section that suits it."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance.features import VectorSpace, independent_terms, share_of
from staycurrent.sources.relevance.model import RelevanceModel, SectionPath
from staycurrent.sources.relevance.text import terms

_MIN_SIMILARITY = 0.12
_EVIDENT = 0.3
"""An entry as similar as this is named whatever its title: UniVLA is a vision-language model."""
_MIN_OF_TITLE = 0.3
"""Of the title of another entry the item must have so much, so that a person sees the likeness."""
_MIN_OF_BEST = 0.15
"""A single word is named that has so much of the weight of the list's best term: an item that
shares "introducing" shares nothing."""
_MIN_SECTION_SCORE = 0.05
"""Below it, the wrong section would be suggested more often than the right one."""
_HEADING_WEIGHT = 0.5
_OTHER_KIND_FACTOR = 0.3
_FURTHER_ENTRIES_WEIGHT = 0.3
_READABLE = re.compile(r"(?!\S*://)[^\[\](){}]*(?:\([^\[\](){}]*\)[^\[\](){}]*)*")


@dataclass(frozen=True, slots=True)
class Match:
    """What an item has in common with a list, as a person can see it."""

    section: SectionPath
    """Path of headings of the best section; empty if none is similar enough."""
    closest_entry: str
    """Title of the most similar entry; empty if none is similar enough."""
    shared_words: tuple[str, ...] = ()
    """Terms of the list that the item has, as the list writes them, at most three; the most
    characteristic first."""
    taken_alike: int = 0
    """How many items like it were taken."""


def explain(item: Item, feeds: int, momentum: Momentum, match: Match) -> str:
    """Return why an item fits: `in 2 feeds, 19 upvotes, shares "honey bees" with the list`.

    `feeds` is how many show it. Its rank is given if they count nothing.
    """
    gained = momentum.gained if momentum.nights > 1 else None
    nights = f"on {momentum.nights} of the last 7 nights" if momentum.nights > 1 else ""
    pulls = f"in {momentum.pulls} of the last 7 pulls" if momentum.pulls > 1 else ""
    support = [
        f"in {feeds} feeds" if feeds > 1 else "",
        nights or pulls,
        _counted(gained, "star", " gained") or _counted(item.stars_today, "star", " that day"),
        _counted(item.upvotes, "upvote"),
    ]
    code = (item.repository or "") if item.kind == "paper" else ""
    shared = " and ".join(f'"{word}"' for word in match.shared_words[:2])
    likeness = [
        f"with code at {code.removeprefix('repository:github:')}" if code else "",
        f"shares {shared} with the list" if shared else "",
        f"like {match.taken_alike} that you took" if match.taken_alike else "",
        f'closest to "{match.closest_entry}"' if match.closest_entry else "",
    ]
    support = [*filter(None, support)] or [f"no. {item.rank} of its feed"]
    return ", ".join([*support, *filter(None, likeness)])


def _counted(number: int | None, noun: str, when: str = "") -> str:
    """What a counter says, in words; empty if it says nothing."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}{when}" if number else ""


def match_item(item: Item, model: RelevanceModel) -> Match:
    """Return in which words an item fits the list, its most similar entry, and its section."""
    profile = model.profile
    read = profile.read(item)
    shared = independent_terms(read.words & profile.spellings.keys(), profile.marks)
    least = _MIN_OF_BEST * max(profile.marks.values(), default=0.0)
    distinctive = [term for term, weight in shared.items() if " " in term or weight >= least]
    about = read.title | (read.words & profile.marks.keys())
    similar = profile.space.similarities(about)
    return Match(
        section=best_section(item.kind, model, about, similar),
        closest_entry=_closest(model, read.words, similar),
        shared_words=tuple(profile.spellings[term] for term in distinctive[:3]),
        taken_alike=model.decisions.alike(item) if model.decisions else 0,
    )


def best_section(
    kind: str, model: RelevanceModel, words: frozenset[str], similarities: Sequence[float]
) -> SectionPath:
    """Return the section that suits an item best, or () if none is similar enough.

    `similarities` are those of the list's entries. A section scores by its most similar entry,
    less by the next two, by its innermost heading, and by how many of its entries are of the
    item's kind.
    """
    sections: defaultdict[SectionPath, list[int]] = defaultdict(list)
    for position, entry in enumerate(model.entries):
        sections[entry.section].append(position)
    profile = model.profile
    headings = [terms(path[-1] if path else "", profile.acronyms) for path in sections]
    alike = VectorSpace(headings, profile.space.idf).similarities(words)
    scores: dict[SectionPath, float] = {}
    for number, (path, members) in enumerate(sections.items()):
        nearest = nlargest(3, (similarities[at] for at in members))
        score = nearest[0] + _FURTHER_ENTRIES_WEIGHT * sum(nearest[1:])
        score += _HEADING_WEIGHT * alike[number]
        identities = [identify(model.entries[at].url) for at in members]
        kinds = Counter(identity.kind if identity else "page" for identity in identities)
        share = kinds[kind] / len(members)
        if kind == "paper":  # a page is often a paper of a site that we do not know
            share += 0.5 * (kinds["page"] / len(members))
        scores[path] = score * (_OTHER_KIND_FACTOR + (1 - _OTHER_KIND_FACTOR) * share)
    best = max(scores, key=scores.__getitem__, default=())
    return best if scores.get(best, 0.0) >= _MIN_SECTION_SCORE else ()


def _closest(model: RelevanceModel, words: frozenset[str], similarities: Sequence[float]) -> str:
    """The title of the most similar entry whose title can be read and shows the likeness."""
    idf, acronyms = model.profile.space.idf, model.profile.acronyms
    nearest = nlargest(5, zip(similarities, model.entries, strict=True), key=lambda pair: pair[0])
    for similarity, entry in nearest:
        if similarity < _MIN_SIMILARITY or not _READABLE.fullmatch(entry.title):
            continue
        named = {term: idf[term] for term in terms(entry.title, acronyms) if term in idf}
        if similarity >= _EVIDENT or share_of(named, words) >= _MIN_OF_TITLE:
            return entry.title
    return ""
