"""Which authority is asked with what: the settings' own, and the secrets that belong to each."""

from dataclasses import replace
from typing import Any

from flows.night import Night
from links.authorities.registry import AUTHORITIES, Authority


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
