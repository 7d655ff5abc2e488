"""The address that a list would use for a paper: in the form that most of its papers have."""

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from staycurrent.web.address import Address, parse
from staycurrent.web.identity import identify

_ARXIV = "paper:arxiv:"


class PaperForm(StrEnum):
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
    ("arxiv.org", "abs"): PaperForm.ABSTRACT,
    ("arxiv.org", "pdf"): PaperForm.PDF,
    ("arxiv.org", "html"): PaperForm.HTML,
    ("huggingface.co", "papers"): PaperForm.HUGGING_FACE,
    ("alphaxiv.org", "abs"): PaperForm.ALPHAXIV,
    ("alphaxiv.org", "overview"): PaperForm.ALPHAXIV,
}


def preferred(urls: Iterable[str]) -> PaperForm:
    """The form that most of a list's arXiv papers have; of equals, and without any, abstracts."""
    used = Counter(form for url in urls if (form := _form(url)) is not None)
    return max(PaperForm, key=lambda form: used[form])


def in_form(url: str, identity: str, form: PaperForm) -> str:
    """The address of a thing as the list would write it; other things keep theirs."""
    return f"{form}{identity.removeprefix(_ARXIV)}" if identity.startswith(_ARXIV) else url


def _form(url: str) -> PaperForm | None:
    address, thing = parse(url), identify(url)
    if not isinstance(address, Address) or not str(thing).startswith(_ARXIV):
        return None
    found = _OF_PAGE.fullmatch(f"{address.host.removeprefix('www.')}{address.target}")
    return _FORMS.get((found.group(1), found.group(2))) if found else None
