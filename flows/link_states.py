"""The verdicts of links, from committed rows, and the flags that their occurrences carry."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256

from staycurrent.curated.directives import DirectiveKind
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.rewrite import match_flags
from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import BATCH, ListDocument, is_ignored, link_key
from staycurrent.identity import identify
from staycurrent.links.forecast import RuleProgress, rule_progress
from staycurrent.links.observation import Freshness, Observation
from staycurrent.links.run_gate import held_back
from staycurrent.links.verdict import (
    RULES_VERSION,
    Conclusion,
    Flag,
    FlagState,
    Verdict,
    VerdictState,
    conclude,
    conclude_verdict,
    flag_state,
    is_covered,
    is_failing,
)
from staycurrent.warehouse import candidates, observations, overrides, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.verdicts import StoredVerdict, state_since, stored
from staycurrent.web.address import UnusableUrl, parse

Histories = Mapping[str, Sequence[Observation]]
"""Observations of judged runs by link, oldest first."""
Verdicts = Mapping[str, Verdict]
"""By link; read after the rows that they follow from were committed."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """One occurrence of a link in a list, and what is known of the link."""

    occurrence: Occurrence
    index: int
    """Of the occurrence in its document."""
    verdict: Verdict
    kept: bool
    """Whether a comment or an override says that no flag is wanted."""
    held: bool = False
    """Whether the anomaly guard holds the verdict back: too many links failed in one run. It is
    shown from the next date on, or when a person releases it."""
    new_since: date | None = None
    """Since when it is in the list, if it was a candidate and was accepted not long ago."""

    @property
    def flag(self) -> Flag | None:
        """The flag that the list shows; None for none."""
        state, since = flag_state(self.verdict), self.verdict.since
        if self.kept:
            return None
        if state is not None and since is not None and not self.held:
            return Flag(state, since)
        return Flag(FlagState.NEW, self.new_since) if self.new_since is not None else None


def flags_by_index(states: Sequence[LinkState]) -> Mapping[int, Flag]:
    """The flags by the index of their occurrence."""
    return {state.index: state.flag for state in states if state.flag is not None}


def current_verdicts(
    ctx: RunContext, warehouse: Warehouse, keys: Sequence[str], known: Verdicts | None = None
) -> dict[str, Verdict]:
    """The verdict for every key, from what the warehouse knows; `known` are not read again."""
    known = known or {}
    read = [key for key in keys if key not in known]
    rows = stored(warehouse, read, rules_fingerprint(ctx))
    found = {**known, **conclude_verdicts(ctx, warehouse, read, rows)}
    return {key: found[key] for key in keys}


def verdicts_of_lists(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    known: Verdicts | None = None,
) -> Verdicts:
    """The verdicts of all links of the lists, for the stages of a run that do not change them.

    They are empty where the links are more than should be in memory at once: then each stage reads
    those of one list after the other. `known` are not read again.
    """
    keys: dict[str, None] = {}
    for listed in lists:
        keys |= dict.fromkeys(link_key(one.url) for _, one in listed.document.own_occurrences())
        if len(keys) > BATCH:
            return {}
    return current_verdicts(ctx, warehouse, list(keys), known)


def conclude_verdicts(
    ctx: RunContext,
    warehouse: Warehouse,
    keys: Sequence[str],
    known: Mapping[str, StoredVerdict],
    histories: Histories | None = None,
) -> dict[str, Verdict]:
    """The verdict for every key: the stored one where it is up to date, else from its history.

    `known` is what is stored of the links. Histories are read only where they are needed and not
    in `histories`, which were read already.
    """
    stored_verdicts = {
        key: one.verdict for key, one in known.items() if one.verdict and one.is_up_to_date
    }
    outdated = [key for key in keys if key in known and key not in stored_verdicts]
    found = dict(histories or {})
    found |= observations.histories(warehouse, [key for key in outdated if key not in found])
    rules = ctx.settings.links.rules
    answers = witnesses.of_links(warehouse, outdated)
    verdicts = {
        key: stored_verdicts.get(key)
        or conclude_verdict(
            key, with_freshness(ctx, found.get(key, ())), rules, answers.get(key, ())
        )
        for key in keys
    }
    if not any(is_failing(one) or one.archive for one in verdicts.values()):
        return verdicts  # no snapshot is wanted
    urls = witnesses.snapshot_urls(warehouse)
    return {key: _with_snapshot(verdict, urls) for key, verdict in verdicts.items()}


def iter_conclusions(
    ctx: RunContext, warehouse: Warehouse, keys: Sequence[str]
) -> Iterator[tuple[str, Sequence[Observation], Conclusion]]:
    """Each link that was checked, with its history as the settings want it, and what it proves."""
    answers, rules = witnesses.of_links(warehouse, keys), ctx.settings.links.rules
    for key, history in observations.iter_histories(warehouse, keys):
        observed = with_freshness(ctx, history)
        yield key, observed, conclude(key, observed, rules, answers.get(key, ()))


def iter_progress(
    ctx: RunContext, warehouse: Warehouse, keys: Sequence[str], due: date
) -> Iterator[tuple[str, RuleProgress]]:
    """Failing links with the rule that is met, or is met first if they are checked from `due` on.

    A rule that is met has no date; the death may be held back by a second witness then.
    """
    rules = ctx.settings.links.rules
    for key, observed, conclusion in iter_conclusions(ctx, warehouse, keys):
        progress = rule_progress(conclusion, observed, rules, due)
        if progress is not None:
            yield key, progress


def rules_fingerprint(ctx: RunContext) -> str:
    """What a verdict depends on, apart from the observations: the rules, in code and settings."""
    rules = (RULES_VERSION, ctx.settings.links.rules, ctx.settings.freshness.archived_is_stale)
    return sha256(repr(rules).encode()).hexdigest()[:16]


def with_freshness(ctx: RunContext, history: Sequence[Observation]) -> Sequence[Observation]:
    """The history as the settings want it: archived repositories may count as fresh."""
    if ctx.settings.freshness.archived_is_stale:
        return history
    return [
        replace(one, freshness=Freshness.FRESH) if one.freshness is Freshness.ARCHIVED else one
        for one in history
    ]


def _with_snapshot(verdict: Verdict, snapshot_urls: Mapping[str, str]) -> Verdict:
    """The verdict with a snapshot, if the link is failing and has one."""
    url = snapshot_urls.get(verdict.link) if is_failing(verdict) else None
    return verdict if verdict.archive == url else replace(verdict, archive=url)


def link_states(
    ctx: RunContext,
    warehouse: Warehouse,
    listed: ListDocument,
    *,
    active_overrides: Sequence[Override] | None = None,
    verdicts: Verdicts | None = None,
) -> tuple[LinkState, ...]:
    """Every occurrence outside generated sections, in the order of the list.

    `active_overrides`: None for those of the warehouse. `verdicts` are those that were read
    already.
    """
    document = listed.document
    keys = {index: link_key(occurrence.url) for index, occurrence in document.own_occurrences()}
    verdicts = current_verdicts(ctx, warehouse, list(dict.fromkeys(keys.values())), verdicts)
    if active_overrides is None:
        active_overrides = overrides.active(warehouse, ctx.run_date)
    by_key: dict[str, list[Override]] = {}
    for override in active_overrides:
        by_key.setdefault(link_key(override.url), []).append(override)
    oldest = ctx.run_date - timedelta(days=ctx.settings.curated.new_days)
    accepted = {
        identity: since
        for identity, since in candidates.accepted(warehouse).items()
        if oldest < since <= ctx.run_date
    }
    anomalous = _anomalous(ctx, warehouse, verdicts)
    shown = match_flags(document, "link", "end") if anomalous or accepted else {}
    states: list[LinkState] = []
    for index, key in keys.items():
        occurrence, own = document.occurrences[index], by_key.get(key, ())
        state = _link_state(ctx, index, occurrence, verdicts[key], own)
        if key in anomalous and state.flag is not None:
            is_shown = any(one.state is state.flag.state for one in shown.get(index, ()))
            state = replace(state, held=not is_shown)
        is_unmarked = any(one.kind == "keep" and one.verdict == FlagState.NEW for one in own)
        if accepted and not is_unmarked:
            new_since = accepted.get(str(identify(occurrence.url)))
            if new_since is not None:  # the flag that the candidate had is moved with its line
                own_flags = (one for one in shown.get(index, ()) if one.state is FlagState.NEW)
                new_since = min((new_since, *(one.since for one in own_flags)))
            state = replace(state, new_since=new_since)
        states.append(state)
    return tuple(states)


def _link_state(
    ctx: RunContext, index: int, occurrence: Occurrence, verdict: Verdict, own: Sequence[Override]
) -> LinkState:
    """`own` are the overrides of the link."""
    if is_ignored(occurrence, ctx):
        verdict = Verdict(verdict.link, VerdictState.UNCHECKED)
        return LinkState(occurrence, index, verdict, kept=False)
    kept = any(override_covers(override, verdict) for override in own)
    kept |= occurrence.directive(ctx.run_date) is DirectiveKind.KEEP
    # the suggestion as it would be written here: with the fragment, or with a typo corrected
    address = parse(occurrence.url)
    if isinstance(address, UnusableUrl):
        verdict = replace(verdict, suggestion=address.suggestion)
    elif verdict.suggestion and address.fragment and "#" not in verdict.suggestion:
        verdict = replace(verdict, suggestion=f"{verdict.suggestion}#{address.fragment}")
    return LinkState(occurrence, index, verdict, kept)


def _anomalous(
    ctx: RunContext, warehouse: Warehouse, verdicts: Mapping[str, Verdict]
) -> frozenset[str]:
    """Links that began to fail in this run with too many others to be shown at once."""
    guard = ctx.settings.links.anomaly
    grave = [one for one in verdicts.values() if one.state.is_grave]
    if len(grave) <= guard.min_links:
        return frozenset()
    since, healthy = state_since(warehouse), observations.ever_healthy(warehouse)
    return held_back(list(verdicts.values()), since, healthy, ctx.run_date, guard)


def override_covers(override: Override, verdict: Verdict) -> bool:
    """Whether an override of a link covers its present verdict.

    One that was made by an edit covers the streak that the person saw; one that was made by
    `keep` covers every streak, until its last day.
    """
    seen_on = None if override.origin == "command" else override.created_at.date()
    return override.kind == "keep" and is_covered(verdict, override.verdict, seen_on)
