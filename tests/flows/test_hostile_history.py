"""A warehouse that somebody wrote hostile text into: no report lets it act."""

import json
import re
from contextlib import chdir
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from xml.etree import ElementTree as ET

import cmarkgfm
import duckdb
import pytest
from cmarkgfm.cmark import Options

from staycurrent.curated.document import parse
from staycurrent.flows.commands.demo import RECORDED
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.proposal import propose
from staycurrent.flows.reporter import Reporter
from staycurrent.links.observation import Observation, Outcome
from staycurrent.reports.lint_report import (
    LintFinding,
    as_annotations,
    as_lines,
    as_markdown_list,
    describe_observation,
)
from staycurrent.reports.proposal import PullRequestContent
from staycurrent.reports.pull_request import pull_request_body
from staycurrent.reports.sarif_report import lint_as_sarif
from tests.support.folder import FIRST, Demo, Folder, Walk, once, with_database

HOSTILE = (
    "\x1b[31mred\x9b2J\x07 <script>alert(1)</script>\r\n::error::x\n| cell | @everybody #123 "
    "fixes #7 [a](javascript:alert(1)) ![i](https://x.example/i.png) `c` \u202edlrow\u2028 -->"
)
COLUMNS = {
    "runs": ("reason",),
    "observations": ("checked_by", "evidence"),
    "compacted_observations": ("checked_by", "evidence"),
    "verdicts": ("reason", "suggestion", "archive", "witness"),
    "overrides": ("url", "verdict", "reason", "author"),
    "pulls": ("source", "used", "note"),
    "candidates": ("title", "url", "source", "why", "summary"),
    "snapshot_lookups": ("snapshot_url",),
    "published_lines": ("list", "subject", "url"),
}
"""Free text by table."""
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What moves a cursor, sets colours, ends a line or hides text; all but our own line ends."""


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """What the demo leaves, with hostile text in every column that holds free text."""
    demo = once(tmp_path_factory, "demo", Demo.play)
    folder = Folder(tmp_path_factory.mktemp("poisoned"))
    copytree(demo.kept.path, folder.path, dirs_exist_ok=True)
    with duckdb.connect(str(folder.warehouse)) as warehouse:
        for table, columns in COLUMNS.items():
            changes = ", ".join(f"{column} = ?" for column in columns)
            warehouse.execute(f"UPDATE {table} SET {changes}", [HOSTILE] * len(columns))  # noqa: S608
        # feeds that the settings do not name are in the HTML report only
        known = "UPDATE pulls SET source = ? WHERE id = (SELECT max(id) FROM pulls)"
        warehouse.execute(known, ["weekly_papers"])
    return folder


def reported(folder: Folder, *argv: str) -> str:
    ended = folder.staycurrent(*argv, night=7)
    assert ended.code == 0, ended.err
    assert not ACTS.search(ended.err)
    assert "red" in ended.out
    return ended.out


def refuse_markup(markdown: str) -> None:
    """Nothing of the text is an element, a mention or a reference of what GitHub shows."""
    assert not ACTS.search(markdown)
    unsafe, extensions = Options.CMARK_OPT_UNSAFE, ["table", "strikethrough", "autolink"]
    tree = str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, extensions))
    assert "<script" not in tree
    assert "<img" not in tree
    assert not re.search(r'href="(?!https?://)', tree)
    shown = re.sub(r"<[^>]*>", "", tree)
    assert not re.search(r"@everybody|#123|#7\b", shown)
    assert not re.search(r"(?m)^\| cell", markdown)


def test_text_and_explanations(poisoned: Folder) -> None:
    for argv in (
        ("status",),
        ("explain", "https://models.example.org/mini-gpt-demo"),
        ("explain", "https://slow.example.org/quantization"),
    ):
        text = reported(poisoned, *argv)
        assert not ACTS.search(text)
        assert not re.search(r"(?m)^::", text)


def test_json_escapes_what_a_terminal_would_obey(poisoned: Folder) -> None:
    text = reported(poisoned, "status", "--format", "json")
    assert not ACTS.search(text)
    assert HOSTILE in {row["reason"] for row in json.loads(text)["links"]}


def test_the_step_summary(poisoned: Folder) -> None:
    refuse_markup(reported(poisoned, "status", "--format", "markdown"))


def test_junit_and_sarif(poisoned: Folder) -> None:
    junit = reported(poisoned, "status", "--format", "junit")
    assert not ACTS.search(junit)
    assert not [one for one in ET.fromstring(junit).iter() if one.tag == "script"]  # noqa: S314
    sarif = reported(poisoned, "status", "--format", "sarif")
    assert not ACTS.search(sarif)
    for one in json.loads(sarif)["runs"][0]["results"]:
        assert not ACTS.search(one["message"]["text"])


def test_the_html_report(poisoned: Folder) -> None:
    page = poisoned.path / "page.html"
    assert poisoned.staycurrent("report", "--out", str(page), night=7).code == 0
    text = page.read_text(encoding="utf-8")
    assert not ACTS.search(text)
    assert "<script>alert" not in text
    assert text.count("<script") == 3
    assert not re.search(r'href="(?!https?://|#|data:,)', text)


def test_the_pull_request(poisoned: Folder) -> None:
    with chdir(poisoned.path):
        as_of = FIRST + timedelta(days=6)
        ctx = load_context(Path("staycurrent.toml"), fixed_clock(as_of), Reporter(), environment={})
        before = ListDocument(
            poisoned.list, "curated.md", parse((RECORDED / "curated.md").read_bytes())
        )
        content = PullRequestContent(files_url="https://github.com/o/n/blob/c")
        proposal = with_database(propose, ctx, [before], content)
    body = pull_request_body(proposal.content)
    assert "red" in body
    refuse_markup(body)
    assert not ACTS.search(proposal.content.title)


REWRITE = """
UPDATE observations SET outcome = 'gone', status = 410
WHERE link_id = (SELECT id FROM links WHERE link LIKE '%good.example/a%');
UPDATE verdicts SET state = 'dead', reason = 'gone'
WHERE link_id = (SELECT id FROM links WHERE link LIKE '%good.example/a%');
"""


def test_a_check_of_ours_wins_over_a_history_that_was_rewritten(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=2)
    with duckdb.connect(str(folder.warehouse)) as warehouse:
        warehouse.execute(REWRITE)
    exported = str(tmp_path / "exported")
    assert folder.staycurrent("history", "export", exported, night=2).code == 0
    imported = folder.staycurrent("history", "import", "--replace", exported, night=3)
    assert imported.code == 0, imported.err
    assert folder.staycurrent("render", night=2).code == 0
    assert "good.example/a) (💀" in folder.text, "believed until it is checked"
    assert "10 links are due" in (ended := folder.staycurrent("run", night=3)).err
    assert ended.code == 0
    assert "good.example/a) -" in folder.text
    explained = folder.staycurrent("explain", "https://good.example/a", night=3).out
    assert "2026-11-02 gone for good" in explained
    assert "2026-11-03 works" in explained


def test_lint() -> None:
    observation = Observation(
        "https://x.example/", FIRST.date(), FIRST, Outcome.MISSING, HOSTILE, evidence=HOSTILE
    )
    described = describe_observation(observation)
    assert described is not None
    finding = LintFinding(described[0], "curated.md", 1, 1, HOSTILE, described[1], HOSTILE)
    for text in (as_lines([finding]), as_annotations([finding])):
        assert not ACTS.search(text)
        assert len(text.splitlines()) == 1
    refuse_markup(as_markdown_list([finding]))
    assert not ACTS.search(lint_as_sarif([finding]))
