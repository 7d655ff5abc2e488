"""The pull request's body, rendered by a parser of GitHub's family, with untrusted text."""

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import assume, given
from hypothesis import strategies as st

from staycurrent.links.ending import Ending, EndingKind
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.model import (
    EndingRow,
    LinkRow,
    MaintenanceItem,
    MaintenanceKind,
    MaintenanceSubject,
    Reversals,
    Status,
)
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    Notes,
    ProposedChange,
    PullRequestContent,
    proposed_keys,
    pull_request_title,
    ticked_keys,
)
from staycurrent.reports.pull_request import (
    MAX_LENGTH,
    closing_body,
    pull_request_body,
    with_takeover_note,
)
from staycurrent.sources.item import SourceState
from staycurrent.warehouse.items import PullRecord

KEY = "abcdefghijklmno2"
HOSTILE = [
    "@everybody", "#1", "GH-1", "fixes o/r#2", "2f4e6a8b2f4e6a8b2f4e6a8b2f4e6a8b2f4e6a8b",
    "</details>", "<details open>", "<!-- stay:begin current -->", "-->", "<img src=x onerror=y>",
    "[x](javascript:alert(1))", "![x](https://spy.example/p.png)", "| cell", "a\nb", "a\r\n- [x] b",
    "```", "~~~", "# heading", "\u202eright to left", "\x1b[31mred", "::error::", "$(rm)", "`code`",
    f"- [x] line <!--stay:ask {KEY}-->", "<!--stay:lines aaaaaaaaaaaaaaaa-->", "https://spy.example",
    "x" * 5000, "&lt;b&gt;", "\\", "é́́́", "<b", "]]>", "[^1]: note", "[ref]: https://e.example",
]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=12),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map(" ".join),
)
TAGS = {
    "p", "strong", "code", "h3", "table", "thead", "tbody", "tr", "th", "td", "a", "br",
    "details", "summary", "ul", "li", "em",
}  # fmt: skip


def rendered(markdown: str) -> str:
    found = cmarkgfm.markdown_to_html_with_extensions(
        markdown, Options.CMARK_OPT_UNSAFE, ["table", "strikethrough", "autolink"]
    )
    return str(found)


def line_of(
    one: ProposedChange, kind: ChangeKind = ChangeKind.DEAD, line: int | None = 12
) -> ChangedLine:
    return ChangedLine(kind, "list.md", line, "a", "b", (one,))


def change(words: str = "A title", url: str = "https://gone.example/a") -> ProposedChange:
    snapshot = "https://snap.example/a"
    return ProposedChange(KEY, words, url, "dead", f"404 not found; {words}", None, snapshot)


def details(words: str, url: str, rows: int = 1) -> Status:
    suspect = Verdict(url, VerdictState.SUSPECT, "timeout", date(2026, 11, 1), 2)
    known = LinkRow(
        url, "list.md", 3, 1, (words,), words, suspect, None, kept=False, evidence=words
    )
    blocked = replace(known, verdict=replace(suspect, state=VerdictState.BLOCKED))
    kept = replace(known, verdict=replace(suspect, state=VerdictState.DEAD), kept=True)
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    feed = PullRecord(words, moment.date(), moment, SourceState.DOWN, words, 0, words)
    order = MaintenanceItem(
        MaintenanceSubject.PATTERN, MaintenanceKind.UNMATCHED, words, words, words, 3
    )
    end = Ending(EndingKind.ANNOUNCEMENT, None, words)
    ending = EndingRow(known, end, f"https://web.archive.org/web/2026/{url}")
    return Status(
        moment,
        None,
        (known, blocked, kept) * rows,
        (),
        (feed,),
        (),
        maintenance=(order,),
        reversals=Reversals(2, 1),
        endings=(ending,),
        lists=("list.md", words),
    )


def test_a_dead_link_has_its_snapshot_beside_an_address_that_nobody_checked() -> None:
    line = line_of(replace(change(), suggestion="https://new.example/a"))
    body = pull_request_body(PullRequestContent((line,), ("list.md",), "", ()))
    assert "(https://new.example/a), [snapshot](https://snap.example/a) |" in body


def whole(one: ProposedChange, known: Status) -> str:
    where = "https://github.com/o/n/blob/b"
    return pull_request_body(
        PullRequestContent((line_of(one),), ("list.md",), where, (), status=known)
    )


URLS = st.one_of(
    WORDS,
    WORDS.map(lambda tail: f"https://h.example/{tail}"),
    WORDS.map(lambda host: f"https://{host}.example/"),
)


@given(WORDS, URLS, WORDS)
def test_untrusted_text_does_not_change_the_structure_of_the_body(
    words: str, url: str, instead: str
) -> None:
    assume(len(url) < 10_000)  # details make room for the lines: a test of its own
    one = ProposedChange(
        KEY, words, url, "dead", words, instead or None, f"https://snap.example/{url}"
    )
    text = whole(one, details(words, url))
    tree = rendered(text)
    assert set(re.findall(r"<(\w+)", re.sub(r"<!--.*?-->", "", tree))) <= TAGS
    plain = rendered(whole(change(), details("x", "https://h.example/")))
    assert "list.md, line 3: " in plain  # not every list with such a line has to change
    for tag in ("tr", "td", "h3", "details", "</details", "li", "!--"):
        assert tree.count(f"<{tag}") == plain.count(f"<{tag}"), tag
    shown = html.unescape(re.sub(r"<[^>]*>", "", tree))
    assert not re.search(r"@\w|(?<![\w/])#\d|(?i:GH-\d)|[0-9a-f]{40}", shown)
    assert not re.search(r'href="(?!https?://)', tree)
    assert ticked_keys(text) == frozenset()
    assert proposed_keys(text) == {KEY}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert pull_request_title([line_of(one)]) == "Update links: 1 dead"


@pytest.mark.parametrize("written", ["{}", " {} ", "\n  {}\n", "\t{}"])
def test_a_linked_issue_is_not_mentioned_there(written: str) -> None:
    url = written.format("https://github.com/o/r/issues/5#c")
    body = pull_request_body(PullRequestContent((line_of(change(url=url)),), ("list.md",)))
    assert "](https://redirect.github.com/o/r/issues/5#c)" in body
    body = pull_request_body(
        PullRequestContent((line_of(change(url="https://github.com/o/r")),), ("list.md",))
    )
    assert "](https://github.com/o/r)" in body


def test_a_line_number_links_to_the_line_of_the_commit() -> None:
    one = ChangedLine(ChangeKind.DEAD, "docs/my list.md", 7, "a", "b", (change(),))
    body = pull_request_body(
        PullRequestContent((one,), ("docs/my list.md",), "https://github.com/o/n/blob/c0ffee")
    )
    assert "[7](https://github.com/o/n/blob/c0ffee/docs/my%20list.md?plain=1#L7)" in body


def test_a_checkbox_names_the_list_where_there_are_several() -> None:
    lines = (line_of(change()), replace(line_of(change()), list="other|.md"))
    body = pull_request_body(PullRequestContent(lines, ("list.md", "other|.md")))
    boxes = re.findall(r"- \[ \] (.*?line \d+):", body)
    assert boxes == ["list.md, line 12", r"other\|.md, line 12"]
    assert "- [ ] line 12:" in pull_request_body(PullRequestContent(lines[:1], ("list.md",)))


def test_every_line_has_a_box_where_many_are_proposed() -> None:
    """`pull_request.max_lines` may ask for 500."""
    lines = tuple(line_of(change(), line=number) for number in range(1, 151))
    text = pull_request_body(PullRequestContent(lines, ("list.md",)))
    assert text.count("- [ ] line ") == 150


@pytest.mark.parametrize("number", [1, 40, 500])
def test_a_long_body_is_cut_by_rows_and_counts_the_rest(number: int) -> None:
    rows = tuple(
        ChangedLine(ChangeKind.DEAD, "list.md", at, f"a{at}", f"b{at}", (
            ProposedChange(f"{'a' * 12}{at:04}".translate(str.maketrans("0189", "xyzw")),
                    "t" * 150, "https://h.example/" + "p" * 300, "dead", "404", None, None),
        ))
        for at in range(number)
    )  # fmt: skip
    many = details("x" * 150, "https://h.example/" + "p" * 300, rows=300)
    text = pull_request_body(PullRequestContent(rows, ("list.md",), status=many))
    assert len(text) <= MAX_LENGTH
    assert text.startswith(f"**{number} line")
    shown = len(re.findall(r"^\| \d+ \|", text, re.MULTILINE))
    more = re.search(r"\.\.\. and (\d+) more lines? that did not fit", text)
    assert shown + (int(more.group(1)) if more else 0) == number
    assert len(proposed_keys(text)) == number
    assert "Removing a flag in a commit to this branch" in text
    assert "staycurrent check --witness" in text
    assert text.count("<details>") == text.count("</details>")
    assert text == pull_request_body(PullRequestContent(rows, ("list.md",), status=many))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("- [a](b) c", "- [a](b) (💀<!--stay:dead:2026-11-01-->) c", "Nothing that people wrote"),
        ("- [a](b) (x<!--stay:moved:2026-11-01-->)", "- [a](b)", "Nothing that people wrote"),
        ("- [a](b) c", "- ~~[a](b)~~<!--stay:struck--> c", "`staycurrent.toml` asks for"),
        ("- [a](http://b)", "- [a](https://b)", "`staycurrent.toml` asks for"),
    ],
)
def test_the_introduction_says_what_happens_to_the_lines(
    before: str, after: str, says: str
) -> None:
    one = ChangedLine(ChangeKind.DEAD, "list.md", 1, before, after, (change(),))
    assert says in pull_request_body(PullRequestContent((one,), ("list.md",)))


@pytest.mark.parametrize(
    ("postponed", "says"),
    [
        ((), "come first. Later ones"),
        (((ChangeKind.DEAD, 1),), "come first, 1 line will follow in the next ones. Later"),
        (
            ((ChangeKind.DEAD, 2), (ChangeKind.STALE, 3)),
            "come first, 5 lines will follow in the next ones",
        ),
    ],
)
def test_the_first_one_says_how_many_lines_will_follow(
    postponed: tuple[tuple[ChangeKind, int], ...], says: str
) -> None:
    shown = PullRequestContent(
        (line_of(change()),), ("list.md",), postponed=postponed, is_initial=True
    )
    assert says in pull_request_body(shown)


def test_the_closing_body_proposes_nothing() -> None:
    assert proposed_keys(closing_body(Notes())) == frozenset()


def test_the_takeover_note_is_added_once_and_does_not_mention_anybody() -> None:
    noted = with_takeover_note(
        pull_request_body(PullRequestContent((line_of(change()),), ("list.md",))), "@some <b>one"
    )
    assert with_takeover_note(noted, "another") == noted
    assert "@some" not in noted
    assert "<b>" not in noted


@pytest.mark.parametrize(
    ("line", "is_ticked"),
    [
        (f"- [x] line 1 <!--stay:ask {KEY}-->", True),
        (f"* [X] line 1 <!-- stay:ask {KEY} --> and a word", True),
        (f"  - [x] <!--stay:ask {KEY}-->\r", True),
        (f"> - [x] quoted <!--stay:ask {KEY}-->", True),
        (f"- [ ] line 1 <!--stay:ask {KEY}-->", False),
        (f"[x] no item <!--stay:ask {KEY}-->", False),
        ("- [x] a box of somebody's own", False),
        (f"- [x] another line\n<!--stay:ask {KEY}-->", False),
    ],
)
def test_a_checkbox_is_read_however_the_body_was_edited(line: str, *, is_ticked: bool) -> None:
    assert (KEY in ticked_keys(f"Hello\r\n{line}\nbye")) is is_ticked
