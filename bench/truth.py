"""How true the flags are: fifteen nights of a played list of 1,300 links, with lychee's."""

import argparse
import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from math import ceil
from pathlib import Path

from bench.played import played_list
from bench.tunnel import tunnel
from staycurrent.links.verdict import VerdictState
from staycurrent.web.replay.scenario import Ranges, Scenario
from tests.support.behaviours import (
    NIGHTS,
    PER_HOST,
    Case,
    Nightfall,
    Play,
    canaries,
    lay_out,
    together,
)
from tests.support.web_server import Server

PEER_NIGHT = 8
DEADLINE_S = 1
QUIET = 12
"""A night on which no host is down; the time-outs, redirects and second checks are in it."""
TRANSIENT = "passing"


@dataclass(frozen=True, slots=True)
class Score:
    """Right and wrong calls of one kind, and those that are missing."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the calls that are right."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else float("nan")

    @property
    def recall(self) -> float:
        """Share of what is there that is called."""
        return self.right / (self.right + self.missed) if self.right + self.missed else float("nan")


@dataclass(frozen=True, slots=True)
class One:
    """One link of the list with its label."""

    url: str
    case: Case
    family: str

    def is_dead_on(self, night: int) -> bool:
        """Whether it is truly dead then, known to us or not."""
        case = self.case
        if case.verdict != VerdictState.DEAD or night < case.begins:
            return False
        return case.then is None or night in Ranges.parse(case.stands)


def main(seed: int | None = None, deadline_s: float = DEADLINE_S) -> None:
    """Play, count, print; three to four minutes on two cores with other work to do."""
    listed = played_list(seed)
    links = [One(url, part.case, part.family) for part in listed.parts for url in part.case.urls]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder, [one.url for one in links])
        _patient(folder / "staycurrent.toml", deadline_s)
        scenario = together(listed.parts, canaries())
        with Server(_over(listed.above, scenario)) as server:
            play = Play(folder, server)
            began = time.perf_counter()
            play.go_on(range(1, NIGHTS + 1))
            seconds = time.perf_counter() - began
            _tell(links, play)
            print(f"{'fifteen nights over real sockets, s':64} {seconds:8.0f}")
            _beside(links, play, deadline_s)


def _patient(settings: Path, deadline_s: float) -> None:
    """The deadline that the peer has as well: a second is the least that it takes."""
    text = settings.read_text(encoding="utf-8")
    text = re.sub(
        r"^((?:connect_)?timeout_s) = .*$", rf"\1 = {deadline_s:.1f}", text, flags=re.MULTILINE
    )
    settings.write_text(text, encoding="utf-8")


def _over(above: Scenario, rest: Scenario) -> Scenario:
    return Scenario((*above.hosts, *rest.hosts), (*above.pages, *rest.pages))


def _tell(links: list[One], play: Play) -> None:
    nights = play.nights
    for number, night in nights.items():
        if night.sentence:
            print(f"night {number}: {night.sentence}")
    dead, usurped = (
        _called_so(links, nights, one) for one in (VerdictState.DEAD, VerdictState.USURPED)
    )
    moved = _moved(links, nights)
    kept = [one for one in links if one.family in ("blocked", TRANSIENT)]
    flagged = [one for one in kept if any(night.shown[one.url].flag for night in nights.values())]
    hosts = {one.case.hosts for one in links}
    print(f"a played list: {len(links)} links on {len(frozenset().union(*hosts))} hosts")
    _say("dead: precision (called so on any night)", dead.precision)
    _say(f"dead: recall (night {NIGHTS})", dead.recall)
    _say("  links truly dead", dead.right + dead.missed)
    _say(f"usurped, of {usurped.right + usurped.missed}: precision", usurped.precision)
    _say("usurped: recall", usurped.recall)
    _say("moved: suggestions exactly right, share", moved.precision)
    _say("moved: recall", moved.recall)
    _say(f"blocked and flaky links ever flagged, of {len(kept)}", len(flagged))
    _say(f"requests a link, night {QUIET}, canaries included", _requests(nights[QUIET], links))
    peak = max(play.server.peak(host) for host in play.server.addresses)
    _say(f"most requests at once at one host (limit {PER_HOST})", peak)
    for sentence in _wrong(links, nights):
        print(f"  misjudged: {sentence}")


def _called_so(links: Iterable[One], nights: Mapping[int, Nightfall], state: VerdictState) -> Score:
    """A link counts as called so if any night calls it so; too early is wrong as well."""
    right = wrong = missed = 0
    for one in links:
        called = _nights_called(one, nights, state)
        false = [night for night in called if not _may_be(state, one.case, night)]
        wrong += bool(false)
        if one.case.verdict == state and one.case.latest <= NIGHTS:
            found = bool(called) if one.case.then else NIGHTS in called
            right += found and not false
            missed += not found
    return Score(right, wrong, missed)


def _may_be(state: VerdictState, case: Case, night: int) -> bool:
    return case.verdict == state and night >= case.earliest


def _moved(links: Iterable[One], nights: Mapping[int, Nightfall]) -> Score:
    """What the last night suggests, and every link that any night wrongly calls moved."""
    right = wrong = missed = 0
    for one in links:
        called = _nights_called(one, nights, VerdictState.MOVED)
        if one.case.suggestion is None:
            wrong += bool(called) and VerdictState.MOVED not in (one.case.verdict, one.case.before)
            continue
        shown = nights[NIGHTS].shown[one.url]
        right += shown.suggestion == one.case.suggestion
        wrong += shown.suggestion not in (None, one.case.suggestion)
        missed += shown.suggestion is None
    return Score(right, wrong, missed)


def _nights_called(one: One, nights: Mapping[int, Nightfall], state: VerdictState) -> list[int]:
    return [number for number, night in nights.items() if night.shown[one.url].verdict is state]


def _requests(night: Nightfall, links: list[One]) -> float:
    return night.requests.total() / len(links)


def _wrong(links: Iterable[One], nights: Mapping[int, Nightfall]) -> Iterator[str]:
    """Every link that ends or is flagged otherwise than its label says."""
    for one in links:
        case, last = one.case, nights[NIGHTS].shown[one.url]
        flags = {
            number: night.shown[one.url].flag
            for number, night in nights.items()
            if night.shown[one.url].flag not in (None, case.flag, case.before)
        }
        expected = case.then or case.verdict
        called = _nights_called(one, nights, VerdictState.DEAD)
        early = [n for n in called if not _may_be(VerdictState.DEAD, case, n)]
        transient = one.family == TRANSIENT or case.stands
        if flags:
            yield f"{case.id}, {one.url[:70]}: flagged {flags}, it is {case.verdict}"
        elif early:
            yield f"{case.id}, {one.url[:70]}: called dead on nights {early}"
        elif last.verdict != expected and not transient and case.latest <= NIGHTS:
            yield f"{case.id}, {one.url[:70]}: {last.verdict} ({last.reason}), it is {expected}"
        elif case.suggestion not in (None, last.suggestion) and expected == VerdictState.MOVED:
            yield f"{case.id}: suggests {last.suggestion}, it should be {case.suggestion}"


def _beside(links: list[One], play: Play, deadline_s: float) -> None:
    """The peer's one check on a night, under the same labels."""
    program = shutil.which("lychee", path=str(Path(sys.executable).parent))
    if program is None:
        print("lychee is not installed: pip install -e '.[bench]'")
        return
    play.server.play(PEER_NIGHT)
    before = len(play.server.requests)
    began = time.perf_counter()
    broken = asyncio.run(_lychee(program, play, deadline_s))
    print(f"\nlychee's one check on night {PEER_NIGHT}, {time.perf_counter() - began:.0f} s")
    ours = {
        url
        for url, one in play.nights[PEER_NIGHT].shown.items()
        if one.verdict is VerdictState.DEAD
    }
    disputed = {one.url for one in links if one.case.verdict in ("blocked", "insecure")}
    rest = [one for one in links if one.url not in disputed]
    print(f"{'':48} {'ours':>10} {'lychee':>10}")
    for what, some in (("all links", links), ("without blocked and insecure ones", rest)):
        pair = [_called(some, called) for called in (ours, broken)]
        print(f"{'precision, ' + what:48} {pair[0].precision:10.3f} {pair[1].precision:10.3f}")
        print(f"{'recall, ' + what:48} {pair[0].recall:10.3f} {pair[1].recall:10.3f}")
    wrong = (one for one in links if one.url in broken and not one.is_dead_on(PEER_NIGHT))
    missed = (one for one in links if one.url not in broken and one.is_dead_on(PEER_NIGHT))
    asked = (len(play.server.requests) - before) / len(links)
    print(f"{'requests a link':48} {_requests(play.nights[PEER_NIGHT], links):10.3f} {asked:10.3f}")
    print(f"lychee, wrongly broken: {_behaviours(wrong)}")
    print(f"lychee, missed: {_behaviours(missed)}")


def _behaviours(links: Iterable[One]) -> str:
    counts = Counter(one.case.id.partition("#")[0] for one in links)
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _called(links: Iterable[One], called: set[str]) -> Score:
    pairs = [(one.is_dead_on(PEER_NIGHT), one.url in called) for one in links]
    return Score(
        sum(true and said for true, said in pairs),
        sum(said and not true for true, said in pairs),
        sum(true and not said for true, said in pairs),
    )


async def _lychee(program: str, play: Play, deadline_s: float) -> set[str]:
    """What lychee calls broken or timed out, of the addresses as they are in the list."""
    papers = play.folder / "ca.pem"
    papers.write_text(play.server.certificates.pem, encoding="utf-8")
    async with tunnel(play.server) as proxy:
        surroundings = {
            "PATH": os.environ["PATH"],
            "HOME": str(play.folder),
            "http_proxy": proxy,
            "https_proxy": proxy,
            "SSL_CERT_FILE": str(papers),
        }
        child = await asyncio.create_subprocess_exec(
            *(program, "--no-progress", "--format", "json", "--timeout", str(ceil(deadline_s))),
            *("--max-concurrency", "16", str(play.folder / "list.md")),
            env=surroundings,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        said, _ = await child.communicate()
    fields = json.loads(said)
    (play.folder / "lychee.json").write_bytes(said)
    found = chain.from_iterable(
        rows for kind in ("error_map", "timeout_map") for rows in fields[kind].values()
    )
    return {row["url"] for row in found}


def _say(what: str, number: float) -> None:
    print(f"{what:64} {number:8.3f}".removesuffix(".000"))


def _asked() -> tuple[int | None, float]:
    asked = argparse.ArgumentParser(prog="python -m bench.truth", description=__doc__)
    asked.add_argument("--seed", type=int, help="draw another list (default: shares.toml's)")
    asked.add_argument(
        "--deadline",
        type=float,
        default=DEADLINE_S,
        metavar="SECONDS",
        help="of a check; more than a second where the machine is busy (default: %(default)s)",
    )
    found = asked.parse_args()
    return found.seed, found.deadline


if __name__ == "__main__":
    main(*_asked())
