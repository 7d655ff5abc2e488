"""What stands tonight: verdicts from committed rows, and the flag that each place may carry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files

from staycurrent.curated.annotations import match_flags
from staycurrent.curated.directives import DirectiveKind
from staycurrent.curated.flags import Flag, FlagState
from staycurrent.curated.occurrence import Occurrence
from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import ListDocument, is_ignored, link_key
from staycurrent.identity import identify
from staycurrent.links.anomaly import held_back
from staycurrent.links.observation import Freshness, Observation
from staycurrent.links.verdict import Verdict, VerdictState, conclude_verdict, is_failing
from staycurrent.warehouse import candidates, lookups, observations, overrides, rules_version
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.verdicts import state_since
from staycurrent.web.address import UnusableUrl, parse

Histories = Mapping[str, Sequence[Observation]]
"""By link: its looks of judged nights, oldest first."""
_NOTHING_READ: Histories = {}
_FLAG_OF_STATE = {
    VerdictState.DEAD: FlagState.DEAD,
    VerdictState.MOVED: FlagState.MOVED,
    VerdictState.INSECURE: FlagState.INSECURE,
}
_FLAG_OF_REASON = {
    "archived": FlagState.ARCHIVED,
    "disabled": FlagState.ARCHIVED,
    "idle": FlagState.IDLE,
    "withdrawn": FlagState.WITHDRAWN,
    "malformed": FlagState.MALFORMED,
}


@dataclass(frozen=True, slots=True)
class LinkState:
    """One place of the list and what is known of its link."""

    occurrence: Occurrence
    index: int
    """Of the place in its document."""
    verdict: Verdict
    kept: bool
    """A comment or a decision says that no flag is wanted."""
    held: bool = False
    """It died with too many others tonight: shown from the next night on, or when a person
    releases it; a list that shows it already keeps showing it."""
    new_since: date | None = None
    """Since when it stands in the list, if we had proposed it and that was not long ago."""

    @property
    def flag(self) -> Flag | None:
        """What the list shows; None for links that carry nothing."""
        state, since = flag_state(self.verdict), self.verdict.since
        if self.kept:
            return None
        if state is not None and since is not None and not self.held:
            return Flag(state, since)
        return Flag(FlagState.NEW, self.new_since) if self.new_since is not None else None


def flag_state(verdict: Verdict) -> FlagState | None:
    """What a verdict looks like in a list; None for those that only reports tell."""
    if verdict.state in (VerdictState.STALE, VerdictState.REFUSED):
        return _FLAG_OF_REASON.get(verdict.reason)
    return _FLAG_OF_STATE.get(verdict.state)


def verdicts_from(
    ctx: RunContext, warehouse: Warehouse, histories: Histories
) -> dict[str, Verdict]:
    """The verdict on every key, from its observations of judged nights."""
    rules = ctx.settings.links.rules
    archived = lookups.snapshot_urls(warehouse)
    judged = (
        conclude_verdict(key, with_freshness(ctx, looks), rules) for key, looks in histories.items()
    )
    return {one.link: _archived(one, archived) for one in judged}


def current_verdicts(
    ctx: RunContext, warehouse: Warehouse, keys: Sequence[str], known: Histories = _NOTHING_READ
) -> dict[str, Verdict]:
    """The verdict on every key, from what the warehouse knows of it.

    Years of looks are read only where something came since the last conclusion, or where the
    rules are others now; everything else is as it was concluded. `known` is what was read already.
    """
    if not keys:
        return {}
    holding = rules_version.holding(warehouse, rules_fingerprint(ctx), keys)
    open_keys = [key for key in keys if key not in holding]
    read = observations.histories(warehouse, [key for key in open_keys if key not in known])
    histories = {key: known.get(key) or read.get(key, ()) for key in open_keys}
    found = verdicts_from(ctx, warehouse, histories)
    archived = lookups.snapshot_urls(warehouse)
    return {key: found.get(key) or _archived(holding[key], archived) for key in keys}


def rules_fingerprint(ctx: RunContext) -> str:
    """All that a verdict depends on besides the looks: the rules as set, and the room `links`."""
    set_so = (ctx.settings.links.rules, ctx.settings.freshness.archived_is_stale)
    return sha256(f"{links_code_digest()} {set_so!r}".encode()).hexdigest()[:16]


@cache
def links_code_digest() -> str:
    """A digest of the room `links` as it is installed here."""
    found = sorted(
        (one.name, one.read_bytes())
        for one in files("staycurrent.links").iterdir()
        if one.name.endswith(".py")
    )
    return sha256(repr(found).encode()).hexdigest()


def _archived(verdict: Verdict, addresses: Mapping[str, str]) -> Verdict:
    """With the snapshot that can be offered for what fails; what lives needs none."""
    address = addresses.get(verdict.link) if is_failing(verdict) else None
    return verdict if verdict.archive == address else replace(verdict, archive=address)


def link_states(
    ctx: RunContext,
    warehouse: Warehouse,
    listed: ListDocument,
    *,
    settled: Sequence[Override] | None = None,
) -> tuple[LinkState, ...]:
    """Every place that people wrote, in the order of the list, with its verdict.

    `settled` is what people decided (None: what the warehouse knows of).
    """
    places = [(index, place, link_key(place.url)) for index, place in listed.places()]
    verdicts = current_verdicts(ctx, warehouse, list(dict.fromkeys(key for _, _, key in places)))
    known = overrides.active(warehouse, ctx.run_date) if settled is None else settled
    decided = _by_key(known)
    held_back = _held_back(ctx, warehouse, verdicts)
    new = _new(ctx, warehouse)
    unwanted = {key for key, made in decided.items() if any(_is_of_new(one) for one in made)}
    found = (
        _standing(ctx, index, place, verdicts[key], decided.get(key, ()))
        for index, place, key in places
    )
    if not (held_back or new):
        return tuple(found)
    shown = match_flags(listed.document, "link", "end") if held_back else {}
    return tuple(
        replace(
            one,
            held=one.verdict.link in held_back and _is_news(one, shown),
            new_since=new.get(str(identify(one.occurrence.url)))
            if new and link_key(one.occurrence.url) not in unwanted
            else None,
        )
        for one in found
    )


def _is_of_new(decision: Override) -> bool:
    """Whether a person took the sign of a new entry out: of the link itself it says nothing."""
    return decision.kind == "keep" and decision.verdict == FlagState.NEW


def _new(ctx: RunContext, warehouse: Warehouse) -> Mapping[str, date]:
    """What people took over from our proposals of late, and since when they have it."""
    oldest = ctx.run_date - timedelta(days=ctx.settings.curated.new_days)
    taken = candidates.accepted(warehouse)
    return {one: since for one, since in taken.items() if oldest < since <= ctx.run_date}


def _is_news(one: LinkState, shown: Mapping[int, Collection[Flag]]) -> bool:
    """Whether the list would show a flag that it does not show yet."""
    state = flag_state(one.verdict) if one.flag else None
    return state is not None and all(flag.state is not state for flag in shown.get(one.index, ()))


def _held_back(
    ctx: RunContext, warehouse: Warehouse, verdicts: Mapping[str, Verdict]
) -> frozenset[str]:
    """Links that died with too many others tonight to be shown at once."""
    brake = ctx.settings.links.anomaly
    grave = [
        one for one in verdicts.values() if one.state in (VerdictState.DEAD, VerdictState.INSECURE)
    ]
    if len(grave) <= brake.min_links:
        return frozenset()
    decided = state_since(warehouse)
    well = observations.ever_healthy(warehouse)
    return held_back(list(verdicts.values()), decided, well, ctx.run_date, brake)


def _by_key(decided: Sequence[Override]) -> Mapping[str, Sequence[Override]]:
    found: dict[str, list[Override]] = {}
    for decision in decided:
        found.setdefault(link_key(decision.url), []).append(decision)
    return found


def _standing(
    ctx: RunContext, index: int, place: Occurrence, verdict: Verdict, decided: Sequence[Override]
) -> LinkState:
    if is_ignored(place, ctx):
        return LinkState(place, index, Verdict(verdict.link, VerdictState.UNCHECKED), kept=False)
    kept = place.directive(ctx.run_date) is DirectiveKind.KEEP or any(
        override_covers(decision, verdict) for decision in decided
    )
    return LinkState(place, index, _suggested(verdict, place.url), kept)


def override_covers(decision: Override, verdict: Verdict) -> bool:
    """Whether a person's decision on a link covers its present state."""
    covered = (None, verdict.state, verdict.reason, flag_state(verdict))
    return (
        decision.kind == "keep" and decision.verdict in covered and _is_current(decision, verdict)
    )


def _is_current(decision: Override, verdict: Verdict) -> bool:
    """Whether the facts are those it was made on: an edit speaks of the streak that it saw.

    What is said by `keep` holds for good, or until it says.
    """
    if decision.origin == "command" or verdict.since is None:
        return True
    return verdict.since <= decision.created_at.date()


def _suggested(verdict: Verdict, url: str) -> Verdict:
    """The suggestion as it would be written here: the fragment kept, a typo put right."""
    address = parse(url)
    if isinstance(address, UnusableUrl):
        return replace(verdict, suggestion=address.suggestion)
    if verdict.suggestion is None or not address.fragment or "#" in verdict.suggestion:
        return verdict
    return replace(verdict, suggestion=f"{verdict.suggestion}#{address.fragment}")


def with_freshness(ctx: RunContext, looks: Sequence[Observation]) -> Sequence[Observation]:
    """The history as the settings want it read: an archived repository may count as fresh."""
    if ctx.settings.freshness.archived_is_stale:
        return looks
    return [
        replace(look, freshness=Freshness.FRESH) if look.freshness is Freshness.ARCHIVED else look
        for look in looks
    ]


def flags_by_index(found: Sequence[LinkState]) -> Mapping[int, Flag]:
    """Flags by the index of the place that carries each."""
    return {one.index: one.flag for one in found if one.flag is not None}
