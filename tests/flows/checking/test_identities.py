"""A provider that renumbers its content: the run is not judged, and no later one flags anything."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from staycurrent.flows.checking import runner
from staycurrent.flows.checking.runner import explain_closed
from staycurrent.links.observation import Observation
from tests.support.folder import Folder

NAMES = [f"owner-{n}/name" for n in range(8)]
LISTED = "# A list\n\n" + "".join(f"- [{n}](https://github.com/{n}) - Fine.\n" for n in NAMES)


def api(nights: str, ids: Callable[[int], dict[str, object]]) -> str:
    """GitHub's answers about all repositories on these nights."""
    pages = []
    for number, name in enumerate(NAMES):
        body = {"full_name": name, "archived": False, "pushed_at": "2026-10-01T00:00:00Z"}
        body |= ids(number)
        pages.append(
            f'[[page]]\nurl = "https://api.github.com/repos/{name}"\nnights = "{nights}"\n'
            f"headers = {{ content-type = 'application/json' }}\nbody = '{json.dumps(body)}'\n"
        )
    return "".join(pages)


def old(number: int) -> dict[str, object]:
    return {"id": 100 + number, "node_id": f"R_old{number}"}


def test_new_ids_everywhere_are_never_believed_and_flag_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    web = api("1-2", old)
    web += api("3-9", lambda n: {"id": 900 + n, "node_id": f"R_new{n}"})
    another = {"id": 7, "node_id": "R_another"}
    web += api("10-", lambda n: another if n == 3 else {"id": 900 + n, "node_id": f"R_new{n}"})
    folder.write(listed=LISTED, web=web)
    folder.nights(1, 2)
    before = folder.text
    held = folder.staycurrent("run", night=3)
    assert held.code == 75
    assert "8 of the links that github answers for have a new identity at once" in held.err
    assert folder.text == before
    folder.nights(4, 9)
    assert folder.text == before
    assert set(folder.verdicts(9).values()) == {"alive"}
    folder.nights(10, 10)
    assert folder.verdicts(10)[f"https://github.com/{NAMES[3]}"] == "suspect"


def test_a_second_run_of_the_date_believes_no_more_than_the_first(tmp_path: Path) -> None:
    """Else a retry an hour later would believe a provider that errs for a night."""
    folder = Folder(tmp_path)
    folder.write(
        listed=LISTED, web=api("1", old) + api("2-", lambda n: {"id": 900 + n, "node_id": "x"})
    )
    folder.nights(1, 1)
    codes = [folder.staycurrent("run", night=night).code for night in (2, 2, 3)]
    assert codes == [75, 75, 0]
    assert set(folder.verdicts(3).values()) == {"alive"}


def test_what_owners_make_anew_is_theirs_once_a_night_has_known_them(tmp_path: Path) -> None:
    def owned(number: int, repository: int, owner: int) -> dict[str, object]:
        return {"id": repository + number, "owner": {"id": owner}}

    folder = Folder(tmp_path)
    web = api("1", old) + api("2-3", lambda n: old(n) | {"owner": {"id": n + 1}})
    web += api(
        "4-", lambda n: owned(n, 900, n + 1 if n < 7 else 99)
    )  # the last one is a stranger's
    folder.write(listed=LISTED, web=web)
    folder.nights(1, 6)
    verdicts = folder.verdicts(6)
    assert verdicts.pop(f"https://github.com/{NAMES[7]}") == "usurped"
    assert set(verdicts.values()) == {"alive"}


def test_new_node_ids_of_the_same_numbers_are_the_same_repositories(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(
        listed=LISTED,
        web=api("1", old) + api("2-", lambda n: {"id": 100 + n, "node_id": f"R_new{n}"}),
    )
    folder.nights(1, 8)
    assert set(folder.verdicts(8).values()) == {"alive"}


def test_a_page_in_a_gone_project_is_missing_and_not_blocked_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    known = {
        "id": 101, "path_with_namespace": "lab/kept", "last_activity_at": "2026-10-01T00:00:00Z",
    }  # fmt: skip
    answers = {
        "gitlab.com/lab/gone/-/blob/main/a.md": (302, ""),
        "gitlab.com/lab/gone": (302, ""),
        "gitlab.com/lab/kept/-/blob/main/a.md": (302, ""),
        "gitlab.com/lab/silent/-/blob/main/a.md": (302, ""),
        "gitlab.com/api/v4/projects/lab%2Fsilent": (500, ""),
        "gitlab.com/users/sign_in": (200, "<title>Sign in</title>"),
        "gitlab.com/api/v4/projects/lab%2Fgone": (404, '{"message": "404 Project Not Found"}'),
        "gitlab.com/api/v4/projects/lab%2Fkept": (200, json.dumps(known)),
        "gitlab.com/api/v4/projects?*": (200, "[]"),
        "huggingface.co/lab/gone/tree/main": (401, ""),
        "huggingface.co/lab/gone": (401, ""),
        "huggingface.co/api/models/lab/gone?*": (401, '{"error": "Repository not found"}'),
    }
    login = "location = '/users/sign_in'\n"
    web = "".join(
        f"[[page]]\nurl = 'https://{url}'\nstatus = {status}\nbody = '{body}'\n"
        f"{login if status == 302 else ''}"
        for url, (status, body) in answers.items()
    )
    pages = [f"https://{url}" for url in answers if "/main" in url]
    folder.write(listed="".join(f"- [File]({page}) - One.\n" for page in pages), web=web)
    settings = (tmp_path / "staycurrent.toml").read_text(encoding="utf-8")
    spent = settings.replace("[links]\n", "[links]\nbudget_requests = 13\n")
    (tmp_path / "staycurrent.toml").write_text(spent, encoding="utf-8")

    async def interrupted(*given: Any) -> list[Observation]:
        signal.raise_signal(signal.SIGTERM)
        return await explain_closed(*given)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "explain_closed", interrupted)
        said = folder.staycurrent("check").err
    assert "closed pages: gitlab: this run was interrupted; 3 of 3 links left" in said
    assert "0 of 4 links are checked and kept" in said
    ended = folder.nights(1, 1)
    assert "projects of closed pages: gitlab: status 500; 1 of 3 links left" in ended.err
    assert [*folder.verdicts(1).values()] == ["suspect", "blocked", "blocked", "suspect"]
    said = "".join(folder.staycurrent("explain", page).out for page in pages)
    assert "in a project that is gone: deleted or private, asked twice" in said
    assert said.count("; its project is there") == 1
