"""What a feed's row is called: its identity, its kind, and its address in the form lists prefer."""

from dataclasses import dataclass
from urllib.parse import quote

from staycurrent.web.identity import Thing, arxiv_id, identify, repository


@dataclass(frozen=True, slots=True)
class Name:
    """One thing by name: `paper:arxiv:ID` at arXiv's abstract page, a repository at its root."""

    identity: str
    kind: str
    """`paper`, `repository` or `page`."""
    url: str


def paper(text: str | None) -> Name | None:
    """Name the paper behind an arXiv identifier, with or without version; None if it is none."""
    name = arxiv_id(text or "")
    if name is None:
        return None
    return Name(str(Thing("paper", f"arxiv:{name}")), "paper", f"https://arxiv.org/abs/{name}")


def behind(url: str | None) -> Name | None:
    """Name the thing behind an address; None if the text is no web address."""
    # JSON may have halves of characters: those that belong together are joined, others are lost.
    whole = (url or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    thing = identify(whole)
    if thing is None:
        return None
    if thing.kind == "paper" and thing.name.startswith("arxiv:"):
        return paper(thing.name.removeprefix("arxiv:"))
    if thing.kind == "repository":
        return Name(str(thing), thing.kind, f"https://github.com/{repository(whole)}")
    return Name(str(thing), "paper" if thing.kind == "paper" else "page", _shown(whole))


def _shown(url: str) -> str:
    """The address with whatever cannot be seen in it written out, as a browser sends it."""
    return "".join(one if one.isprintable() and one != " " else quote(one) for one in url.strip())


def repository_behind(url: str | None) -> str | None:
    """Identity of the repository that an address names; None if it names another thing."""
    found = behind(url)
    return found.identity if found is not None and found.kind == "repository" else None
