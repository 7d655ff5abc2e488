"""Who is asked with what: the settings' own, and the secrets that belong to each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from staycurrent.flows.context import RunContext
from staycurrent.links.authorities.github_memory import Remembering, Told
from staycurrent.links.authorities.registry import AUTHORITIES, Authority
from staycurrent.warehouse import repositories, robots
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.auth import TokenAuth
from staycurrent.web.client import Client
from staycurrent.web.response import Fetch
from staycurrent.web.robots import RobotsPolicy, RobotsTxt


def provider(name: str) -> Authority[Any]:
    """The authority of that name; raises KeyError for a name that nobody has."""
    return {one.name: one for one in AUTHORITIES}[name]


def provider_settings(name: str, night: RunContext) -> Any:
    """Its settings tonight; GitHub's token is handed to GitHub and to nobody else."""
    settings = getattr(night.settings.authorities, name)
    if name != "github":
        return settings
    days = night.settings.freshness.stale_after_days
    return replace(settings, token=night.secrets.github_token, stale_after_days=days)


def provider_fetch(
    name: str, night: RunContext, ask: Fetch, warehouse: Warehouse, keep: Callable[[Told], None]
) -> Fetch:
    """How it is asked tonight: GitHub only for what changed since it told us last."""
    if name != "github":
        return ask
    api = night.settings.authorities.github.api
    known = repositories.remembered(warehouse, night.run_date)
    return Remembering(ask, api, night.run_date, known=known, keep=keep)


def feed_fetch(
    night: RunContext, web: Client, warehouse: Warehouse, keep: Callable[[RobotsTxt], None]
) -> Fetch:
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
    return TokenAuth(_politely(night, web, warehouse, keep), tokens)


def _politely(
    night: RunContext, web: Client, warehouse: Warehouse, keep: Callable[[RobotsTxt], None]
) -> Fetch:
    if not night.settings.web.robots:
        return web.request
    known = robots.remembered(warehouse, night.run_date)
    return RobotsPolicy(web, night.run_date, cached=known, save=keep).request
