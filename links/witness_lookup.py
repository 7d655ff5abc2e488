"""Asks second witnesses about links that are about to be flagged: one question after the other."""

import base64
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import IPv4Address
from urllib.parse import urlencode

from staycurrent.links import wayback
from staycurrent.links.classification import is_missing
from staycurrent.links.link import Link
from staycurrent.links.moves import is_home
from staycurrent.links.observation import NO_RESPONSE, Observation, Outcome
from staycurrent.links.page.analysis import analyse_page
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.providers.base import unavailable
from staycurrent.links.rdap import Registration, RegistrationState
from staycurrent.links.settings import Rules, WitnessSettings
from staycurrent.links.verdict import (
    Verdict,
    VerdictState,
    conclude,
    counted_by,
    satisfies,
    since_last_success,
)
from staycurrent.links.witness import (
    Witness,
    WitnessAnswer,
    WitnessResult,
    has_lost_name,
    has_no_home,
    in_streak,
    is_doubtful,
    latest,
    lost_name,
)
from staycurrent.web.response import Fetch, Response

_DNS_TYPE = "application/dns-message"
_A, _INTERNET = 1, 1
_NO_ERROR, _NO_SUCH_NAME = 0, 3
_MAX_CAPTURE_BYTES = 1_000_000
"""Of a captured page; what says that it is an error page comes first."""


def dns_query(name: str) -> bytes | None:
    """A question for the IPv4 addresses of a name (RFC 1035 section 4.1); None if it cannot be.

    The ID is 0, as RFC 8484 section 4.1 recommends.
    """
    labels = name.rstrip(".").encode("ascii", "replace").split(b".")
    if not all(0 < len(label) < 64 for label in labels) or len(name) > 253:
        return None
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!6H", 0, 0x0100, 1, 0, 0, 0) + question + struct.pack("!2H", _A, _INTERNET)


def parse_dns_answer(response: Response, query: bytes) -> WitnessResult | None:
    """Whether a name exists, by the answer of a resolver over HTTPS; None if it cannot be used.

    Only a public address is believed: resolvers that block a name invent others.
    """
    kind, body = response.headers.get("content-type", ""), response.body
    if response.failure is not None or response.status != 200 or kind != _DNS_TYPE:
        return None
    asked = query[12:]
    if len(body) < 12 or body[12 : 12 + len(asked)].lower() != asked.lower():
        return None
    ident, flags, questions, answers, _, _ = struct.unpack("!6H", body[:12])
    code = flags & 0xF
    if ident != 0 or not flags & 0x8000 or questions != 1 or code not in (_NO_ERROR, _NO_SUCH_NAME):
        return None
    if code == _NO_SUCH_NAME:
        return WitnessResult.GONE
    try:
        found = _addresses(body, 12 + len(asked), answers)
    except (IndexError, struct.error):
        return None
    is_public = any(IPv4Address(address).is_global for address in found)
    return WitnessResult.WELL if is_public else WitnessResult.NOTHING


def _addresses(body: bytes, offset: int, count: int) -> list[bytes]:
    """The IPv4 addresses of the answers that begin at an offset."""
    found: list[bytes] = []
    for _ in range(count):
        while 0 < body[offset] < 0xC0:  # labels, up to the root or to a pointer
            offset += body[offset] + 1
        offset += 2 if body[offset] >= 0xC0 else 1
        kind, kind_of_class, _, length = struct.unpack_from("!2HIH", body, offset)
        offset += 10 + length
        if (kind, kind_of_class, length) == (_A, _INTERNET, 4):
            found.append(body[offset - 4 : offset])
    return found


def shows_content(response: Response) -> bool:
    """Whether a captured page is content: no error page, wall, parked domain or casino.

    The archive keeps the status that it was sent, and pages that say "not found" come with 200.
    """
    if response.failure is not None or response.status != 200 or response.hops:
        return False
    analysis = analyse_page(response, Baseline())
    signals = analysis.signals
    is_parked = signals.for_sale or signals.parking_markup
    is_other = signals.says_missing or signals.speaks_of_robots or signals.spam_trade
    return analysis.classification.outcome is Outcome.OK and not (is_parked or is_other)


@dataclass(frozen=True, slots=True)
class DoubtfulLink:
    """A link that is about to be flagged, and what its witnesses have to know."""

    link: Link
    failures: Sequence[Observation]
    """The negative observations of its streak; not empty."""
    asks_home: bool
    """Whether its host never answered otherwise, so that its home page is a control page."""
    without_home: bool
    """Whether the host answers 404 for its home page too, or has never answered this machine."""
    is_due: bool
    """Whether it would be dead now; False: only its name is asked about."""
    is_due_without_home: bool
    """Whether it would be dead even if its host answers 404 for everything."""


def doubtful_link(
    link: Link,
    history: Sequence[Observation],
    rules: Rules,
    known: Verdict | None,
    answers: Sequence[WitnessAnswer],
    *,
    is_unproven: bool,
) -> DoubtfulLink | None:
    """What to ask about a link; None if it is not about to be flagged, or was asked already.

    About to be flagged is what would be dead now and is not yet, and what only a witness out of
    reach holds back. A lost name is asked about earlier, once: the domain may be free.
    `is_unproven`: no link of its host was ever well for this machine.
    """
    streak = since_last_success(history)
    answers = in_streak(answers, streak)
    asked = latest(answers).get(Witness.HOME)
    home = asked.result if asked else WitnessResult.UNREACHED
    is_flagged = known is not None and known.state is VerdictState.DEAD
    run_date = history[-1].run_date
    if not is_doubtful(streak) or is_flagged or any(one.run_date == run_date for one in answers):
        return None
    concluded = conclude(link.key, history, rules, answers)
    is_unreached = concluded.held is not None and concluded.held.result is WitnessResult.UNREACHED
    is_due = is_unreached or concluded.verdict.state is VerdictState.DEAD
    names = lost_name(streak)
    is_lost = satisfies(rules.unregistered, names) and names[-1] is streak[-1]
    if not is_due and (not is_lost or Witness.RESOLVER in latest(answers)):
        return None
    last, failures = streak[-1], [seen for seen in streak if seen.outcome.is_negative]
    is_404 = last.outcome is Outcome.MISSING and last.checked_by == "page"
    may_ask_home = is_unproven and home is WitnessResult.UNREACHED and not is_home(link.key)
    is_silent = is_unproven and last.outcome in NO_RESPONSE
    return DoubtfulLink(
        link,
        failures,
        asks_home=is_due and is_404 and may_ask_home,
        without_home=is_silent or has_no_home(last) or home is WitnessResult.GONE,
        is_due=is_due,
        is_due_without_home=satisfies(rules.weak, counted_by("weak", streak)),
    )


@dataclass(slots=True)
class WitnessLookup:
    """The questions of one run; used once."""

    ask: Fetch
    fetch_page: Callable[[str], Awaitable[Response]]
    """Fetches a page if its host allows that."""
    registration: Callable[[str], Awaitable[Registration | None]]
    """By host name; has limits of its own."""
    index: str
    """Of the Wayback Machine (CDX); empty: it is not asked."""
    settings: WitnessSettings
    now: Callable[[], datetime]
    run_date: date
    asked: int = 0
    """Questions; those to registries are counted by `registration`."""
    notes: list[str] = field(default_factory=list)
    """Why not all could be asked."""
    _began: datetime | None = None
    _vain: Counter[Witness] = field(default_factory=Counter)
    """Unusable answers in a row."""
    _is_archive_closed: bool = False
    """Whether the archive asked us to stop, which is noted."""
    _homes: dict[str, WitnessResult] = field(default_factory=dict)
    _honest: dict[str, bool] = field(default_factory=dict)
    """By resolver: whether it says that an impossible name does not exist."""
    _silences: Counter[str] = field(default_factory=Counter)
    """By resolver: its unusable answers."""

    async def answers(self, doubtful: DoubtfulLink) -> list[WitnessAnswer]:
        """Ask about one link, no more than what decides; each answer is to be kept."""
        found: list[WitnessAnswer] = []
        link, first = doubtful.link, doubtful.failures[0]

        def note(witness: Witness, result: WitnessResult, seen_on: date | None = None) -> None:
            found.append(WitnessAnswer(link.key, self.run_date, witness, result, seen_on))

        if has_lost_name(doubtful.failures):
            resolved = await self._resolve(link.host)
            seen_on = self.run_date if resolved is WitnessResult.WELL else None
            note(Witness.RESOLVER, resolved, seen_on)
            if resolved is WitnessResult.WELL:
                return found
            domain = await self.registration(link.host)
            # one that was free before may have been registered again since
            is_new = domain is not None and domain.run_date >= first.run_date
            if domain and is_new and domain.state is RegistrationState.FREE:
                asked, free = domain.run_date, WitnessResult.GONE
                found.append(WitnessAnswer(link.key, asked, Witness.REGISTRY, free))
                return found
        without_home = doubtful.without_home
        if doubtful.asks_home:
            home = await self._home(link)
            note(Witness.HOME, home)
            without_home = home is WitnessResult.GONE
            if without_home and not doubtful.is_due_without_home:
                return found
        if doubtful.is_due and self.index and wayback.is_archivable(link):
            note(Witness.ARCHIVE, *await self._capture(link.key, first.seen_at))
            if found[-1].result is not WitnessResult.WELL and without_home:
                note(Witness.ARCHIVED_HOME, *await self._capture(link.home, first.seen_at))
        return found

    def _may_ask(self, witness: Witness) -> bool:
        """Whether another question may be sent."""
        if witness is Witness.ARCHIVE and self._is_archive_closed:
            return False
        self._began = self._began or self.now()
        why = ""
        if self._vain[witness] >= self.settings.patience:
            why = f"{witness} gave {self._vain[witness]} unusable answers in a row"
        elif self.asked >= self.settings.per_run:
            why = f"only {self.settings.per_run} questions a run"
        elif (self.now() - self._began).total_seconds() >= self.settings.budget_s:
            why = f"out of time after {self.settings.budget_s:g} s"
        if why and why not in self.notes:
            self.notes.append(why)
        self.asked += not why
        return not why

    def _count(self, witness: Witness, *, usable: bool) -> None:
        self._vain[witness] = 0 if usable else self._vain[witness] + 1

    async def _resolve(self, name: str) -> WitnessResult:
        """The answer of the first resolver that can be believed; silent ones are asked last."""
        for url in sorted(self.settings.resolvers, key=lambda one: self._silences[one]):
            if not self._may_ask(Witness.RESOLVER):
                break
            answer = await self._ask_resolver(url, name)
            if answer is WitnessResult.WELL and url not in self._honest:
                impossible = f"canary-{self.run_date:%Y%m%d}.invalid"
                control = await self._ask_resolver(url, impossible)
                self.asked += 1
                self._honest[url] = control is WitnessResult.GONE
            if answer is WitnessResult.WELL and not self._honest[url]:
                answer = None
            self._count(Witness.RESOLVER, usable=answer is not None)
            if answer is not None:
                return answer
            self._silences[url] += 1
        return WitnessResult.UNREACHED

    async def _ask_resolver(self, url: str, name: str) -> WitnessResult | None:
        query = dns_query(name)
        if query is None:
            return None
        encoded = base64.urlsafe_b64encode(query).rstrip(b"=").decode()
        question, headers = f"{url}?{urlencode({'dns': encoded})}", {"accept": _DNS_TYPE}
        response = await self.ask(question, headers=headers, follow_redirects=False)
        return parse_dns_answer(response, query)

    async def _home(self, link: Link) -> WitnessResult:
        if link.host not in self._homes:
            if not self._may_ask(Witness.HOME):
                return WitnessResult.UNREACHED
            is_gone = is_missing(await self.fetch_page(link.home))
            self._homes[link.host] = WitnessResult.GONE if is_gone else WitnessResult.NOTHING
        return self._homes[link.host]

    async def _capture(self, url: str, since: datetime) -> tuple[WitnessResult, date | None]:
        """Whether the archive captured content since then, and when; three questions at most."""
        for query in wayback.captures_query_urls(self.index, url, since, self.now()):
            if not self._may_ask(Witness.ARCHIVE):
                return WitnessResult.UNREACHED, None
            response = await self.ask(query, follow_redirects=False)
            found = wayback.parse_index_response(response, url, self.now(), since)
            self._count(Witness.ARCHIVE, usable=not found.reason)
            self._is_archive_closed = found.result is None
            if found.reason:
                self.notes.append(f"the archive: {found.reason}")
                return WitnessResult.UNREACHED, None
            if found.result is not wayback.LookupResult.NOTHING:
                break
        if not found.times:
            return WitnessResult.NOTHING, None
        if not self._may_ask(Witness.ARCHIVE):
            return WitnessResult.UNREACHED, None
        capture, most = wayback.capture_url(url, found.times[-1]), _MAX_CAPTURE_BYTES
        page = await self.ask(capture, follow_redirects=False, body_bytes=most)
        silent = unavailable(page)
        self._count(Witness.ARCHIVE, usable=silent is None)
        if silent is not None:
            self._is_archive_closed = page.status == 429  # a 503 may be of this capture alone
            self.notes.append(f"the archive: {silent.reason}")
        if silent is not None or page.status != 200:  # it was captured with 200
            return WitnessResult.UNREACHED, None
        if not shows_content(page):
            return WitnessResult.NOTHING, None
        return WitnessResult.WELL, found.times[-1].date()
