"""Names that belong to other content now, as a provider's lasting identity shows."""

from collections.abc import Sequence
from dataclasses import replace

from staycurrent.links.observation import Observation, Outcome


def with_takeover(observation: Observation, history: Sequence[Observation]) -> Observation:
    """The observation, as TAKEN_OVER if its identity is not that of the last success.

    A renamed repository frees its old name, and anybody may register it; the page is then alive
    and belongs to somebody else (nix-community/nurl#384). Without an earlier identity, nothing
    is concluded.
    """
    if observation.identity is None or not observation.outcome.is_success:
        return observation
    before = next(
        (
            seen.identity
            for seen in reversed(history)
            if seen.identity is not None
            and seen.outcome.is_success
            and seen.checked_by == observation.checked_by
        ),
        None,
    )
    if before is None or before == observation.identity:
        return observation
    return replace(
        observation,
        outcome=Outcome.TAKEN_OVER,
        final_url=None,
        permanent=False,
        freshness=None,
        evidence=f"the name belongs to other content now ({observation.evidence})",
    )
