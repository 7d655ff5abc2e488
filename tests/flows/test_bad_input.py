"""Bad input: one clear sentence, the exit code of the contract, and nothing touched."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from staycurrent.flows.cli import main
from staycurrent.flows.settings.sections import Settings
from staycurrent.reports.text import FAIL_ON_TERMS, KEEP_TERMS, LINT_TERMS
from staycurrent.web.settings import Days
from tests.support.folder import Ended, Folder, Walk

LIST = "# A list\n\n- [A](https://a.example/x) - One.\n"
READING = ("status", "render", "explain https://a.example/x", "keep https://a.example/x")
ALL = ("run", "check", "pull", *READING)


def refused(ended: Ended, *words: str) -> None:
    """Exit 2, nothing on stdout, one sentence on stderr that has these words."""
    assert ended.code == 2, ended
    assert ended.out == ""
    assert ended.err.startswith("staycurrent: ")
    assert ended.err.count("\n") == 1
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err


def no_file(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def huge(path: Path) -> None:
    os.truncate(path, 600 * 1024 * 1024)


def utf_16(path: Path) -> None:
    path.write_bytes(LIST.encode("utf-16"))


def latin_1(path: Path) -> None:
    path.write_bytes("# A list\n\n- [Café](https://a.example/x)\n".encode("latin-1"))


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_file, ("README.md does not exist", "--list")),
        (a_folder, ("curated.md is a folder", "name the markdown file")),
        (huge, ("curated.md has 600 MB, more than the limit of 50 MB",)),
        (utf_16, ("curated.md", "UTF-16", "iconv")),
        (latin_1, ("curated.md is not UTF-8", "line 3, byte 0xE9", "iconv")),
        (a_pipe, ("curated.md is not a regular file",)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_list_that_cannot_be_read_is_named_and_nothing_is_made(
    folder: Folder, command: str, spoil: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    folder.write(listed=LIST)
    spoil(folder.list)
    refused(folder.staycurrent(*command.split()), *words)
    assert not folder.warehouse.parent.exists()


SETTINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("[web]\ntimeoutt_s = 5", ("web.timeoutt_s: is not a setting; did you mean timeout_s?",)),
    ("[wep]\n", ("wep: is not a setting; did you mean web?",)),
    ("[nonsense]\n", ("nonsense: is not a setting; choose from list, web, links",)),
    (
        '[web]\ntimeout_s = "soon"',
        ("web.timeout_s: must be a number greater than 0, at most 3600, not 'soon'",),
    ),
    (
        "[web]\nconcurrency = 1.5",
        ("web.concurrency: must be a whole number from 1 to 10000, not 1.5",),
    ),
    ("[web]\nconcurrency = 0", ("web.concurrency: must be a whole number from 1 to 10000, not 0",)),
    (
        "[web]\ntimeout_s = nan",
        ("web.timeout_s: must be a number greater than 0, at most 3600, not nan",),
    ),
    ("[web]\npause_s = -1", ("web.pause_s: must be a number from 0 to 3600, not -1",)),
    ('[web]\ncanaries = "https://a.example"', ("web.canaries: must be a list",)),
    ("[web]\ncanaries = []", ("web.canaries: must not be empty",)),
    ('[web]\ncanaries = ["a.example"]', ("web.canaries: item 1 must be a web address",)),
    ('[web]\nallow_networks = ["here"]', ('web.allow_networks: must be like "10.0.0.0/8"',)),
    (
        '[web]\nslow_hosts = ["a.example"]',
        ('web.slow_hosts: item 1 must be like "github.com=1.0"',),
    ),
    ('[web]\nuser_agent = "a\\nb: c"', ("web.user_agent: must be printable ASCII",)),
    ('[web]\nrecording = "none.toml"', ("web.recording: there is no file", "none.toml")),
    (
        "[prefect]\nmissed_after_h = 999999999999",
        ("prefect.missed_after_h: must be a whole number from 1 to 876000",),
    ),
    ("web = 5", ("web: must be a table, not 5",)),
    ("web = " + "[" * 20_000, ("staycurrent.toml: cannot be read as TOML: ",)),
    (f"[web]\ntimeout_s = {'9' * 5_000}", ("staycurrent.toml: cannot be read as TOML: ",)),
    ("[pull_request]\nbase = 2026", ("pull_request.base: must be a text, not 2026",)),
    ("[web]\ncanaries = [5]", ("web.canaries: item 1 must be a text, not 5",)),
    ('[links]\nignore = ["(x"]', ("links.ignore: '(x' is not a valid pattern",)),
    ('[links]\nignore = ["(?=x)y"]', ("links.ignore: '(?=x)y' is not a valid pattern of RE2",)),
    ("[links]\nsecond_look_s = 1e9", ("links.second_look_s: must be a number from 0 to 3600",)),
    ("[web]\ntimeout_s = 1e9", ("web.timeout_s: must be a number greater than 0, at most 3600",)),
    ("[links]\nbudget_minutes = 1e13", ("links.budget_minutes: must be a number from 0 to",)),
    (
        "[links.recheck.priors]\npage = 1e20",
        ("links.recheck.priors.page: must be a number greater than 0, at most 1000000000",),
    ),
    ("[web]\nconcurrency = 1000000000", ("web.concurrency: must be a whole number from 1 to",)),
    ("[links]\nignore = [3]", ("links.ignore: item 1 must be a text or a table",)),
    ('[links]\nignore = [{ pattern = "x", untl = 2027-01-01 }]', ("links.ignore: item 1",)),
    (
        "[links.recheck]\nalive_every = 0",
        ("links.recheck.alive_every: must be a whole number from 1 to",),
    ),
    (
        "[links.run_gate]\nfailing_share = 20",
        ("links.run_gate.failing_share: must be a number from 0 to 1",),
    ),
    ('[links.rules]\nhard = { checks = "few" }', ("links.rules.hard.checks: must be a whole",)),
    (
        "[links.rules.weak]\nnights = 999999",
        ("links.rules.weak.nights: must be a whole number from 1 to 36500, not 999999",),
    ),
    (
        "[curated]\nnew_days = 999999",
        ("curated.new_days: must be a whole number from 0 to 36500, not 999999",),
    ),
    ('[curated]\nflags = "loud"', ("curated.flags: must be 'inline' or 'report', not 'loud'",)),
    ('[curated]\nsection = "a part"', ("curated.section: must be letters",)),
    ('[pull_request]\nbranch = "a..b"', ("pull_request.branch: must be a plain branch name",)),
    ('[pull_request]\nbranch = "-f"', ("pull_request.branch: must be a plain branch name",)),
    ('[pull_request]\nbranch = "a`@b"', ("pull_request.branch: must be a plain branch name",)),
    ('[pull_request]\nbranch = "refs/heads/a"', ("pull_request.branch: must be a plain branch",)),
    ('[warehouse]\nbranch = "refs/heads/a"', ("warehouse.branch: must be a plain branch name",)),
    (
        '[pull_request]\nbranch = "links"\n[warehouse]\nbranch = "links/data"',
        ("warehouse.branch: cannot exist next to pull_request.branch, links",),
    ),
    (
        '[warehouse]\nbranch = "staycurrent"',
        ("warehouse.branch: cannot exist next to pull_request.branch, staycurrent/update",),
    ),
    (
        '[pull_request]\nbase = "docs"\nbranch = "docs/links"',
        ("pull_request.branch: cannot exist next to pull_request.base, docs",),
    ),
    (
        '[pull_request]\nbase = "docs"\n[warehouse]\nbranch = "docs/data"',
        ("warehouse.branch: cannot exist next to pull_request.base, docs",),
    ),
    ('[pull_request]\nbase = "a.lock"', ("pull_request.base: must be a plain branch name",)),
    (
        "[pull_request]\nmax_lines = 501",
        ("pull_request.max_lines: must be a whole number from 1 to 500",),
    ),
    ('[pull_request]\napi = "http://ghe.example/api/v3"', ("pull_request.api: must be https",)),
    ('[sources.blog]\nurl = "https://a.example"', ("sources.blog: unknown feed", 'kind = "rss"')),
    ('[sources.blog]\nkind = "rss"', ("sources.blog.url: the feed's address is missing",)),
    ('[sources.blog]\nkind = "rss"\nurl = "here"', ("sources.blog.url: must be a web address",)),
    (
        '[sources.blog]\nkind = "rss"\nurl = "https://a.example"\nlimits = 3',
        ("sources.blog.limits: is not a setting; did you mean limit?",),
    ),
    (
        '[links.providers.github]\ntoken = "x"',
        ("links.providers.github.token: secrets never come from the settings: set GITHUB_TOKEN",),
    ),
    (
        '[prefect]\ncron = "61 2 * * *"',
        ("prefect.cron: the minute must be from 0 to 59, not '61'",),
    ),
    ('[prefect]\nreport_cron = "@daily"', ("prefect.report_cron: must be five fields",)),
    ('[prefect]\ntimezone = "Europe"', ("prefect.timezone: must be like",)),
    ('[prefect]\ntimezone = "europe/lisbon"', ("prefect.timezone: must be like",)),
    ('[prefect]\ntimezone = "../etc/passwd"', ("prefect.timezone: must be like",)),
    ('[prefect]\nvariable = "a-b"', ("prefect.variable: must be lowercase letters, digits and _",)),
    ('[prefect]\nreport_url = "report.html"', ("prefect.report_url: must be a web address",)),
    ("[web\n", ("staycurrent.toml: cannot be read as TOML", "line 1")),
)


@pytest.mark.parametrize(("settings", "words"), SETTINGS, ids=[text[:99] for text, _ in SETTINGS])
def test_a_mistake_in_the_settings_is_reported_with_its_key(
    folder: Folder, settings: str, words: tuple[str, ...]
) -> None:
    folder.list.write_text(LIST, encoding="utf-8")
    (folder.path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    refused(folder.staycurrent("status"), *words)
    assert folder.files() == {"curated.md", "staycurrent.toml"}


@pytest.mark.parametrize("target", ["a folder", "elsewhere.toml", "staycurrent.toml"])
def test_settings_that_are_no_file_are_not_passed_over(folder: Folder, target: str) -> None:
    folder.list.write_text(LIST, encoding="utf-8")
    (folder.path / "a folder").mkdir()
    (folder.path / "staycurrent.toml").symlink_to(target)
    refused(folder.staycurrent("status"), "staycurrent.toml: ")


def day_settings(section: Any, above: str = "STAYCURRENT") -> Iterator[str]:
    """The variables of all settings that count days."""
    for name, kind in get_type_hints(section, include_extras=True).items():
        variable = f"{above}__{name.upper()}".replace("STAYCURRENT__", "STAYCURRENT_")
        if is_dataclass(kind):
            yield from day_settings(kind, variable)
        elif kind == Days and "PROVIDERS__" not in variable:
            yield variable


def test_the_longest_times_are_within_the_calendar(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = [*day_settings(Settings), "STAYCURRENT_CURATED__NEW_DAYS"]
    assert len(variables) > 20
    for variable in variables:
        monkeypatch.setenv(variable, "36500")
    folder = walk.copy(tmp_path, after=9)
    for command in ("status", "report", "run", "explain https://slow.example/a"):
        ended = folder.staycurrent(*command.split(), night=10)
        assert ended.code == 0, ended.err


def test_a_secret_in_the_place_of_a_block_is_not_shown(folder: Folder) -> None:
    folder.list.write_text(LIST, encoding="utf-8")
    text = (
        '[prefect]\nnotify = "https://hooks.example/CANARY"\n'
        'github_token_block = "ghp_CANARY"\nhf_token_block = "hf_CANARY"\n'
    )
    (folder.path / "staycurrent.toml").write_text(text, encoding="utf-8")
    ended = folder.staycurrent("status")
    assert ended.code == 2
    assert 'prefect.notify: must be type and name of a block, like "slack-we' in ended.err
    assert "prefect.github_token_block: must be the name of a Secret block" in ended.err
    assert "prefect.hf_token_block: must be the name of a Secret block" in ended.err
    assert "CANARY" not in ended.err


def test_all_mistakes_in_the_settings_are_reported_at_once(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.list.write_text(LIST, encoding="utf-8")
    text = '[web]\ntimeout_s = "soon"\nper_host = 0\nnope = 1\n[links]\nignore = ["(x"]\n'
    (folder.path / "staycurrent.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("STAYCURRENT_CURATED__FLAGS", "loud")
    ended = folder.staycurrent("run")
    assert (ended.code, ended.out) == (2, "")
    first, *mistakes = ended.err.splitlines()
    assert first == "staycurrent: 5 mistakes in the settings:"
    keys = {line.split(":")[0].strip() for line in mistakes}
    assert keys == {
        "web.timeout_s",
        "web.per_host",
        "web.nope",
        "links.ignore",
        "curated.flags (from STAYCURRENT_CURATED__FLAGS)",
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STAYCURRENT_WEB__TIMEOUTT", "5", "web.timeoutt (from STAYCURRENT_WEB__TIMEOUTT)"),
        ("STAYCURRENT_NOPE__A", "5", "nope (from STAYCURRENT_NOPE__A)"),
        ("STAYCURRENT_WEB", "5", "STAYCURRENT_WEB: write STAYCURRENT_SECTION__KEY"),
        ("STAYCURRENT_WEB__TIMEOUT_S__X", "5", "web.timeout_s (from STAYCURRENT_WEB__TIMEOUT_S"),
        (
            "STAYCURRENT_WEB__TIMEOUT_S",
            "soon",
            "must be a number greater than 0, at most 3600, not 'soon'",
        ),
        ("STAYCURRENT_WEB__TIMEOUT_S", "[" * 9_000, "must be a number greater than 0"),
        ("STAYCURRENT_WEB__TIMEOUT_S", "9" * 5_000, "must be a number greater than 0"),
        ("STAYCURRENT_PULL_REQUEST__BASE", "-2026", "must be a plain branch name, without refs"),
        (
            "STAYCURRENT_LINKS__PROVIDERS__GITHUB__TOKEN",
            "x",
            "never come from the settings: set GITHUB_TOKEN",
        ),
    ],
)
def test_an_override_that_cannot_be_meant_is_reported_with_its_variable(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    folder.write(listed=LIST)
    monkeypatch.setenv(name, value)
    refused(folder.staycurrent("status"), words)


@pytest.mark.parametrize("value", ["2026", "1.0", "true", "2026-12-03", "nan"])
def test_an_override_of_a_text_is_one_whatever_else_it_may_be(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    folder.write(listed=LIST, settings="")
    for name in ("PULL_REQUEST__BASE", "WAREHOUSE__BRANCH", "CURATED__SECTION"):
        monkeypatch.setenv(f"STAYCURRENT_{name}", value)
    ended = folder.staycurrent("render", "--create")
    refused(ended, "warehouse.branch", f"cannot exist next to pull_request.base, {value}")
    monkeypatch.delenv("STAYCURRENT_WAREHOUSE__BRANCH")
    assert folder.staycurrent("render", "--create").code == 0
    assert f"<!-- stay:begin {value} -->" in folder.list.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "api",
    [
        "http://evil.example",
        "https://evil.example/api/v3",
        "http://api.github.com",
        "https://api.github.com.evil.example",
    ],
)
def test_a_settings_file_does_not_choose_who_gets_the_token(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    folder.list.write_text(LIST, encoding="utf-8")
    settings = folder.path / "staycurrent.toml"
    settings.write_text(f'[links.providers.github]\napi = "{api}"\n', encoding="utf-8")
    monkeypatch.setenv("GITHUB_TOKEN", "s3cr3t")
    words = (
        f"links.providers.github.api: {api} would get GITHUB_TOKEN",
        "set STAYCURRENT_LINKS__PROVIDERS__GITHUB__API, or unset GITHUB_TOKEN",
    )
    for command in ("lint", "check", "run"):
        refused(folder.staycurrent(command), *words)
    monkeypatch.setenv("STAYCURRENT_LINKS__PROVIDERS__GITHUB__API", api)
    assert folder.staycurrent("status").code == 0
    monkeypatch.delenv("STAYCURRENT_LINKS__PROVIDERS__GITHUB__API")
    monkeypatch.setenv("STAYCURRENT_LINKS__PROVIDERS", f'{{github = {{api = "{api}"}}}}')
    assert folder.staycurrent("status").code == 0
    monkeypatch.delenv("STAYCURRENT_LINKS__PROVIDERS")
    monkeypatch.delenv("GITHUB_TOKEN")
    assert folder.staycurrent("status").code == 0


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "HF_TOKEN"])
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("\ufeff", "", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("", "\u00a0", "U+00A0 NO-BREAK SPACE"),
        ("abc\u200b", "", "U+200B ZERO WIDTH SPACE"),
        ("abc\n", "", "U+000A"),
        ("abc\r", "", "U+000D"),
        ('"', '"', "U+0022 QUOTATION MARK"),
        ("'", "'", "U+0027 APOSTROPHE"),
        ("abc ", "", "U+0020 SPACE"),
        ("\udcff", "", "U+DCFF"),
    ],
)
def test_a_token_with_a_character_that_none_has_is_named_and_not_shown(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, name: str, before: str, after: str, words: str
) -> None:
    folder.write(listed=LIST)
    monkeypatch.setenv(name, f"{before}s3cr3t{after}")
    ended = folder.staycurrent("status")
    refused(ended, f"{name}: holds {words}, which no token has")
    assert "s3cr3t" not in ended.err


def test_the_line_end_of_a_token_file_is_no_mistake(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(listed=LIST)
    monkeypatch.setenv("GITHUB_TOKEN", " s3cr3t\r\n")
    assert folder.staycurrent("status").code == 0


@pytest.mark.parametrize(
    "value", ["\ufeff5", "5\u200b", '"a\u00a0b"', "a\nb", "\x1b[1m", "5\u2028"]
)
def test_an_override_with_an_invisible_character_is_named(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    folder.write(listed=LIST)
    monkeypatch.setenv("STAYCURRENT_WEB__TIMEOUT_S", value)
    refused(folder.staycurrent("status"), "STAYCURRENT_WEB__TIMEOUT_S: holds U+")


@pytest.mark.parametrize("value", ["7\r\n", " 7\n", '["a.example",\r\n"b.example"]\r\n'])
def test_the_line_ends_of_an_override_are_no_mistake(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    folder.write(listed=LIST)
    monkeypatch.setenv(
        "STAYCURRENT_LINKS__IGNORE" if "[" in value else "STAYCURRENT_WEB__TIMEOUT_S", value
    )
    assert folder.staycurrent("status").code == 0


def test_an_override_wins_over_the_file(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(listed=LIST, settings='[curated]\nflags = "inline"\n')
    monkeypatch.setenv("STAYCURRENT_LIST__PATHS", '["other.md"]')
    refused(folder.staycurrent("status"), "other.md does not exist")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("status --settings none.toml", ("none.toml: there is no such settings file",)),
        ("status --settings .", (".: is a folder, not a settings file",)),
        ("status --as-of 2026-12-03T02:00:00", ("--as-of", "no offset", "02:00:00+00:00")),
        ("status --as-of 2026-12-03", ("--as-of", "write 2026-12-03T00:00+00:00")),
        ("status --as-of sometime", ("--as-of", "is not a valid ISO 8601 time")),
        ("status --as-of 9999-12-31T23:00:00-05:00", ("--as-of", "of the years 1971 to 2999")),
        ("status --as-of 0001-01-01T00:00:00+05:00", ("--as-of", "of the years 1971 to 2999")),
        (
            "status --fail-on dead,ded",
            ("--fail-on: unknown value 'ded'; choose from alive, suspect, dead",),
        ),
        ("status --fail-on ,", ("--fail-on",)),
        ("status --verdict ded", ("--verdict: unknown value 'ded'; choose from alive",)),
        ("status --format yaml", ("--format", "'text', 'json'")),
        ("status --nonsense", ("--nonsense", "staycurrent")),
        ("status --host a.exmaple", ("no link has the host 'a.exmaple'; did you mean a.example?",)),
        ("check --host a.exmaple", ("no link has the host 'a.exmaple'; did you mean a.example?",)),
        ("check --host http://", ("--host: no link has the host 'http://'",)),
        (
            "restore --warehouse curated.md",
            (
                "warehouse.path: ",
                "curated.md is a list: name",
            ),
        ),
        ("history import --replace x --warehouse curated.md", ("curated.md is a list: name",)),
        ("check --limit 0", ("--limit", "is not a whole number from 1 up")),
        ("check --limit ²", ("--limit", "'²' is not a whole number from 1 up")),
        (f"check --limit {'9' * 5000}", ("--limit", "is not a whole number from 1 up")),
        ("pull --list none.md", ("none.md", "does not exist")),
        ("pull --source nope", ("--source: unknown value 'nope'; choose from github_trending",)),
        ("render --check --diff", ("--diff", "--check")),
        ("explain https://b.example/", ("https://b.example/: is in no list",)),
        ("keep https://b.example/", ("https://b.example/: is neither in a list nor a candidate",)),
        ("keep https://a.example/x --verdict dead,moved", ("--verdict dead,moved: name one",)),
        ("keep https://a.example/x --verdict ded", ("--verdict: unknown value 'ded'",)),
        ("decline https://a.example/x", ("is a link; use `staycurrent keep`",)),
        ("keep https://a.example/x --until soon", ("--until", "write YYYY-MM-DD")),
        ("keep https://a.example/x --until 2026-10-31", ("--until 2026-10-31: is in the past",)),
        ("keep https://a.example/x --undo", ("there is nothing to undo",)),
        ("dance", ("dance", "run")),
        ("--list curated.md status", ("--list: options come after the command",)),
        ("explain", ("URL",)),
    ],
)
def test_bad_usage_is_reported_in_one_sentence(
    folder: Folder, command: str, words: tuple[str, ...]
) -> None:
    folder.write(listed=LIST, settings="")
    before = folder.files()
    refused(folder.plainly(*command.split(), *_clock(command)), *words)
    assert folder.files() == before
    assert folder.text == LIST


def _clock(command: str) -> list[str]:
    known = command.split(maxsplit=1)[0] != "dance" and "--as-of" not in command
    return ["--as-of", "2026-11-01T02:00:00+00:00"] if known else []


@pytest.mark.parametrize("command", ["status", "init", "status --settings ../none.toml"])
def test_a_current_folder_that_was_removed_is_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    with chdir(tmp_path / "gone"):
        (tmp_path / "gone").rmdir()
        assert main(command.split()) == 2
    assert capsys.readouterr().err == (
        "staycurrent: the current folder was removed: change to another one\n"
    )


def test_a_missing_command_is_reported_in_one_sentence(folder: Folder) -> None:
    refused(folder.plainly(), "COMMAND", "staycurrent --help")


def a_text(path: Path) -> None:
    path.write_text("not a database\n" * 2000, encoding="utf-8")


def a_sqlite_file(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE links (url TEXT)")
    connection.close()


def an_empty_file(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize("command", ALL)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (a_text, "is not a DuckDB database"),
        (a_sqlite_file, "is a SQLite database"),
        (an_empty_file, "is empty, not a warehouse"),
        (Path.mkdir, "is a folder"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_warehouse_that_is_none_is_named_and_left_alone(
    folder: Folder, command: str, make: Callable[[Path], None], words: str
) -> None:
    folder.write(listed=LIST)
    other = folder.path / "other.duckdb"
    make(other)
    before = other.read_bytes() if other.is_file() else b""
    files = folder.files()
    refused(folder.staycurrent(*command.split(), "--warehouse", str(other)), "other.duckdb", words)
    assert folder.files() == files
    assert (other.read_bytes() if other.is_file() else b"") == before
    assert folder.text == LIST


BEGIN, END = "<!-- stay:begin current -->", "<!-- stay:end current -->"


@pytest.mark.parametrize(
    ("markers", "words"),
    [
        ((BEGIN,), "begins on line 5 and never ends"),
        ((END,), "ends on line 5 and never begins"),
        ((BEGIN, END, BEGIN, END), "has markers on lines 5, 7, 9 and 11"),
        (
            (BEGIN, BEGIN.replace("current", "other"), END.replace("current", "other"), END),
            "nested",
        ),
        ((END, BEGIN), "before it begins"),
    ],
)
@pytest.mark.parametrize("command", ["render", "render --check", "render --diff", "run"])
def test_markers_in_disorder_are_reported_with_their_lines(
    folder: Folder, markers: tuple[str, ...], words: str, command: str
) -> None:
    listed = LIST + "".join(f"\n{marker}\n" for marker in markers)
    folder.write(listed=listed, web='[[page]]\nurl = "https://a.example/x"\ntitle = "Here"\n')
    ended = folder.staycurrent(*command.split())
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err.splitlines()[-1]
    assert folder.text == listed


def test_the_version_is_that_of_the_distribution(folder: Folder) -> None:
    ended = folder.plainly("--version")
    assert (ended.code, ended.out) == (0, f"staycurrent {version('staycurrent')}\n")


def test_help_says_what_every_command_takes(folder: Folder) -> None:
    for verb in ("run", "check", "pull", "render", "status", "explain", "keep", "demo"):
        ended = folder.plainly(verb, "--help")
        assert ended.code == 0
        for option in ("--list", "--warehouse", "--settings", "--as-of", "-q", "-v"):
            assert option in ended.out


@pytest.mark.parametrize(
    ("command", "choices"),
    [("status", FAIL_ON_TERMS), ("keep", KEEP_TERMS), ("lint", LINT_TERMS)],
)
def test_help_lists_the_choices_of_an_option(
    folder: Folder, command: str, choices: tuple[str, ...]
) -> None:
    shown = " ".join(folder.plainly(command, "--help").out.split())
    assert ", ".join(choices) in shown


@pytest.mark.parametrize(
    "command", ["status --list l\udcef.md", "history export d\udcef", "explain l\udcef.md:1"]
)
def test_an_argument_that_is_not_utf_8_is_named(folder: Folder, command: str) -> None:
    folder.write(listed=LIST)
    refused(folder.staycurrent(*command.split()), "\\xef", "is not UTF-8: rename it")


def test_a_folder_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "f\udcef")
    folder.path.mkdir()
    folder.write(listed=LIST)
    refused(folder.staycurrent("keep", "https://a.example/x"), "f\\xef: is not UTF-8: rename it")


@pytest.mark.parametrize("option", ["", "--list=l\u00efste.md"])
def test_a_locale_of_ascii_is_named_where_a_name_is_not_ascii(folder: Folder, option: str) -> None:
    named = '[list]\npaths = ["l\u00efste.md"]\n'
    folder.write(listed=LIST, settings="" if option else named)
    folder.list.rename(folder.path / "l\u00efste.md")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run(
        [sys.executable, "-m", "staycurrent", "render", "--check", *option.split()],
        cwd=folder.path,
        env=os.environ | ascii_only,
        capture_output=True,
        text=True,
        check=False,
    )
    words = "l\\xefste.md: cannot be used where the locale's encoding is ascii: set PYTHONUTF8=1"
    refused(Ended(ended.returncode, ended.stdout, ended.stderr), words)
