"""What users see, frozen: the output of the commands over three lists, compared byte for byte.

The files are in `tests/golden/expected/`. They do not say what is right; they show in a diff what
a change alters for users. Every difference is either a mistake or a line in CHANGELOG.md.

Renew them, and read the diff before it is committed:

    GOLDEN=renew .venv/bin/pytest -n 0 tests/golden tests/truth/test_behaviours.py
    git diff tests/golden/expected

Temporary folders are written as FOLDER, and durations as 0. Whatever else differs from one run
to the next is a mistake of the product. Three lists are played: `broken` (a link of each kind,
checked for fifteen nights without being written), `untidy` (faults of the document, duplicates
and comments, seven nights of `run` with the other settings of `[curated]`) and the demo. The 185
behaviours of `tests/truth/` are frozen by `tests/truth/test_behaviours.py`.
"""

import json
import re
from contextlib import chdir
from datetime import timedelta
from pathlib import Path
from shutil import copyfile, copytree

import pytest
from argparse_manpage.manpage import Manpage

from staycurrent.flows.cli import parser
from staycurrent.flows.commands.explain import explain
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.reporter import Reporter
from staycurrent.reports.link_report import link_report_text
from tests.golden.golden import assert_golden
from tests.support.behaviours import table
from tests.support.folder import FEEDS_OFF, FIRST, Demo, Ended, Folder, left, once, with_database

LISTS = Path(__file__).parent / "lists"
FORMATS = ("text", "json", "markdown", "junit", "sarif")
UNTIDY = """
[curated]
dead = "strike"
moved = "fix"
glyphs = "words"
place = "end"
"""
NIGHTS = 15
SHOWN_AFTER = (1, 3, 8, NIGHTS)
COMMANDS = (
    "init", "run", "check", "pull", "render", "status", "explain", "keep", "decline", "report",
    "pr", "restore", "history", "history export", "history import", "history save",
    "history restore", "lint", "deploy", "serve", "demo",
)  # fmt: skip
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, played once."""
    return once(tmp_path_factory, "demo", Demo.play)


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, dict[str, str]]:
    """The folder of the list `broken` after its last night, and what was shown on the way."""
    folder = _folder(tmp_path_factory.mktemp("broken"), "broken")
    shown = {}
    for night in range(1, NIGHTS + 1):
        ended = folder.staycurrent("check", "--quiet", night=night)
        assert ended.code == 0, ended.err
        if night in SHOWN_AFTER:
            for command in (("render", "--diff"), ("status",), ("status", "--format", "json")):
                name = f"{'-'.join(one.strip('-') for one in command)}.night-{night}.txt"
                shown[name] = _text(folder, folder.staycurrent(*command, night=night))
    return folder, shown


@pytest.fixture(scope="session")
def untidy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, str]:
    """The folder of the list `untidy` after its last night, and what the runs printed."""
    folder = _folder(tmp_path_factory.mktemp("untidy"), "untidy", UNTIDY)
    unknown_flag = folder.staycurrent("run", night=1)
    cold_start = folder.staycurrent("run", "--cold-start", night=1)
    later = [folder.staycurrent("run", night=night) for night in range(2, 8)]
    shown = [_text(folder, one) for one in (unknown_flag, cold_start, *later)]
    return folder, "".join(shown)


def test_demo(demo: Demo) -> None:
    assert_golden("demo/stdout.txt", _normal(left(demo.ended), demo.ended.out))
    assert_golden("demo/stderr.txt", demo.ended.err)


@pytest.mark.parametrize("name", ["curated.md", "report.txt", "pull-request.md"])
def test_file_of_the_demo(demo: Demo, name: str) -> None:
    text = (demo.kept.path / name).read_bytes().decode()
    assert_golden(f"demo/{name}", _normal(left(demo.ended), text))


@pytest.mark.parametrize("form", FORMATS)
def test_status_of_the_demo(demo: Demo, form: str) -> None:
    ended = demo.kept.staycurrent("status", "--format", form, night=7)
    assert_golden(f"demo/status.{form}", _text(demo.kept, ended))


def test_explanation_of_every_link_of_the_demo(demo: Demo) -> None:
    assert_golden("demo/explain.txt", _explanations(demo.kept, 7))


def test_nights_of_broken_links(broken: tuple[Folder, dict[str, str]]) -> None:
    for name, text in broken[1].items():
        assert_golden(f"broken/{name}", text)


@pytest.mark.parametrize("form", FORMATS)
def test_status_of_broken_links(broken: tuple[Folder, dict[str, str]], form: str) -> None:
    folder, _shown = broken
    ended = folder.staycurrent("status", "--format", form, night=NIGHTS)
    assert_golden(f"broken/status.{form}", _text(folder, ended))


def test_explanation_of_broken_links(broken: tuple[Folder, dict[str, str]]) -> None:
    folder, _shown = broken
    assert_golden("broken/explain.txt", _explanations(folder, NIGHTS))


def test_runs_over_an_untidy_list(untidy: tuple[Folder, str]) -> None:
    folder, shown = untidy
    assert_golden("untidy/runs.txt", shown)
    assert_golden("untidy/list.md", folder.text)


@pytest.mark.parametrize("form", FORMATS)
def test_status_of_an_untidy_list(untidy: tuple[Folder, str], form: str) -> None:
    folder, _shown = untidy
    ended = folder.staycurrent("status", "--format", form, night=7)
    assert_golden(f"untidy/status.{form}", _text(folder, ended))


def test_a_link_is_kept_and_not_kept_any_more(untidy: tuple[Folder, str], tmp_path: Path) -> None:
    copytree(untidy[0].path, tmp_path, dirs_exist_ok=True)
    folder = Folder(tmp_path)
    commands = (
        ("keep", "https://gone.example/a", "--until", "2026-12-01", "--reason", "On purpose."),
        ("render", "--diff"),
        ("explain", "https://gone.example/a"),
        ("status",),
        ("keep", "--undo", "https://gone.example/a"),
        ("render", "--check"),
    )
    shown = [_text(folder, folder.staycurrent(*command, night=7)) for command in commands]
    assert_golden("untidy/keep.txt", "\n".join(shown))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ended = Folder(tmp_path).plainly(*command.split(), "--help")
    assert ended.code == 0
    assert_golden(f"help/{command.replace(' ', '-')}.txt", ended.out)


def test_help_and_mistakes_in_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    folder = Folder(tmp_path)
    folder.write(listed="# A list\n")
    assert_golden("help/staycurrent.txt", folder.plainly("--help").out)
    mistakes = (
        ("status", "--fail-on", "dad"),
        ("status", "--format", "yaml"),
        ("explain", "https://not-in-the-list.example/"),
        ("keep", "https://not-in-the-list.example/"),
        ("check", "--as-of", "yesterday"),
        ("check", "--limit", "many"),
        ("check", "--list", "missing.md"),
        ("pull", "--source", "none"),
    )
    shown = [_text(folder, folder.plainly(*argv)) for argv in mistakes]
    assert_golden("help/mistakes.txt", "\n".join(shown))


def test_the_man_page_has_every_command_and_option() -> None:
    data = {"date": " ", "project_name": "staycurrent", "manual_title": "User commands"}
    data["description"] = "keep a curated markdown list honest and current"
    page = f"{Manpage(parser(), data)}\n"
    assert_golden("../../../docs/staycurrent.1", page)
    # for whatis and apropos: lexgrog(1)
    assert f".SH NAME\nstaycurrent \\- {data['description']}\n" in page


def test_table_of_behaviours() -> None:
    assert_golden("behaviours/table.md", table())


def _folder(path: Path, name: str, settings: str = "") -> Folder:
    folder = Folder(path)
    listed = (LISTS / name / "list.md").read_bytes()
    web = (LISTS / name / "web.toml").read_text(encoding="utf-8")
    folder.write(listed=listed, web=web, settings=FEEDS_OFF + settings)
    for body in (LISTS / name).glob("*.html"):
        copyfile(body, path / body.name)
    return folder


def _explanations(folder: Folder, night: int) -> str:
    """The explanation of each link, as the command prints it; the warehouse is opened once."""
    urls = dict.fromkeys(row["url"] for row in folder.status(night)["links"])
    clock = fixed_clock(FIRST + timedelta(days=night - 1))
    with chdir(folder.path):
        ctx = load_context(Path("staycurrent.toml"), clock, Reporter(), environment={})
        reports = with_database(explain, ctx, urls)
    shown = [Ended(0, link_report_text(one), "") for one in reports]
    return "\n".join(_text(folder, one) for one in shown)


def _text(folder: Folder, ended: Ended) -> str:
    """How a command ended, as one text."""
    parts = [f"exit {ended.code}", _normal(folder, ended.out)]
    if ended.err:
        parts += ["stderr:", _normal(folder, ended.err)]
    return "\n".join(parts)


def _normal(folder: Folder, text: str) -> str:
    """The text without what differs from run to run: folders and durations."""
    if text.startswith("{"):
        text = json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
    text = text.replace(str(folder.path), "FOLDER")
    return re.sub(r'(?<="seconds": )[\d.]+', "0", text)
