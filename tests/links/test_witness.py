"""Second witnesses before a link is dead: thirty nights in one world with them, and in bad ones."""

import asyncio
import base64
import json
import struct
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from itertools import count
from pathlib import Path
from typing import Unpack
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from staycurrent.links.forecast import forecast, rule_progress
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.rdap import Registration, RegistrationState
from staycurrent.links.settings import RecheckSettings, Rule, Rules, WitnessSettings
from staycurrent.links.verdict import VerdictState, conclude
from staycurrent.links.witness import Witness, WitnessAnswer, WitnessResult, describe
from staycurrent.links.witness_lookup import (
    WitnessLookup,
    dns_query,
    doubtful_link,
    parse_dns_answer,
    shows_content,
)
from staycurrent.web.response import Failure, RequestOptions, Response
from tests.support.behaviours import WITNESSES
from tests.support.values import api_response, failed, html, prose, to
from tests.support.web_server import impatient, played, written

FIRST = date(2026, 11, 1)
NIGHTS = 30
INDEX = "https://web.archive.org/cdx/search/cdx"
CONTENT = html("Field notes", prose(300))
ERROR = html("Page not found", "The page that you are looking for was not found.")
PUBLIC, PRIVATE = bytes([93, 184, 216, 34]), bytes([127, 0, 0, 1])


def day(night: int) -> date:
    return FIRST + timedelta(days=night - 1)


def moment(night: int) -> datetime:
    return datetime(2026, 11, 1, 2, tzinfo=UTC) + timedelta(days=night - 1)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of a link, and what others know of it: a case of `witnesses.toml`."""

    id: str = ""
    what: str = ""
    links: int = 1
    outcome: Outcome = Outcome.MISSING
    """What we are told, every night from `begins` on."""
    begins: int = 1
    captured_every: int = 0
    """Nights between captures that show content; 0: none."""
    errors_captured: bool = False
    """Captured each night, with 200 and the words of an error page."""
    home: int = 200
    home_captured: bool = False
    name: WitnessResult = WitnessResult.GONE
    """What other resolvers say."""
    is_free: bool = False
    dead_after: int | None = None
    """Nights after which it is dead; None: it lives, and fails for this machine only."""


CASES = msgspec.convert(tomllib.loads(WITNESSES.read_text(encoding="utf-8"))["case"], list[Fate])
FATES = {
    f"{case.id}_{number}".replace("_", "-"): replace(
        case, begins=1 + number if case.dead_after or case.outcome is Outcome.DNS else 1
    )
    for case in CASES
    for number in range(case.links)
}
LIVING = {name: fate for name, fate in FATES.items() if fate.dead_after is None}
"""12 of 100 living links; 88 are well."""
DEAD = {name: fate for name, fate in FATES.items() if fate.dead_after is not None}
"""What is gone for everybody."""


class World(Enum):
    """How the witnesses are."""

    GOOD = "good"
    DOWN = "down"
    LIMITED = "rate limits"
    WRONG = "answers that are none"
    LYING = "captures of error pages, private addresses, foreign domains"


@dataclass
class Witnesses:
    """Plays the archive, resolvers and registries of one world."""

    world: World
    fates: Mapping[str, Fate]
    night: int = 1
    asked: dict[int, int] = field(default_factory=dict)

    async def ask(self, url: str, **_: Unpack[RequestOptions]) -> Response:
        self.asked[self.night] = self.asked.get(self.night, 0) + 1
        match self.world:
            case World.DOWN:
                return failed(url, Failure.TIMEOUT)
            case World.LIMITED:
                return api_response(url, 429)
            case World.WRONG:
                return api_response(url, 200, b'{"error": "try later"}')
        parts = urlsplit(url)
        if "dns" in (query := parse_qs(parts.query)):
            return self._resolve(url, query["dns"][0])
        if parts.path.startswith("/cdx/"):
            return self._captures(url, query["url"][0], query["from"][0])
        is_error = self.world is World.LYING or self._fate(url.partition("id_/")[2]).errors_captured
        kind = {"content-type": "text/html"}
        return api_response(url, 200, ERROR if is_error else CONTENT, headers=kind)

    def _fate(self, url: str) -> Fate:
        return self.fates[(urlsplit(url).hostname or "").partition(".")[0]]

    def _captures(self, url: str, target: str, since: str) -> Response:
        fate = self._fate(target)
        every = 1 if fate.errors_captured or self.world is World.LYING else fate.captured_every
        if urlsplit(target).path == "/":
            every = 3 if fate.home_captured else every
        nights = range(1, self.night, every) if every else ()
        times = [f"{day(night):%Y%m%d}120000" for night in nights]
        rows = [["timestamp", "original", "statuscode"]]
        rows += [[time, target, "200"] for time in times if time >= since]
        return api_response(url, 200, rows)

    def _resolve(self, url: str, encoded: str) -> Response:
        query = base64.urlsafe_b64decode(encoded + "==")
        name = query[13 : 13 + query[12]].decode()
        known = self.fates.get(name, Fate()).name is WitnessResult.WELL
        if self.world is World.LYING:
            return dns_response(url, query, 0, PRIVATE)
        return dns_response(url, query, 0, PUBLIC) if known else dns_response(url, query, 3)

    async def registration(self, host: str) -> Registration | None:
        state = RegistrationState.REGISTERED
        if self.world is not World.GOOD:
            state = RegistrationState.UNKNOWN
        elif self._fate(f"https://{host}/").is_free:
            state = RegistrationState.FREE
        return Registration(host, day(self.night), state)

    async def fetch_page(self, url: str) -> Response:
        return api_response(url, self._fate(url).home, CONTENT)


def dns_response(url: str, query: bytes, code: int, *addresses: bytes) -> Response:
    head = struct.pack("!6H", 0, 0x8180 | code, 1, len(addresses), 0, 0)
    records = b"".join(b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 60, 4) + one for one in addresses)
    kind = {"content-type": "application/dns-message"}
    return api_response(url, 200, head + query[12:] + records, headers=kind)


@dataclass
class Story:
    """Thirty nights: on which night each link was dead, and for how many questions."""

    died: dict[str, int]
    asked: dict[int, int]


async def live(world: World | None, fates: Mapping[str, Fate]) -> Story:
    """Play the nights; None: without witnesses, by the nights of the rules alone."""
    others = Witnesses(world or World.GOOD, fates)
    links = {name: to(f"https://{name}.example/page") for name in fates}
    histories: dict[str, list[Observation]] = {name: [] for name in fates}
    answers: dict[str, list[WitnessAnswer]] = {name: [] for name in fates}
    died: dict[str, int] = {}
    for night in range(1, NIGHTS + 1):
        others.night = night
        lookup = WitnessLookup(
            others.ask,
            others.fetch_page,
            others.registration,
            INDEX,
            WitnessSettings(),
            lambda at=night: moment(at),  # type: ignore[misc]
            day(night),
        )
        for name, fate in fates.items():
            if night < fate.begins or name in died:
                continue
            key, history, known = links[name].key, histories[name], answers[name]
            status = 404 if fate.outcome is Outcome.MISSING else None
            history.append(
                Observation(key, day(night), moment(night), fate.outcome, "page", status)
            )
            due = doubtful_link(links[name], history, Rules(), None, known, is_unproven=True)
            if due is not None and world is not None:
                known += await lookup.answers(due)
            if conclude(key, history, Rules(), known).verdict.state is VerdictState.DEAD:
                died[name] = night - fate.begins + 1
    return Story(died, others.asked)


@cache
def story(world: World | None) -> Story:
    one_of_each = {name: fate for name, fate in DEAD.items() if name.endswith("-0")}
    dead = DEAD if world in (World.GOOD, None) else one_of_each
    return asyncio.run(live(world, {**LIVING, **dead}))


def test_of_those_that_fail_for_us_alone_none_is_dead_in_thirty_nights() -> None:
    assert {name: night for name, night in story(World.GOOD).died.items() if name in LIVING} == {}
    assert story(None).died.keys() >= LIVING.keys()  # and without witnesses all would be


def test_the_dead_are_dead_in_the_usual_time() -> None:
    died = story(World.GOOD).died
    in_time = [name for name, fate in DEAD.items() if died.get(name) == fate.dead_after]
    assert len(in_time) >= 0.95 * len(DEAD), {name: died.get(name) for name in DEAD}


@pytest.mark.parametrize("world", [one for one in World if one is not World.GOOD])
def test_bad_witnesses_flag_nothing_sooner_and_hold_nothing_for_ever(world: World) -> None:
    died, alone = story(world).died, story(None).died
    patience = Rules().witness.patience_days
    assert died.keys() >= LIVING.keys()
    for name, nights in died.items():
        longest = Rules().weak.nights if FATES[name].home == 404 else alone[name]
        assert alone[name] <= nights <= longest + patience, name


def test_a_run_asks_a_few_questions_and_those_that_are_down_three_times_each() -> None:
    most = max(story(World.GOOD).asked.values())
    assert most <= WitnessSettings().per_run
    assert max(story(World.DOWN).asked.values()) <= 3 * WitnessSettings().patience


def test_an_archive_that_asks_us_to_stop_is_asked_once_and_the_reason_is_noted_once() -> None:
    lookup = lookup_of(Fate(), 7, World.LIMITED)
    due = doubtful_link(to(PAGE), failing(), Rules(), None, (), is_unproven=False)
    assert due is not None
    for _ in range(2):
        assert [one.result for one in asyncio.run(lookup.answers(due))] == [U]
    assert (lookup.asked, lookup.notes) == (1, ["the archive: asked to come back later"])


def test_a_resolver_that_does_not_answer_is_asked_once_while_another_does() -> None:
    lookup, asked = lookup_of(Fate(), 7), list[str | None]()
    answers_of_all = lookup.ask

    async def ask(url: str, **options: Unpack[RequestOptions]) -> Response:
        asked.append(urlsplit(url).hostname)
        is_down = asked[-1] == "dns.google"
        return failed(url, Failure.TIMEOUT) if is_down else await answers_of_all(url, **options)

    lookup.ask = ask
    lost = doubtful_link(
        to(PAGE), failing(outcome=Outcome.DNS), Rules(), None, (), is_unproven=False
    )
    assert lost is not None
    for _ in range(2):
        first, *_ = asyncio.run(lookup.answers(lost))
        assert (first.witness, first.result) == (Witness.RESOLVER, G)
    resolvers = [host for host in asked if host != "web.archive.org"]
    assert resolvers == ["dns.google", "cloudflare-dns.com", "cloudflare-dns.com"]


@pytest.mark.parametrize(("status", "asked"), [(502, 4), (503, 4), (404, 4), (429, 2)])
def test_a_capture_that_the_archive_does_not_show_is_no_word_on_the_page(
    status: int, asked: int
) -> None:
    lookup = lookup_of(Fate(captured_every=6), 7)
    index = lookup.ask

    async def ask(url: str, **options: Unpack[RequestOptions]) -> Response:
        is_index = url.startswith(INDEX)
        return await index(url, **options) if is_index else api_response(url, status)

    lookup.ask = ask
    due = doubtful_link(to(PAGE), failing(), Rules(), None, (), is_unproven=False)
    assert due is not None
    for _ in range(2):
        assert [one.result for one in asyncio.run(lookup.answers(due))] == [U]
    assert lookup.asked == asked


def test_where_a_capture_is_not_shown_one_of_the_home_page_holds_back_what_never_answered() -> None:
    lookup = lookup_of(Fate(captured_every=6, home_captured=True), 14)
    answers_of_all = lookup.ask

    async def ask(url: str, **options: Unpack[RequestOptions]) -> Response:
        is_page = url.endswith(f"id_/{PAGE}")
        return api_response(url, 404) if is_page else await answers_of_all(url, **options)

    lookup.ask = ask
    silent = failing((1, 7, 14), Outcome.TIMEOUT)
    due = doubtful_link(to(PAGE), silent, Rules(), None, (), is_unproven=True)
    assert due is not None
    answers = asyncio.run(lookup.answers(due))
    assert [(one.witness, one.result) for one in answers] == [
        (Witness.ARCHIVE, U),
        (Witness.ARCHIVED_HOME, W),
    ]
    assert conclude(PAGE, silent, Rules(), answers).verdict.state is VerdictState.SUSPECT


def test_a_night_without_a_death_asks_at_most_a_twentieth_more() -> None:
    """What is held back is asked about again; it is checked twice every night."""
    played = story(World.GOOD)
    first = max(FATES[name].begins + nights for name, nights in played.died.items())
    quiet = range(first, NIGHTS + 1)
    well = 100 - len(LIVING)
    requests = len(quiet) * (2 * len(LIVING) + well / RecheckSettings().alive_every)
    asked = sum(played.asked.get(night, 0) for night in quiet)
    assert len(quiet) >= 10
    assert 0 < asked <= requests / 20


@pytest.mark.parametrize(
    ("settings", "step", "note"),
    [
        (WitnessSettings(per_run=2), 0, "only 2 questions a run"),
        (WitnessSettings(budget_s=60.0), 10, "out of time after 60 s"),
    ],
)
def test_questions_that_a_run_has_no_room_for_wait_and_flag_nothing(
    settings: WitnessSettings, step: int, note: str
) -> None:
    others, clock = Witnesses(World.GOOD, DEAD), count(step=step)
    others.night = 7

    async def ask() -> list[WitnessAnswer]:
        lookup = WitnessLookup(
            others.ask,
            others.fetch_page,
            others.registration,
            INDEX,
            settings,
            lambda: moment(7) + timedelta(seconds=next(clock)),
            day(7),
        )
        found: list[WitnessAnswer] = []
        for name in ("missing-for-everybody-0", "missing-for-everybody-1"):
            due = doubtful_link(
                to(f"https://{name}.example/page"), failing(), Rules(), None, (), is_unproven=False
            )
            assert due is not None
            found += await lookup.answers(due)
        assert lookup.notes == [note]
        return found

    first, second = asyncio.run(ask())
    assert (first.result, second.result) == (WitnessResult.NOTHING, WitnessResult.UNREACHED)
    assert state([first]) is VerdictState.DEAD
    assert state([second]) is VerdictState.SUSPECT


def lookup_of(fate: Fate, night: int, world: World = World.GOOD) -> WitnessLookup:
    """The questions of a night, about links of the host `site.example`."""
    others = Witnesses(world, {"site": fate, "site.example": fate}, night)
    return WitnessLookup(
        others.ask,
        others.fetch_page,
        others.registration,
        INDEX,
        WitnessSettings(),
        lambda: moment(night),
        day(night),
    )


def test_a_capture_from_before_the_first_failure_says_nothing_whatever_refused_us_since() -> None:
    refused = failing((2, 5, 8), Outcome.BLOCKED, 403)
    history = [*refused, *failing((11, 14, 17))]
    due = doubtful_link(to(PAGE), history, Rules(), None, (), is_unproven=False)
    assert due is not None
    before, after = (
        asyncio.run(lookup_of(Fate(captured_every=every), 17).answers(due)) for every in (8, 6)
    )
    assert [one.result for one in before] == [WitnessResult.NOTHING]  # captured on night 9
    assert [(one.result, one.seen_on) for one in after] == [(WitnessResult.WELL, day(13))]


@pytest.mark.parametrize(
    ("asked", "said"), [(5, []), (6, [("registry", day(6))]), (8, [("registry", day(8))])]
)
def test_a_free_domain_is_believed_if_the_registry_was_asked_in_this_streak(
    asked: int, said: list[tuple[str, date]]
) -> None:
    history = failing((6, 7, 8), Outcome.DNS)
    due = doubtful_link(to(PAGE), history, Rules(), None, (), is_unproven=False)
    assert due is not None
    lookup = lookup_of(Fate(), 8)

    async def kept(host: str) -> Registration:
        return Registration(host, day(asked), RegistrationState.FREE)

    lookup.registration = kept
    answers = asyncio.run(lookup.answers(due))
    assert [(one.witness, one.run_date) for one in answers] == [("resolver", day(8)), *said]


PAGE = "https://site.example/page"


def failing(
    nights: Sequence[int] = (1, 4, 7), outcome: Outcome = Outcome.MISSING, status: int = 404
) -> list[Observation]:
    return [Observation(PAGE, day(n), moment(n), outcome, "page", status) for n in nights]


def answer(
    result: WitnessResult, night: int, witness: Witness = Witness.ARCHIVE, seen: int | None = None
) -> WitnessAnswer:
    return WitnessAnswer(PAGE, day(night), witness, result, None if seen is None else day(seen))


def state(answers: Sequence[WitnessAnswer], nights: Sequence[int] = (1, 4, 7)) -> VerdictState:
    return conclude(PAGE, failing(nights), Rules(), answers).verdict.state


W, N, G, U = WitnessResult.WELL, WitnessResult.NOTHING, WitnessResult.GONE, WitnessResult.UNREACHED


@pytest.mark.parametrize(
    ("answers", "nights", "expected"),
    [
        ((), (1, 4, 7), VerdictState.DEAD),
        ([answer(N, 7)], (1, 4, 7), VerdictState.DEAD),
        ([answer(W, 7, seen=3)], (1, 4, 7), VerdictState.SUSPECT),
        ([answer(W, 7, seen=3)], (1, 4, 32), VerdictState.SUSPECT),
        ([answer(W, 7, seen=3)], (1, 4, 33), VerdictState.DEAD),  # and asked again that night
        ([answer(U, 7)], (1, 4, 7, 13), VerdictState.SUSPECT),
        ([answer(U, 7)], (1, 4, 7, 14), VerdictState.DEAD),
        ([answer(U, 7), answer(N, 10)], (1, 4, 10), VerdictState.DEAD),
        ([answer(N, 7), answer(U, 10)], (1, 4, 10), VerdictState.SUSPECT),
        ([answer(G, 7, Witness.HOME)], (1, 4, 13), VerdictState.SUSPECT),
        ([answer(G, 7, Witness.HOME), answer(N, 14)], (1, 4, 14), VerdictState.DEAD),
        ([answer(W, 7, Witness.RESOLVER, 7)], (1, 4, 7), VerdictState.DEAD),  # it is there, and 404
    ],
)
def test_what_an_answer_holds_back_and_for_how_long(
    answers: Sequence[WitnessAnswer], nights: Sequence[int], expected: VerdictState
) -> None:
    assert state(answers, nights) is expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        # after the death nobody is asked, so that no silence since then is known
        (
            [answer(U, 7), answer(U, 14)],
            "the Wayback Machine gave no answer (first asked 2026-11-07)",
        ),
        (
            [answer(U, 7), answer(U, 14, Witness.ARCHIVED_HOME)],
            "the Wayback Machine gave no answer (first asked 2026-11-07)",
        ),
        ([answer(N, 14), answer(U, 14, Witness.ARCHIVED_HOME)], "no good capture since then"),
    ],
)
def test_a_death_names_an_answer_or_when_one_was_asked_for_in_vain(
    answers: Sequence[WitnessAnswer], expected: str
) -> None:
    history = failing((1, 7, 14), Outcome.TIMEOUT)
    verdict = conclude(PAGE, history, Rules(), answers).verdict
    assert verdict.state is VerdictState.DEAD
    assert expected in describe(verdict.witness)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([answer(G, 3, Witness.RESOLVER), answer(G, 3, Witness.REGISTRY)], VerdictState.DEAD),
        ([answer(G, 3, Witness.REGISTRY)], VerdictState.SUSPECT),
        ([answer(G, 3, Witness.RESOLVER)], VerdictState.SUSPECT),
    ],
)
def test_only_a_name_that_nobody_knows_or_has_registered_is_dead_sooner(
    answers: Sequence[WitnessAnswer], expected: VerdictState
) -> None:
    history = failing((1, 2, 3), Outcome.DNS)
    assert conclude(PAGE, history, Rules(), answers).verdict.state is expected
    one_night = Rules(unregistered=Rule(checks=3, nights=4))
    assert conclude(PAGE, history, one_night, answers).verdict.state is VerdictState.SUSPECT


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((), VerdictState.DEAD),
        ([answer(W, 14, seen=9)], VerdictState.SUSPECT),
        ([answer(W, 14, Witness.ARCHIVED_HOME, seen=9)], VerdictState.SUSPECT),
        ([answer(N, 14)], VerdictState.DEAD),
        ([answer(U, 14)], VerdictState.DEAD),  # two weeks are enough without the archive
        ([answer(W, 14, Witness.RESOLVER, 14)], VerdictState.DEAD),  # the name was never in doubt
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.RESET, Outcome.SERVER_ERROR])
def test_a_page_that_does_not_answer_us_is_held_back_by_a_capture_only(
    answers: Sequence[WitnessAnswer], expected: VerdictState, outcome: Outcome
) -> None:
    history = failing((1, 7, 14), outcome, 500)
    assert conclude(PAGE, history, Rules(), answers).verdict.state is expected


@pytest.mark.parametrize(
    ("outcome", "answers", "later"),
    [
        (Outcome.MISSING, [answer(W, 7, seen=5)], Outcome.TIMEOUT),
        (Outcome.MISSING, [answer(W, 7, seen=5)], Outcome.TLS),
        (Outcome.MISSING, [answer(W, 7, seen=5)], Outcome.PARKED),
        (Outcome.MISSING, [answer(U, 7)], Outcome.TIMEOUT),
        (Outcome.MISSING, [answer(G, 7, Witness.HOME)], Outcome.TLS),
        (Outcome.DNS, [answer(W, 7, Witness.RESOLVER, 7)], Outcome.DNS_TROUBLE),
    ],
)
def test_one_failure_of_another_kind_does_not_undo_what_a_witness_says(
    outcome: Outcome, answers: Sequence[WitnessAnswer], later: Outcome
) -> None:
    history = [*failing(outcome=outcome), *failing((8,), later)]
    assert conclude(PAGE, history, Rules(), answers).verdict.state is VerdictState.SUSPECT


def test_a_page_that_says_for_a_week_that_it_is_missing_is_held_back_by_nobody() -> None:
    history = [*failing(), *failing((8, 11, 14), Outcome.SOFT_MISSING, 200)]
    concluded = conclude(PAGE, history, Rules(), [answer(W, 7, seen=5)])
    assert concluded.verdict.state is VerdictState.DEAD


@pytest.mark.parametrize(
    ("flagged", "answers", "later", "expected"),
    [
        (
            failing((1, 7, 14), Outcome.TIMEOUT),
            [answer(U, 14)],
            failing((15,)),
            VerdictState.DEAD,
        ),
        (
            failing((1, 2, 3), Outcome.DNS),
            [answer(G, 3, Witness.RESOLVER), answer(G, 3, Witness.REGISTRY)],
            failing((4,), Outcome.DNS_TROUBLE),
            VerdictState.DEAD,
        ),
        (
            failing((1, 4, 7), Outcome.TLS),
            [answer(W, 14, seen=9)],
            failing((8, 11, 14)),
            VerdictState.INSECURE,
        ),
    ],
    ids=("time-outs", "free domain", "certificate"),
)
def test_a_flag_that_was_written_stays_when_the_link_fails_in_another_way(
    flagged: list[Observation],
    answers: Sequence[WitnessAnswer],
    later: list[Observation],
    expected: VerdictState,
) -> None:
    for history in (flagged, [*flagged, *later]):
        assert conclude(PAGE, history, Rules(), answers).verdict.state is expected


@pytest.mark.parametrize(
    ("outcome", "status", "is_unproven", "asks"),
    [
        (Outcome.TIMEOUT, 0, True, True),
        (Outcome.DNS_TROUBLE, 0, True, True),
        (Outcome.TIMEOUT, 0, False, False),  # the host is well, or was
        (Outcome.SERVER_ERROR, 500, True, False),  # it answers this machine
        (Outcome.SERVER_ERROR, 404, False, True),
    ],
)
def test_the_home_page_s_capture_counts_where_the_host_never_answers_us(
    outcome: Outcome, status: int, *, is_unproven: bool, asks: bool
) -> None:
    history = failing((1, 7, 14), outcome, status)
    due = doubtful_link(to(PAGE), history, Rules(), None, (), is_unproven=is_unproven)
    assert due is not None
    assert (due.is_due, due.without_home, due.asks_home) == (True, asks, False)


@pytest.mark.parametrize(("home", "asks"), [(U, True), (N, False), (G, False)])
def test_a_home_page_that_the_run_could_not_ask_for_is_asked_for_in_the_next(
    home: WitnessResult, *, asks: bool
) -> None:
    history, answers = failing((1, 4, 7, 14)), [answer(home, 7, Witness.HOME), answer(U, 7)]
    due = doubtful_link(to(PAGE), history, Rules(), None, answers, is_unproven=True)
    assert due is not None
    assert due.asks_home is asks


def test_410_is_believed_whatever_the_archive_has() -> None:
    history = failing((1, 2), Outcome.GONE, 410)
    concluded = conclude(PAGE, history, Rules(), [answer(W, 2, seen=2)])
    assert concluded.verdict.state is VerdictState.DEAD


def test_an_answer_about_an_earlier_streak_says_nothing_about_this_one() -> None:
    well = Observation(PAGE, day(8), moment(8), Outcome.OK, "page", 200)
    history = [*failing(), well, *failing((9, 12, 15))]
    assert conclude(PAGE, history, Rules(), [answer(W, 7, seen=5)]).verdict.state is (
        VerdictState.DEAD
    )


def test_what_holds_a_death_back_is_named_with_the_day_on_which_it_may_end() -> None:
    concluded = conclude(PAGE, failing(), Rules(), [answer(W, 7, seen=3)])
    assert describe(concluded.verdict.witness) == (
        "the Wayback Machine has a good capture of 2026-11-03"
    )
    assert forecast(concluded, failing(), Rules(), day(10)) == (
        "held back: the Wayback Machine has a good capture of 2026-11-03; asked again on "
        "2026-12-03 at the earliest; one successful check clears the streak"
    )
    silent = conclude(PAGE, failing(), Rules(), [answer(U, 7)])
    said = forecast(silent, failing(), Rules(), day(8))
    assert "without an answer dead on 2026-11-14 at the earliest" in said


@pytest.mark.parametrize(
    ("later", "then"),
    [
        (Outcome.GONE, "dead on 2026-11-09 at the earliest, after 1 more such check"),
        (Outcome.PARKED, "dead on 2026-11-14 at the earliest, after 2 more such checks"),
        (Outcome.TLS, "insecure on 2026-11-14 at the earliest, after 2 more such checks"),
        (Outcome.TIMEOUT, "asked again on 2026-12-03 at the earliest"),
    ],
)
def test_what_no_witness_holds_back_may_end_the_wait(later: Outcome, then: str) -> None:
    history, answers = [*failing(), *failing((8,), later)], [answer(W, 7, seen=3)]
    concluded = conclude(PAGE, history, Rules(), answers)

    assert forecast(concluded, history, Rules(), day(9)) == (
        "held back: the Wayback Machine has a good capture of 2026-11-03; "
        f"{then}; one successful check clears the streak"
    )
    progress = rule_progress(concluded, history, Rules(), day(9))
    counted = [seen for seen in history if seen.outcome in (Outcome.MISSING, Outcome.GONE)]
    assert progress is not None
    assert (progress.name, len(progress.counted), progress.earliest) == ("hard", len(counted), None)


def test_a_page_that_says_that_it_is_missing_is_forecast_where_its_home_is_missing_too() -> None:
    history = [*failing((1, 7, 14)), *failing((15,), Outcome.SOFT_MISSING, 200)]
    answers = [answer(G, 14, Witness.HOME), answer(W, 14, seen=13)]
    said = forecast(conclude(PAGE, history, Rules(), answers), history, Rules(), day(16))
    assert "dead on 2026-11-21 at the earliest, after 2 more such checks" in said
    history += failing((18, 21), Outcome.SOFT_MISSING, 200)
    assert conclude(PAGE, history, Rules(), answers).verdict.state is VerdictState.DEAD


def test_a_name_that_another_resolver_knows_is_not_said_to_be_dead_sooner() -> None:
    history = failing((1, 2, 3), Outcome.DNS)
    concluded = conclude(PAGE, history, Rules(), [answer(W, 3, Witness.RESOLVER, 3)])
    said = forecast(concluded, history, Rules(), day(4))
    assert said.startswith("dead on 2026-11-07 at the earliest, after 1 more such check;")


QUERY = dns_query("site.example")
assert QUERY is not None
GOOD = dns_response(INDEX, QUERY, 0, PUBLIC)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (GOOD.body, WitnessResult.WELL),
        (dns_response(INDEX, QUERY, 3).body, WitnessResult.GONE),
        (dns_response(INDEX, QUERY, 0).body, WitnessResult.NOTHING),
        (dns_response(INDEX, QUERY, 0, PRIVATE).body, WitnessResult.NOTHING),
        (dns_response(INDEX, QUERY, 2).body, None),  # SERVFAIL
        (QUERY, None),  # the question itself
        (GOOD.body[:-7], None),
        (GOOD.body[:12], None),
        (GOOD.body.replace(b"site", b"else"), None),
        (b"", None),
        (json.dumps({"Status": 3}).encode(), None),
    ],
)
def test_what_a_resolver_says_of_a_name(body: bytes, expected: WitnessResult | None) -> None:
    assert QUERY is not None
    kind = {"content-type": "application/dns-message"}
    assert parse_dns_answer(api_response(INDEX, 200, body, headers=kind), QUERY) is expected
    assert parse_dns_answer(api_response(INDEX, 200, body), QUERY) is None


def test_a_name_that_dns_cannot_carry_is_not_asked() -> None:
    assert dns_query("a" * 64 + ".example") is None
    assert dns_query("a..example") is None


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (CONTENT, 200, True),
        (ERROR, 200, False),
        (CONTENT, 404, False),
        (html("site.example", "This domain is for sale. Buy this domain."), 200, False),
        (html("Just a moment...", "Checking your browser. You are not a robot?"), 200, False),
    ],
)
def test_a_capture_of_an_error_page_does_not_show_that_the_page_is_well(
    body: bytes,
    status: int,
    expected: bool,  # noqa: FBT001
) -> None:
    kind = {"content-type": "text/html"}
    assert shows_content(api_response(PAGE, status, body, headers=kind)) is expected


async def test_witnesses_answer_over_sockets(tmp_path: Path) -> None:
    """The archive knows one page, and a resolver a name that the other does not answer for."""
    assert QUERY is not None
    encoded = base64.urlsafe_b64encode(QUERY).rstrip(b"=").decode()
    scenario = written(
        tmp_path,
        f"""
first_night = 2026-11-01
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*"
body = '[["timestamp","original","statuscode"],["20261105081522","{PAGE}","200"]]'
[[page]]
url = "https://web.archive.org/web/20261105081522id_/*"
title = "Field notes"
[[host]]
name = "dns.google"
tcp = "refused"
[[page]]
url = "https://cloudflare-dns.com/dns-query?dns={encoded}"
headers = {{ content-type = "application/dns-message" }}
encoding = "latin-1"
body = "{"".join(chr(92) + f"u{byte:04x}" for byte in dns_response(INDEX, QUERY, 3).body)}"
""",
    )
    with played(scenario) as it:
        web = it.web(replace(impatient(), timeout_s=30.0, connect_timeout_s=10.0))

        async def registration(host: str) -> Registration:
            return Registration(host, day(7), RegistrationState.FREE)

        lookup = WitnessLookup(
            web.request,
            web.request,
            registration,
            INDEX,
            WitnessSettings(),
            lambda: moment(7),
            day(7),
        )
        found = [
            await lookup.answers(due)
            for history in (failing(), failing((1, 2, 7), Outcome.DNS, 0))
            if (due := doubtful_link(to(PAGE), history, Rules(), None, (), is_unproven=False))
        ]
    assert found == [
        [answer(W, 7, seen=5)],
        [answer(G, 7, Witness.RESOLVER), answer(G, 7, Witness.REGISTRY)],
    ]
    assert lookup.asked == 4
