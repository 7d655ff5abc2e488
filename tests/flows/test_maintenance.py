"""Orders of people that want looking after are told: unheard, not needed, run out, overtaken."""

import pytest

from tests.flows.contract import validate
from tests.support.folder import FEEDS_OFF, Folder

WEB = """
[[page]]
url = ["https://good.example/a", "https://fine.example/a"]
[[page]]
url = ["https://gone.example/a", "https://other.example/a"]
status = 410
"""
GONE = "- [G](https://gone.example/a)"
GOOD = "- [A](https://good.example/a)"


def items(folder: Folder, night: int = 2) -> list[tuple[str, str, str, int | None]]:
    problems = folder.status(night)["maintenance"]
    return [(one["subject"], one["kind"], one["text"], one["line"]) for one in problems]


COMMENTS = (
    ("[G](https://gone-0.example/a) <!-- stay:keep -->", None),
    ("[G](https://gone-1.example/a) <!-- stay:keep until=2026-11-02 -->", None),
    ("[G](https://gone-2.example/a) <!-- stay:keep until=2026-11-01 -->", "expired"),
    ("[G](https://gone-3.example/a) <!-- stay:keep until=tomorrow -->", "unreadable"),
    ("[G](https://gone-4.example/a) [A](https://good-4.example/a) <!-- stay:keep -->", None),
    ("[A](https://good-5.example/a) <!-- stay:keep -->", "unneeded"),
    ("[A](https://good-6.example/a) <!-- stay:ignore -->", None),
    ("No link here. <!-- stay:keep -->", "unmatched"),
    ("<!-- stay:ignore-start -->\n<!-- stay:ignore-end -->", "unmatched"),
    ("[r](#t) <!-- mlc-disable-line until=2026-11-01 -->", "expired"),
    ("<!-- stay:begin Current -->\n<!-- stay:end Current -->", "unmatched"),
)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str, int | None]]:
    """The maintenance items of one list that has all the comments, after two runs."""
    folder = Folder(tmp_path_factory.mktemp("comments"))
    good = [f"https://good-{number}.example/a" for number in range(len(COMMENTS))]
    gone = [f"https://gone-{number}.example/a" for number in range(len(COMMENTS))]
    web = f"[[page]]\nurl = {good}\n[[page]]\nurl = {gone}\nstatus = 410\n"
    folder.write(listed="\n\n".join(line for line, _ in COMMENTS), web=web)
    folder.nights(1, 2)
    return items(folder)


@pytest.mark.parametrize(("line", "kind"), COMMENTS)
def test_a_comment_that_does_nothing_or_too_much_is_reported(
    reported: list[tuple[str, str, str, int | None]], line: str, kind: str | None
) -> None:
    listed = "\n\n".join(line for line, _ in COMMENTS)
    number = listed[: listed.index(line)].count("\n") + 1
    text = line.partition("\n")[0].partition("<!--")
    expected = [("comment", kind, f"<!--{text[2]}", number)] if kind else []
    assert [one for one in reported if one[3] == number] == expected
    assert len(reported) == sum(kind is not None for _, kind in COMMENTS)


def test_an_expired_comment_commands_no_more(folder: Folder) -> None:
    folder.write(
        listed=f"{GONE} <!-- stay:keep until=2026-11-02 reason='may come back' -->\n", web=WEB
    )
    folder.nights(1, 2)
    assert "💀" not in folder.text
    folder.nights(3, 3)
    assert "💀" in folder.text


def test_an_ignored_link_that_answered_well_when_last_checked_is_reported(folder: Folder) -> None:
    folder.write(listed=f"{GOOD}\n", web=WEB)
    folder.nights(1, 1)
    folder.list.write_text(f"{GOOD} <!-- stay:ignore -->\n", encoding="utf-8")
    folder.nights(2, 2)
    (item,) = folder.status(2)["maintenance"]
    assert item["kind"] == "unneeded"
    assert item["message"] == "the link worked when last checked, on 2026-11-01"


def test_a_pattern_that_covers_nothing_or_ran_out_is_reported(folder: Folder) -> None:
    ignore = (
        '[links]\nsecond_look_s = 0\nignore = ["nowhere.example", "gone.example", '
        '{ pattern = "^https://good", until = 2026-11-01, reason = "slow" }]\n'
    )
    folder.write(listed=f"{GONE}\n{GOOD}\n", web=WEB)
    path = folder.path / "staycurrent.toml"
    text = path.read_text(encoding="utf-8").replace("[links]\nsecond_look_s = 0\n", ignore)
    path.write_text(text, encoding="utf-8")
    folder.nights(1, 2)
    assert items(folder) == [
        ("pattern", "unmatched", "nowhere.example", None),
        ("pattern", "expired", "^https://good", None),
    ]
    assert "Maintenance: 2\n  pattern nowhere.example: it matches no link of any list" in (
        folder.staycurrent("status", night=2).out
    )


def test_overrides_that_nothing_asks_for_any_more_are_reported(folder: Folder) -> None:
    other = "- [O](https://other.example/a)"
    folder.write(listed=f"{GONE}\n{GOOD}\n{other}\n", web=WEB)
    folder.nights(1, 2)
    urls = ["https://good.example/a", "https://other.example/a"]
    assert folder.staycurrent("keep", *urls, night=2).code == 0
    until = ("--verdict", "dead", "--until", "2026-11-02")
    assert folder.staycurrent("keep", "https://gone.example/a", *until, night=2).code == 0
    folder.list.write_text(f"{GONE}\n{GOOD}\n", encoding="utf-8")
    assert items(folder, 3) == [
        ("override", "unneeded", "https://good.example/a", None),
        ("override", "unmatched", "https://other.example/a", None),
        ("override", "expired", "https://gone.example/a", None),
    ]
    undone = folder.staycurrent("keep", "--undo", "https://gone.example/a", night=3)
    assert undone.err == "undone: keep https://gone.example/a\n"
    assert len(items(folder, 3)) == 2


def test_a_override_for_another_verdict_is_overtaken(folder: Folder) -> None:
    folder.write(listed=f"{GONE}\n", web=WEB)
    folder.nights(1, 2)
    folder.staycurrent("keep", "https://gone.example/a", "--verdict", "moved", night=2)
    (item,) = folder.status(2)["maintenance"]
    assert item["kind"] == "overtaken"
    assert item["message"] == (
        "kept as moved on 2026-11-02, but dead since 2026-11-01: reported again"
    )
    validate(folder.status(2))
    assert "keep moved <https://gone.example/a> on 2026-11-02" in (
        folder.staycurrent("status", night=2).out
    )


def test_what_a_list_that_was_left_out_needs_is_not_reported(folder: Folder) -> None:
    folder.write(listed=f"{GOOD}\n- [F](https://fine.example/a)\n", web=WEB)
    (folder.path / "b.md").write_text(f"{GONE}\n- [O](https://other.example/a)\n")
    path = folder.path / "staycurrent.toml"
    ignore = '[links]\nignore = ["other.example", "fine.example", "nowhere.example"]\n'
    text = path.read_text(encoding="utf-8").replace("[links]\n", ignore)
    path.write_text(f'[list]\npaths = ["curated.md", "b.md"]\n{text}', encoding="utf-8")
    folder.nights(1, 2)
    folder.staycurrent("keep", "https://gone.example/a", night=2)
    assert [one["text"] for one in folder.status(2)["maintenance"]] == ["nowhere.example"]
    assert folder.status(2, "curated.md")["maintenance"] == []
    markdown = folder.staycurrent("status", "--format", "markdown", "curated.md", night=2).out
    assert "does not match any link" not in markdown


def test_an_override_beside_one_that_covers_the_verdict_is_not_overtaken(folder: Folder) -> None:
    folder.write(listed=f"{GONE}\n", web=WEB)
    folder.nights(1, 2)
    for verdict in ("moved", "dead"):
        folder.staycurrent("keep", "https://gone.example/a", "--verdict", verdict, night=2)
    assert items(folder) == []


def test_a_quiet_list_has_no_maintenance_items(folder: Folder) -> None:
    folder.write(listed=f"{GOOD}\n", web=WEB, settings=FEEDS_OFF)
    folder.nights(1, 1)
    out = folder.staycurrent("status").out
    assert "Maintenance" not in out
    assert "Overrides" not in out
