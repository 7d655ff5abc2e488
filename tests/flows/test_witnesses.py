"""A run asks second witnesses about what is about to be flagged, and names them everywhere."""

from pathlib import Path

import pytest

from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.witnesses import registration_lookup
from staycurrent.links.observation import Outcome
from staycurrent.links.witness import Witness, WitnessResult
from staycurrent.warehouse import witnesses
from staycurrent.warehouse.open import open_warehouse
from staycurrent.web.response import Response
from tests.support.folder import FIRST, SETTINGS, Ended, Folder, dns_page, rows
from tests.support.values import judged, night

CAPTURED, GONE = "https://captured.example/a", "https://gone.example/a"
HIDDEN, YOUNG = "https://hidden.example/a", "https://young.example/a"
LINKS = (CAPTURED, GONE, HIDDEN, YOUNG)
LIST = "".join(f"- [{number}]({url})\n" for number, url in enumerate(LINKS))
SEVENTH = 37
"""The stored nights begin on the 31st of the folder's."""


WEB = f"""
[[page]]
url = "https://web.archive.org/cdx/search/cdx?url=https%3A%2F%2Fcaptured.example%2Fa&*from=20261201*"
body = '[["timestamp","original","statuscode"],["20261203081522","{CAPTURED}","200"]]'
[[page]]
url = "https://web.archive.org/web/20261203081522id_/{CAPTURED}"
title = "Field notes"
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*"
body = "[]"
[[page]]
url = ["https://captured.example/", "https://gone.example/"]
title = "Home"
[[host]]
name = "hidden.example"
dns = "missing"
[[host]]
name = "dns.google"
tcp = "refused"
""" + "".join(
    dns_page("https://cloudflare-dns.com/dns-query", name, code, *address)
    for name, code, address in (
        ("hidden.example", 0, (93, 184, 216, 34)),
        ("canary-20261207.invalid", 3, ()),
    )
)


def laid_out(path: Path) -> Folder:
    """Before the seventh night of three links, and the first of a fourth."""
    folder = Folder(path)
    folder.write(listed=LIST, web=WEB)
    settings = path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    off = "[links.witness]\nenabled = false\n"
    assert off in SETTINGS
    settings.write_text(text.replace(off, ""), encoding="utf-8")
    with open_warehouse(folder.warehouse) as warehouse:
        for number in (1, 4):
            failing = {CAPTURED: Outcome.MISSING, GONE: Outcome.MISSING, HIDDEN: Outcome.DNS}
            judged(warehouse, number, failing)
    return folder


def play(path: Path) -> tuple[Ended, Ended]:
    """That night; and the same date once more."""
    folder = laid_out(path)
    return (
        folder.staycurrent("run", night=SEVENTH),
        folder.staycurrent("check", "--all", night=SEVENTH),
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Ended, Ended]:
    path = tmp_path_factory.mktemp("played")
    first, second = play(path)
    return Folder(path), first, second


def test_only_what_others_do_not_know_is_dead(played: tuple[Folder, Ended, Ended]) -> None:
    folder, ended, _ = played
    assert ended.code == 0, ended.err
    assert folder.verdicts(SEVENTH) == {
        CAPTURED: "suspect",
        GONE: "dead",
        HIDDEN: "suspect",
        YOUNG: "suspect",
    }
    assert folder.text.count("stay:dead") == 1


def test_witnesses_are_asked_after_shards_too(
    played: tuple[Folder, Ended, Ended], tmp_path: Path
) -> None:
    sharded = laid_out(tmp_path)
    sharded.check_in_shards(SEVENTH)
    assert sharded.verdicts(SEVENTH) == played[0].verdicts(SEVENTH)
    found = []
    for folder in (sharded, played[0]):
        with open_warehouse(folder.warehouse, read_only=True) as warehouse:
            found.append(witnesses.of_links(warehouse, LINKS))
    assert found[0] == found[1]


def test_the_questions_are_counted_and_not_asked_twice_on_a_date(
    played: tuple[Folder, Ended, Ended],
) -> None:
    folder, ended, again = played
    # captured: home, index, page; gone: home, index twice; hidden: two resolvers and the control
    assert "9 questions about 3 links about to be flagged, 2 seen well elsewhere" in ended.err
    assert "witnesses:" not in again.err
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        answers = witnesses.of_links(warehouse, LINKS)
    assert {
        link: [(one.witness, one.result) for one in found] for link, found in answers.items()
    } == {
        CAPTURED: [
            (Witness.HOME, WitnessResult.NOTHING),
            (Witness.ARCHIVE, WitnessResult.WELL),
        ],
        GONE: [
            (Witness.HOME, WitnessResult.NOTHING),
            (Witness.ARCHIVE, WitnessResult.NOTHING),
        ],
        HIDDEN: [(Witness.RESOLVER, WitnessResult.WELL)],
    }
    assert answers[CAPTURED][1].seen_on == night(3)


def test_no_date_is_promised_for_what_a_witness_holds_back(
    played: tuple[Folder, Ended, Ended],
) -> None:
    assert "run: not flagged yet: 1 failing link; " in played[1].err
    assert played[1].err.endswith("1 on 2026-12-13; 2 links held back by second witnesses\n")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("explain", CAPTURED), "held back: the Wayback Machine has a good capture of 2026-12-03"),
        (("explain", CAPTURED), "asked again on 2027-01-02"),
        (("explain", HIDDEN), "another resolver knew the name on 2026-12-07"),
        (("status",), "not found, the Wayback Machine has a good capture of 2026-12-03"),
        (("explain", GONE), "no good capture since then in the Wayback Machine"),
        (("report", "--out", "-"), "the Wayback Machine has a good capture of 2026-12-03"),
    ],
)
def test_a_witness_is_named(
    played: tuple[Folder, Ended, Ended], command: tuple[str, ...], expected: str
) -> None:
    folder = played[0]
    ended = folder.staycurrent(*command, night=SEVENTH)
    assert expected in ended.out, ended.err


def test_a_witness_in_shards_records_nothing_but_its_checks(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(listed="- [Typo](hhttps://typo.example/a)\n- [Good](https://good.example/)\n")
    folder.check_in_shards(1, vantage="laptop")
    assert rows(folder)["observations"] == []


async def test_all_stages_of_a_run_share_the_questions_to_registries(folder: Folder) -> None:
    folder.write(listed=LIST, settings="[links.rdap]\nper_run = 3\n")
    settings = folder.path / "staycurrent.toml"
    ctx = load_context(settings, fixed_clock(FIRST), Reporter(), environment={})
    asked: list[str] = []

    async def ask(url: str, **_: object) -> Response:
        asked.append(url)
        return Response(url, url, (), 0.1, status=404)

    with open_warehouse(folder.warehouse) as warehouse:
        for names in ("ab", "cd"):
            lookup = registration_lookup(ctx, warehouse, ask)
            for name in names:
                await lookup.of_host(f"{name}.com")
    domains = [url.rpartition("/")[2] for url in asked if "/domain/" in url]
    assert domains == ["a.com", "b.com", "c.com"]
