"""Content that belongs to another party now, by the identities that a provider reports."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import RunGateSettings

IDENTITIES_CHANGED = "most identities changed at once"
"""How the evidence of an observation begins whose new identity is not believed."""


def with_takeovers(
    observations: Sequence[Observation],
    histories: Mapping[str, Sequence[Observation]],
    settings: RunGateSettings,
    changed_on: date | None = None,
) -> list[Observation]:
    """One provider's observations of a run, as TAKEN_OVER where the identity has changed.

    If most of the known identities change at once, the provider has renumbered its content or
    errs: none is believed, the evidence says so, and the run is not judged. `changed_on` is the
    last date on which that happened: what was known before says nothing any more, so that the new
    identities are those that later runs compare with. None: it never happened.
    """
    before = {
        one.link: identity
        for one in observations
        if one.identity is not None
        and one.outcome.is_success
        and (identity := _last_identity(one, histories.get(one.link, ()), changed_on))
    }
    changed = {
        one.link
        for one in observations
        if one.link in before and not is_same(before[one.link], one.identity or "")
    }
    at_once = len(changed) >= settings.min_identities
    if at_once and len(changed) > settings.identities_share * len(before):
        return [
            replace(one, evidence=f"{IDENTITIES_CHANGED}: {one.evidence}")
            if one.link in changed
            else one
            for one in observations
        ]
    return [_taken_over(one) if one.link in changed else one for one in observations]


def is_same(identity: str, other: str) -> bool:
    """Whether two identities name the same content.

    An identity is one name, or several with blanks between, the most lasting first. The first one
    decides if both have as many; else one that both have.
    """
    names, others = identity.split(), other.split()
    if len(names) == len(others):
        return names[:1] == others[:1]
    return not set(names).isdisjoint(others)


def _last_identity(
    observation: Observation, history: Sequence[Observation], changed_on: date | None
) -> str | None:
    """The identity at the last success, if it was observed by the same provider and counts."""
    for seen in reversed(history):
        if changed_on is not None and seen.run_date < changed_on:
            return None
        is_comparable = seen.outcome.is_success and seen.checked_by == observation.checked_by
        if seen.identity is not None and is_comparable:
            return seen.identity
    return None


def _taken_over(observation: Observation) -> Observation:
    """A renamed repository frees its old name, and anybody may register it.

    The page is then alive and belongs to somebody else (nix-community/nurl#384).
    """
    return replace(
        observation,
        outcome=Outcome.TAKEN_OVER,
        final_url=None,
        permanent=False,
        freshness=None,
        evidence=f"the name belongs to other content now ({observation.evidence})",
    )
