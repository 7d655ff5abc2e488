"""Which links a check looks at: due, in scope, within the budget, and not seen tonight already."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.listing import ToLookAt
from flows.night import Night
from links.due import due, within
from links.kinds import Kind
from links.link import Link
from links.rhythm import Rhythm, rhythm
from warehouse import observations, verdicts
from warehouse.open import Warehouse


@dataclass(frozen=True, slots=True)
class Scope:
    """Which links a check is about."""

    everything: bool = False
    """All links, whether due or not, whatever the budget."""
    host: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Tonight's links, and what they follow from."""

    links: tuple[Link, ...]
    waiting: int
    """Links that are due and do not fit tonight's budget."""
    rhythm: Rhythm
    limited: bool
    """Whether the night's budget holds."""


def choose(night: Night, warehouse: Warehouse, wanted: ToLookAt, scope: Scope) -> Chosen:
    """The links to look at now: due, in scope, and not looked at tonight already.

    They follow from nights that count, so that a run that died is gone on with as it began.
    """
    settings = night.settings.links
    histories = observations.histories(warehouse, list(wanted.links))
    beats = rhythm(wanted.links, histories, settings.pace, costs(night))
    keys = fit = tuple(wanted.links)
    if not scope.everything:
        states = {key: one.state for key, one in verdicts.latest(warehouse).items()}
        keys = due(wanted.links, histories, states, night.night, settings.pace, beats)
        fit = within(keys, histories, beats, settings.budget_requests)
    seen = observations.looked_at(warehouse, night.night)
    chosen = [wanted.links[key] for key in fit if key not in seen]
    if scope.host is not None:
        chosen = [link for link in chosen if link.host == scope.host.lower()]
    return Chosen(tuple(chosen[: scope.limit]), len(keys) - len(fit), beats, not scope.everything)


def costs(night: Night) -> Mapping[Kind, float]:
    """Requests that one look takes where many are asked for at once."""
    github, arxiv = night.settings.authorities.github, night.settings.authorities.arxiv
    with_token = {Kind.GITHUB: 1 / github.batch} if night.secrets.github_token else {}
    return {Kind.ARXIV: 1 / arxiv.batch, **with_token}
