"""Orders of people that want looking after: unheard, no longer needed, expired, overtaken."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from staycurrent.curated.directives import Directive, DirectiveKind
from staycurrent.curated.flags import FlagState
from staycurrent.flows.context import RunContext
from staycurrent.flows.link_states import LinkState, current_verdicts, flag_state, override_covers
from staycurrent.flows.lists import ListDocument, link_key
from staycurrent.identity import identify
from staycurrent.links.ignore import Ignore, covers
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.model import MaintenanceItem, MaintenanceKind, MaintenanceSubject
from staycurrent.warehouse import overrides
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override

_Found = Sequence[tuple[ListDocument, LinkState]]
_Verdict = tuple[MaintenanceKind, str]


def maintenance_items(
    ctx: RunContext, warehouse: Warehouse, lists: Sequence[ListDocument], found: _Found
) -> tuple[MaintenanceItem, ...]:
    """All of them: comments in the order of the lists, patterns, then decisions."""
    verdicts = _verdicts(ctx, warehouse, found)
    return (
        *_of_comments(ctx, lists, found, verdicts),
        *_of_patterns(ctx, found, verdicts),
        *_of_decisions(ctx, warehouse, found, verdicts),
    )


def _verdicts(ctx: RunContext, warehouse: Warehouse, found: _Found) -> Mapping[str, Verdict]:
    """By link; of what is ignored the one that its last looks gave, for it is asked no more."""
    known = {one.verdict.link: one.verdict for _, one in found}
    unchecked = [key for key, verdict in known.items() if verdict.state is VerdictState.UNCHECKED]
    return {**known, **current_verdicts(ctx, warehouse, unchecked)} if unchecked else known


def _of_comments(
    ctx: RunContext, lists: Sequence[ListDocument], found: _Found, verdicts: Mapping[str, Verdict]
) -> Iterator[MaintenanceItem]:
    for listed in lists:
        heard: defaultdict[Directive, list[Verdict]] = defaultdict(list)
        for owner, one in found:
            for order in one.occurrence.directives if owner is listed else ():
                heard[order].append(verdicts[link_key(one.occurrence.url)])
        inside = [(part.begin_line, part.end_line) for part in listed.document.generated_sections]
        for order in listed.document.directives:
            if any(begin < order.line < end for begin, end in inside):
                continue
            told = _of_comment(ctx.run_date, order, heard.get(order, []))
            if told is not None:
                text = f"<!-- {order.text} -->"
                yield MaintenanceItem(
                    MaintenanceSubject.COMMENT, *told, text, listed.name, order.line
                )


def _of_comment(night: date, order: Directive, heard: Sequence[Verdict]) -> _Verdict | None:
    if order.error is not None:
        return (
            MaintenanceKind.UNREADABLE,
            f"{order.error}: it holds for good until that is put right",
        )
    if not order.is_active(night):
        return (
            MaintenanceKind.EXPIRED,
            f"it ran out on {order.until}: remove it, or give it a new date",
        )
    if not heard:
        return (
            MaintenanceKind.UNMATCHED,
            "no link hears it: put it on a link's own line, or remove it",
        )
    return _unneeded(heard, asked=order.kind is DirectiveKind.KEEP)


def _unneeded(covered: Sequence[Verdict], *, asked: bool) -> _Verdict | None:
    """Where all that is covered is alive; what is not asked was so when last looked at."""
    if not covered or any(verdict.state is not VerdictState.ALIVE for verdict in covered):
        return None
    what = "the link" if len(covered) == 1 else f"all {len(covered)} links"
    if asked:
        verb = "is" if len(covered) == 1 else "are"
        return MaintenanceKind.UNNEEDED, f"{what} {verb} alive: it may go"
    days = [verdict.last_checked for verdict in covered if verdict.last_checked]
    message = f"{what} answered well when last looked at, on {max(days)}" if days else ""
    return (MaintenanceKind.UNNEEDED, message) if message else None


def _of_patterns(
    ctx: RunContext, found: _Found, verdicts: Mapping[str, Verdict]
) -> Iterator[MaintenanceItem]:
    urls = dict.fromkeys(one.occurrence.url for _, one in found)
    for pattern in ctx.settings.links.ignore_patterns:
        told = _of_pattern(ctx.run_date, pattern, urls, verdicts)
        if told is not None:
            yield MaintenanceItem(MaintenanceSubject.PATTERN, *told, pattern.pattern)


def _of_pattern(
    night: date, pattern: Ignore, urls: Iterable[str], verdicts: Mapping[str, Verdict]
) -> _Verdict | None:
    if pattern.is_expired(night):
        return (
            MaintenanceKind.EXPIRED,
            f"it ran out on {pattern.until}: remove it, or give it a new date",
        )
    covered = [url for url in urls if covers(pattern.pattern, url)]
    if not covered:
        return MaintenanceKind.UNMATCHED, "it covers no link of any list: remove it"
    return _unneeded([verdicts[link_key(url)] for url in covered], asked=False)


def _of_decisions(
    ctx: RunContext, warehouse: Warehouse, found: _Found, verdicts: Mapping[str, Verdict]
) -> Iterator[MaintenanceItem]:
    settled = overrides.active(warehouse, ctx.run_date)
    has_declined = any(one.kind == "decline" for one in settled)
    listed = {str(identify(one.occurrence.url)) for _, one in found} if has_declined else set[str]()
    for one in settled:
        if one.kind == "decline":
            told = _of_declined(one, listed)
        else:
            told = _of_kept(one, verdicts.get(link_key(one.url)))
        if told is not None:
            yield MaintenanceItem(MaintenanceSubject.OVERRIDE, *told, one.url)
    for one in overrides.expired(warehouse, ctx.run_date):
        message = f"it ran out on {one.until}: decide anew, or take it back with keep --undo"
        yield MaintenanceItem(
            MaintenanceSubject.OVERRIDE, MaintenanceKind.EXPIRED, message, one.url
        )


def _of_declined(one: Override, listed: Iterable[str]) -> _Verdict | None:
    if str(identify(one.url)) in listed:
        return MaintenanceKind.UNNEEDED, "it was declined and stands in a list by now"
    return None


def _of_kept(one: Override, verdict: Verdict | None) -> _Verdict | None:
    if verdict is None:
        return MaintenanceKind.UNMATCHED, "no list has the link any more: keep --undo takes it back"
    if one.verdict == FlagState.NEW:
        return None
    if verdict.state is VerdictState.ALIVE:
        return MaintenanceKind.UNNEEDED, "the link is alive: keep --undo takes it back"
    state = flag_state(verdict)
    if state is None or override_covers(one, verdict):
        return None
    was = f"kept as {one.verdict} on {one.created_at.date()}"
    message = f"{was}, and {state} since {verdict.since}: it is asked about again"
    return MaintenanceKind.OVERTAKEN, message
