"""Which item an address names, under which other names it is known, and how a list writes it."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from urllib.parse import quote

from staycurrent.identity import Identity, arxiv_id, github_repository, identify
from staycurrent.sources.item import Item
from staycurrent.web.address import Address, parse

_ARXIV = "paper:arxiv:"
_MAX_NAMES = 8
"""A number with more names is not an id: a page may come to show the same number in every row."""


def arxiv_item(text: str | None) -> Item | None:
    """Return the paper of an arXiv identifier, with or without version, still without a title.

    None if the text is not an arXiv identifier.
    """
    name = arxiv_id(text or "")
    if name is None:
        return None
    return Item(
        str(Identity("paper", f"arxiv:{name}")), "paper", "", f"https://arxiv.org/abs/{name}", 0
    )


def item_at(url: str | None) -> Item | None:
    """Return what an address names, still without rank; a repository is titled `owner/name`.

    None if the text is not a web address.
    """
    # JSON may hold halves of surrogate pairs: pairs are joined, lone halves are replaced.
    text = (url or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    thing = identify(text)
    if thing is None:
        return None
    if thing.kind == "paper" and thing.name.startswith("arxiv:"):
        return arxiv_item(thing.name.removeprefix("arxiv:"))
    if thing.kind == "repository":
        name = github_repository(text) or ""
        return Item(str(thing), thing.kind, name, f"https://github.com/{name}", 0)
    kind = "paper" if thing.kind == "paper" else "page"
    # Invisible characters are percent-encoded, as a browser sends them.
    visible = (one if one.isprintable() and one != " " else quote(one) for one in text.strip())
    return Item(str(thing), kind, "", "".join(visible), 0)


def repository_at(url: str | None) -> Item | None:
    """Return the GitHub repository that an address names; None if it names something else."""
    item = item_at(url)
    return item if item is not None and item.kind == "repository" else None


def renamed_repositories(numbered: Iterable[tuple[str, int]]) -> tuple[frozenset[str], ...]:
    """Return the identities of each repository that has had more than one.

    `numbered` are identities as they were seen, each with the repository's number at GitHub.
    """
    names: defaultdict[int, set[str]] = defaultdict(set)
    for identity, number in numbered:
        names[number].add(identity)
    return tuple(frozenset(same) for same in names.values() if 1 < len(same) <= _MAX_NAMES)


def other_names(identities: Collection[str], renamed: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the further identities that the repositories among `identities` have or had."""
    same = [names for names in renamed if not names.isdisjoint(identities)]
    return frozenset().union(*same).difference(identities)


class PaperUrlForm(StrEnum):
    """The page of a paper that a list links to: the address before the arXiv identifier."""

    ABSTRACT = "https://arxiv.org/abs/"
    PDF = "https://arxiv.org/pdf/"
    HTML = "https://arxiv.org/html/"
    HUGGING_FACE = "https://huggingface.co/papers/"
    ALPHAXIV = "https://www.alphaxiv.org/abs/"


_FORMS = {
    "arxiv.org/abs": PaperUrlForm.ABSTRACT,
    "arxiv.org/pdf": PaperUrlForm.PDF,
    "arxiv.org/html": PaperUrlForm.HTML,
    "huggingface.co/papers": PaperUrlForm.HUGGING_FACE,
    "alphaxiv.org/abs": PaperUrlForm.ALPHAXIV,
    "alphaxiv.org/overview": PaperUrlForm.ALPHAXIV,
}
_PAPER_PAGE = re.compile(f"({'|'.join(map(re.escape, _FORMS))})/.+")


def preferred_paper_form(urls: Iterable[str]) -> PaperUrlForm:
    """Return the form of most of the arXiv papers; the first member for ties and without papers."""
    used: Counter[PaperUrlForm] = Counter()
    for url in urls:
        address = parse(url)
        if isinstance(address, Address) and str(identify(url)).startswith(_ARXIV):
            page = _PAPER_PAGE.fullmatch(f"{address.host.removeprefix('www.')}{address.target}")
            used.update([_FORMS[page.group(1)]] if page else [])
    return max(PaperUrlForm, key=lambda form: used[form])


def url_in_form(url: str, identity: str, form: PaperUrlForm) -> str:
    """Return the address of an arXiv paper in the form of a list; other addresses as they are."""
    return f"{form}{identity.removeprefix(_ARXIV)}" if identity.startswith(_ARXIV) else url
