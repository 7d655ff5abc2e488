"""What a page was like, in one short line that can be kept and compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from urllib.parse import unquote

from staycurrent.links.page.scanner import ContentKind, ScannedPage, word_set
from staycurrent.web.address import path_of

_SHINGLE = 3
_WORDS = 1_500
NEAR_DUPLICATE_BITS = 3
"""Bits by which two prints of the same page may differ: the distance at which a crawl of eight
billion pages found near-duplicates and hardly anything else (Manku et al., WWW 2007)."""
RELATED_BITS = 18
"""Bits up to which two texts share much: a cosine of 0.63. Unrelated ones differ by 32 with a
deviation of 4, so that one pair in 2,000 comes so near by chance."""
SAME_TITLE_BITS = 12
"""Bits by which two pages with the same title may differ and be one shell: a cosine of 0.83."""
_WRITTEN = re.compile(r"(html|pdf|other) (\d+) ([0-9a-f]{16}) ?(.*)", re.DOTALL)
_BITS = 64
_digest = partial(blake2b, digest_size=_BITS // 8)
_ALL = (1 << _BITS) - 1
_COMMON = word_set(
    "a an and are as at by com de der die du el en et for from home how in index is it la le net "
    "of on or org page site the to und welcome what with www your"
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A page's kind, size, words and title."""

    kind: ContentKind
    size: int
    """0 without visible words, else one more than the binary logarithm of their number."""
    bits: int
    """A simhash (Charikar, STOC 2002) of the visible words in threes; 64 bits."""
    title: str

    def __str__(self) -> str:
        return f"{self.kind} {self.size} {self.bits:016x} {self.title}"


def fingerprint(page: ScannedPage, url: str) -> Fingerprint:
    """The print of a page at an address; words of the address are left out of the text.

    A page that says "no page /a/b here" would otherwise differ at each address.
    """
    own = word_set(unquote(path_of(url)))
    words: Sequence[str] = page.words[:_WORDS]
    if not own.isdisjoint(words):
        words = [word for word in words if word not in own]
    return Fingerprint(page.kind, len(words).bit_length(), _simhash(words), page.title)


def parse_fingerprint(text: str | None) -> Fingerprint | None:
    """A print as it was written; None for what is none."""
    written = _WRITTEN.fullmatch(text or "")
    if written is None:
        return None
    kind, size, bits, title = written.groups()
    return Fingerprint(ContentKind(kind), int(size), int(bits, 16), title)


def distance(one: Fingerprint, other: Fingerprint) -> int:
    """Bits in which two prints differ: 0 for the same words, about 32 for unrelated ones."""
    return (one.bits ^ other.bits).bit_count()


def same_page(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two addresses show one page."""
    if one.kind is not other.kind or abs(one.size - other.size) > 1:
        return False
    apart = distance(one, other)
    return apart <= NEAR_DUPLICATE_BITS or (
        bool(one.title) and one.title == other.title and apart <= SAME_TITLE_BITS
    )


def same_text(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two texts share much; one without words says nothing, and is not held against it."""
    return not (one.size and other.size) or distance(one, other) <= RELATED_BITS


def same_title(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two titles share a telling word; an empty one says nothing, as above."""
    ours, theirs = significant_words(one.title), significant_words(other.title)
    return not (ours and theirs) or bool(ours & theirs)


def significant_words(text: str) -> frozenset[str]:
    """The words of a title that another site's title would hardly have."""
    return frozenset(word for word in word_set(text) - _COMMON if len(word) > 1)


def _simhash(words: Sequence[str]) -> int:
    """Each bit as most shingles have it."""
    digests = [one.digest() for one in map(_digest, map(str.encode, _shingles(words)))]
    planes = _counted(b"".join(digests), len(digests))
    return _more_than(planes, len(digests) // 2)


def _counted(digests: bytes, count: int) -> list[int]:
    """How many digests have each bit, in planes: the ones of all counts, their twos, and so on.

    The halves of all digests are added to each other, all bits at once, until one is left: for
    1,500 words that takes less time than to hash a tenth of them.
    """
    planes = [int.from_bytes(digests, "little")]
    while count > 1:
        count = (count + 1) // 2
        half = count * _BITS
        low = (1 << half) - 1
        planes = _added([one & low for one in planes], [one >> half for one in planes])
    return planes


def _added(ours: list[int], theirs: list[int]) -> list[int]:
    carry, sums = 0, []
    for one, other in zip(ours, theirs, strict=True):
        either = one ^ other
        sums.append(either ^ carry)
        carry = one & other | either & carry
    return [*sums, carry]


def _more_than(planes: list[int], limit: int) -> int:
    """The bits that were counted more often than `limit`."""
    more, same = 0, _ALL
    for place in reversed(range(len(planes))):
        one = planes[place]
        if limit >> place & 1:
            same &= one
        else:
            more |= same & one
            same &= ~one
    return more


def _shingles(words: Sequence[str]) -> set[str]:
    if 0 < len(words) < _SHINGLE:
        return {" ".join(words)}
    return set(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
