"""Feedback in pull requests makes overrides: each once, and again only for other facts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagPlace, FlagStyle
from staycurrent.curated.rewrite import rewrite, strip_annotations
from staycurrent.flows.publishing.changed_lines import flag_key
from staycurrent.flows.publishing.review import (
    Feedback,
    FeedbackKind,
    ReviewSubject,
    commit_feedback,
    new_feedback,
    overrides_from,
)
from staycurrent.links.verdict import Flag, FlagState
from staycurrent.warehouse.overrides import Override

URL = "https://gone.example/a"
SINCE = date(2026, 11, 10)
KNOWN = {"k": ReviewSubject(URL, "keep", "dead", SINCE), "n": ReviewSubject(URL, "decline", None)}
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def on(day: int) -> datetime:
    return datetime(2026, 11, day, 12, tzinfo=UTC)


SAID = Feedback("k", FeedbackKind.TICK, 7, on(15), who="reviewer")
BEFORE = Override(URL, "keep", "dead", None, "", on(12), origin="review")


@pytest.mark.parametrize(
    ("before", "is_news"),
    [
        (None, True),
        (BEFORE, False),  # it stands
        (replace(BEFORE, verdict="moved"), True),  # on something else
        (replace(BEFORE, undone=True), True),  # ticked after it was taken back
        (replace(BEFORE, undone=True, created_at=on(16)), False),  # the same evidence once more
        (replace(BEFORE, created_at=on(5)), True),  # that was another streak
        (replace(BEFORE, created_at=on(5), origin="command"), False),  # holds for good
        (replace(BEFORE, created_at=on(5), origin="command", until=date(2026, 11, 14)), True),
        (replace(BEFORE, created_at=on(5), origin="command", until=date(2026, 11, 15)), False),
    ],
)
def test_feedback_makes_one_override_and_another_only_for_other_facts(
    before: Override | None, *, is_news: bool
) -> None:
    said = [before] if before else []
    assert new_feedback([SAID], KNOWN, said) == ([SAID] if is_news else [])


def test_the_first_feedback_on_a_subject_counts() -> None:
    later = replace(SAID, kind=FeedbackKind.CLOSING, at=on(16))
    (made,) = overrides_from(new_feedback([later, SAID], KNOWN, []), KNOWN, NOW)
    assert made.created_at == on(15)


def test_a_closing_that_decides_nothing_hides_no_later_one() -> None:
    """A deleted branch closed #7, a person closed #8: who decides is asked about both."""
    first, second = (
        replace(SAID, kind=FeedbackKind.CLOSING, pull_request=number, at=on(number + 8))
        for number in (7, 8)
    )
    assert new_feedback([second, first], KNOWN, []) == [first, second]


@pytest.mark.parametrize(
    ("kind", "counts"),
    [(FeedbackKind.TICK, False), (FeedbackKind.CLOSING, False), (FeedbackKind.COMMIT, True)],
)
def test_what_was_said_before_the_streak_is_not_about_it(
    kind: FeedbackKind, *, counts: bool
) -> None:
    """It was not learned then, because the link had just recovered."""
    earlier = replace(SAID, kind=kind, at=on(9))
    assert new_feedback([earlier], KNOWN, []) == ([earlier] if counts else [])
    same_day = replace(earlier, at=on(10))
    assert new_feedback([same_day], KNOWN, []) == [same_day]


def test_feedback_on_an_unknown_subject_is_ignored() -> None:
    assert new_feedback([replace(SAID, key="x")], KNOWN, []) == []


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (SAID, "ticked in pull request #7"),
        (replace(SAID, kind=FeedbackKind.CLOSING), "pull request #7 was closed unmerged"),
        (
            replace(SAID, kind=FeedbackKind.COMMIT, commit="0123456789abcdef"),
            "removed in commit 0123456789ab of pull request #7",
        ),
    ],
)
def test_an_override_has_author_time_and_reason(word: Feedback, reason: str) -> None:
    (made,) = overrides_from([word], KNOWN, NOW)
    assert made == Override(
        URL, "keep", "dead", None, reason, on(15), author="reviewer", origin="review"
    )


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (on(15), on(15)),
        (on(9), NOW),  # before the streak: it would speak of nothing
        (on(25), NOW),  # a clock that is ahead
        (
            datetime(2026, 11, 9, 20, tzinfo=timezone(timedelta(hours=-8))),
            on(10) - timedelta(hours=8),
        ),
    ],
)
def test_an_impossible_time_is_replaced_by_now(said: datetime, believed: datetime) -> None:
    (made,) = overrides_from([replace(SAID, at=said)], KNOWN, NOW)
    assert made.created_at == believed


@pytest.mark.parametrize(
    ("after", "place", "is_removed"),
    [
        ("- [A]({URL}) [B]({other}) [Well](https://well.example/) - Text.", "end", True),
        ("- [A]({URL}) [B]({other}){FLAG} - Text.", "end", False),
        ("- [A]({URL}) [B]({other}) - Text.{FLAG} More.", "end", False),
        ("- [A]({URL}){FLAG} [B]({other}) - Text.", "end", False),
        ("[![A]({URL})]({other}) - Text.{FLAG}", "link", False),
    ],
)
def test_a_flag_belongs_to_all_links_in_its_place(
    after: str, place: FlagPlace, *, is_removed: bool
) -> None:
    other = "https://gone.example/b"
    subjects = {
        flag_key("dead", url): ReviewSubject(url, "keep", "dead", SINCE) for url in (URL, other)
    }
    texts = {"URL": URL, "other": other, "FLAG": " (💀<!--stay:dead:2026-11-10-->)"}
    now = parse(f"{after.format(**texts)}\n".encode())
    bare = strip_annotations(now)
    flags = dict.fromkeys((0, 1), Flag(FlagState.DEAD, SINCE))
    before = rewrite(bare, flags=flags, style=FlagStyle(place=place), sections={})
    said = replace(SAID, key="", kind=FeedbackKind.COMMIT)
    found = commit_feedback(before, now.raw, now.raw, said, subjects, place)
    assert {one.key for one in found} == (set(subjects) if is_removed else set())


@pytest.mark.parametrize(
    "after",
    [
        "- [A]({URL})\n {FLAG} - Text.\n",
        "- [A]({URL}) - Text.\n {FLAG}\n",
        "- Old{FLAG} [A]({URL}) - Text.\n",
    ],
)
def test_a_flag_that_a_commit_moves_within_its_entry_is_not_declined(after: str) -> None:
    """Formatters wrap lines before flags."""
    flag, subjects = " (💀<!--stay:dead:2026-11-10-->)", {flag_key("dead", URL): KNOWN["k"]}
    before = f"- [A]({URL}){flag} - Text.\n".encode()
    moved = after.format(URL=URL, FLAG=flag).encode()
    said = replace(SAID, key="", kind=FeedbackKind.COMMIT)
    assert not list(commit_feedback(before, moved, moved, said, subjects, "link"))
