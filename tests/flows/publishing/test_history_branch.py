"""The branch of the history: the first run, later ones, two at once, damage, missing rights."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from staycurrent.flows.publishing.git import Git, GitResult
from staycurrent.flows.publishing.history_branch import MAX_FILES, HistoryBranch
from staycurrent.warehouse.parquet import export_parquet
from tests.support.github import DATA_BRANCH, Hosted, git
from tests.warehouse.filled import made


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a list's repository; to be copied."""
    return Hosted.of(tmp_path_factory.mktemp("begun")).path.parent


@pytest.fixture
def hosted(begun: Path, tmp_path: Path) -> Hosted:
    """A list's repository."""
    copytree(begun, tmp_path, dirs_exist_ok=True)
    return Hosted(tmp_path / "hosted.git")


def test_the_first_run_finds_no_history_and_creates_the_branch(hosted: Hosted) -> None:
    runner = hosted.runner("first-run")
    found = runner.restore()
    assert found.code == 0
    assert "does not exist yet" in found.err
    assert not runner.aside("in").exists()
    runner.exported("one")
    saved = runner.save()
    assert saved.code == 0, saved.err
    assert hosted.file("observations.parquet") == "one"
    assert "Keep this branch" in hosted.file("README.md")
    assert hosted.commits() == 1
    main = git(hosted.path, "rev-parse", "main")
    assert main not in git(hosted.path, "rev-list", DATA_BRANCH)


def test_a_second_run_commits_upon_the_first_with_its_date(hosted: Hosted) -> None:
    one = hosted.runner("one")
    one.exported("one")
    one.save(night=1)
    two = hosted.runner("two")
    assert two.restore().code == 0
    assert (two.aside("in") / "observations.parquet").read_text() == "one"
    assert not (two.aside("in") / "README.md").exists()
    two.exported("one", "two")
    saved = two.save(night=2)
    assert saved.code == 0, saved.err
    assert hosted.commits() == 2
    at = datetime(2026, 11, 2, 2, tzinfo=UTC).timestamp()
    assert git(hosted.path, "log", "-1", "--format=%s %at", DATA_BRANCH) == (
        f"Save the history of 2026-11-02 {at:.0f}"
    )


def test_an_unchanged_history_makes_no_commit(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    runner.save()
    again = runner.save(night=2)
    assert again.code == 0
    assert "is unchanged" in again.err
    assert hosted.commits() == 1


def test_of_two_at_once_the_first_is_kept_and_nothing_is_overwritten(hosted: Hosted) -> None:
    begun = hosted.runner("begun")
    begun.exported("one")
    begun.save()
    left, right = hosted.runner("left"), hosted.runner("right")
    assert left.restore().code == right.restore().code == 0
    left.exported("one", "left")
    right.exported("one", "right")
    assert left.save(night=2).code == 0
    refused = right.save(night=2)
    assert refused.code == 75
    assert "nothing was overwritten" in refused.err
    assert "start from there with `staycurrent history restore DIR` and `staycurrent" in refused.err
    assert hosted.file("observations.parquet") == "one\nleft"
    assert right.restore("again").code == 0
    right.exported("one", "left", "right")
    assert right.save(night=3).code == 0
    assert hosted.file("observations.parquet") == "one\nleft\nright"
    assert hosted.commits() == 3


def test_one_machine_may_restore_and_another_save_upon_it(hosted: Hosted) -> None:
    one, two, three = (hosted.runner(name) for name in ("one", "two", "three"))
    one.exported("one")
    assert one.save("out", "--upon", "").code == 0
    crawl = two.restore()
    assert crawl.out == f"{git(hosted.path, 'rev-parse', DATA_BRANCH)}\n"
    three.exported("one", "two")
    assert three.save("out", "--upon", "").code == 75
    assert three.save("out", "--upon", crawl.out.strip()).code == 0
    again = three.save("out", "--upon", crawl.out.strip())
    assert (again.code, again.err) == (0, "history: the branch staycurrent-data is unchanged\n")
    three.exported("one", "other")
    assert three.save("out", "--upon", crawl.out.strip()).code == 75
    assert hosted.file("observations.parquet") == "one\ntwo"


def test_two_first_runs_at_once_do_not_overwrite_each_other(hosted: Hosted) -> None:
    left, right = hosted.runner("left"), hosted.runner("right")
    assert left.restore().code == right.restore().code == 0
    left.exported("left")
    right.exported("right")
    assert left.save().code == 0
    assert right.save().code == 75
    assert hosted.file("observations.parquet") == "left"


def test_a_push_that_came_first_is_not_overwritten(hosted: Hosted, tmp_path: Path) -> None:
    (tmp_path / "faster").mkdir()
    faster = Hosted.of(tmp_path / "faster")
    first, runner = faster.runner("quick"), hosted.runner("one")
    first.exported("first")
    assert first.save().code == 0
    git(runner.path, "remote", "set-url", "--push", "origin", faster.path.as_uri())
    runner.exported("one")
    refused = runner.save()
    assert refused.code == 75
    assert "pushed to the branch meanwhile" in refused.err
    assert faster.file("observations.parquet") == "first"


def test_what_was_refused_once_is_refused_again(hosted: Hosted) -> None:
    """The refusal fetches what the other has saved; that is not what this history is made from."""
    one, late = hosted.runner("one"), hosted.runner("late")
    assert one.restore().code == late.restore().code == 0
    one.exported("one")
    late.exported("late")
    assert one.save().code == 0
    assert [late.save().code, late.save().code] == [75, 75]
    assert hosted.file("observations.parquet") == "one"
    assert late.restore("again").code == 0
    late.exported("one", "late")
    assert late.save().code == 0


def test_a_branch_that_was_deleted_is_made_again_upon_what_it_was(hosted: Hosted) -> None:
    runner = hosted.runner("one", depth=None)
    runner.exported("one")
    assert runner.save().code == 0
    git(hosted.path, "update-ref", "-d", f"refs/heads/{DATA_BRANCH}")
    runner.exported("one", "two")
    saved = runner.save(night=2)
    assert saved.code == 0, saved.err
    assert "is saved: it was gone from the remote, and is made again" in saved.err
    assert hosted.commits() == 2
    assert hosted.file("observations.parquet") == "one\ntwo"
    git(hosted.path, "update-ref", "-d", f"refs/heads/{DATA_BRANCH}")
    fresh = hosted.runner("fresh")
    fresh.exported("one", "two")
    assert fresh.save("out", "--upon", "a" * 40).code == 0
    assert hosted.commits() == 1


def test_a_checkout_that_never_restored_cannot_overwrite(hosted: Hosted) -> None:
    one, stranger = hosted.runner("one"), hosted.runner("stranger")
    one.exported("one")
    one.save()
    stranger.exported("other")
    assert stranger.save().code == 75
    assert hosted.file("observations.parquet") == "one"


def test_a_history_is_restored_into_a_full_checkout_without_making_it_shallow(
    hosted: Hosted,
) -> None:
    one = hosted.runner("one")
    one.exported("one")
    one.save()
    person = hosted.runner("person", depth=None)
    assert person.restore().code == 0
    assert git(person.path, "rev-parse", "--is-shallow-repository") == "false"
    assert git(person.path, "status", "--porcelain") == ""
    assert git(person.path, "branch", "--list") == "* main"


@pytest.mark.parametrize(
    ("path", "raw", "why"),
    [
        ("notes.txt", "no history at all", "it has no manifest.json"),
        ("a b.parquet", "a name with a blank", "'a b.parquet' is not a plain file"),
        (".github/workflows/x.yml", "a hidden folder", "is not a plain file"),
        ("link", None, "'link' is not a plain file"),
    ],
)
def test_a_branch_that_is_not_a_history_is_refused(
    hosted: Hosted, path: str, raw: str | None, why: str
) -> None:
    person = hosted.runner("person")
    git(person.path, "switch", "--quiet", "--orphan", DATA_BRANCH)
    file = person.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if raw is None:
        file.symlink_to("/etc/passwd")
    else:
        file.write_text(raw, encoding="utf-8")
    if path != "notes.txt":
        (person.path / "manifest.json").write_text("{}", encoding="utf-8")
    git(person.path, "add", ".")
    git(person.path, "commit", "--quiet", "-m", "Something else")
    git(person.path, "push", "--quiet", "origin", DATA_BRANCH)
    runner = hosted.runner("runner")
    refused = runner.restore()
    assert refused.code == 2
    assert f"the branch {DATA_BRANCH} is not a history of staycurrent" in refused.err
    assert why in refused.err
    assert not runner.aside("in").exists()


def test_a_refused_push_says_which_right_is_missing(hosted: Hosted) -> None:
    hook = hosted.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'error: 403 Permission denied' >&2\nexit 1\n")
    hook.chmod(0o755)
    runner = hosted.runner("fork")
    runner.exported("one")
    refused = runner.save()
    assert refused.code == 2
    assert "needs the right to write contents" in refused.err
    assert not hosted.has()


def test_the_history_is_never_saved_to_the_lists_own_branch(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    refused = runner.save("out", "--branch", "main")
    assert refused.code == 2
    assert "the list's own branch" in refused.err
    for name in ("--force", "a..b", ""):
        assert runner.save("out", f"--branch={name}").code in (0, 2)
    assert git(hosted.path, "branch", "--format=%(refname:short)").split() == ["main", DATA_BRANCH]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("refs/heads/main", "main is the list's own branch"),
        ("refs/remotes/origin/main", "is not a plain branch name"),
        ("heads/main", "is not a plain branch name"),
        ("HEAD", "is not a plain branch name"),
        ("@{-1}", "is not a plain branch name"),
        ("staycurrent/update", "cannot exist next to pull_request.branch, staycurrent/update"),
        ("staycurrent", "cannot exist next to pull_request.branch, staycurrent/update"),
        ("main/history", "the remote origin has a branch main, so there cannot be a branch"),
    ],
)
def test_a_branch_that_cannot_be_the_histories_is_refused(
    hosted: Hosted, name: str, words: str
) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    for ended in (
        runner.save("out", f"--branch={name}"),
        runner.folder.staycurrent(
            "history", "restore", str(runner.aside("in")), f"--branch={name}"
        ),
    ):
        assert (ended.code, words in ended.err) == (2, True), ended.err
    assert git(hosted.path, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_full_name_of_the_branch_is_the_branch(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    assert runner.save("out", f"--branch=refs/heads/{DATA_BRANCH}").code == 0
    assert hosted.has()
    assert runner.restore().code == 0


def test_a_branch_in_the_way_of_the_history_is_named(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    git(hosted.path, "branch", f"{DATA_BRANCH}/old", "main")
    for ended in (runner.restore(), runner.save()):
        assert ended.code == 2
        assert f"has a branch {DATA_BRANCH}/old, so there cannot be a branch" in ended.err


def test_the_history_is_not_saved_upon_a_branch_of_another_kind(hosted: Hosted) -> None:
    """As on a runner, which knows no default branch and has none checked out."""
    runner = hosted.runner("one")
    runner.exported("one")
    git(runner.path, "checkout", "-q", "--detach")
    git(runner.path, "remote", "set-head", "origin", "--delete")
    head = git(hosted.path, "rev-parse", "main")
    refused = runner.save("out", "--branch=main", "--upon", head)
    assert (refused.code, "is not a history of staycurrent" in refused.err) == (2, True)
    assert git(hosted.path, "rev-parse", "main") == head


def test_a_folder_that_is_not_a_history_is_not_saved(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.aside("out").mkdir()
    assert "is not an exported history" in runner.save().err
    runner.exported("one")
    (runner.aside("out") / "more.parquet").symlink_to("/etc/passwd")
    refused = runner.save()
    assert refused.code == 2
    assert "more.parquet is not a plain file" in refused.err
    assert not hosted.has()


def test_an_export_that_was_cut_short_is_not_saved(hosted: Hosted) -> None:
    """Its manifest comes first: saved, it would stop every later run that restores it."""
    runner = hosted.runner("one")
    runner.exported("one")
    assert runner.save().code == 0
    before = (runner.aside("out") / "observations.parquet").read_bytes()
    runner.exported("one", "two")
    (runner.aside("out") / "observations.parquet").write_bytes(before)
    refused = runner.save()
    assert refused.code == 2
    assert "observations.parquet was changed or truncated after the export" in refused.err
    assert hosted.commits() == 1


def test_the_files_of_fifty_years_can_be_restored(tmp_path: Path) -> None:
    exported = export_parquet(made(tmp_path / "warehouse.duckdb"), tmp_path / "export")
    monthly = {one.table for one in exported.files if one.file != f"{one.table}.parquet"}
    assert 10 < len(monthly) <= MAX_FILES / 12 / 50


def test_a_clone_without_files_fetches_those_of_the_history_at_once(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `actions/checkout` makes with `filter: blob:none`."""
    runner = hosted.runner("one")
    runner.exported("one")
    assert runner.save().code == 0
    git(hosted.path, "config", "uploadpack.allowFilter", "true")
    late = hosted.runner("late")
    for key, value in (("promisor", "true"), ("partialCloneFilter", "blob:none")):
        git(late.path, "config", f"remote.origin.{key}", value)
    listed, objects = HistoryBranch._list_blobs, ""

    def fetched(of: HistoryBranch, head: str) -> dict[str, str]:
        nonlocal objects
        objects = git(late.path, "rev-list", "--objects", "--missing=print", head)
        return listed(of, head)

    monkeypatch.setattr(HistoryBranch, "_list_blobs", fetched)
    assert late.restore().code == 0
    assert "observations.parquet" in objects
    assert "?" not in objects


def test_every_file_is_saved_and_restored_by_one_process(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = hosted.runner("one")
    runner.exported("one\n", "\0two\n")
    for number in range(20):
        (runner.aside("out") / f"more-{number}.parquet").write_bytes(b"\n" * number)
    commands: list[str] = []
    try_run = Git.try_run

    def counted(of: Git, *argv: str, **options: Any) -> GitResult:
        commands.append(argv[0])
        return try_run(of, *argv, **options)

    monkeypatch.setattr(Git, "try_run", counted)
    assert runner.save().code == 0
    assert runner.restore("in/deep").code == 0
    assert [commands.count(name) for name in ("hash-object", "cat-file")] == [1, 1]
    saved = {one.name: one.read_bytes() for one in runner.aside("out").iterdir()}
    assert {one.name: one.read_bytes() for one in runner.aside("in/deep").iterdir()} == saved


def test_a_history_with_a_missing_file_is_not_restored_and_nothing_is_left(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    assert runner.save().code == 0
    listed, missing = HistoryBranch._list_blobs, "0" * 40
    monkeypatch.setattr(
        HistoryBranch, "_list_blobs", lambda self, head: {**listed(self, head), "one": missing}
    )
    before = sorted(runner.path.parent.iterdir())
    ended = runner.restore("in/deep")
    assert (ended.code, ended.err) == (
        2,
        f"staycurrent: git cat-file failed: the object {missing} is missing\n",
    )
    assert sorted(runner.path.parent.iterdir()) == before


def test_an_existing_folder_is_not_written_to(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.aside("in").mkdir()
    assert "exists already" in runner.restore().err


def test_a_folder_that_cannot_be_created_is_named(hosted: Hosted) -> None:
    runner = hosted.runner("one")
    runner.exported("one")
    assert runner.save().code == 0
    ended = runner.restore("out/manifest.json/in")
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "out/manifest.json/in cannot be written (Not a directory)" in ended.err


def test_without_a_checkout_or_a_remote_it_says_what_is_missing(tmp_path: Path) -> None:
    hosted = Hosted.of(tmp_path)
    runner = hosted.runner("one")
    git(runner.path, "remote", "remove", "origin")
    assert "has no remote called origin" in runner.restore().err
    bare = tmp_path / "nowhere"
    bare.mkdir()
    ended = runner.folder.staycurrent("history", "restore", "x", "--list", str(bare / "list.md"))
    assert "is in no git checkout" in ended.err
