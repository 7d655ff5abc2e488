"""`check --witness`: a second machine checks what is about to be flagged; its word is merged."""

import re
from pathlib import Path

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    ProposedChange,
    PullRequestContent,
)
from staycurrent.reports.pull_request import pull_request_body
from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import Folder
from tests.support.github import Hosted
from tests.support.values import CODE, PAPER, judged

LIST = f"- [Paper]({PAPER})\n- [Code]({CODE})\n- [Down](https://down.example/a)\n"
WEB = f"""
[[page]]
url = "{PAPER}"
title = "Here"
[[page]]
url = "https://down.example/a"
status = 404
"""
DOWN = "https://down.example/a"
SIXTH = 36
"""The stored nights begin on the 31st of the folder's."""


@pytest.fixture
def failing(folder: Folder) -> Folder:
    """A 404 that is dead tomorrow, on one machine, and a failure that only began."""
    folder.write(listed=LIST, web=WEB)
    with open_warehouse(folder.warehouse) as warehouse:
        for night in range(1, 6):
            judged(warehouse, night, {PAPER: Outcome.MISSING, DOWN: Outcome.MISSING})
        six = {PAPER: Outcome.MISSING, DOWN: Outcome.MISSING, CODE: Outcome.MISSING}
        judged(warehouse, 6, six)
    return folder


def test_one_success_elsewhere_clears_a_streak_and_is_merged_into_another_history(
    failing: Folder,
) -> None:
    assert set(failing.verdicts(SIXTH).values()) == {"suspect"}
    failing.staycurrent("history", "export", "before", night=SIXTH)
    checked = failing.staycurrent("check", "--witness", "laptop", night=SIXTH)
    assert checked.code == 0, checked.err
    assert "2 of 3 links are about to be flagged" in checked.err
    assert failing.verdicts(SIXTH) == {PAPER: "alive", CODE: "suspect", DOWN: "suspect"}
    explained = failing.staycurrent("explain", DOWN, night=SIXTH).out
    assert "[checked from laptop: failures elsewhere do not count]" in explained
    again = failing.staycurrent("check", "--witness", "laptop", night=SIXTH)
    assert "0 of 3 links are about to be flagged" in again.err

    failing.staycurrent("history", "export", "after", night=SIXTH)
    at_home = ("--warehouse", "home.duckdb")
    failing.staycurrent("history", "import", "before", *at_home, night=SIXTH)
    for folder, checks in (("before", 0), ("after", 2), ("after", 0)):
        merged = failing.staycurrent("history", "import", folder, *at_home, night=SIXTH)
        assert merged.code == 0, merged.err
        assert f"has {checks} new checks of witnesses; the rest was left out" in merged.out
    assert failing.verdicts(SIXTH)[PAPER] == "alive"
    status = failing.staycurrent("status", "--verdict", "suspect", *at_home, night=SIXTH)
    assert PAPER not in status.out


def test_a_witness_is_named_in_small_letters_and_checks_no_more(folder: Folder) -> None:
    folder.write(listed=LIST)
    assert "cannot name a machine" in folder.staycurrent("check", "--witness", "My Mac").err
    assert "leave out --all" in folder.staycurrent("check", "--witness", "--all").err


def test_the_line_of_the_pull_request_works_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = Hosted.of(tmp_path, LIST)
    nightly, laptop = hosted.runner("nightly").folder, hosted.runner("laptop").folder
    with open_warehouse(nightly.warehouse) as warehouse:
        for night in (1, 4, 6):
            judged(warehouse, night, {PAPER: Outcome.MISSING, DOWN: Outcome.MISSING})
    kept = str(tmp_path / "kept")
    nightly.staycurrent("history", "export", kept, night=SIXTH)
    assert nightly.staycurrent("history", "save", kept, "--upon", "", night=SIXTH).code == 0

    laptop.write(listed=LIST, web=WEB)
    change = ProposedChange("key", "Paper", PAPER, "dead", "404")
    line = ChangedLine(ChangeKind.DEAD, "curated.md", 1, None, LIST, (change,))
    body = pull_request_body(PullRequestContent((line,), ("curated.md",)))
    (shown,) = re.findall(r"`\(DIR=\$\(mktemp -d\) && export (\S+ && [^`]*)\)`", body)
    for day in ("once", "twice"):
        (tmp_path / day).mkdir()
        setting, *commands = shown.replace("$DIR", str(tmp_path / day)).split(" && ")
        with monkeypatch.context() as environment:
            environment.setenv(*setting.split("="))
            for command in commands:
                ended = laptop.staycurrent(*command.split()[1:], night=SIXTH)
                assert ended.code == 0, (command, ended.err)
    assert not laptop.warehouse.exists()

    fresh = hosted.runner("next").folder
    fresh.staycurrent("history", "restore", str(tmp_path / "next-night"), night=SIXTH)
    fresh.staycurrent("history", "import", str(tmp_path / "next-night"), night=SIXTH)
    assert fresh.verdicts(SIXTH)[PAPER] == "alive"
