"""What people said in a pull request, as decisions: boxes, commits, and closing it unmerged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from curated.document import Document, parse
from flows.conclude import flag_state
from flows.listing import key_of
from flows.rows import Known, candidate_key, flag_key
from reports import boxes
from warehouse.decisions import Decision, Kind


@dataclass(frozen=True, slots=True)
class Subject:
    """What the key of a box stands for tonight."""

    url: str
    kind: Kind
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said, of what, why and when."""

    key: str
    reason: str
    at: datetime


def subjects(known: Iterable[Known]) -> dict[str, Subject]:
    """All that a person may have spoken of: flags that stand, kept or not, and candidates."""
    found: dict[str, Subject] = {}
    for one in known:
        for it in one.standings:
            state = flag_state(it.verdict)
            if state is not None:
                found[flag_key(state, it.place.url)] = Subject(it.place.url, "keep", state)
        for candidate in one.candidates:
            found[candidate_key(candidate.url)] = Subject(candidate.url, "decline", None)
    return found


def of_boxes(body: str, number: int, at: datetime) -> Iterator[Word]:
    """What was ticked."""
    reason = f"ticked in pull request #{number}"
    yield from (Word(key, reason, at) for key in sorted(boxes.ticked(body)))


def of_closing(body: str, number: int, who: str, at: datetime) -> Iterator[Word]:
    """All that a pull request proposed that was closed unmerged."""
    by = f" by {who}" if who else ""
    reason = f"pull request #{number} was closed unmerged{by}"
    yield from (Word(key, reason, at) for key in sorted(boxes.proposed(body)))


def of_commit(
    before: bytes, after: bytes, reason: str, at: datetime, known: Mapping[str, Subject]
) -> Iterator[Word]:
    """Flags that a person's commit took out while the link stayed, and candidates it deleted."""
    old, new = parse(before), parse(after)
    stays = {key_of(place.url) for place in new.places if place.in_part is None}
    flags = _flagged(new, known)
    for key in sorted(_flagged(old, known) - flags):
        if key_of(known[key].url) in stays:
            yield Word(key, reason, at)
    offered = _offered(new)
    for key, url in sorted(_offered(old).items()):
        if key not in offered and key_of(url) not in stays:
            yield Word(key, reason, at)


def settle(
    words: Iterable[Word], known: Mapping[str, Subject], said: Sequence[Decision]
) -> list[Decision]:
    """The decisions that the words amount to; `said` is the last word on everything so far.

    What was said before, or taken back after, is not said again: the same evidence may be read
    on many nights.
    """
    last = {_subject(one): one for one in said}
    made: list[Decision] = []
    for word in sorted(words, key=lambda one: one.at):
        subject = known.get(word.key)
        if subject is None:
            continue  # the facts have changed, or the link is gone
        decided = (subject.url, subject.kind, subject.verdict, None, word.reason, word.at)
        one = Decision(*decided, origin="review")
        before = last.get(_subject(one))
        if before is None or (before.undone and before.decided_at < word.at):
            last[_subject(one)] = one
            made.append(one)
    return made


def _subject(one: Decision) -> tuple[str, str, str | None]:
    return key_of(one.url), one.kind, one.verdict


def _flagged(document: Document, known: Mapping[str, Subject]) -> set[str]:
    """Keys of the flags that stand in a list and whose verdict still does."""
    inside = [part.inside for part in document.parts]
    found: set[str] = set()
    for flag in document.flags:
        at, line = flag.span.start, document.lines.number(flag.span.start)
        if any(span.start <= at < span.end for span in inside):
            continue
        keys = [
            flag_key(flag.flag.state, place.url)
            for place in document.places
            if place.use.start < at and document.lines.number(place.use.end - 1) == line
        ]
        found.update([one for one in keys if one in known][-1:])
    return found


def _offered(document: Document) -> dict[str, str]:
    """Candidates of a list's generated parts, by their keys."""
    return {
        candidate_key(place.url): place.url
        for place in document.places
        if place.in_part is not None
    }
