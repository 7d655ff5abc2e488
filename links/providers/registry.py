"""All providers, in the order in which they are offered a link."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from staycurrent.links.link import Link
from staycurrent.links.providers import arxiv, doi, github, huggingface, youtube
from staycurrent.links.providers.base import ProviderReport
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


PROVIDERS: tuple[Provider[Any], ...] = (
    Provider("github", github.claims, github.check),
    Provider("arxiv", arxiv.claims, arxiv.check),
    Provider("huggingface", huggingface.claims, huggingface.check),
    Provider("youtube", youtube.claims, youtube.check),
    Provider("doi", doi.claims, doi.check),
)


def split_by_provider(links: Iterable[Link]) -> tuple[dict[str, list[Link]], list[Link]]:
    """Divide links: those claimed, by the provider's name, and those whose page is checked."""
    claimed: dict[str, list[Link]] = {}
    rest: list[Link] = []
    for link in links:
        name = next((a.name for a in PROVIDERS if a.claims(link) is not None), None)
        (rest if name is None else claimed.setdefault(name, [])).append(link)
    return claimed, rest
