"""Personal git settings never matter, but those by which a remote is reached still work."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from staycurrent.flows.publishing.git import find_repository
from tests.support.folder import Walk
from tests.support.github import TOKEN, UPDATE_BRANCH, Hosted, Keeper, Runner, git, keeping

HOSTILE = """
[log]
showSignature = true
showRoot = false
follow = true
diffMerges = on
[core]
pager = false
quotePath = true
autocrlf = true
safecrlf = true
fsmonitor = {program}
hooksPath = {hooks}
splitIndex = true
abbrev = 40
logAllRefUpdates = always
attributesFile = {attributes}
askPass = {program}
editor = {program}
[color]
ui = always
diff = always
remote = always
push = always
transport = always
[diff]
external = {program}
noprefix = true
mnemonicPrefix = true
context = 9
interHunkContext = 9
colorMoved = zebra
suppressBlankEmpty = true
renames = copies
relative = true
algorithm = histogram
orderFile = /nowhere
[diff "hostile"]
command = {program}
textconv = {program}
[status]
short = true
branch = true
showUntrackedFiles = all
[commit]
gpgSign = true
verbose = true
[gpg]
program = {program}
[push]
default = nothing
followTags = true
gpgSign = true
pushOption = ci.skip
recurseSubmodules = only
useForceIfIncludes = true
[fetch]
prune = true
pruneTags = true
recurseSubmodules = true
writeCommitGraph = true
[merge]
renames = false
renormalize = true
[merge "hostile"]
driver = {program}
[init]
templateDir = {hooks}
[i18n]
commitEncoding = ISO-8859-1
logOutputEncoding = ISO-8859-1
[format]
pretty = oneline
notes = *
[pager]
log = true
diff = true
[user]
useConfigOnly = true
[http]
followRedirects = true
[trace2]
normalTarget = 2
perfTarget = 2
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with every setting that could matter; the file that programs of theirs write."""
    ran, hooks = tmp_path / "ran", tmp_path / "hooks"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 >>{ran}\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change", "pre-auto-gc"):
        (hooks / name).symlink_to(program)
    attributes = tmp_path / "attributes"
    attributes.write_text("*.md diff=hostile merge=hostile text eol=crlf\n", encoding="utf-8")
    written = HOSTILE.format(program=program, hooks=hooks, attributes=attributes)
    settings = tmp_path / "gitconfig"
    settings.write_text(written, encoding="utf-8")
    monkeypatch.setenv("THEIR_SETTINGS", str(settings))
    return ran


@pytest.fixture
def keeper(ran: Path, walk: Walk, tmp_path: Path) -> Iterator[Keeper]:
    with keeping(tmp_path, walk) as found:
        yield found


@pytest.fixture
def hostile(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    """The settings apply to staycurrent only; the person of the test has none."""
    run = keeper.folder.staycurrent
    theirs = os.environ["THEIR_SETTINGS"]

    def staycurrent(folder: object, *argv: str, night: int = 1) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_CONFIG_GLOBAL", theirs)
            for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_ICASE_PATHSPECS", "GIT_DIR"):
                patch.setenv(name, "1")
            return run(*argv, night=night)

    monkeypatch.setattr(type(keeper.folder), "staycurrent", staycurrent)
    return keeper


def test_the_pull_request_lives_its_whole_life(hostile: Keeper, ran: Path) -> None:
    hostile.git("tag", "mine", "-m", "Mine")
    assert hostile.pr().out.startswith("opened ")
    opened = hostile.listed()
    assert "# A list\n" in opened
    assert "\r" not in opened
    assert hostile.pr().out.endswith("is up to date\n")
    assert "+- [Gone]" in hostile.pr("--dry-run").out
    theirs = hostile.edits("- [Good]", "- [Besté]")
    ended = hostile.later(9)
    assert ended.out.endswith("is left alone: A Person pushed to its branch\n"), ended.err
    assert hostile.hub.head(UPDATE_BRANCH) == theirs
    hostile.hub.merge(1)
    assert hostile.later(9).out.startswith("opened ")
    assert hostile.hub.git("tag") == ""
    assert not ran.exists()


def test_a_branch_that_github_updated_is_still_ours(hostile: Keeper, ran: Path) -> None:
    hostile.pr()
    hostile.edits("# A list", "# The list", "main")
    hostile.update_branch()
    assert hostile.later(9).out.startswith("refreshed ")
    assert not ran.exists()


def test_a_signed_commit_on_the_branch_is_read(hostile: Keeper) -> None:
    hostile.pr()
    plain = hostile.hub.git("cat-file", "commit", hostile.edits("- [Good]", "- [Best]"))
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iHUE\n -----END PGP SIGNATURE-----"
    raw = plain.replace("\n\n", f"\n{signature}\n\n", 1).encode() + b"\n"
    signed = hostile.hub.git("hash-object", "-t", "commit", "-w", "--stdin", input=raw)
    hostile.hub.git("update-ref", f"refs/heads/{UPDATE_BRANCH}", signed)
    ended = hostile.later(9)
    assert (ended.code, "A Person pushed" in ended.out) == (0, True), ended.err


def test_a_history_is_saved_and_restored(
    hostile: Keeper, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    runner = Runner(hostile.folder)
    runner.exported("one")
    saved = runner.save()
    assert (saved.code, "is saved" in saved.err) == (0, True), saved.err
    assert runner.restore().code == 0
    assert (runner.aside("in") / "observations.parquet").read_text() == "one"
    assert not ran.exists()


def test_another_url_of_the_remote_and_a_credential_helper_still_work(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private mirror by `insteadOf`, which asks for the token that only the helper has."""
    with keeping(tmp_path, walk) as keeper:
        settings = tmp_path / "gitconfig"
        helper = "!f() { echo username=x-access-token; echo password=$OWN_TOKEN; }; f"
        settings.write_text(
            f'[url "{keeper.hub.site}/"]\ninsteadOf = "hub:"\n'
            f"[credential]\nhelper = {shlex.quote(helper)}\n".replace("'", '"'),
            encoding="utf-8",
        )
        keeper.git("remote", "set-url", "origin", "hub:keeper/list.git")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
        assert keeper.pr().out.startswith("opened ")
        found = find_repository([keeper.folder.list])
        monkeypatch.setenv("OWN_TOKEN", TOKEN)
        refspec = "refs/heads/main:refs/heads/mirror"
        found.push("origin", refspec, rename_hint="")
        assert keeper.hub.head("mirror")


def test_settings_of_the_environment_are_kept_beside_the_token(
    walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeping(tmp_path, walk) as keeper:
        keeper.git("remote", "set-url", "origin", "hub:keeper/list.git")
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{keeper.hub.site}/.insteadOf")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", "hub:")
        assert keeper.pr().out.startswith("opened ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_dubious_ownership_is_described_in_gits_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = Hosted.of(tmp_path).runner("one", depth=None)
    for path in (runner.path, *runner.path.rglob("*")):
        os.chown(path, 12345, 12345)
    for command in (("lint",), ("pr", "--dry-run"), ("history", "restore", "x")):
        ended = runner.folder.staycurrent(*command)
        assert ended.code == 2
        assert "detected dubious ownership in repository at" in ended.err
        assert "git config --global --add safe.directory" in ended.err
        assert "git init" not in ended.err
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[safe]\ndirectory = {runner.path}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert "does not exist yet" in runner.restore().err


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [("config", "[core\n", "bad config line 1"), ("HEAD", "nonsense\n", "not a git repository")],
)
def test_a_damaged_checkout_is_described_in_gits_words(
    tmp_path: Path, file: str, text: str, words: str
) -> None:
    runner = Hosted.of(tmp_path).runner("one")
    (runner.path / ".git" / file).write_text(text, encoding="utf-8")
    ended = runner.restore()
    assert (ended.code, words in ended.err) == (2, True), ended.err


def test_a_list_with_a_name_beyond_ascii_is_read(tmp_path: Path, ran: Path) -> None:
    hosted = Hosted.of(tmp_path)
    path = tmp_path / "first" / "Liste à lire.md"
    path.write_text("# L\n", encoding="utf-8")
    git(path.parent, "add", ".")
    git(path.parent, "commit", "-qm", "Named")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", os.environ["THEIR_SETTINGS"])
        found = find_repository([path])
        assert found.read_file("HEAD", path.name) == b"# L\n"
    assert hosted.path.exists()
