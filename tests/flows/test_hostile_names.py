"""Names of files, sections, people and links that try what they can, in everything that is told."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from xml.etree import ElementTree as ET

import cmarkgfm
import pytest
from bs4 import BeautifulSoup
from cmarkgfm.cmark import Options

from tests.support.folder import CANARIES, LIST, WEB, Folder, Walk
from tests.support.github import UPDATE_BRANCH, Keeper, keeping

NAME = "# [a](b) <i onload=x>`&lt;|-- @everybody #1 \x1b[31m\u202e\n- [x] y::error::.md"
SECTION = "::set-output name=x::<img src=x onerror=y> \x1b]0;t\x07 | @someone `x` <!-- stay:begin"
TITLE = "<script>x</script> \x1b[2J \u202e fixes #1 ::error::"
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture
def keeper(walk: Walk, tmp_path: Path) -> Iterator[Keeper]:
    """A list with such a name, such a section and such a title, that knows what `walk` knows."""
    with keeping(tmp_path, walk) as found:
        folder = found.folder.path
        text = LIST.replace("## Papers", f"## {SECTION}").replace("[Gone]", f"[{TITLE}]")
        (folder / NAME).write_text(text, encoding="utf-8")
        found.git("mv", "curated.md", "plain.md")
        found.git("add", ".")
        found.git("-c", "user.name=<b>@x", "commit", "-qm", TITLE)
        found.git("push", "-q", str(found.hub.bare), "main")
        found.folder.warehouse.parent.mkdir()
        copyfile(walk.morning(3).warehouse, found.folder.warehouse)
        yield found


def lists(folder: Folder) -> tuple[str, ...]:
    return ("--list", str(folder.path / NAME), "--list", str(folder.path / "plain.md"))


def reported(keeper: Keeper, verb: str, *argv: str) -> str:
    ended = keeper.folder.staycurrent(verb, *argv, *lists(keeper.folder), night=3)
    assert ended.code == 0, ended.err
    assert not CONTROL.search(ended.err)
    return ended.out


def rendered(markdown: str) -> str:
    extensions = ["table", "strikethrough", "autolink"]
    unsafe = Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, extensions))


def refuse_markup(tree: str) -> None:
    found = set(re.findall(r"<(\w+)", re.sub("<!--.*?-->", "", tree)))
    assert not found & {"script", "img", "i", "b", "h1x"}
    shown = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<code>.*?</code>", "", tree)))
    assert not re.search(r"@\w|(?<![\w/&])#\d", shown)
    assert not re.search(r'href="(?!https?://)', tree)


def test_the_pull_request_its_commit_and_its_branch(keeper: Keeper) -> None:
    ended = keeper.pr(*lists(keeper.folder))
    assert ended.code == 0, ended.err
    assert not CONTROL.search(ended.out + ended.err)
    pull = keeper.hub.only()
    tree = rendered(pull["body"])
    refuse_markup(tree)
    assert tree.count("<h3") == 3
    assert tree.count("<tr") == 3 + 6  # two lists alike: heads, and a row for each line
    assert not CONTROL.search(pull["title"] + pull["body"])
    said = keeper.hub.git("show", "-s", "--format=%an%n%B", UPDATE_BRANCH)
    assert pull["title"] == "Update links: 2 dead, 2 moved, 2 malformed"
    assert not set(said) & set("<>@`\x1b\u202e")
    changed = keeper.hub.git(
        "-c", "core.quotePath=true", "diff", "--name-only", f"main..{UPDATE_BRANCH}"
    )
    assert len(changed.splitlines()) == 2


def test_the_dashboard(walk: Walk, keeper: Keeper) -> None:
    settings = keeper.folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[pull_request]", "[pull_request]\ndashboard = true"))
    assert keeper.pr(*lists(keeper.folder)).out.endswith("opened\n")
    (issue,) = keeper.hub.issues.values()
    refuse_markup(rendered(issue["body"]))
    assert not CONTROL.search(issue["title"] + issue["body"])


def test_the_status_in_each_format(keeper: Keeper) -> None:
    assert not CONTROL.search(reported(keeper, "status"))
    markdown = reported(keeper, "status", "--format", "markdown")
    assert not CONTROL.search(markdown)
    refuse_markup(rendered(markdown))
    (suite, _) = ET.fromstring(reported(keeper, "status", "--format", "junit"))  # noqa: S314
    assert not CONTROL.search(suite.attrib["name"])
    sarif = json.loads(reported(keeper, "status", "--format", "sarif"))
    for one in sarif["runs"][0]["results"]:
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch("[!-~]+", uri)
        assert not CONTROL.search(one["message"]["text"])
    assert json.loads(reported(keeper, "status", "--format", "json"))["links"][0]["list"] == NAME


def test_the_page_and_one_links_story(keeper: Keeper) -> None:
    page = keeper.folder.path / "page.html"
    reported(keeper, "report", "--out", str(page))
    tree = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    assert not tree.find_all(["img", "i", "base", "iframe"])
    assert len(tree.find_all("script")) == 3
    assert not CONTROL.search(reported(keeper, "explain", "https://gone.example/a"))


@pytest.mark.parametrize("form", ["text", "github", "sarif"])
def test_what_a_change_adds(keeper: Keeper, form: str) -> None:
    """With names that a runner would take for commands."""
    settings = keeper.folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    played = text.replace("[web]", '[web]\nrecording = "web.toml"')
    settings.write_text(f"{played}[links]\nsecond_look_s = 0\n", encoding="utf-8")
    (keeper.folder.path / "web.toml").write_text(CANARIES + WEB, encoding="utf-8")
    base = keeper.git("commit-tree", keeper.git("mktree"), "-m", "Nothing")
    said = reported(keeper, "lint", "--base", base, "--format", form)
    assert not CONTROL.search(said)
    assert "hhttps://typo.example/a" in said
    if form == "github":
        assert all(re.match(r"::(warning|notice) file=[^,:]+,line=\d+,col=\d+,", one)
                   for one in said.splitlines())  # fmt: skip
    if form == "text":
        assert not re.search(r"^\s*::|##\[", said, re.MULTILINE)


def test_a_refusal_that_names_them(keeper: Keeper) -> None:
    (keeper.folder.path / NAME).write_bytes(b"\xff\xfe\x00")
    ended = keeper.folder.staycurrent("status", *lists(keeper.folder), night=3)
    assert ended.code == 2
    assert not CONTROL.search(ended.err)
