"""Comments, patterns and overrides that need attention: unmatched, unneeded, expired, overtaken."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from staycurrent.curated.directives import Directive, DirectiveKind
from staycurrent.curated.lint import miswritten_comments
from staycurrent.flows.context import RunContext
from staycurrent.flows.link_states import LinkState, Verdicts, current_verdicts, override_covers
from staycurrent.flows.lists import ListDocument, link_key
from staycurrent.identity import identify
from staycurrent.links.settings import covers
from staycurrent.links.verdict import FlagState, Verdict, VerdictState, flag_state
from staycurrent.reports.model import MaintenanceItem, MaintenanceKind, MaintenanceSubject
from staycurrent.warehouse import overrides
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override

_States = Sequence[tuple[ListDocument, LinkState]]
_Problem = tuple[MaintenanceKind, str]
_CERTAIN = (MaintenanceKind.EXPIRED, MaintenanceKind.OVERTAKEN)
"""What a list that was left out cannot change; others may be needed there."""
_APPLIES_TO_NONE = "it does not apply to any link: put it on the line of a link, or remove it"


def maintenance_items(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Sequence[ListDocument],
    states: _States,
    known: Verdicts,
) -> tuple[MaintenanceItem, ...]:
    """All of them: sections, comments in the order of the lists, patterns, overrides.

    `known` are verdicts that were read already, also of ignored links.
    """
    verdicts = {state.verdict.link: state.verdict for _, state in states}
    # ignored links are not requested any more; their last observations are still there
    ignored = [key for key, one in verdicts.items() if one.state is VerdictState.UNCHECKED]
    verdicts.update(current_verdicts(ctx, warehouse, ignored, known))
    found = (
        *_section_items(ctx.settings.curated.section, lists),
        *_comment_items(ctx, lists, states, verdicts),
        *_pattern_items(ctx, states, verdicts),
        *_override_items(ctx, warehouse, states, verdicts),
    )
    return tuple(
        one
        for one in found
        if ctx.has_all_lists or one.subject is MaintenanceSubject.COMMENT or one.kind in _CERTAIN
    )


def _section_items(name: str, lists: Sequence[ListDocument]) -> Iterator[MaintenanceItem]:
    """The generated sections that no run writes, because they have another name."""
    for listed in lists:
        for one in listed.document.generated_sections:
            if one.name != name:
                yield MaintenanceItem(
                    MaintenanceSubject.COMMENT,
                    MaintenanceKind.UNMATCHED,
                    f"curated.section is {name!r}: this one is not written, nor its links checked",
                    f"<!-- stay:begin {one.name} -->",
                    listed.name,
                    one.begin_line,
                )


def _comment_items(
    ctx: RunContext, lists: Sequence[ListDocument], states: _States, verdicts: Verdicts
) -> Iterator[MaintenanceItem]:
    for listed in lists:
        covered: defaultdict[Directive, list[Verdict]] = defaultdict(list)
        for owner, state in states:
            for directive in state.occurrence.directives if owner is listed else ():
                covered[directive].append(verdicts[link_key(state.occurrence.url)])
        problem: _Problem | None
        for one in miswritten_comments(listed.document):
            problem = MaintenanceKind.UNREADABLE, f"it {one.sentence}"
            yield MaintenanceItem(
                MaintenanceSubject.COMMENT, *problem, one.text, listed.name, one.line
            )
        sections = [(one.begin_line, one.end_line) for one in listed.document.generated_sections]
        for directive in listed.document.directives:
            line = directive.line
            if directive.error or any(begin < line < end for begin, end in sections):
                continue
            if not directive.is_active(ctx.run_date):
                problem = MaintenanceKind.EXPIRED, _expired(directive.until)
            elif directive not in covered:
                problem = MaintenanceKind.UNMATCHED, _APPLIES_TO_NONE
            else:
                is_checked = directive.kind is DirectiveKind.KEEP
                problem = _unneeded(covered[directive], is_checked=is_checked)
            if problem is not None:
                text = f"<!-- {directive.text} -->"
                yield MaintenanceItem(MaintenanceSubject.COMMENT, *problem, text, listed.name, line)


def _expired(until: date | None) -> str:
    return f"it expired on {until}: remove it, or give it a new date"


def _unneeded(covered: Sequence[Verdict], *, is_checked: bool) -> _Problem | None:
    """Whether all covered links are alive; those that are not checked were so when they were."""
    if any(verdict.state is not VerdictState.ALIVE for verdict in covered):
        return None
    links = "the link" if len(covered) == 1 else f"all {len(covered)} links"
    if is_checked:
        verb = "is" if len(covered) == 1 else "are"
        return MaintenanceKind.UNNEEDED, f"{links} {verb} alive: it can be removed"
    last = max((verdict.last_checked for verdict in covered if verdict.last_checked), default=None)
    sentence = f"{links} worked when last checked, on {last}"
    return (MaintenanceKind.UNNEEDED, sentence) if last else None


def _pattern_items(
    ctx: RunContext, states: _States, verdicts: Verdicts
) -> Iterator[MaintenanceItem]:
    urls = dict.fromkeys(state.occurrence.url for _, state in states)
    for ignore in ctx.settings.links.ignore_patterns:
        if ignore.is_expired(ctx.run_date):
            problem: _Problem | None = MaintenanceKind.EXPIRED, _expired(ignore.until)
        elif covered := [url for url in urls if covers(ignore.pattern, url)]:
            problem = _unneeded([verdicts[link_key(url)] for url in covered], is_checked=False)
        else:
            problem = MaintenanceKind.UNMATCHED, "it matches no link of any list: remove it"
        if problem is not None:
            yield MaintenanceItem(MaintenanceSubject.PATTERN, *problem, ignore.pattern)


def _override_items(
    ctx: RunContext, warehouse: Warehouse, states: _States, verdicts: Verdicts
) -> Iterator[MaintenanceItem]:
    latest = overrides.latest(warehouse)
    active = [one for one in latest if one.is_active(ctx.run_date)]
    listed: set[str] = set()
    if any(override.kind == "decline" for override in active):
        listed = {str(identify(state.occurrence.url)) for _, state in states}
    kept = {state.verdict.link for _, state in states if state.kept}
    for override in active:
        problem: _Problem | None = None
        if override.kind == "keep":
            problem = _keep_problem(override, verdicts.get(link_key(override.url)), kept)
        elif str(identify(override.url)) in listed:
            problem = MaintenanceKind.UNNEEDED, "it was declined, but is in a list now"
        if problem is not None:
            yield MaintenanceItem(MaintenanceSubject.OVERRIDE, *problem, override.url)
    for override in overrides.expired(latest, ctx.run_date):
        sentence = f"it expired on {override.until}: renew it, or remove it with --undo"
        problem = MaintenanceKind.EXPIRED, sentence
        yield MaintenanceItem(MaintenanceSubject.OVERRIDE, *problem, override.url)


def _keep_problem(override: Override, verdict: Verdict | None, kept: set[str]) -> _Problem | None:
    """`kept`: the links whose verdict another override, or a comment, may cover."""
    if verdict is None:
        return MaintenanceKind.UNMATCHED, "no list has the link any more: remove it with --undo"
    if override.verdict == FlagState.NEW:
        return None
    if verdict.state is VerdictState.ALIVE:
        return MaintenanceKind.UNNEEDED, "the link is alive: remove it with --undo"
    state = flag_state(verdict)
    if state is None or verdict.link in kept or override_covers(override, verdict):
        return None
    before = f"kept as {override.verdict} on {override.created_at.date()}"
    return MaintenanceKind.OVERTAKEN, f"{before}, but {state} since {verdict.since}: reported again"
