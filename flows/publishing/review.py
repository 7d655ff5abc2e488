"""What people said in a pull request, as decisions: boxes, commits, and closing it unmerged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from staycurrent.curated.document import Document, parse
from staycurrent.flows.feedback.published_lines import credible_time
from staycurrent.flows.link_states import flag_state
from staycurrent.flows.lists import link_key
from staycurrent.flows.publishing.changed_lines import ListFacts, candidate_key, flag_key
from staycurrent.reports import proposal
from staycurrent.warehouse.overrides import Override, OverrideKind


@dataclass(frozen=True, slots=True)
class ReviewSubject:
    """What the key of a box stands for tonight."""

    url: str
    kind: OverrideKind
    verdict: str | None
    since: date | None = None
    """First look of the streak that the flag speaks of; None for a candidate."""


class FeedbackKind(StrEnum):
    """By what somebody spoke."""

    TICK = "tick"
    CLOSING = "closing"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said: of what, by what, when, and who as far as that is known."""

    key: str
    how: FeedbackKind
    pull: int
    """Number of the pull request."""
    at: datetime
    who: str = ""
    commit: str = ""

    @property
    def reason(self) -> str:
        """Why it was decided, in words that hold no stranger's."""
        if self.how is FeedbackKind.TICK:
            return f"ticked in pull request #{self.pull}"
        if self.how is FeedbackKind.CLOSING:
            return f"pull request #{self.pull} was closed unmerged"
        return f"taken out in commit {self.commit[:12]} of pull request #{self.pull}"


def review_subjects(known: Iterable[ListFacts]) -> dict[str, ReviewSubject]:
    """All that a person may have spoken of: flags that stand, kept or not, and candidates."""
    found: dict[str, ReviewSubject] = {}
    for one in known:
        for it in one.standings:
            state = flag_state(it.verdict)
            if state is not None:
                subject = ReviewSubject(it.occurrence.url, "keep", state, it.verdict.since)
                found[flag_key(state, it.occurrence.url)] = subject
        for candidate in one.candidates:
            found[candidate_key(candidate.url)] = ReviewSubject(candidate.url, "decline", None)
    return found


def ticked_feedback(body: str, number: int, at: datetime) -> Iterator[Feedback]:
    """What was ticked."""
    yield from (
        Feedback(key, FeedbackKind.TICK, number, at) for key in sorted(proposal.ticked_keys(body))
    )


def closing_feedback(body: str, number: int, at: datetime) -> Iterator[Feedback]:
    """All that a pull request proposed that was closed unmerged."""
    yield from (
        Feedback(key, FeedbackKind.CLOSING, number, at)
        for key in sorted(proposal.proposed_keys(body))
    )


def commit_feedback(
    before: bytes, after: bytes, said: Feedback, known: Mapping[str, ReviewSubject]
) -> Iterator[Feedback]:
    """Flags that a person's commit took out while the link stayed, and candidates it deleted.

    `said` is the commit's word, of nothing yet.
    """
    old, new = parse(before), parse(after)
    stays = {link_key(place.url) for place in new.occurrences if place.generated_section is None}
    flags = _flagged(new, known)
    for key in sorted(_flagged(old, known) - flags):
        if link_key(known[key].url) in stays:
            yield replace(said, key=key)
    offered = _offered(new)
    for key, url in sorted(_offered(old).items()):
        if key not in offered and link_key(url) not in stays:
            yield replace(said, key=key)


def new_feedback(
    words: Iterable[Feedback], known: Mapping[str, ReviewSubject], said: Sequence[Override]
) -> list[Feedback]:
    """The words that decide something; `said` is the last word on everything so far.

    What was said before, or taken back after, is not said again: the same evidence may be read
    on many nights. What was said of another streak, or has run out, may be said again.
    """
    last = {_subject(one): one for one in said}
    found: dict[tuple[str, str, str | None], Feedback] = {}
    for word in sorted(words, key=lambda one: one.at):
        subject = known.get(word.key)
        if subject is None:
            continue  # the facts have changed, or the link is gone
        about = (link_key(subject.url), subject.kind, subject.verdict)
        before = last.get(about)
        if before is None or (not _holds(before, subject, word) and before.created_at < word.at):
            found.setdefault(about, word)
    return list(found.values())


def overrides_from(
    words: Iterable[Feedback], known: Mapping[str, ReviewSubject], now: datetime
) -> list[Override]:
    """The decisions that the words amount to."""
    return [_decision(word, known[word.key], now) for word in words]


def _decision(word: Feedback, subject: ReviewSubject, now: datetime) -> Override:
    return Override(
        url=subject.url,
        kind=subject.kind,
        verdict=subject.verdict,
        until=None,
        reason=word.reason,
        created_at=credible_time(word.at, subject.since, now),
        author=word.who,
        origin="review",
    )


def _holds(before: Override, subject: ReviewSubject, word: Feedback) -> bool:
    """Whether a decision still covered what it is on when the word was said."""
    if before.undone or (before.until and before.until < word.at.astimezone(UTC).date()):
        return False
    is_of_now = subject.since is None or subject.since <= before.created_at.date()
    return before.origin == "command" or is_of_now


def _subject(one: Override) -> tuple[str, str, str | None]:
    return link_key(one.url), one.kind, one.verdict


def _flagged(document: Document, known: Mapping[str, ReviewSubject]) -> set[str]:
    """Keys of the flags that stand in a list and whose verdict still does."""
    inside = [part.content for part in document.generated_sections]
    found: set[str] = set()
    for flag in document.flags:
        at, line = flag.span.start, document.lines.number(flag.span.start)
        if any(span.start <= at < span.end for span in inside):
            continue
        keys = [
            flag_key(flag.flag.state, place.url)
            for place in document.occurrences
            if place.link_span.start < at and document.lines.number(place.link_span.end - 1) == line
        ]
        found.update([one for one in keys if one in known][-1:])
    return found


def _offered(document: Document) -> dict[str, str]:
    """Candidates of a list's generated parts, by their keys."""
    return {
        candidate_key(place.url): place.url
        for place in document.occurrences
        if place.generated_section is not None
    }
