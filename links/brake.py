"""Too many links dying in one night is held for a night: it is rarely the web that broke."""

from collections.abc import Collection, Mapping
from datetime import date

from staycurrent.links.settings import Brake
from staycurrent.links.verdict import State, Verdict

_GRAVE = (State.DEAD, State.INSECURE)


def held(
    verdicts: Collection[Verdict],
    decided: Mapping[str, date],
    once_well: Collection[str],
    night: date,
    brake: Brake,
) -> frozenset[str]:
    """Links whose grave verdict was reached tonight and is to be shown from tomorrow on.

    `decided` is the night on which each link's present verdict was reached; `once_well` the
    links that were ever seen well: what a list brought along dead is no sudden change. What
    was held is released by the next night without a hand, or at once by a person
    (`staycurrent render --release`); `status` tells it from the first.
    """
    new = frozenset(
        one.link
        for one in verdicts
        if one.state in _GRAVE and decided.get(one.link) == night and one.link in once_well
    )
    few = len(new) <= brake.most and len(new) <= max(brake.least, brake.share * len(verdicts))
    return frozenset() if few else new
