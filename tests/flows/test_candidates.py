"""Candidates over nights: taken over, declined and wanted again, aged out, renamed."""

import re
from pathlib import Path
from shutil import copytree

import pytest

from staycurrent.flows.commands.demo import RECORDED
from staycurrent.sources.chain import SOURCES
from staycurrent.sources.item import Item
from staycurrent.sources.relevance import model, semantic
from staycurrent.warehouse import candidates
from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import WITHOUT_BACKUPS, Folder, week
from tests.support.github import git


@pytest.fixture
def played(demo_played: Folder, tmp_path: Path) -> Folder:
    """The morning after the demo's seven nights, to write in."""
    copytree(demo_played.path, tmp_path / "own", ignore=WITHOUT_BACKUPS)
    return Folder(tmp_path / "own")


def offered(folder: Folder, night: int = 7) -> list[str]:
    return [row["url"] for row in folder.status(night)["candidates"]]


def take(folder: Folder, url: str) -> None:
    """Do what a maintainer does: write the entry into the list by hand."""
    text = folder.text.replace("## Talk\n", f"## Talk\n\n- [Mine]({url}) - Good.\n")
    folder.list.write_bytes(text.encode())


def entry(folder: Folder) -> str:
    (line,) = re.findall(r"^- \[Mine\].*$", folder.text, re.MULTILINE)
    return str(line)


def is_repository(url: str) -> bool:
    return url.startswith("https://github.com/")


def test_what_was_taken_over_is_marked_as_new_for_thirty_days(played: Folder) -> None:
    url = offered(played)[0]
    take(played, url)
    assert played.staycurrent("pull", night=7).code == 0
    flagged = f"- [Mine]({url}) (🆕<!--stay:new:2026-11-07-->) - Good."
    for night in (7, 7, 20, 36):
        assert played.staycurrent("render", night=night).code == 0
        assert entry(played) == flagged
    played.staycurrent("render", night=37)
    assert entry(played) == f"- [Mine]({url}) - Good."


@pytest.mark.parametrize("days", [0, 3])
def test_how_long_an_entry_is_new_is_a_setting(played: Folder, days: int) -> None:
    url = offered(played)[0]
    take(played, url)
    with (played.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write(f"[curated]\nnew_days = {days}\n")
    played.staycurrent("pull", night=7)
    played.staycurrent("render", night=7)
    assert ("🆕" in entry(played)) is (days == 3)
    played.staycurrent("render", night=10)
    assert "🆕" not in entry(played)


def test_what_the_list_had_by_itself_is_not_new(played: Folder) -> None:
    take(played, "https://example.org/never-offered")
    played.staycurrent("pull", night=7)
    played.staycurrent("render", night=7)
    assert "🆕" not in entry(played)


def test_a_kept_entry_is_not_marked_as_new(played: Folder) -> None:
    url = offered(played)[0]
    take(played, url)
    played.staycurrent("pull", night=7)
    assert played.staycurrent("keep", url, night=7).code == 0
    played.staycurrent("render", night=7)
    assert "🆕" not in entry(played)


def test_the_sign_of_a_new_entry_is_taken_off_by_its_name(played: Folder) -> None:
    url = offered(played)[0]
    take(played, url)
    played.staycurrent("pull", night=7)
    assert played.staycurrent("keep", url, "--verdict", "new", night=7).code == 0
    played.staycurrent("render", night=7)
    assert "🆕" not in entry(played)
    (row,) = [row for row in played.status(7)["links"] if row["url"] == url]
    assert row["kept"] is False


def test_a_run_of_one_of_several_lists_chooses_for_all(played: Folder) -> None:
    """As Prefect's deployments run each list, and the pull request renders all."""
    url = offered(played)[0]
    settings = played.path / "staycurrent.toml"
    one, both = (
        f"[list]\npaths = [{names}]" for names in ('"curated.md"', '"curated.md", "other.md"')
    )
    text = settings.read_text(encoding="utf-8")
    assert one in text
    settings.write_text(text.replace(one, both), encoding="utf-8")
    (played.path / "other.md").write_text(f"# Other\n\n- [Mine]({url}) - Good.\n", encoding="utf-8")

    def chosen(*lists: str) -> list[str]:
        assert played.staycurrent("pull", *lists, night=7).code == 0
        with open_warehouse(played.warehouse, read_only=True) as warehouse:
            return [one.url for one in candidates.current(warehouse)]

    in_one = chosen("--list", "curated.md")
    assert url not in in_one
    assert chosen() == in_one


def test_a_list_of_the_settings_that_does_not_exist_stops_a_pull_only_if_it_is_of_the_run(
    played: Folder,
) -> None:
    settings = played.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    both = text.replace('paths = ["curated.md"]', 'paths = ["curated.md", "none.md"]')
    settings.write_text(both, encoding="utf-8")
    assert played.staycurrent("pull", "--list", "curated.md", night=7).code == 0
    ended = played.staycurrent("pull", night=7)
    assert (ended.code, "none.md does not exist" in ended.err) == (2, True), ended.err


def test_another_list_that_cannot_be_read_stops_only_what_it_decides(played: Folder) -> None:
    """A candidate that a person deleted may have been moved there."""
    settings = played.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    both = text.replace('paths = ["curated.md"]', 'paths = ["curated.md", "other.md"]')
    settings.write_text(both, encoding="utf-8")
    (played.path / "other.md").write_bytes(b"# \xc4rger\n")
    one = ("--list", "curated.md")
    before = [row["url"] for row in played.status(7, *one)["candidates"]]
    shown = [
        played.staycurrent(*command, *one, night=7)
        for command in (["status"], ["report"], ["render"], ["decline", before[0]])
    ]
    assert [ended.code for ended in shown] == [0, 0, 0, 0], shown
    assert all("other.md is not UTF-8" in ended.err for ended in shown)
    assert [row["url"] for row in played.status(7, *one)["candidates"]] == before[1:]
    lines = played.text.splitlines(keepends=True)
    played.list.write_text("".join(line for line in lines if before[1] not in line), "utf-8")
    ended = played.staycurrent("render", *one, night=7)
    assert (ended.code, "other.md is not UTF-8" in ended.err) == (2, True), ended.err


def test_json_says_in_which_part_each_candidate_stands(played: Folder) -> None:
    status = played.status(7)
    groups = status["groups"]
    assert set(groups) == {"weekly", "trending", "candidate"}
    reported = [url for urls in groups.values() for url in urls]
    assert sorted(reported) == sorted(offered(played))
    part = played.text.partition("<!-- stay:begin current -->")[2]
    heads = ("most upvoted", "gain stars", "May also fit")
    for urls, head in zip(groups.values(), heads, strict=True):
        assert all(url in part.partition(head)[2] for url in urls)


def test_trending_candidates_age_like_others_once_their_feed_is_switched_off(
    played: Folder,
) -> None:
    assert played.status(7)["groups"]["trending"]
    with (played.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write("[sources.github_trending]\nenabled = false\n")
    for night, is_kept in ((8, True), (22, False)):
        played.staycurrent("pull", night=night)
        groups = played.status(night)["groups"]
        assert (groups["trending"], any(map(is_repository, groups["candidate"]))) == ([], is_kept)


def test_candidates_age_once_every_feed_is_switched_off(played: Folder) -> None:
    settings = played.path / "staycurrent.toml"
    built_in = (name for name in SOURCES if f"[sources.{name}]" not in settings.read_text("utf-8"))
    off = "".join(f"[sources.{name}]\nenabled = false\n" for name in built_in)
    settings.write_text(settings.read_text("utf-8") + off, encoding="utf-8")
    for night, is_kept in ((8, True), (22, False)):
        assert played.staycurrent("pull", night=night).code == 0
        assert bool(offered(played, night)) is is_kept


def test_a_replay_of_this_run_chooses_anew_and_of_another_night_says_who_will(
    tmp_path: Path,
) -> None:
    folder = week(tmp_path)
    settings = tmp_path / "staycurrent.toml"
    usual = settings.read_text("utf-8")
    settings.write_text(f"{usual}\n[candidates]\nmin_relevance = 1.0\n", encoding="utf-8")
    folder.staycurrent("pull", night=1)
    folder.staycurrent("pull", night=2)
    assert offered(folder, 2) == []
    settings.write_text(usual, encoding="utf-8")
    earlier = folder.staycurrent("pull", "--replay", "2026-11-01", night=2)
    assert "the next `staycurrent pull` chooses candidates from these items" in earlier.err
    assert offered(folder, 2) == []
    current = folder.staycurrent("pull", "--replay", "2026-11-02", night=2)
    assert f"{len(offered(folder, 2))} candidates" in current.err
    assert offered(folder, 2)


def test_a_taken_line_keeps_its_mark_under_another_address_of_the_same_thing(
    played: Folder,
) -> None:
    (url, *_) = [one for one in offered(played) if one.startswith("https://arxiv.org/abs/")]
    other = url.replace("arxiv.org/abs", "huggingface.co/papers")
    take(played, other)
    taken = f"- [Mine]({other}) (🆕<!--stay:new:2026-11-05-->) - Good."
    played.list.write_bytes(played.text.replace(entry(played), taken).encode())
    assert url not in offered(played)
    played.staycurrent("pull", night=7)
    played.staycurrent("render", night=7)
    assert entry(played) == taken


def test_a_sub_page_of_a_repository_in_the_list_makes_it_known(played: Folder) -> None:
    (url, *_) = [one for one in offered(played) if one.startswith("https://github.com/")]
    take(played, f"{url}/tree/main/examples")
    assert url not in offered(played)
    assert played.staycurrent("render", night=7).code == 0
    with open_warehouse(played.warehouse, read_only=True) as warehouse:
        events = "SELECT event FROM published_lines WHERE url = ? ORDER BY id"
        assert warehouse.select(events, url)[-1] == ("gone",)
    assert f"<{url}> expired" not in played.staycurrent("pull", night=8).err
    assert url not in offered(played, 8)


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/paper-kite-ai/pocket-lm.git",
        "git@github.com:Paper-Kite-AI/pocket-lm.git",
    ],
)
def test_a_list_is_not_proposed_to_itself(played: Folder, remote: str) -> None:
    """The repository of a list gains stars and trends like others."""
    url = "https://github.com/paper-kite-ai/pocket-lm"
    assert url in offered(played)
    git(played.path, "init", "--quiet")
    git(played.path, "remote", "add", "origin", remote)
    assert played.staycurrent("pull", night=7).code == 0
    assert url not in offered(played)


def test_a_list_in_a_checkout_that_git_refuses_gets_its_candidates(played: Folder) -> None:
    (played.path / ".git").write_text("gitdir: /nowhere\n", encoding="utf-8")
    before = offered(played)
    assert played.staycurrent("pull", night=7).code == 0
    assert offered(played) == before


def shown_otherwise(folder: Folder, name: str, other: str, number: str) -> None:
    """From now on the trending pages show a repository by another name, with that number."""
    copytree(RECORDED, folder.path / "own")
    settings = folder.path / "staycurrent.toml"
    own = re.sub(r'recording = ".*"', 'recording = "own/web.toml"', settings.read_text("utf-8"))
    settings.write_text(own, encoding="utf-8")
    for page in (folder.path / "own/bodies").glob("trending*.html"):
        text = page.read_text("utf-8").replace(name, other)
        text = re.sub(rf'([0-9]+)(}}}}" href="/{other}")', rf"{number}\2", text)
        page.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("number", "is_offered"), [(r"\1", False), ("4711", True)])
def test_a_repository_that_was_declined_does_not_come_back_under_another_name(
    played: Folder, number: str, *, is_offered: bool
) -> None:
    name, other = "paper-kite-ai/pocket-lm", "elsewhere/pocket-lm-2"
    assert played.staycurrent("decline", f"https://github.com/{name}", night=7).code == 0
    shown_otherwise(played, name, other, number)
    for night in (8, 9):
        assert played.staycurrent("pull", night=night).code == 0
    assert (f"https://github.com/{other}" in offered(played, 9)) is is_offered


def test_a_repository_of_the_list_is_known_by_its_number_when_a_feed_has_its_new_name(
    played: Folder,
) -> None:
    number = 990011  # as GitHub calls the list's mini-gpt
    name, other = "paper-kite-ai/pocket-lm", "elsewhere/pocket-lm-2"
    shown_otherwise(played, name, other, str(number))
    for night in (8, 9):
        assert played.staycurrent("pull", night=night).code == 0
    assert f"https://github.com/{other}" not in offered(played, 9)


@pytest.mark.parametrize("is_declined", [True, False])
def test_the_code_of_a_paper_is_no_further_candidate_once_no_feed_shows_the_paper(
    played: Folder, *, is_declined: bool
) -> None:
    paper, code = "https://arxiv.org/abs/2610.99002", "paper-kite-ai/forgetful-tokens"
    assert paper in offered(played)
    if is_declined:
        assert played.staycurrent("decline", paper, night=7).code == 0
    shown_otherwise(played, "paper-kite-ai/pocket-lm", code, "4711")
    settings = played.path / "staycurrent.toml"
    off = "\n[sources.papers_with_code]\nenabled = false\n"
    settings.write_text(settings.read_text("utf-8") + off, encoding="utf-8")
    for night in (8, 9):
        assert played.staycurrent("pull", night=night).code == 0
    assert f"https://github.com/{code}" not in offered(played, 9)


def test_a_paper_is_taken_by_its_code(played: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    paper, code = (
        "https://arxiv.org/abs/2610.99002",
        "https://github.com/paper-kite-ai/forgetful-tokens",
    )
    assert paper in offered(played)
    take(played, code)
    assert paper not in offered(played)
    learned: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        model,
        "Decisions",
        lambda rows, *_: learned.extend((item.url, taken) for item, taken, _ in rows),
    )
    monkeypatch.setattr(model, "MIN_DECISIONS", 1)
    with (played.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write("[candidates]\nkeep_days = 1\n")
    lines = played.text.count("2610.99002")
    assert played.staycurrent("render", night=7).code == 0
    assert (lines, played.text.count("2610.99002")) == (1, 0)
    ended = played.staycurrent("pull", night=8)
    assert f"<{paper}> expired" not in ended.err
    assert (paper, True) in learned
    assert played.status(8)["overrides"] == []


def test_what_was_declined_is_offered_again_when_the_no_is_taken_back(played: Folder) -> None:
    url = offered(played)[0]
    assert played.staycurrent("decline", url, night=7).code == 0
    played.staycurrent("pull", night=7)
    assert url not in offered(played)
    assert played.staycurrent("decline", "--undo", url, night=7).code == 0
    played.staycurrent("pull", night=7)
    assert url in offered(played)


def test_a_no_that_ends_lets_the_thing_come_back(played: Folder) -> None:
    url = offered(played)[0]
    played.staycurrent("decline", url, "--until", "2026-11-07", night=7)
    played.staycurrent("pull", night=7)
    assert url not in offered(played)
    played.staycurrent("pull", night=8)
    assert url in offered(played, 8)


def test_what_nobody_took_ages_out_and_says_so(played: Folder) -> None:
    with (played.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write("[candidates]\nkeep_days = 1\n")
    before = played.status(7)["candidates"]
    ended = played.staycurrent("pull", night=8)
    left = offered(played, 8)
    gone = [row for row in before if row["url"] not in left]
    assert gone
    shown = played.staycurrent("status", night=8).out
    for row in gone:
        reported = f"{row['title']} <{row['url']}>"
        assert f"pull: {reported} expired, nobody accepted it" in ended.err
        assert f"  {reported}\n" in shown
    again = played.staycurrent("pull", night=9).err
    assert not [row for row in gone if row["url"] in again]


def test_all_feeds_down_and_nothing_moves(played: Folder) -> None:
    (played.path / "web.toml").write_text("", encoding="utf-8")
    settings = (played.path / "staycurrent.toml").read_text("utf-8")
    silent = re.sub(r'recording = ".*"', 'recording = "web.toml"', settings)
    (played.path / "staycurrent.toml").write_text(silent, encoding="utf-8")
    before = played.text
    for night in (8, 40):
        assert played.staycurrent("pull", night=night).code == 0
        assert played.staycurrent("render", night=night).code == 0
        assert played.text == before


def test_candidates_by_meaning_need_their_extra(
    played: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (played.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write("[candidates]\nsemantic = true\n")
    monkeypatch.setattr(semantic, "find_spec", lambda _: None)
    for command in ("pull", "run"):
        ended = played.staycurrent(command, night=8)
        assert ended.code == 2
        assert "candidates.semantic = true: numpy, onnxruntime" in ended.err
        assert "pip install 'staycurrent[semantic]'" in ended.err


def test_candidates_by_meaning_encode_only_what_is_new(
    played: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    np = pytest.importorskip("numpy", reason="staycurrent[semantic] is not installed")
    encoded: list[str] = []

    def encode(text: str) -> bytes:
        encoded.append(text)
        return bytes(np.array([1, len(text) % 7], "<f2").tobytes())

    with (played.path / "staycurrent.toml").open("a", encoding="utf-8") as file:
        file.write("[candidates]\nsemantic = true\n")
    monkeypatch.setattr(semantic, "require_encoder", lambda: None)
    monkeypatch.setattr(semantic, "open_encoder", lambda: encode)
    assert played.staycurrent("pull", night=7).code == 0
    first = len(encoded)
    assert first == len(set(encoded)) > 10
    assert played.staycurrent("pull", night=7).code == 0
    assert len(encoded) == first


def test_what_was_taken_and_declined_is_learned_from(
    played: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[tuple[str, bool]] = []

    def learn(rows: list[tuple[Item, bool, float]], *_: object) -> None:
        learned.extend((item.url, taken) for item, taken, _ in rows)

    monkeypatch.setattr(model, "Decisions", learn)
    monkeypatch.setattr(model, "MIN_DECISIONS", 2)
    taken, declined, *_ = offered(played)
    take(played, taken)
    assert played.staycurrent("decline", declined, night=7).code == 0
    assert played.staycurrent("pull", night=7).code == 0
    assert sorted(learned) == sorted([(taken, True), (declined, False)])
