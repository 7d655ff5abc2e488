"""What arXiv's API says in Atom: papers, how many there should be, and names that are none."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from staycurrent.identity import arxiv_id

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"

# "Withdrawn" in a comment is nearly always the author's word on this very paper; it is not where
# another paper, or a place that is not arXiv, is spoken of.
_COMMENT = re.compile(
    r"(?<!not )(?<!not been )(?<!previously )\bwithdrawn\b"
    r"(?!\s+(?:arxiv:|paper|papers|submission|submissions|article|version|from\s+(?!arxiv)))",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(
    r"\b(?:paper|submission|article|manuscript|preprint|work)\b(?:\s+\S+){0,3}?\s+"
    r"(?:has been|has now been|is|was)\s+withdrawn\b(?!\s+from\s+(?!arxiv))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry."""

    name: str
    """The identifier as `canonical` spells it."""
    version: int | None
    """The newest version's number."""
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the API."""

    papers: tuple[Paper, ...]
    total: int
    """How many papers there should be; more than `papers` where the answer fell short."""
    no_names: tuple[str, ...] = ()
    """What we asked for that arXiv says is no identifier."""


def canonical(text: str) -> str | None:
    """An identifier without version and subject class (`math.GT/0309136v1` -> `math/0309136`)."""
    name = arxiv_id(text)
    return re.sub(r"\.[a-z]{2}/", "/", name) if name else None


def read(body: bytes) -> Page | None:
    """Read an answer; None where it is no feed of arXiv's, or would have the parser expand things.

    A document type is refused before parsing: entities are how XML grows (CVE-2013-1664 and its
    kin), and arXiv sends none.
    """
    try:
        text = body.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return None
        feed = ET.fromstring(text)  # noqa: S314 (no document type, so nothing to expand)
    except (UnicodeDecodeError, ET.ParseError, ValueError):
        return None
    total = feed.findtext(f"{_SEARCH}totalResults", "").strip()
    if feed.tag != f"{_ATOM}feed" or not re.fullmatch(r"[0-9]{1,9}", total):
        return None
    entries = feed.findall(f"{_ATOM}entry")
    errors = [entry for entry in entries if "/api/errors" in _text(entry, f"{_ATOM}id")]
    papers = [paper for entry in entries if (paper := _paper(entry)) is not None]
    return Page(tuple(papers), int(total), tuple(_no_name(e) for e in errors))


def _paper(entry: ET.Element) -> Paper | None:
    found = re.fullmatch(
        r"https?://arxiv\.org/abs/(.+?)(?:v(\d{1,4}))?", _text(entry, f"{_ATOM}id")
    )
    name = canonical(found.group(1)) if found else None
    if found is None or name is None:
        return None
    withdrawn = is_withdrawn(_text(entry, f"{_ARXIV}comment"), _text(entry, f"{_ATOM}summary"))
    return Paper(name, int(found.group(2)) if found.group(2) else None, withdrawn)


def is_withdrawn(comment: str, abstract: str) -> bool:
    """The paper's own words say that it was withdrawn; arXiv has no field for it."""
    return bool(_COMMENT.search(comment) or _ABSTRACT.search(abstract))


def _no_name(entry: ET.Element) -> str:
    """The identifier that an error speaks of; empty where it speaks of something else."""
    found = re.search(r"incorrect id format for (\S+)", _text(entry, f"{_ATOM}summary"))
    return (canonical(found.group(1)) or found.group(1)) if found else ""


def _text(entry: ET.Element, tag: str) -> str:
    return " ".join(entry.findtext(tag, "").split())
