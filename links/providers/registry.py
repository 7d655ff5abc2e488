"""All authorities, in the order in which they are offered a link."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from staycurrent.links.link import Link
from staycurrent.links.providers import arxiv, doi, github, huggingface, youtube
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.settings import (
    ArxivSettings,
    DoiSettings,
    GitHubSettings,
    HuggingFaceSettings,
    YouTubeSettings,
)
from staycurrent.web.response import Fetch

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class CheckLinks(Protocol[S_contra]):
    """How an authority is asked about links that it claims."""

    async def __call__(
        self, links: Sequence[Link], *, settings: S_contra, ask: Fetch, now: datetime, night: date
    ) -> ProviderReport:
        """Report what could be judged tonight; raises ValueError on a link not claimed."""
        ...


@dataclass(frozen=True, slots=True)
class Provider(Generic[S]):
    """A site that answers for its own pages by an API."""

    name: str
    """What its observations call it."""
    claims: Callable[[Link], str | None]
    """Its name of the thing behind a link, or None where the page itself is to be asked."""
    check: CheckLinks[S]
    defaults: S
    """What it is asked with where nothing else is set."""


PROVIDERS: tuple[Provider[Any], ...] = (
    Provider("github", github.claims, github.check, GitHubSettings()),
    Provider("arxiv", arxiv.claims, arxiv.check, ArxivSettings()),
    Provider("huggingface", huggingface.claims, huggingface.check, HuggingFaceSettings()),
    Provider("youtube", youtube.claims, youtube.check, YouTubeSettings()),
    Provider("doi", doi.claims, doi.check, DoiSettings()),
)


def split_by_provider(links: Iterable[Link]) -> tuple[dict[str, list[Link]], list[Link]]:
    """Share links out: those claimed, by the authority's name, and those whose page is asked."""
    claimed: dict[str, list[Link]] = {}
    rest: list[Link] = []
    for link in links:
        name = next((a.name for a in PROVIDERS if a.claims(link) is not None), None)
        (rest if name is None else claimed.setdefault(name, [])).append(link)
    return claimed, rest
