"""A name that belongs to another thing now: an authority's lasting identity tells it."""

from collections.abc import Sequence
from dataclasses import replace

from staycurrent.links.observation import Observation, Outcome


def with_takeover(look: Observation, history: Sequence[Observation]) -> Observation:
    """The look, or the same as TAKEN_OVER where the thing behind the name is not what it was.

    A renamed repository frees its old name, and anybody may register it; the page is then
    alive and somebody else's (nix-community/nurl#384). The identity that the name had at
    its last success counts; where none was ever known, nothing is concluded.
    """
    if look.identity is None or not look.outcome.is_success:
        return look
    before = next(
        (
            one.identity
            for one in reversed(history)
            if one.identity is not None
            and one.outcome.is_success
            and one.checked_by == look.checked_by
        ),
        None,
    )
    if before is None or before == look.identity:
        return look
    return replace(
        look,
        outcome=Outcome.TAKEN_OVER,
        final_url=None,
        permanent=False,
        freshness=None,
        evidence=f"the name belongs to another thing now ({look.evidence})",
    )
