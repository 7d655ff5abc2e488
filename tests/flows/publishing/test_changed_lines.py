"""Title and body describe the diff exactly, for any change of verdicts."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.curated.changes import inseparable_lines, line_changes, partial_rewrite
from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagPlace, FlagStyle
from staycurrent.curated.generated_section import render_candidates
from staycurrent.curated.rewrite import LinkEdits, rewrite
from staycurrent.flows.link_states import LinkState, flags_by_index
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.changed_lines import ListFacts, states_by_position
from staycurrent.flows.publishing.proposal import changed_lines
from staycurrent.identity import identify
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    DiffMismatch,
    PullRequestContent,
    check_against_diff,
    count_by_kind,
    pull_request_title,
)
from staycurrent.reports.pull_request import pull_request_body
from tests.support.values import candidate

if TYPE_CHECKING:
    from staycurrent.links.verdict import Flag

SINCE = date(2026, 11, 1)
VERDICTS = {
    "alive": Verdict("", VerdictState.ALIVE, "ok", SINCE, 1),
    "dead": Verdict("", VerdictState.DEAD, "missing", SINCE, 3),
    "moved": Verdict(
        "", VerdictState.MOVED, "redirected", SINCE, 2, suggestion="https://b.example/"
    ),
    "insecure": Verdict("", VerdictState.INSECURE, "tls", SINCE, 3),
    "archived": Verdict("", VerdictState.STALE, "archived", SINCE, 1),
    "idle": Verdict("", VerdictState.STALE, "idle", date(2026, 11, 2), 1),
    "malformed": Verdict("", VerdictState.REFUSED, "malformed", SINCE, 1),
}
SECTIONS = {"archived": "stale", "idle": "stale"}
GRAVEST = ["dead", "insecure", "moved", "malformed", "stale"]
STYLES = [FlagStyle(), FlagStyle(place="end"), FlagStyle(glyphs="words", place="end")]
LINES = st.lists(
    st.lists(st.tuples(*[st.sampled_from(sorted(VERDICTS))] * 2), min_size=1, max_size=3),
    min_size=1,
    max_size=8,
)


def listed(words: list[list[tuple[str, str]]]) -> bytes:
    """A list in which each line has so many links; some lines are alike."""
    lines = [
        "- " + " ".join(f"[x](https://h{at}.example/{place % 3})" for place in range(len(line)))
        for at, line in enumerate(words)
    ]
    return "\n".join(["# List", "", *lines, ""]).encode()


def known(raw: bytes, verdicts: list[str], place: FlagPlace = "link") -> ListFacts:
    document = parse(raw)
    standings = tuple(
        LinkState(place, index, VERDICTS[verdicts[index]], kept=False)
        for index, place in enumerate(document.occurrences)
    )
    one = ListDocument(Path("list.md"), "list.md", document)
    return ListFacts(one, standings, states_by_position(one, standings, place), {}, (), {}, ())


def flagged(raw: bytes, verdicts: list[str], style: FlagStyle = FlagStyle()) -> bytes:  # noqa: B008
    found = known(raw, verdicts)
    flags: dict[int, Flag] = dict(flags_by_index(found.states))
    return rewrite(found.listed.document, flags=flags, style=style, sections={})


def diff(before: bytes, after: bytes) -> str:
    sides = (before.decode().splitlines(keepends=True), after.decode().splitlines(keepends=True))
    return "".join(unified_diff(*sides, n=0))


def flags_of(line: str) -> Counter[tuple[str, int]]:
    """Each flag with how many links stand before it."""
    found = re.finditer("<!--(stay:.*?)-->", line)
    return Counter((one.group(1), line.count("](", 0, one.start())) for one in found)


def recounted(before: bytes, after: bytes) -> Counter[str]:
    """By pairs of lines and nothing else: not as the product does it."""
    found: Counter[str] = Counter()
    for was, now in zip(before.decode().splitlines(), after.decode().splitlines(), strict=True):
        if was != now:
            states = [one.split(":")[1] for one, _ in flags_of(now) - flags_of(was)]
            kinds = [SECTIONS.get(state, state) for state in states]
            # two links that share the end of their entry may only swap their flags
            gone = "cleared" if flags_of(was) - flags_of(now) else "other"
            found[min(kinds, key=GRAVEST.index) if kinds else gone] += 1
    return found


@given(LINES, st.sampled_from(STYLES), st.data())
def test_counts_in_title_and_body_are_those_of_the_diff(
    words: list[list[tuple[str, str]]], style: FlagStyle, data: st.DataObject
) -> None:
    first = [was for line in words for was, _ in line]
    then = [now for line in words for _, now in line]
    before = flagged(listed(words), first, style)
    now = known(before, then, style.place)
    after = parse(flagged(before, then, style))
    found = line_changes(now.listed.document, after)
    left = [one for one in found if data.draw(st.booleans())]
    shown = partial_rewrite(now.listed.document, after, left)
    rows = changed_lines(now, parse(shown))
    check_against_diff(rows, diff(before, shown))
    expected = recounted(before, shown)
    assert dict(count_by_kind(rows)) == dict(expected)
    assert len(rows) == expected.total() == diff(before, shown).count("\n+") - bool(rows)
    counts = {
        name: int(number) for number, name in re.findall(r"(\d+) (\w+)", pull_request_title(rows))
    }
    assert counts == (
        {name: n for name, n in expected.items() if name != "other"} or dict(expected)
    )
    text = pull_request_body(PullRequestContent(tuple(rows), ("list.md",)))
    (total,) = re.findall(
        r"^\*\*(\d+) lines? changes? in `list.md`: (.*)\.\*\*$", text, re.MULTILINE
    )
    of_kinds = {name: int(number) for number, name in re.findall(r"(\d+) (\w+)", total[1])}
    assert (int(total[0]), of_kinds) == (expected.total(), dict(expected))
    for section, number in count_by_kind(rows):
        if section is ChangeKind.OTHER:
            continue
        assert f"### {section.capitalize()}: {number}\n" in text
        table = text.split(f"### {section.capitalize()}: ")[1].split("\n\n")[2]
        assert len(table.splitlines()) - 2 == number


def test_a_missing_or_extra_line_is_a_bug_and_nothing_is_published() -> None:
    before = listed([[("alive", "dead")], [("alive", "dead")]])
    after = flagged(before, ["dead", "dead"])
    rows = changed_lines(known(before, ["dead", "dead"]), parse(after))
    check_against_diff(rows, diff(before, after))
    wrong: list[list[ChangedLine]] = [rows[:1], [*rows, rows[0]], []]
    for lines in wrong:
        with pytest.raises(DiffMismatch, match="nothing was published"):
            check_against_diff(lines, diff(before, after))


def test_a_candidate_has_its_evidence_where_the_list_has_its_address_escaped() -> None:
    url = "https://bees.example/wiki/Königin_(Biene)"
    one = replace(candidate("Queens", 0.7, 1), identity=str(identify(url)), url=url)
    before = b"# List\n\n<!-- stay:begin current -->\n<!-- stay:end current -->\n"
    sections = {"current": render_candidates([one], STYLES[0])}
    after = rewrite(parse(before), flags={}, style=STYLES[0], sections=sections)
    assert b"K%C3%B6nigin_%28Biene%29" in after
    facts = replace(known(before, []), candidates=(one,))
    (row,) = (row for row in changed_lines(facts, parse(after)) if row.changes)
    assert "in 2 feeds" in row.changes[0].evidence


def test_a_flag_that_goes_to_another_line_is_not_said_to_be_no_longer_true() -> None:
    raw = b"# List\n\n- [x](https://h0.example/0)\n  and more of it\n"
    before = flagged(raw, ["dead"], STYLES[0])
    after = flagged(raw, ["dead"], STYLES[1])
    rows = changed_lines(known(before, ["dead"], "end"), parse(after))
    assert {row.line: [one.evidence for one in row.changes] for row in rows} == {
        3: ["still dead: noted elsewhere, as the settings have it"],
        4: ["not found; 3 checks"],
    }


@pytest.mark.parametrize("moved", ["[A][a]", "[A](https://a.example/?x=1&amp;y=2)"])
def test_a_line_that_loses_one_flag_is_not_about_its_other_link(moved: str) -> None:
    """Whose URL is in a definition, or written with entities."""
    raw = f"# List\n\n- {moved} and [B](https://b.example/1)\n\n[a]: https://a.example/x\n".encode()
    before, after = (flagged(raw, ["moved", now]) for now in ("dead", "alive"))
    (row,) = changed_lines(known(before, ["moved", "alive"]), parse(after))
    assert (row.kind, [one.title for one in row.changes]) == (ChangeKind.CLEARED, ["B"])


@pytest.mark.parametrize("link", ["[A](https://b.example)", "[A][a]\n\n[a]: https://b.example"])
def test_a_new_url_that_begins_with_the_old_one_has_its_evidence(link: str) -> None:
    facts = known(f"# List\n\n- {link}\n".encode(), ["moved"])
    urls = LinkEdits(urls={0: "https://b.example/"})
    after = rewrite(facts.listed.document, flags={}, style=STYLES[0], sections={}, edits=urls)
    (row,) = changed_lines(facts, parse(after))
    assert (row.kind, [one.title for one in row.changes]) == (ChangeKind.MOVED, ["A"])


def test_a_new_flag_at_the_end_of_an_entry_is_not_about_its_first_link() -> None:
    raw = b"# List\n\n- [A](https://a.example/1) and [B](https://b.example/1)\n"
    before, after = (flagged(raw, ["dead", now]) for now in ("alive", "dead"))
    (row,) = changed_lines(known(before, ["dead", "dead"]), parse(after))
    assert [one.title for one in row.changes] == ["B"]


def test_a_flag_that_goes_to_another_line_is_not_counted_for_one_that_comes() -> None:
    raw = b"# List\n\n- [A](https://a.example/1)\n  and [B](https://b.example/1)\n"
    before = parse(flagged(raw, ["dead", "alive"], STYLES[1]))
    after = parse(flagged(raw, ["dead", "idle"], STYLES[0]))
    assert inseparable_lines(before, after) == {3: 3, 4: 3}
