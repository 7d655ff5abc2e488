"""All providers, in the order in which they are offered a link."""

from collections.abc import Iterable, Mapping
from typing import Any

from staycurrent.links.link import Link
from staycurrent.links.link import link as as_link
from staycurrent.links.providers import arxiv, doi, gitlab, huggingface, packages, youtube
from staycurrent.links.providers.github import check as github
from staycurrent.web.address import host_of

PROVIDERS = (
    github.PROVIDER,
    gitlab.PROVIDER,
    arxiv.PROVIDER,
    huggingface.PROVIDER,
    youtube.PROVIDER,
    doi.PROVIDER,
    *packages.PROVIDERS,
)


def split_by_provider(
    links: Iterable[Link], settings: Mapping[str, Any] | None = None
) -> tuple[dict[str, list[Link]], list[Link]]:
    """Divide links: those claimed, by the provider's name, and those whose page is checked.

    With the settings of each provider, what it leaves to the page is among the latter.
    """
    claimed: dict[str, list[Link]] = {}
    rest: list[Link] = []
    for link in links:
        provider = next((one for one in PROVIDERS if one.claims(link) is not None), None)
        if provider and settings and provider.is_left_to_page(link, settings[provider.name]):
            provider = None
        if provider is None:
            rest.append(link)
        else:
            claimed.setdefault(provider.name, []).append(link)
    return claimed, rest


def container_of(url: str) -> tuple[str, Link] | None:
    """The provider and the project of a page in one, of which it may say that it is gone."""
    page = as_link(url)
    if not isinstance(page, Link):
        return None
    for provider in PROVIDERS:
        if path := provider.container(page):
            project = as_link(f"https://{host_of(url)}/{path}")
            if isinstance(project, Link) and provider.claims(project):
                return provider.name, project
    return None
