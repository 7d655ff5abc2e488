"""The links that a change adds: checked once, without a verdict, safe on forks."""

import re
import socket
from pathlib import Path

import pytest

from staycurrent.reports.text import LINT_TERMS
from staycurrent.warehouse import overrides
from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.overrides import Override
from tests.support.folder import FEEDS_OFF, FIRST, LIST, WEB, Ended, Folder, Walk, no_network
from tests.support.github import git

BEFORE = "# A list\n\n- [Old](https://old.example/a) - Stands.\n- [Good](https://good.example/a).\n"
GONE = """
[[page]]
url = ["https://huggingface.co/lab/gone*", "https://huggingface.co/api/models/lab/gone?*"]
status = 401
"""
COMMAND = re.compile(r"\s*::|.*##\[")


def lint(folder: Folder, before: str, after: str, *more: str, web: str = WEB) -> Ended:
    """What `lint` says of a change from one list to the other."""
    folder.write(listed=before, web=web, settings=FEEDS_OFF)
    git(folder.path, "init", "--quiet", "--initial-branch=main")
    git(folder.path, "add", ".")
    git(folder.path, "commit", "--quiet", "-m", "Before")
    folder.list.write_text(after, encoding="utf-8")
    return folder.staycurrent("lint", *more)


def test_only_what_the_change_adds_is_checked_and_reported(folder: Folder) -> None:
    page = "https://huggingface.co/lab/gone/tree/main"
    after = f"{BEFORE}- [New](https://missing.example/a) - New.\n- [File]({page}) - One.\n"
    ended = lint(folder, BEFORE, after, web=WEB + GONE)
    assert ended.code == 0
    assert ended.out == (
        "curated.md:5:3: warning: https://missing.example/a was not found: "
        "404 (checked twice) [missing]\n"
        f"curated.md:6:3: warning: {page} was not found: in a project that is gone: "
        "does not exist or is private, asked twice (checked twice) [missing]\n"
    )
    assert "2 links added, 2 findings" in ended.err
    assert not folder.warehouse.exists()


def test_every_kind_of_link_is_reported_by_what_one_check_can_know(folder: Folder) -> None:
    ended = lint(folder, "# A list\n", LIST)
    kinds = re.findall(r":(\d+):\d+: (\w+): (\S+) .*\[(\w+)\]", ended.out)
    assert [(url.split("//")[-1], level, kind) for _, level, url, kind in kinds] == [
        ("gone.example/a", "warning", "missing"),
        ("missing.example/a", "warning", "duplicate"),
        ("missing.example/a", "warning", "missing"),
        ("moved.example/a#part", "notice", "moved"),
        ("typo.example/a", "warning", "malformed"),
        ("walled.example/a", "notice", "blocked"),
        ("slow.example/a", "warning", "unreachable"),
        ("back.example/a", "warning", "unreachable"),
        ("insecure.example/a", "warning", "insecure"),
        ("inside.example/a", "warning", "private"),
        ("missing.example/a", "warning", "duplicate"),
        ("missing.example/a", "warning", "missing"),
    ]
    assert "perhaps https://typo.example/a" in ended.out
    assert "perhaps https://moved.example/b" in ended.out
    assert "dead" not in ended.out + ended.err


def test_a_settings_file_does_not_widen_the_networks(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change may have set it; who runs it may do so in the environment."""
    added = "- [Inside](http://127.0.0.1/a) - New.\n- [Port](http://good.example:22/a) - New.\n"
    lint(folder, BEFORE, BEFORE + added)
    settings = folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    wide = '[web]\nallow_networks = ["127.0.0.0/8"]\nallow_ports = [22, 80, 443]\n'
    settings.write_text(text.replace("[web]\n", wide), encoding="utf-8")
    ended = folder.staycurrent("lint")
    assert ended.out.count("[private]") == 2, ended.out
    assert "web.allow_networks of the settings file does not apply" in ended.err
    assert "STAYCURRENT_WEB__ALLOW_PORTS does" in ended.err
    monkeypatch.setenv("STAYCURRENT_WEB__ALLOW_NETWORKS", '["127.0.0.0/8"]')
    monkeypatch.setenv("STAYCURRENT_WEB__ALLOW_PORTS", "[22, 80, 443]")
    ended = folder.staycurrent("lint")
    assert "[private]" not in ended.out
    assert "does not apply" not in ended.err


def test_as_markdown_each_finding_is_a_list_item(folder: Folder) -> None:
    after = BEFORE + "- [New](https://missing.example/a) - New.\n"
    ended = lint(folder, BEFORE, after, "--format", "markdown")
    (item,) = ended.out.splitlines()
    assert item.startswith("- curated.md:5: ")
    assert item.endswith("(`missing`)")
    folder.list.write_text(BEFORE, encoding="utf-8")
    assert folder.staycurrent("lint", "--format", "markdown").out == "No findings.\n"


@pytest.mark.parametrize(
    ("after", "reported"),
    [
        (BEFORE, 0),
        ("# A list\n\n- [Good](https://good.example/a).\n- [Old](https://old.example/a).\n", 0),
        (BEFORE.replace("[Old]", "[A new name]"), 0),
        (BEFORE.replace("https://old.example/a", "HTTPS://OLD.example:443/a"), 0),
        (BEFORE.replace("old.example/a", "old.example/b"), 1),
        (BEFORE + "- [Old again](https://old.example/a)\n", 1),
        (
            BEFORE
            + "\n<!-- stay:begin current -->\n- https://x.example/\n<!-- stay:end current -->\n",
            0,
        ),
    ],
    ids=["nothing", "order", "title", "spelling", "address", "second-use", "generated"],
)
def test_moving_and_renaming_add_nothing(folder: Folder, after: str, reported: int) -> None:
    assert f"{reported} link" in lint(folder, BEFORE, after).err


@pytest.mark.parametrize("above", [True, False])
def test_a_duplicate_is_reported_where_it_was_added(folder: Folder, above: bool) -> None:  # noqa: FBT001
    line = "- [Twice](http://www.good.example/a/) - Again.\n"
    after = BEFORE.replace("- [Old]", f"{line}- [Old]") if above else BEFORE + line
    ended = lint(folder, BEFORE, after)
    added, other = (3, 5) if above else (5, 4)
    assert (
        f"curated.md:{added}:3: warning: http://www.good.example/a/ is already on line {other}"
        in (ended.out)
    )


@pytest.mark.parametrize("offline", [["--offline"], []])
def test_a_comment_that_a_change_miswrites_is_reported(folder: Folder, offline: list[str]) -> None:
    before = (
        BEFORE + "<!-- stay:igonre -->\n\n<!-- stay:ignore-start -->\n<!-- stay:ignore-end -->\n"
        "<!-- stay:begin new -->\n"  # never ended, before and after
    )
    after = before.replace(
        "<!-- stay:ignore-end -->", "<!-- stay:ignore-stop -->\n<!-- stay:igonre -->"
    )
    ended = lint(folder, before, after, *offline, "--fail-on", "directive")
    assert ended.code == 1
    assert ended.out == (
        "curated.md:7:1: warning: <!-- stay:ignore-start --> applies to the rest of the list: "
        "no <!-- stay:ignore-end --> comes after it [directive]\n"
        "curated.md:8:1: warning: <!-- stay:ignore-stop --> has no effect: `stay:ignore-stop` is "
        "unknown; perhaps <!-- stay:ignore-end --> [directive]\n"
        "curated.md:9:1: warning: <!-- stay:igonre --> has no effect: `stay:igonre` is unknown; "
        "perhaps <!-- stay:ignore --> [directive]\n"
    )


def test_an_image_is_nobodys_duplicate(folder: Folder) -> None:
    badge = "![Badge](https://good.example/a)"
    ended = lint(folder, BEFORE, f"{BEFORE}- {badge} [B](https://good.example/b)\n", web=WEB)
    assert "[duplicate]" not in ended.out


def test_it_fails_only_where_it_was_asked_to(folder: Folder) -> None:
    after = BEFORE + "- [New](https://missing.example/a)\n"
    assert lint(folder, BEFORE, after, "--fail-on", "malformed,private").code == 0
    assert folder.staycurrent("lint", "--fail-on", "malformed,missing").code == 1
    strange = folder.staycurrent("lint", "--fail-on", "alive")
    assert strange.code == 2
    assert "choose from malformed, private" in strange.err


def test_a_base_is_any_commit_and_a_strange_one_is_refused(folder: Folder) -> None:
    lint(folder, BEFORE, BEFORE + "- [New](https://missing.example/a)\n")
    git(folder.path, "commit", "--quiet", "-am", "After")
    assert folder.staycurrent("lint").out == ""
    assert "[missing]" in folder.staycurrent("lint", "--base", "HEAD^1").out
    for strange in ("nowhere", "--upload-pack=x", "HEAD:curated.md", "$(id)"):
        ended = folder.staycurrent("lint", f"--base={strange}")
        assert ended.code == 2
        assert "there is no such commit here; fetch it first" in ended.err


def test_what_the_base_has_removed_meanwhile_is_not_added(folder: Folder) -> None:
    lint(folder, BEFORE, BEFORE)
    git(folder.path, "switch", "--quiet", "-c", "work")
    git(folder.path, "switch", "--quiet", "main")
    folder.list.write_text("# A list\n", encoding="utf-8")
    git(folder.path, "commit", "--quiet", "-am", "Remove the links")
    git(folder.path, "switch", "--quiet", "work")
    ended = folder.staycurrent("lint", "--base", "main", "--offline")
    assert (ended.code, ended.out) == (0, "")
    assert "0 links added" in ended.err


def test_a_list_that_the_base_has_not_is_new_as_a_whole(folder: Folder) -> None:
    lint(folder, BEFORE, BEFORE)
    (folder.path / "more.md").write_text("- [A](https://missing.example/a)\n", encoding="utf-8")
    ended = folder.staycurrent("lint", "--list", "more.md")
    assert ended.out.startswith("more.md:1:3: warning: ")


def test_renaming_the_list_adds_nothing(folder: Folder) -> None:
    lint(folder, BEFORE, BEFORE)
    git(folder.path, "mv", "curated.md", "ä list.md")
    with (folder.path / "ä list.md").open("a", encoding="utf-8") as listed:
        listed.write("- [New](hhttps://new.example/a)\n")
    ended = folder.staycurrent("lint", "--list", "ä list.md", "--offline")
    assert ended.out.startswith("ä list.md:5:3: warning: hhttps://new.example/a is not a valid URL")
    assert "1 link added, 1 finding" in ended.err


def test_offline_only_the_document_speaks(folder: Folder) -> None:
    offline = '[[host]]\nname = "www.python.org"\ndns = "missing"\n'
    for name in ("www.wikipedia.org", "www.cloudflare.com", "www.debian.org", "www.iana.org"):
        offline += f'[[host]]\nname = "{name}"\ndns = "missing"\n'
    after = BEFORE + "- [New](https://missing.example/a)\n- [Typo](hhttps://typo.example/a)\n"
    ended = lint(folder, BEFORE, after, web=WEB + offline)
    assert ended.code == 75
    assert "no page was checked" in ended.err
    assert "[malformed]" in ended.out
    assert "[missing]" not in ended.out


def committed_empty(folder: Folder) -> None:
    """Make the folder a checkout whose one commit has an empty list."""
    listed = folder.text
    folder.list.write_text("# A list\n", encoding="utf-8")
    git(folder.path, "init", "--quiet", "--initial-branch=main")
    git(folder.path, "add", "curated.md")
    git(folder.path, "commit", "--quiet", "-m", "Before")
    folder.list.write_text(listed, encoding="utf-8")


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket.socket, "connect_ex", no_network)


@pytest.mark.usefixtures("no_sockets")
def test_without_requests_the_history_says_what_it_knows(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=8)
    made = Override("https://www.good.example/a", "decline", None, None, "Too small.", FIRST)
    kept = Override("https://gone.example/a", "keep", "dead", None, "On purpose.", FIRST)
    with open_warehouse(folder.warehouse) as warehouse:
        overrides.add(warehouse, made)
        overrides.add(warehouse, kept)
    committed_empty(folder)
    before = folder.files()
    ended = folder.staycurrent("lint", "--offline", "--fail-on", "dead", night=9)
    assert ended.code == 1
    assert ended.err == "lint: 13 links added, 9 findings; no request was sent\n"
    assert folder.files() == before
    assert re.findall(r"(?m)^curated\.md:(\d+):\d+: (\w+): .*\[(\w+)\]$", ended.out) == [
        ("5", "notice", "declined"),
        ("6", "notice", "kept"),
        ("7", "warning", "duplicate"),
        ("7", "warning", "dead"),
        ("8", "notice", "moved"),
        ("9", "warning", "malformed"),
        ("14", "warning", "insecure"),
        ("16", "warning", "duplicate"),
        ("16", "notice", "kept"),
    ]
    assert "https://gone.example/a is accepted as it is, although it is dead" in ended.out
    assert "was declined as a candidate on 2026-11-01: Too small." in ended.out


@pytest.mark.usefixtures("no_sockets")
def test_without_requests_and_without_a_history_the_document_speaks(folder: Folder) -> None:
    after = BEFORE + (
        "- [Typo](hhttps://typo.example/a) <!-- stay:igonre -->\n"
        "- [Missing](https://missing.example/a)\n- [Empty]()\n- 见 https://a.example/x，以及\n"
    )
    ended = lint(folder, BEFORE, after, "--offline")
    assert ended.code == 0
    assert ended.out == (
        "curated.md:5:3: warning: hhttps://typo.example/a is not a valid URL: hhttps: is not a "
        "scheme; perhaps https://typo.example/a [malformed]\n"
        "curated.md:5:35: warning: <!-- stay:igonre --> has no effect: `stay:igonre` is unknown; "
        "perhaps <!-- stay:ignore --> [directive]\n"
        "curated.md:7:3: warning: the link 'Empty' has an empty URL [malformed]\n"
        "curated.md:8:5: warning: https://a.example/x，以及 runs into the text after it: "
        "put a space between them; perhaps https://a.example/x [runs_on]\n"
    )
    assert ended.err == "lint: 4 links added, 4 findings; no request was sent\n"
    assert not folder.warehouse.exists()


@pytest.mark.usefixtures("no_sockets")
def test_an_address_that_is_never_requested_is_private_without_a_request(folder: Folder) -> None:
    urls = ["http://192.168.1.1/", "http://localhost/", "http://127.1/", "https://a.example:22/"]
    after = BEFORE + "".join(f"- [P]({url}) - Text.\n" for url in urls)
    after += "- [P](http://10.0.0.1/) <!-- stay:ignore -->\n"
    ended = lint(folder, BEFORE, after, "--offline", "--fail-on", "private")
    assert ended.code == 1
    assert re.findall(r"warning: (\S+) is not checked: .* \[private\]", ended.out) == urls
    allowed = '[web]\nallow_networks = ["127.0.0.0/8", "192.168.0.0/16"]\n'
    settings = folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[web]\n", allowed), encoding="utf-8")
    assert folder.staycurrent("lint", "--offline", "--fail-on", "private").code == 0


def test_before_the_first_commit_everything_is_added(folder: Folder) -> None:
    folder.write(listed=BEFORE)
    git(folder.path, "init", "--quiet")
    ended = folder.staycurrent("lint", "--offline")
    assert (ended.code, ended.out) == (0, "")
    assert "2 links added" in ended.err
    assert folder.staycurrent("lint", "--offline", "--base", "main").code == 2


HOSTILE = [
    "- [x](https://missing.example/a%0A::error::owned)\n",
    "- [::stop-commands::x](https://missing.example/a)\n",
    "- [x](https://missing.example/##[error]owned)\n",
    "- [x](hhttps://typo.example/,title=owned::error::x)\n",
    "- [x](<hhttps://typo.example/\u2028::add-mask::e>)\n",
    "- ::add-mask::https://missing.example/a\n",
]


@pytest.mark.parametrize("added", HOSTILE)
def test_hostile_addresses_and_titles_command_nothing(folder: Folder, added: str) -> None:
    lint(folder, BEFORE, BEFORE + added)
    plain, annotated = (folder.staycurrent("lint", "--format", kind) for kind in ("text", "github"))
    assert plain.out
    for line in (plain.out + plain.err + annotated.err).splitlines():
        assert not COMMAND.match(line), line
    for line in annotated.out.splitlines():
        command = re.fullmatch(
            r"::(?:warning|notice) file=curated\.md,line=5,col=\d+,title=staycurrent%3A \w+::(.*)",
            line,
        )
        assert command, line
        assert "##[" not in line


@pytest.mark.parametrize("name", ["::error file=x::y.md", "a,b:c%.md", "##[error]x.md"])
def test_a_hostile_name_of_a_list_commands_nothing(folder: Folder, name: str) -> None:
    lint(folder, BEFORE, BEFORE)
    (folder.path / name).write_text("- [A](https://missing.example/a)\n", encoding="utf-8")
    argv = ("lint", "--list", name)
    plain = folder.staycurrent(*argv)
    assert "[missing]" in plain.out
    for line in (plain.out + plain.err).splitlines():
        assert not COMMAND.match(line), line
    (line,) = folder.staycurrent(*argv, "--format", "github").out.splitlines()
    properties = line.removeprefix("::warning ").split("::")[0].split(",")
    assert [one.partition("=")[0] for one in properties] == ["file", "line", "col", "title"]
    assert all(":" not in one for one in properties)


def test_percent_signs_and_commas_come_through_as_they_are(folder: Folder) -> None:
    added = "- [A](https://missing.example/a%2Cb)\n"
    web = WEB + '[[page]]\nurl = "https://missing.example/a%2Cb"\nstatus = 410\n'
    lint(folder, BEFORE, BEFORE + added, web=web)
    out = folder.staycurrent("lint", "--format", "github").out
    assert "https://missing.example/a%252Cb was not found: 410 (checked twice)" in out


def test_it_needs_no_right_to_write(folder: Folder) -> None:
    lint(folder, BEFORE, BEFORE + "- [New](https://missing.example/a)\n")
    before = folder.files()
    folder.staycurrent("lint")
    assert folder.files() == before
    assert "[missing]" in folder.staycurrent("lint").out


@pytest.mark.parametrize("kind", LINT_TERMS)
def test_every_kind_stands_in_the_documentation(kind: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "github.md"
    assert f"`{kind}`" in page.read_text(encoding="utf-8")


def test_outside_a_checkout_it_says_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(listed=BEFORE)
    ended = folder.staycurrent("lint")
    assert ended.code == 2
    assert "curated.md is in no git checkout" in ended.err
