"""All providers, in the order in which they are offered a link."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from staycurrent.links.link import Link
from staycurrent.links.providers import arxiv, doi, huggingface, youtube
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.providers.github import names as github_names
from staycurrent.web.response import Fetch

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class CheckLinks(Protocol[S_contra]):
    """How a provider checks links that it claims."""

    async def __call__(
        self,
        links: Sequence[Link],
        *,
        settings: S_contra,
        ask: Fetch,
        now: datetime,
        run_date: date,
    ) -> ProviderReport:
        """Report the observations; raises ValueError for a link not claimed."""
        ...


@dataclass(frozen=True, slots=True)
class Provider(Generic[S]):
    """A site that answers for its own pages through an API."""

    name: str
    """The name in its observations, and of its settings in `ProviderSettings`."""
    claims: Callable[[Link], str | None]
    """Its name of a link's content; None if the page itself has to be checked."""
    check: CheckLinks[S]
    is_left_to_page: Callable[[Link, S], bool] = lambda *_: False
    """Whether, with these settings, the page of a link that it claims is checked nevertheless."""


PROVIDERS: tuple[Provider[Any], ...] = (
    Provider("github", github_names.claims, github.check, github.is_left_to_page),
    Provider("arxiv", arxiv.claims, arxiv.check),
    Provider("huggingface", huggingface.claims, huggingface.check),
    Provider("youtube", youtube.claims, youtube.check),
    Provider("doi", doi.claims, doi.check),
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
        found = next((one for one in PROVIDERS if one.claims(link) is not None), None)
        is_left = settings and found and found.is_left_to_page(link, settings[found.name])
        (claimed.setdefault(found.name, []) if found and not is_left else rest).append(link)
    return claimed, rest
