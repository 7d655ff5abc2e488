"""Candidates from a user's own feed: what is proposed, under which address, and only once."""

import json

import pytest

from tests.support.folder import Folder

pytestmark = pytest.mark.usefixtures("parsed_here")

SETTINGS = """
[candidates]
min_relevance = 0.0
per_kind = 9
per_night = 9
[sources.github_trending]
enabled = false
[sources.papers_with_code]
enabled = false
[sources.weekly_papers]
enabled = false
[sources.bees]
kind = "rss"
url = "https://feeds.test/bees.xml"
"""
ENTRIES = "# Honey bees\n\n" + "".join(
    f"- [{title}](https://list.test/{n}) - {title} for keepers of honey bees.\n"
    for n, title in enumerate(["Hives", "Queens", "Mites", "Swarms", "Nectar", "Winter"])
)


def post(title: str, link: str, guid: str = "") -> str:
    tail = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    return f"<item><title>{title}</title><link>{link}</link>{tail}</item>"


def feed(nights: str, *items: str) -> str:
    rss = f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'
    body = f"body = {json.dumps(rss)}\n"
    return f'[[page]]\nurl = "https://feeds.test/bees.xml"\nnights = "{nights}"\n{body}'


def proposed(folder: Folder, night: int) -> list[str]:
    ended = folder.staycurrent("pull", night=night)
    assert ended.code == 0, ended.err
    return [row["url"] for row in folder.status(night)["candidates"]]


def test_a_post_whose_link_changes_is_proposed_once(folder: Folder) -> None:
    other = post("Wax for honey bees", "https://moth.test/wax", "tag:2")
    web = feed("1", post("Honey bees", "https://moth.test/?p=1", "tag:1"))
    web += feed("2-", post("Honey bees", "https://moth.test/honey-bees", "tag:1"), other)
    folder.write(listed=ENTRIES, web=web, settings=SETTINGS)
    assert proposed(folder, 1) == ["https://moth.test/?p=1"]
    assert folder.status(1)["subject"] == {
        "about": ["Honey bees"],
        "is_set": False,
        "names": ["honey bees"],
        "advice": "to say it better, set about = [...] under [candidates]",
    }
    assert sorted(proposed(folder, 2)) == ["https://moth.test/?p=1", "https://moth.test/wax"]


def test_a_listed_post_whose_link_changes_is_not_proposed(folder: Folder) -> None:
    web = feed("1", post("Honey bees", "https://moth.test/?p=1", "tag:1"))
    web += feed("2-", post("Honey bees", "https://moth.test/honey-bees", "tag:1"))
    listed = f"{ENTRIES}- [Honey bees](https://moth.test/?p=1) - Of a keeper.\n"
    folder.write(listed=listed, web=web, settings=SETTINGS)
    assert proposed(folder, 1) == []
    assert proposed(folder, 2) == []


def test_what_the_checker_would_refuse_is_not_proposed(folder: Folder) -> None:
    links = [
        "http://192.168.1.1/x", "http://169.254.169.254/", "http://[::1]/", "https://moth.test:22/",
        "https://moth.test/?token=1", "https://user:pw@moth.test/", "https://аррӏе.test/",
        "https://www.google.com/url?sa=t&amp;url=http://10.0.0.1/",
        "https://moth.test/bees?utm_source=feed",
    ]  # fmt: skip
    items = [post(f"Honey bees {n}", link, f"tag:{n}") for n, link in enumerate(links)]
    folder.write(listed=ENTRIES, web=feed("1-", *items), settings=SETTINGS)
    assert proposed(folder, 1) == ["https://moth.test/bees"]
    (source,) = folder.status(1)["sources"]
    assert source["state"] == "ok"
    assert source["note"].startswith("1 of 9 entries have no usable address or no text; 7 of 8")


BRACKETS = ["https://moth.test/wiki/Bee_(insect)", "https://moth.test/a|b", "https://moth.test/c"]
SECTION = "\n<!-- stay:begin current -->\n<!-- stay:end current -->\n"


@pytest.mark.parametrize("taken", [False, True])
def test_a_candidate_with_brackets_in_its_address_is_declined_and_taken_as_others(
    folder: Folder, *, taken: bool
) -> None:
    posts = [post(f"Honey bees {n}", link) for n, link in enumerate(BRACKETS)]
    folder.write(listed=ENTRIES + SECTION, web=feed("1-", *posts), settings=SETTINGS)
    folder.nights(1, 2)
    (line,) = (one for one in folder.text.splitlines(keepends=True) if "Honey bees 0" in one)
    moved = line if taken else ""
    head, tail = folder.text.replace(line, "").split(SECTION[:20], 1)
    folder.list.write_text(f"{head}{moved}{SECTION[:20]}{tail}", encoding="utf-8")
    folder.nights(3, 4)
    assert folder.text.count("Honey bees 0") == taken
    declined = [one["url"] for one in folder.status(4)["overrides"]]
    assert declined == ([] if taken else ["https://moth.test/wiki/Bee_%28insect%29"])


@pytest.mark.parametrize("markup", ["> ", "twice"])
def test_candidates_are_not_taken_by_moving_or_doubling_their_section(
    folder: Folder, markup: str
) -> None:
    posts = [post(f"Honey bees {n}", f"https://moth.test/{n}") for n in range(3)]
    folder.write(listed=ENTRIES + SECTION, web=feed("1-", *posts), settings=SETTINGS)
    folder.nights(1, 2)
    written = folder.text
    head, begin, section = written.partition("<!-- stay:begin")
    section = begin + section
    lines = (f"{markup}{line}" for line in section.splitlines(keepends=True))
    moved = written + section if markup == "twice" else head + "".join(lines)
    folder.list.write_text(moved, encoding="utf-8")
    for command in ("pull", "run", "render"):
        ended = folder.staycurrent(command, night=3)
        assert (ended.code, "curated.md: section 'current' has" in ended.err) == (2, True), (
            ended.err
        )
    assert folder.text == moved
    folder.list.write_text(written, encoding="utf-8")
    assert len(proposed(folder, 3)) == 3
    assert folder.status(3)["overrides"] == []


def test_what_another_list_took_is_taken_in_a_run_of_one_list(folder: Folder) -> None:
    """As Prefect's deployments run each list."""
    posts = [post(f"Honey bees {n}", f"https://moth.test/{n}") for n in range(3)]
    both = '[list]\npaths = ["curated.md", "other.md"]\n'
    settings = f"{SETTINGS}{both}"
    folder.write(listed=ENTRIES + SECTION, web=feed("1-", *posts), settings=settings)
    other = folder.path / "other.md"
    other.write_text(ENTRIES + SECTION, encoding="utf-8")
    folder.nights(1, 2)
    line = next(one for one in folder.text.splitlines(keepends=True) if "Honey bees 1" in one)
    folder.list.write_text(folder.text.replace(line, ""), encoding="utf-8")
    other.write_text(f"{ENTRIES}- [Mine](https://moth.test/1)\n{SECTION}", encoding="utf-8")
    only = ("--list", "curated.md")
    assert "moth.test/1>" not in folder.staycurrent("status", *only, night=2).out
    assert folder.staycurrent("run", *only, night=3).code == 0
    shown = folder.staycurrent("status", *only, night=3).out
    assert "moth.test/0>" in shown
    assert "moth.test/1>" not in shown
    assert folder.status(3)["overrides"] == []


@pytest.mark.parametrize("broken", [b"\xff", b"# Other\n\n<!-- stay:begin current -->\n"])
def test_another_list_that_the_feeds_need_stops_a_run_before_its_checks(
    folder: Folder, broken: bytes
) -> None:
    both = '[list]\npaths = ["curated.md", "other.md"]\n'
    folder.write(listed=ENTRIES, settings=f"{SETTINGS}{both}")
    (folder.path / "other.md").write_bytes(broken)
    ended = folder.staycurrent("run", "--list", "curated.md", night=1)
    assert (ended.code, "other.md" in ended.err) == (2, True), ended.err
    assert "check:" not in ended.err


FLOOR = SETTINGS.replace("min_relevance = 0.0", "min_relevance = 0.99")


def hints(folder: Folder) -> list[str]:
    for night in range(1, 4):
        ended = folder.staycurrent("run", night=night)
        assert ended.code == 0, ended.err
    return [line for line in ended.err.splitlines() if "brought no candidate" in line]


def test_a_list_on_the_subject_of_its_feeds_is_advised_to_lower_the_floor(folder: Folder) -> None:
    posts = [post(f"Mites of honey bees {n}", f"https://moth.test/{n}") for n in range(3)]
    posts += [post(f"Trains {n}", f"https://train.test/{n}") for n in range(9)]
    folder.write(listed=ENTRIES, web=feed("1-", *posts), settings=FLOOR)
    (hint,) = hints(folder)
    assert "3 days of feeds brought no candidate: say in candidates.about" in hint
    assert "or set candidates.min_relevance to 0." in hint


def test_a_list_on_another_subject_is_advised_to_switch_its_feeds_off(folder: Folder) -> None:
    posts = [post(f"Timetables of trains {n}", f"https://train.test/{n}") for n in range(9)]
    settings = SETTINGS.replace("min_relevance = 0.0", "min_relevance = 0.4")
    folder.write(listed=ENTRIES, web=feed("1-", *posts), settings=settings)
    (hint,) = hints(folder)
    assert "on another subject than the list, so set sources.bees.enabled = false" in hint
    assert "min_relevance" not in hint


def test_where_nothing_fits_the_status_says_what_to_set(folder: Folder) -> None:
    web = feed("1", post("Trains of the alps", "https://moth.test/trains", "tag:1"))
    settings = SETTINGS.replace("min_relevance = 0.0", "min_relevance = 0.9")
    folder.write(listed=ENTRIES, web=web, settings=settings)
    assert proposed(folder, 1) == []
    advice = folder.status(1)["subject"]["advice"]
    assert advice.startswith("nothing can be offered: no item of the feeds fits with a probability")
    assert "sources.bees.enabled = false" in advice
    assert f"  N{advice[1:]}.\n" in folder.staycurrent("status").out


PAPERS = "".join(
    f"- [{title}](https://arxiv.org/abs/2601.0000{n}) - {title} for keepers of honey bees.\n"
    for n, title in enumerate(["Hives", "Queens", "Mites", "Swarms"])
)
ENTRY = """
<entry><id>http://arxiv.org/abs/{0}v1</id><title>{1}</title>
<link href="https://arxiv.org/abs/{0}v1" rel="alternate" type="text/html"/>
<category term="q-bio.PE"/><published>2026-10-31T17:59:46Z</published></entry>
"""


def listing(target: str, *papers: tuple[str, str]) -> str:
    body = "".join(ENTRY.format(*paper) for paper in papers)
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title>{body}</feed>'
    url = f"https://export.arxiv.org/api/query?{target}"
    return f"[[page]]\nurl = {json.dumps(url)}\nbody = {json.dumps(atom)}\n"


def test_a_list_of_papers_is_offered_new_ones_of_their_category_a_few_a_week(
    folder: Folder,
) -> None:
    new = [(f"2610.0000{n}", f"Honey bees, part {n}") for n in range(5)]
    web = listing("id_list=*", ("2601.00000", "Hives"))
    web += listing("search_query=cat:q-bio.PE&*", *new)
    for listed, brought in ((f"# Honey bees\n\n{PAPERS}", 3), (ENTRIES, 0)):
        folder.write(listed=listed, web=web, settings=SETTINGS.partition("[sources.bees]")[0])
        path = folder.path / "staycurrent.toml"
        text = path.read_text(encoding="utf-8")
        off = "[sources.arxiv_listings]\nenabled = false"
        assert off in text
        path.write_text(text.replace(off, off.replace("false", "true")), encoding="utf-8")
        (folder.path / ".staycurrent" / "warehouse.duckdb").unlink(missing_ok=True)
        assert len(proposed(folder, 1)) == brought
        assert len(proposed(folder, 2)) == brought  # not more on the next night
