"""Whether tonight may be judged at all: pure rules over canaries and hosts."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import RunGateSettings
from staycurrent.web.address import host_of
from staycurrent.web.http_dates import SentInterval


def enough_canaries(answered: Sequence[bool], gate: RunGateSettings) -> bool:
    """Whether enough canaries answered; none configured proves nothing and passes."""
    return not answered or sum(answered) >= gate.canaries_share * len(answered)


def clock_error(
    sent: Sequence[SentInterval], now: datetime, gate: RunGateSettings
) -> timedelta | None:
    """How far a clock that shows `now` is ahead of the canaries' (negative: behind), if too far.

    The one in the middle speaks for all: a canary whose own clock is wrong proves nothing.
    """
    if not sent:
        return None
    off = median_low(one.clock_offset(now) for one in sent)
    return off if abs(off) > timedelta(minutes=gate.clock_minutes) else None


@dataclass(slots=True)
class _Host:
    """What tonight's looks at one host, and those of the last nights, come down to."""

    answers: bool = False
    """Tonight, one of its links was there."""
    seen: bool = False
    """It was looked at in the last nights, ..."""
    failed: bool = False
    """... and did not answer then, or refused us."""


class RunGate:
    """Takes in tonight's looks one by one, and tells whether they are to be believed together.

    Of each look only what counts is kept, so that there may be any number of them.
    """

    def __init__(self, run_date: date, gate: RunGateSettings) -> None:
        self._night = run_date
        self._gate = gate
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._sent: defaultdict[str, set[str]] = defaultdict(set)
        """By the host where redirects newly end, the hosts that send there."""
        self._shown: defaultdict[str, set[str]] = defaultdict(set)
        """By the print of a page, the hosts at which it is new."""

    def add(self, look: Observation, history: Sequence[Observation]) -> None:
        """Take in tonight's look at a link, and what was seen of it before; skipped is not seen."""
        if look.outcome is Outcome.SKIPPED:
            return
        host = host_of(look.link)
        known = self._hosts[host]
        known.answers |= not _is_no_answer(look)
        earlier = [one for one in history if one.run_date < look.run_date]
        recent = [one for one in earlier if self._is_recent(one)]
        known.seen |= bool(recent)
        known.failed |= any(map(_is_no_answer, recent))
        target = host_of(look.final_url or "")
        if target not in ("", host) and not _went_there_before(look, earlier):
            self._sent[target].add(host)
        print_ = look.fingerprint
        if print_ and earlier and not any(one.fingerprint == print_ for one in earlier):
            self._shown[print_].add(host)

    def objection(self) -> str | None:
        """Why tonight's looks are not to be believed, as a sentence; None if they are."""
        fine = [one for one in self._hosts.values() if one.seen and not one.failed]
        turned, gate = sum(not one.answers for one in fine), self._gate
        if turned >= gate.min_hosts and turned > gate.failing_share * len(fine):
            return (
                f"{turned} of {len(fine)} hosts that were fine last week fail or refuse us "
                "at once: the fault is more likely here"
            )
        return self._captured() or self._one_page()

    def _is_recent(self, look: Observation) -> bool:
        since = self._night - timedelta(days=self._gate.fine_within_nights)
        return since <= look.run_date < self._night and look.outcome is not Outcome.SKIPPED

    def _are_many(self, hosts: Collection[str]) -> bool:
        share = self._gate.same_target_share * len(self._hosts)
        return len(hosts) >= self._gate.min_hosts and len(hosts) > share

    def _captured(self) -> str | None:
        """A captive portal: many hosts begin, in one night, to send everybody to one other host."""
        for target, hosts in self._sent.items():
            if self._are_many(hosts):
                return f"{len(hosts)} hosts suddenly redirect to {target}: a portal stands between"
        return None

    def _one_page(self) -> str | None:
        """A portal without a redirect: the very same page, new at many hosts in one night."""
        most = max(self._shown.values(), key=len, default=set())
        if not self._are_many(most):
            return None
        return f"{len(most)} hosts suddenly show the same page: something stands between"


def _is_no_answer(look: Observation) -> bool:
    """It failed, or we were refused: many refusals at once mean that our address is banned."""
    return look.outcome.is_negative or look.outcome is Outcome.BLOCKED


def _went_there_before(look: Observation, earlier: Sequence[Observation]) -> bool:
    """Whether it always did, as far as is known."""
    target = host_of(look.final_url or "")
    return not earlier or any(host_of(one.final_url or "") == target for one in earlier)
