"""What people said in a pull request, as overrides: ticked boxes, commits, closing it unmerged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from staycurrent.curated.document import Document, parse, parse_cached
from staycurrent.curated.flags import FlagPlace
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.rewrite import match_flags
from staycurrent.flows.feedback.manual_edits import credible_time
from staycurrent.flows.lists import link_key
from staycurrent.flows.publishing.changed_lines import (
    ListFacts,
    candidate_key,
    candidate_urls,
    flag_key,
)
from staycurrent.links.verdict import flag_state
from staycurrent.warehouse.overrides import Override, OverrideKind


@dataclass(frozen=True, slots=True)
class ReviewSubject:
    """What the key of a checkbox stands for in this run."""

    url: str
    kind: OverrideKind
    verdict: str | None
    since: date | None = None
    """First check of the streak that the flag is about; None for a candidate."""
    is_listed: bool = False
    """Whether the list has it already: who closes a pull request then does not decline it."""

    @property
    def target(self) -> tuple[str, OverrideKind, str | None]:
        """What an override on it is about."""
        return link_key(self.url), self.kind, self.verdict


class FeedbackKind(StrEnum):
    """How somebody gave feedback."""

    TICK = "tick"
    CLOSING = "closing"
    COMMIT = "commit"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's word on one proposed change."""

    key: str
    kind: FeedbackKind
    pull_request: int
    """Its number."""
    at: datetime
    who: str = ""
    """Empty if it is not known."""
    commit: str = ""

    @property
    def reason(self) -> str:
        """The reason of the override, without text of others."""
        if self.kind is FeedbackKind.TICK:
            return f"ticked in pull request #{self.pull_request}"
        if self.kind is FeedbackKind.CLOSING:
            return closing_reason(self.pull_request)
        return f"removed in commit {self.commit[:12]} of pull request #{self.pull_request}"


def closing_reason(pull_request: int) -> str:
    """The reason of an override that is made because somebody closed a pull request."""
    return f"pull request #{pull_request} was closed unmerged"


def review_subjects(lists: Sequence[ListFacts]) -> dict[str, ReviewSubject]:
    """All that feedback may be about, by key: flags, kept or not, and candidates."""
    subjects: dict[str, ReviewSubject] = {}
    for facts in lists:
        for link in facts.states:
            state = flag_state(link.verdict)
            if state is not None:
                url, key = link.occurrence.url, flag_key(state, link.occurrence.url)
                is_listed = link.flag is None or link.flag in facts.flags.get(link.index, ())
                if key in subjects:  # another occurrence of the link
                    is_listed = is_listed and subjects[key].is_listed
                subjects[key] = ReviewSubject(url, "keep", state, link.verdict.since, is_listed)
    proposed = {key for facts in lists for key in facts.proposed}
    for facts in lists:
        for candidate in facts.candidates:
            key = candidate_key(candidate.url)
            subjects[key] = ReviewSubject(candidate.url, "decline", None, is_listed=key in proposed)
    return subjects


def commit_feedback(
    before: bytes,
    after: bytes,
    last: bytes,
    feedback: Feedback,
    subjects: Mapping[str, ReviewSubject],
    place: FlagPlace,
) -> Iterator[Feedback]:
    """Flags that a person's commit removed while the link stayed, and candidates it deleted.

    What the branch has again at its end (`last`) is not declined. `feedback` describes the commit;
    its key is filled in.
    """
    old, new, final = parse(before), parse(after), parse_cached(last)
    remaining = {link_key(one.url) for one in new.occurrences if one.generated_section is None}
    present = _flag_keys(new, subjects, place) | _flag_keys(final, subjects, place)
    for key in sorted(_flag_keys(old, subjects, place) - present):
        if link_key(subjects[key].url) in remaining:
            yield replace(feedback, key=key)
    proposed = candidate_urls(new) | candidate_urls(final)
    for key, url in sorted(candidate_urls(old).items()):
        if key not in proposed and link_key(url) not in remaining:
            yield replace(feedback, key=key)


def new_feedback(
    feedback: Iterable[Feedback],
    subjects: Mapping[str, ReviewSubject],
    overrides: Sequence[Override],
) -> list[Feedback]:
    """The feedback that may make an override, the oldest first; `overrides` are the latest so far.

    What made one before, or was undone since, does not make one again: the same pull request is
    read in many runs. What was about another streak, or has expired, may be said again. All on a
    subject is returned: the oldest may not decide, such as one by somebody who may not write.
    """
    latest = {(link_key(one.url), one.kind, one.verdict): one for one in overrides}
    found: list[Feedback] = []
    for one in sorted(feedback, key=lambda one: one.at):
        subject = subjects.get(one.key)
        if subject is None:
            continue  # the facts have changed, or the link is gone
        if one.kind is FeedbackKind.CLOSING and subject.is_listed:
            continue  # it was taken into the list in another way
        is_earlier = subject.since is not None and one.at.astimezone(UTC).date() < subject.since
        if is_earlier and one.kind is not FeedbackKind.COMMIT:
            continue  # about an earlier streak; the clock of who committed may be wrong
        before = latest.get(subject.target)
        if before is None or (not _covers(before, subject, one) and before.created_at < one.at):
            found.append(one)
    return found


def overrides_from(
    feedback: Iterable[Feedback], subjects: Mapping[str, ReviewSubject], now: datetime
) -> list[Override]:
    """The overrides that the feedback amounts to: the first on each subject."""
    first: dict[tuple[str, OverrideKind, str | None], Feedback] = {}
    for one in feedback:
        first.setdefault(subjects[one.key].target, one)
    return [
        Override(
            url=subject.url,
            kind=subject.kind,
            verdict=subject.verdict,
            until=None,
            reason=one.reason,
            created_at=credible_time(one.at, subject.since, now),
            author=one.who,
            origin="review",
        )
        for one in first.values()
        for subject in [subjects[one.key]]
    ]


def _covers(override: Override, subject: ReviewSubject, feedback: Feedback) -> bool:
    """Whether the override still applied to the subject when the feedback was given."""
    is_expired = override.until and override.until < feedback.at.astimezone(UTC).date()
    if override.undone or is_expired:
        return False
    is_current = subject.since is None or subject.since <= override.created_at.date()
    return override.origin == "command" or is_current


def _flag_keys(
    document: Document, subjects: Mapping[str, ReviewSubject], place: FlagPlace
) -> set[str]:
    """Keys of a list's flags that are subjects.

    Each belongs to the links in whose place it is, else to the last link of its entry before it, or
    to the first after it, and to those that share a place with that.
    """
    generated = [section.content for section in document.generated_sections]
    found = {
        key
        for index, flags in match_flags(document, place).items()
        for flag in flags
        if (key := flag_key(flag.state, document.occurrences[index].url)) in subjects
    }
    number = document.lines.number
    entries = [
        (number(one.entry_start), number(one.entry_flag_offset or one.link_span.end - 1), one)
        for one in document.occurrences
    ]

    def offset(one: Occurrence) -> int | None:
        return one.flag_offset if place == "link" else one.entry_flag_offset

    for flag in document.flags:
        at, line = flag.span.start, number(flag.span.start)
        if any(span.start <= at < span.end for span in generated):
            continue
        near = [
            (one, key)
            for first, last, one in entries
            if first <= line <= last and (key := flag_key(flag.flag.state, one.url)) in subjects
        ]
        before = [one for one, _ in near if one.link_span.start < at]
        nearest = before[-1:] or [one for one, _ in near[:1]]
        found.update(key for one, key in near if offset(one) in map(offset, nearest))
    return found
