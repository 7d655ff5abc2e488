"""What a feed's row is called: its identity, its kind, and its address in the form lists prefer."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from staycurrent.identity import Identity, arxiv_id, github_repository, identify
from staycurrent.web.address import Address, parse


@dataclass(frozen=True, slots=True)
class ItemName:
    """One thing by name: `paper:arxiv:ID` at arXiv's abstract page, a repository at its root."""

    identity: str
    kind: str
    """`paper`, `repository` or `page`."""
    url: str


def name_paper(text: str | None) -> ItemName | None:
    """Name the paper behind an arXiv identifier, with or without version; None if it is none."""
    name = arxiv_id(text or "")
    if name is None:
        return None
    return ItemName(
        str(Identity("paper", f"arxiv:{name}")), "paper", f"https://arxiv.org/abs/{name}"
    )


def name_url(url: str | None) -> ItemName | None:
    """Name the thing behind an address; None if the text is no web address."""
    # JSON may have halves of characters: those that belong together are joined, others are lost.
    whole = (url or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    thing = identify(whole)
    if thing is None:
        return None
    if thing.kind == "paper" and thing.name.startswith("arxiv:"):
        return name_paper(thing.name.removeprefix("arxiv:"))
    if thing.kind == "repository":
        return ItemName(str(thing), thing.kind, f"https://github.com/{github_repository(whole)}")
    return ItemName(str(thing), "paper" if thing.kind == "paper" else "page", _printable(whole))


def _printable(url: str) -> str:
    """The address with whatever cannot be seen in it written out, as a browser sends it."""
    return "".join(one if one.isprintable() and one != " " else quote(one) for one in url.strip())


def repository_identity(url: str | None) -> str | None:
    """Identity of the repository that an address names; None if it names another thing."""
    found = name_url(url)
    return found.identity if found is not None and found.kind == "repository" else None


_MAX_NAMES = 8
"""A number that more names share is none: a page may come to tell the same for all its rows."""


def renamed(numbered: Iterable[tuple[str, int]]) -> tuple[frozenset[str], ...]:
    """Return the identities of each repository that went by more than one.

    `numbered` are identities as they were seen, each with the number that stood beside it.
    """
    names: defaultdict[int, set[str]] = defaultdict(set)
    for identity, number in numbered:
        names[number].add(identity)
    return tuple(frozenset(one) for one in names.values() if 1 < len(one) <= _MAX_NAMES)


def other_names(known: Collection[str], renamed: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the identities under which repositories of `known` go or went elsewhere."""
    same = [names for names in renamed if not names.isdisjoint(known)]
    return frozenset().union(*same).difference(known)


_ARXIV = "paper:arxiv:"


class PaperUrlForm(StrEnum):
    """Pages of one paper, by the address that precedes its identifier."""

    ABSTRACT = "https://arxiv.org/abs/"
    PDF = "https://arxiv.org/pdf/"
    HTML = "https://arxiv.org/html/"
    HUGGING_FACE = "https://huggingface.co/papers/"
    ALPHAXIV = "https://www.alphaxiv.org/abs/"


_OF_PAGE = re.compile(
    r"(arxiv\.org|huggingface\.co|alphaxiv\.org)/(abs|pdf|html|papers|overview)/.+"
)
_FORMS = {
    ("arxiv.org", "abs"): PaperUrlForm.ABSTRACT,
    ("arxiv.org", "pdf"): PaperUrlForm.PDF,
    ("arxiv.org", "html"): PaperUrlForm.HTML,
    ("huggingface.co", "papers"): PaperUrlForm.HUGGING_FACE,
    ("alphaxiv.org", "abs"): PaperUrlForm.ALPHAXIV,
    ("alphaxiv.org", "overview"): PaperUrlForm.ALPHAXIV,
}


def preferred_paper_form(urls: Iterable[str]) -> PaperUrlForm:
    """The form that most of a list's arXiv papers have; of equals, and without any, abstracts."""
    used = Counter(form for url in urls if (form := _paper_form(url)) is not None)
    return max(PaperUrlForm, key=lambda form: used[form])


def url_in_form(url: str, identity: str, form: PaperUrlForm) -> str:
    """The address of a thing as the list would write it; other things keep theirs."""
    return f"{form}{identity.removeprefix(_ARXIV)}" if identity.startswith(_ARXIV) else url


def _paper_form(url: str) -> PaperUrlForm | None:
    address, thing = parse(url), identify(url)
    if not isinstance(address, Address) or not str(thing).startswith(_ARXIV):
        return None
    found = _OF_PAGE.fullmatch(f"{address.host.removeprefix('www.')}{address.target}")
    return _FORMS.get((found.group(1), found.group(2))) if found else None
