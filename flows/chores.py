"""Orders of people that want looking after: unheard, no longer needed, expired, overtaken."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from staycurrent.curated.flags import FlagState
from staycurrent.curated.place import Command, Order
from staycurrent.flows.conclude import Standing, concluded, flag_state, keeps
from staycurrent.flows.listing import Listed, key_of
from staycurrent.flows.night import Night
from staycurrent.links.ignore import Ignore, covers
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.status import Chore, ChoreKind, Subject
from staycurrent.warehouse import decisions
from staycurrent.warehouse.decisions import Decision
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.identity import identify

_Found = Sequence[tuple[Listed, Standing]]
_Verdict = tuple[ChoreKind, str]


def chores(
    night: Night, warehouse: Warehouse, lists: Sequence[Listed], found: _Found
) -> tuple[Chore, ...]:
    """All of them: comments in the order of the lists, patterns, then decisions."""
    verdicts = _verdicts(night, warehouse, found)
    return (
        *_of_comments(night, lists, found, verdicts),
        *_of_patterns(night, found, verdicts),
        *_of_decisions(night, warehouse, found, verdicts),
    )


def _verdicts(night: Night, warehouse: Warehouse, found: _Found) -> Mapping[str, Verdict]:
    """By link; of what is ignored the one that its last looks gave, for it is asked no more."""
    known = {one.verdict.link: one.verdict for _, one in found}
    unchecked = [key for key, verdict in known.items() if verdict.state is State.UNCHECKED]
    return {**known, **concluded(night, warehouse, unchecked)} if unchecked else known


def _of_comments(
    night: Night, lists: Sequence[Listed], found: _Found, verdicts: Mapping[str, Verdict]
) -> Iterator[Chore]:
    for listed in lists:
        heard: defaultdict[Order, list[Verdict]] = defaultdict(list)
        for owner, one in found:
            for order in one.place.orders if owner is listed else ():
                heard[order].append(verdicts[key_of(one.place.url)])
        inside = [(part.begin_line, part.end_line) for part in listed.document.parts]
        for order in listed.document.orders:
            if any(begin < order.line < end for begin, end in inside):
                continue
            told = _of_comment(night.night, order, heard.get(order, []))
            if told is not None:
                text = f"<!-- {order.text} -->"
                yield Chore(Subject.COMMENT, *told, text, listed.name, order.line)


def _of_comment(night: date, order: Order, heard: Sequence[Verdict]) -> _Verdict | None:
    if order.fault is not None:
        return ChoreKind.UNREADABLE, f"{order.fault}: it holds for good until that is put right"
    if not order.holds(night):
        return ChoreKind.EXPIRED, f"it ran out on {order.until}: remove it, or give it a new date"
    if not heard:
        return ChoreKind.UNMATCHED, "no link hears it: put it on a link's own line, or remove it"
    return _unneeded(heard, asked=order.command is Command.KEEP)


def _unneeded(covered: Sequence[Verdict], *, asked: bool) -> _Verdict | None:
    """Where all that is covered is alive; what is not asked was so when last looked at."""
    if not covered or any(verdict.state is not State.ALIVE for verdict in covered):
        return None
    what = "the link" if len(covered) == 1 else f"all {len(covered)} links"
    if asked:
        verb = "is" if len(covered) == 1 else "are"
        return ChoreKind.UNNEEDED, f"{what} {verb} alive: it may go"
    days = [verdict.last_checked for verdict in covered if verdict.last_checked]
    message = f"{what} answered well when last looked at, on {max(days)}" if days else ""
    return (ChoreKind.UNNEEDED, message) if message else None


def _of_patterns(night: Night, found: _Found, verdicts: Mapping[str, Verdict]) -> Iterator[Chore]:
    urls = dict.fromkeys(one.place.url for _, one in found)
    for pattern in night.settings.links.patterns:
        told = _of_pattern(night.night, pattern, urls, verdicts)
        if told is not None:
            yield Chore(Subject.PATTERN, *told, pattern.pattern)


def _of_pattern(
    night: date, pattern: Ignore, urls: Iterable[str], verdicts: Mapping[str, Verdict]
) -> _Verdict | None:
    if pattern.is_over(night):
        return ChoreKind.EXPIRED, f"it ran out on {pattern.until}: remove it, or give it a new date"
    covered = [url for url in urls if covers(pattern.pattern, url)]
    if not covered:
        return ChoreKind.UNMATCHED, "it covers no link of any list: remove it"
    return _unneeded([verdicts[key_of(url)] for url in covered], asked=False)


def _of_decisions(
    night: Night, warehouse: Warehouse, found: _Found, verdicts: Mapping[str, Verdict]
) -> Iterator[Chore]:
    settled = decisions.standing(warehouse, night.night)
    has_declined = any(one.kind == "decline" for one in settled)
    listed = {str(identify(one.place.url)) for _, one in found} if has_declined else set[str]()
    for one in settled:
        if one.kind == "decline":
            told = _of_declined(one, listed)
        else:
            told = _of_kept(one, verdicts.get(key_of(one.url)))
        if told is not None:
            yield Chore(Subject.DECISION, *told, one.url)
    for one in decisions.expired(warehouse, night.night):
        message = f"it ran out on {one.until}: decide anew, or take it back with keep --undo"
        yield Chore(Subject.DECISION, ChoreKind.EXPIRED, message, one.url)


def _of_declined(one: Decision, listed: Iterable[str]) -> _Verdict | None:
    if str(identify(one.url)) in listed:
        return ChoreKind.UNNEEDED, "it was declined and stands in a list by now"
    return None


def _of_kept(one: Decision, verdict: Verdict | None) -> _Verdict | None:
    if verdict is None:
        return ChoreKind.UNMATCHED, "no list has the link any more: keep --undo takes it back"
    if one.verdict == FlagState.NEW:
        return None
    if verdict.state is State.ALIVE:
        return ChoreKind.UNNEEDED, "the link is alive: keep --undo takes it back"
    state = flag_state(verdict)
    if state is None or keeps(one, verdict):
        return None
    was = f"kept as {one.verdict} on {one.decided_at.date()}"
    message = f"{was}, and {state} since {verdict.since}: it is asked about again"
    return ChoreKind.OVERTAKEN, message
