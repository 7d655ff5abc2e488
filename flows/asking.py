"""Who is asked with what: the settings' own, and the secrets that belong to each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from staycurrent.flows.night import Night
from staycurrent.links.authorities.github_memory import Remembering, Told
from staycurrent.links.authorities.registry import AUTHORITIES, Authority
from staycurrent.warehouse import repositories, robots
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.answer import Ask
from staycurrent.web.bearer import Bearer
from staycurrent.web.client import Web
from staycurrent.web.manners import Manners
from staycurrent.web.robots import Robots


def authority(name: str) -> Authority[Any]:
    """The authority of that name; raises KeyError for a name that nobody has."""
    return {one.name: one for one in AUTHORITIES}[name]


def asked_with(name: str, night: Night) -> Any:
    """Its settings tonight; GitHub's token is handed to GitHub and to nobody else."""
    settings = getattr(night.settings.authorities, name)
    if name != "github":
        return settings
    days = night.settings.freshness.stale_after_days
    return replace(settings, token=night.secrets.github_token, stale_after_days=days)


def asked_by(
    name: str, night: Night, ask: Ask, warehouse: Warehouse, keep: Callable[[Told], None]
) -> Ask:
    """How it is asked tonight: GitHub only for what changed since it told us last."""
    if name != "github":
        return ask
    api = night.settings.authorities.github.api
    known = repositories.remembered(warehouse, night.night)
    return Remembering(ask, api, night.night, known=known, keep=keep)


def feeds_ask(night: Night, web: Web, warehouse: Warehouse, keep: Callable[[Robots], None]) -> Ask:
    """How the feeds ask tonight: pages as robots.txt allows, and two APIs with their tokens.

    `keep` takes what hosts said of that, to be remembered.

    Authorities ask Hugging Face as a reader of the list would, without: a token would show what
    only its owner can open.
    """
    secrets = night.secrets
    tokens = {
        "https://api.github.com/": secrets.github_token,
        "https://huggingface.co/api/": secrets.hf_token,
    }
    return Bearer(_politely(night, web, warehouse, keep), tokens)


def _politely(night: Night, web: Web, warehouse: Warehouse, keep: Callable[[Robots], None]) -> Ask:
    if not night.settings.web.robots:
        return web.ask
    known = robots.remembered(warehouse, night.night)
    return Manners(web, night.night, known=known, keep=keep).ask
