"""All authorities, in the order in which they are offered a link."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from staycurrent.links.authorities import arxiv, doi, github, huggingface, youtube
from staycurrent.links.authorities.report import Report
from staycurrent.links.authorities.settings import ArXiv, Doi, GitHub, HuggingFace, YouTube
from staycurrent.links.link import Link
from staycurrent.web.response import Fetch

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class Observe(Protocol[S_contra]):
    """How an authority is asked about links that it claims."""

    async def __call__(
        self, links: Sequence[Link], *, settings: S_contra, ask: Fetch, now: datetime, night: date
    ) -> Report:
        """Report what could be judged tonight; raises ValueError on a link not claimed."""
        ...


@dataclass(frozen=True, slots=True)
class Authority(Generic[S]):
    """A site that answers for its own pages by an API."""

    name: str
    """What its observations call it."""
    claims: Callable[[Link], str | None]
    """Its name of the thing behind a link, or None where the page itself is to be asked."""
    observe: Observe[S]
    defaults: S
    """What it is asked with where nothing else is set."""


AUTHORITIES: tuple[Authority[Any], ...] = (
    Authority("github", github.claims, github.observe, GitHub()),
    Authority("arxiv", arxiv.claims, arxiv.observe, ArXiv()),
    Authority("huggingface", huggingface.claims, huggingface.observe, HuggingFace()),
    Authority("youtube", youtube.claims, youtube.observe, YouTube()),
    Authority("doi", doi.claims, doi.observe, Doi()),
)


def split(links: Iterable[Link]) -> tuple[dict[str, list[Link]], list[Link]]:
    """Share links out: those claimed, by the authority's name, and those whose page is asked."""
    claimed: dict[str, list[Link]] = {}
    rest: list[Link] = []
    for link in links:
        name = next((a.name for a in AUTHORITIES if a.claims(link) is not None), None)
        (rest if name is None else claimed.setdefault(name, [])).append(link)
    return claimed, rest
