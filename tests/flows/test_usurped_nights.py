"""Three nights of the whole pipeline among usurpers: what the list shows, and what is asked."""

import subprocess

import pytest

from tests.support.folder import FEEDS_OFF, Folder

SHOP = "https://reposearch-of-old.com/"
CASINO = "https://imagefinder.example/"
AWAY = "https://changedetect.example/"
MOVED = "https://oldname.example/"
ENDS = "https://gardenlog.com/"
LIST = f"""# Tools

- [Reposearch]({SHOP}) - Searches source code repositories.
- [Imagefinder]({CASINO}) - Reverse image search for photographers.
- [ChangeDetect]({AWAY}) - Monitors any page for changes.
- [Oldname]({MOVED}) - Kanban boards for teams.
- [Weeding]({ENDS}) - Notes about vegetables.
"""
WEB = f"""
[[page]]
url = "{SHOP}"
body = "<title>Pralines</title><h1>Pralines</h1>Truffles and pralines from our family workshop"
[[page]]
url = "{CASINO}"
body = "<title>Slots online and casino</title><h1>Slots online</h1>Poker, roulette and baccarat"
[[page]]
url = "{AWAY}"
status = 301
location = "https://pralines.example/shop"
[[page]]
url = "https://pralines.example/shop"
title = "Pralines"
[[page]]
url = "{MOVED}"
status = 301
location = "https://newname.example/boards"
[[page]]
url = "https://newname.example/boards"
title = "Newname (formerly Oldname): kanban boards"
[[page]]
url = "{ENDS}"
title = "Berkenheger"
[[page]]
url = "https://rdap.verisign.com/com/v1/domain/gardenlog.com"
[page.json]
objectClassName = "domain"
ldhName = "GARDENLOG.COM"
events = [
    {{ eventAction = "registration", eventDate = "2001-08-01T00:00:00Z" }},
    {{ eventAction = "expiration", eventDate = "2026-11-20T00:00:00Z" }},
]
[[page]]
url = "https://rdap.verisign.com/com/v1/domain/reposearch-of-old.com"
[page.json]
objectClassName = "domain"
ldhName = "REPOSEARCH-OF-OLD.COM"
events = [{{ eventAction = "registration", eventDate = "2026-08-01T00:00:00Z" }}]
"""
FIX = '[curated]\nmoved = "fix"\n'


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A list of 2023 in git, after three nights with `moved = "fix"`."""
    folder = Folder(tmp_path_factory.mktemp("usurped"))
    folder.write(listed=LIST, web=WEB, settings=FEEDS_OFF + FIX)
    long_ago = "2023-01-05T00:00:00Z"
    named = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    dates = {"GIT_AUTHOR_DATE": long_ago, "GIT_COMMITTER_DATE": long_ago, "PATH": "/usr/bin:/bin"}
    for command in (("init", "-q"), ("add", "."), (*named, "commit", "-q", "-m", "list")):
        subprocess.run(["git", *command], cwd=folder.path, env=dates, check=True)
    assert folder.nights(1, 3).code == 0
    return folder


def test_usurped_links_are_flagged_and_none_is_followed(played: Folder) -> None:
    assert played.verdicts(3) == {
        SHOP: "usurped",
        CASINO: "usurped",
        AWAY: "suspect",
        "https://newname.example/boards": "unchecked",
        ENDS: "alive",
    }
    text = played.text
    assert f"({SHOP}) (🎭<!--stay:usurped:2026-11-01-->)" in text
    assert f"[ChangeDetect]({AWAY}) - Monitors" in text
    assert "pralines.example" not in text
    assert "https://newname.example/boards" in text


def test_the_evidence_names_the_registry_and_the_line(played: Folder) -> None:
    explained = played.staycurrent("explain", SHOP, night=3).out
    assert "the domain was registered on 2026-08-01, the line is of 2023-01-05" in explained
    assert "redirects elsewhere" in played.staycurrent("explain", AWAY, night=3).out


def test_a_registration_that_ends_soon_is_reported_and_not_flagged(played: Folder) -> None:
    (found,) = played.status(3)["endings"]
    words = "the registration of gardenlog.com ends on 2026-11-20 (asked on 2026-11-01)"
    assert found["url"] == ENDS
    assert found["evidence"] == words
    assert f"({ENDS}) - Notes" in played.text
    assert words in played.staycurrent("report", "--out", "-", night=3).out
