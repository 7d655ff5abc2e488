"""What a run says on Prefect's pages and in notifications; no server is needed for it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from inspect import unwrap
from pathlib import Path
from threading import Event, Thread, current_thread
from uuid import UUID, uuid4

import pytest

from staycurrent.flows.orchestration.notification import (
    RunLabel,
    artifact_key,
    changes_notification,
    failure_notification,
    find_url,
    label_run,
    links_markdown,
    markdown_links,
)
from staycurrent.flows.settings.sections import PrefectSettings
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.markdown_report import changes_markdown, changes_table
from staycurrent.reports.model import FlagDifference, LinkRow, Status, flag_changes

OURS = "https://github.com/owner/list/pull/7"
PULL = {"Last pull request": OURS}
ALIKE = '[list]\npaths = ["docs/a.md", "docs-a.md", "b.md"]\n'
LABEL = RunLabel(PrefectSettings(project="my-list"), ("README.md",))
DAY, SINCE = date(2026, 11, 22), date(2026, 11, 14)
DEAD = Verdict("link", VerdictState.DEAD, "missing", SINCE, 3)
MOVED = Verdict("link", VerdictState.MOVED, "redirected", SINCE, 3, DAY, "https://b.example/new")
ALIVE = Verdict("link", VerdictState.ALIVE, "ok")


def row(name: str, verdict: Verdict, flag: str | None = None) -> LinkRow:
    url = f"https://{name}.example/"
    return LinkRow(url, "README.md", 7, 1, (), f"The {name}", verdict, flag, kept=False)


def status(*rows: LinkRow) -> Status:
    return Status(datetime(2026, 11, 22, tzinfo=UTC), None, rows, (), (), ())


BEFORE = status(row("a", ALIVE), row("b", ALIVE), row("c", DEAD, "dead"), row("d", DEAD, "dead"))
NOW = status(
    row("a", DEAD, "dead"), row("b", MOVED, "moved"), row("c", ALIVE), row("d", DEAD, "dead")
)


def test_changes_are_the_flags_that_differ() -> None:
    changes = flag_changes(BEFORE, NOW)
    shown = [(one.row.title, one.before, one.now) for one in changes]
    assert shown == [("The a", "", "dead"), ("The b", "", "moved"), ("The c", "dead", "")]
    kept = status(*(replace(one, kept=True) for one in NOW.links))
    assert [one.now for one in flag_changes(NOW, kept)] == ["", "", ""]


def test_of_a_link_that_is_listed_twice_one_use_may_be_kept() -> None:
    def twice(verdict: Verdict, flag: str | None) -> Status:
        one = row("a", verdict, flag)
        return status(one, replace(one, line=9, kept=True))

    flagged = twice(DEAD, "dead")
    assert flag_changes(flagged, flagged) == ()
    (change,) = flag_changes(twice(ALIVE, None), flagged)
    assert (change.row.line, change.now) == (7, "dead")


def test_a_notification_says_in_plain_words_what_changed() -> None:
    links = {"Weekly report": "https://pages.example/", **PULL}
    found = changes_notification(LABEL, DAY, flag_changes(BEFORE, NOW), links)
    assert found.subject == "staycurrent: README.md: 1 dead, 1 moved, 1 no longer flagged"
    assert found.body == (
        "The run of 2026-11-22 changed 3 flags:\n\n"
        "- dead: The a <https://a.example/>, README.md:7\n"
        "  not found (since 2026-11-14, 3 checks)\n"
        "- moved: The b <https://b.example/>, README.md:7\n"
        "  redirects to another address (since 2026-11-14, 3 checks); "
        "suggested: https://b.example/new\n"
        "- no longer flagged (was dead): The c <https://c.example/>, README.md:7\n  works\n\n"
        f"Weekly report: https://pages.example/\nLast pull request: {OURS}"
    )


def test_a_long_notification_is_cut() -> None:
    many = [FlagDifference(row(f"x{number}", DEAD, "dead"), "", "dead") for number in range(25)]
    body = changes_notification(LABEL, DAY, many, {}).body
    assert body.endswith("\n... and 5 more")
    assert body.count("\n- ") == 20


def test_what_a_page_showed_calls_nobody_in_a_chat() -> None:
    hostile = replace(row("a", DEAD, "dead"), evidence='"<!channel> @everyone"')
    body = changes_notification(LABEL, DAY, [FlagDifference(hostile, "", "dead")], {}).body
    assert "<!channel" not in body
    assert "@everyone" not in body


def test_a_failure_is_reported_with_its_sentence() -> None:
    found = failure_notification(LABEL, "nightly", "2 mistakes:\n  web.a\n  web.b\x1b", PULL)
    assert found.subject == "staycurrent: README.md: nightly failed"
    assert found.body == f"2 mistakes:\n  web.a\n  web.b\n\nLast pull request: {OURS}"


def test_the_table_of_changes_escapes_what_others_wrote() -> None:
    odd = replace(row("a", DEAD, "dead"), title="a | b [x](http://evil.example)")
    assert changes_markdown([FlagDifference(odd, "", "dead")]).splitlines()[-1] == (
        r"| [a \| b \[x\](http:" + "\u200b" + r"//evil.example)](https://a.example/) | - | dead | "
        "not found |  |"
    )
    assert changes_markdown([]) == "# No flag changed\n"
    assert links_markdown(PULL) == f"[Last pull request]({OURS})"


def test_a_long_table_of_changes_is_cut() -> None:
    many = [FlagDifference(row(f"x{number}", DEAD, "dead"), "", "dead") for number in range(203)]
    more = "... and 3 more (`staycurrent status` shows all)"
    lines = changes_markdown(many).splitlines()
    assert (len(lines), lines[-2:]) == (206, ["", more])
    *rows, last = changes_table(many)
    assert (len(rows), last["link"], {*last}) == (200, more, {*rows[0]})
    assert len(changes_table(many[:200])) == 200


@pytest.mark.parametrize(
    ("settings", "lists", "title", "key"),
    [
        ("", (), "README.md", "readme-md-run"),
        ('[prefect]\nproject = "My_list"\n', (), "README.md", "my-list-readme-md-run"),
        ("[web]\nnope = 1\ntimeout_s = []\n", (), "README.md", "readme-md-run"),
        ("[[[", (), "README.md", "readme-md-run"),
        ('[list]\npaths = ["a.md", "docs/b.md"]\n', (), "a.md, docs/b.md", "run"),
        ('[list]\npaths = ["a.md", "b.md"]\n', ("docs/b.md",), "docs/b.md", "docs-b-md-run"),
        (ALIKE, ("docs/a.md",), "docs/a.md", "docs-a-md-5231f8-run"),
        (ALIKE, ("docs-a.md",), "docs-a.md", "docs-a-md-9a8ea1-run"),
        (ALIKE, ("b.md",), "b.md", "b-md-run"),
        ('[list]\npaths = ["a", "b", "c"]\n[prefect]\nproject = "p"\n', (), "3 lists", "p-run"),
    ],
)
def test_a_run_has_a_label_even_if_its_settings_are_wrong(
    tmp_path: Path, settings: str, lists: tuple[str, ...], title: str, key: str
) -> None:
    path = tmp_path / "staycurrent.toml"
    path.write_text(settings, encoding="utf-8")
    (tmp_path / "README.md").touch()
    label = label_run(path, {}, [tmp_path / name for name in lists])
    assert (label.title, label.key("run")) == (title, key)


def test_a_key_has_only_what_prefect_accepts() -> None:
    assert artifact_key("", "Ünïcode/LIST.md", "changes") == "n-code-list-md-changes"


def test_a_token_of_the_environment_wins_over_a_block() -> None:
    """No server is asked: there is none here."""
    from staycurrent.flows.orchestration.blocks import with_tokens  # with Prefect: a second

    settings = PrefectSettings(github_token_block="a", hf_token_block="b")  # noqa: S106
    own = {"GITHUB_TOKEN": "x", "HF_TOKEN": "y"}
    assert with_tokens(settings, own) == own


@pytest.fixture
def run_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    """What a run logs."""
    from staycurrent.flows.orchestration import tasks

    logger = logging.getLogger("of a run")
    logger.addHandler(caplog.handler)
    logger.propagate = False  # else what Prefect has set up decides how often the message is here
    monkeypatch.setattr(tasks, "get_run_logger", lambda: logger)
    return caplog


def test_sentences_are_published_again_where_the_server_is_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from staycurrent.flows.orchestration import tasks

    asked: dict[str, object] = {}

    def task(**options: object) -> Callable[[object], object]:
        asked.update(options)
        return lambda stage: stage

    stage = unwrap(tasks.publish_sentences)
    monkeypatch.setattr(tasks, "task", task)
    tasks.as_task(stage)
    assert (asked["retries"], stage is tasks.publish_sentences) == (3, False)


@pytest.mark.parametrize("is_created", [True, False])
def test_checks_go_on_while_no_server_takes_their_progress(
    monkeypatch: pytest.MonkeyPatch, run_log: pytest.LogCaptureFixture, *, is_created: bool
) -> None:
    from prefect import artifacts
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from staycurrent.flows.orchestration import tasks

    def create(*_: object, **__: object) -> UUID:
        if is_created:
            return uuid4()
        raise ConnectionError

    monkeypatch.setattr(artifacts, "create_progress_artifact", create)
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        tasks.PrefectReporter(LABEL).progress("links", 1) as advance,
    ):
        advance()
    errors = ["ConnectError"] if is_created else ["ConnectionError", "ConnectionError"]
    assert run_log.messages == [f"no progress was sent: {error}" for error in errors]


def test_checks_do_not_wait_for_a_server_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, run_log: pytest.LogCaptureFixture
) -> None:
    from prefect import artifacts

    from staycurrent.flows.orchestration import tasks

    answers, senders = Event(), list[Thread]()

    def create(*_: object, **__: object) -> None:
        senders.append(current_thread())
        answers.wait()
        raise TimeoutError

    monkeypatch.setattr(artifacts, "create_progress_artifact", create)
    monkeypatch.setattr(tasks, "_PROGRESS_S", 0.01)
    try:
        with tasks.PrefectReporter(LABEL).progress("links", 2) as advance:
            advance()
            advance()
        assert run_log.messages == []
        assert [one.daemon for one in senders] == [True]  # nor does the process, when it ends
    finally:
        answers.set()
        for one in senders:
            one.join()  # it logs that it failed, which needs this test's log


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("nothing to propose", "nothing to propose"),
        (f"opened {OURS}: 3 lines", f"opened [{OURS}]({OURS}): 3 lines"),
        (f"it stands ({OURS}).", f"it stands ([{OURS}]({OURS}))."),
        ("a *bold* <b>word</b>", r"a \*bold\* &lt;b&gt;word&lt;/b&gt;"),
        (
            f"http://a.example/(x)*[b]({OURS}",
            rf"[http://a.example/(x)\*\[b\]({OURS}](http://a.example/%28x%29*%5Bb%5D%28{OURS})",
        ),
    ],
)
def test_urls_in_a_sentence_become_links(text: str, markdown: str) -> None:
    """An invisible space in the text keeps GitHub from making its own link."""
    assert markdown_links(text).replace("\u200b", "") == markdown


def test_the_pull_request_is_found_in_the_artifact_of_its_run() -> None:
    assert find_url(f"# Pull request\n\n- {markdown_links(f'opened {OURS}: 3 lines')}\n") == OURS
    assert not find_url("# Pull request\n\n- nothing to propose\n")
