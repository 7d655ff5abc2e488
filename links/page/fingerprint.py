"""A page reduced to one short line that can be stored and compared, and a link's baseline.

The baseline is what a link was like when it was well: the fingerprints of its last successful
checks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from itertools import islice, takewhile
from urllib.parse import unquote

from staycurrent.links.ending import announced_in
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.scanner import MAX_SHORT_WORDS, ContentKind, ScannedPage, word_set
from staycurrent.links.schedule import last_check
from staycurrent.links.settings import Rules
from staycurrent.web.address import path_of

_WORDS = 1_500
NEAR_DUPLICATE_BITS = 3
"""Bits by which two fingerprints of the same page may differ: the distance at which a crawl of
eight billion pages found near-duplicates and hardly anything else (Manku et al., WWW 2007)."""
RELATED_BITS = 18
"""Bits up to which two texts share much: a cosine of 0.63. Unrelated ones differ by 32 with a
deviation of 4: one pair in 2,000 comes that near by chance."""
SAME_TITLE_BITS = 12
"""Bits by which two pages with the same title may differ and be one page: a cosine of 0.83."""
_FORMAT = re.compile(r"(html|pdf|other) (\d{1,2}) ([0-9a-f]{16}) ?(.*)", re.DOTALL)
_BITS = 64
_COMMON = word_set(
    "a an and are as at by com de der die du el en et for from home how in index is it la le net "
    "of on or org page site the to und welcome what with www your "
    "官网首页 官方网站 欢迎来到 主页 平台 中国 公司 登录 注册 公式サイト トップページ ホーム"
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The kind, size, words and title of a page."""

    kind: ContentKind
    size: int
    """0 without visible words, else one more than the binary logarithm of their number."""
    bits: int
    """A simhash (Charikar, STOC 2002) of the visible words in threes; 64 bits."""
    title: str

    def __str__(self) -> str:
        return f"{self.kind} {self.size} {self.bits:016x} {self.title}"

    @property
    def is_short(self) -> bool:
        """Whether the page had hardly more words than `ScannedPage.is_short` allows."""
        return self.size <= MAX_SHORT_WORDS.bit_length()


def fingerprint(page: ScannedPage, url: str) -> Fingerprint:
    """The fingerprint of a page at a URL, without the words of the URL itself.

    A page that says "no page /a/b here" would otherwise differ at each URL.
    """
    own = word_set(unquote(path_of(url)))
    words: Sequence[str] = page.words[:_WORDS]
    if not own.isdisjoint(words):
        words = [word for word in words if word not in own]
    return Fingerprint(page.kind, len(words).bit_length(), _simhash(words), page.title)


def parse_fingerprint(text: str | None) -> Fingerprint | None:
    """A fingerprint from its text; None if the text is not one."""
    match = _FORMAT.fullmatch(text or "")
    if match is None:
        return None
    kind, size, bits, title = match.groups()
    return Fingerprint(ContentKind(kind), int(size), int(bits, 16), title)


def distance(a: Fingerprint, b: Fingerprint) -> int:
    """Bits in which two fingerprints differ: 0 for the same words, about 32 for unrelated ones."""
    return (a.bits ^ b.bits).bit_count()


def same_page(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two URLs show the same page."""
    if a.kind is not b.kind or abs(a.size - b.size) > 1:
        return False
    has_same_title = a.title != "" and a.title == b.title
    return distance(a, b) <= (SAME_TITLE_BITS if has_same_title else NEAR_DUPLICATE_BITS)


def same_text(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two texts share much; True where one of them has no words to compare."""
    return not (a.size and b.size) or distance(a, b) <= RELATED_BITS


def same_title(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether two titles share a significant word; True where one of them has none."""
    ours, theirs = significant_words(a.title), significant_words(b.title)
    return not (ours and theirs) or bool(ours & theirs)


def significant_words(text: str) -> frozenset[str]:
    """The words of a title that are not common to the titles of many sites."""
    return frozenset(word for word in word_set(text) - _COMMON if len(word) > 1)


def _simhash(words: Sequence[str]) -> int:
    """Each bit as most of the words' shingles have it."""
    shingles = set(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    if not shingles and words:
        shingles = {" ".join(words)}
    size = _BITS // 8
    digests = [blake2b(shingle.encode(), digest_size=size).digest() for shingle in shingles]
    # All digests are one integer: a shift and a mask leave one bit of each to be counted.
    together = int.from_bytes(b"".join(digests), "little")
    lowest_bits = int.from_bytes((1).to_bytes(size, "little") * len(digests), "little")
    half = len(digests) // 2
    counts = ((together >> bit & lowest_bits).bit_count() for bit in range(_BITS))
    return sum(1 << bit for bit, count in enumerate(counts) if count > half)


NOT_MODIFIED = 304
_MAX_FINGERPRINTS = 2


@dataclass(frozen=True, slots=True)
class Baseline:
    """As much of a link's history as its next check needs."""

    fingerprints: tuple[Fingerprint, ...] = ()
    """Of the last successful checks that have one, oldest first, at most two."""
    last_success: date | None = None
    failing: bool = False
    """Whether the last check was negative."""
    awaits: bool = False
    """Whether a rule counts the last checks and is not met yet, so that the next days decide."""
    postponed_since: date | None = None
    """First of the last run dates on which the host only postponed our checks."""
    last_page_date: date | None = None
    """When the page last came, if it was unchanged in every check since; else None."""
    unchanged: int = 0
    """Number of these checks; each got a 304 instead of the page."""
    last_duration_s: float = 0.0
    """How long the last check took; 0 if unknown."""
    announced: str = ""
    """The announcement of its end in the evidence of the last page that came; usually empty."""
    own_title: str = ""
    """Of the last page that came from the link's own URL; empty if it had none."""

    @property
    def stable_fingerprint(self) -> Fingerprint | None:
        """The last fingerprint, if the last two successful checks agree; else None."""
        if len(self.fingerprints) < _MAX_FINGERPRINTS:
            return None
        before, last = self.fingerprints
        return last if same_title(before, last) or same_text(before, last) else None


def _shows_page(seen: Observation) -> bool:
    return seen.outcome is Outcome.OK and seen.checked_by == "page" and not seen.is_doubtful


def baseline_from(history: Sequence[Observation], rules: Rules) -> Baseline:
    """The baseline of a link from its observations, oldest first.

    A 304 shows no page: the fingerprint that it stands for counted when the page came.
    """
    latest = reversed(history)
    pages = [seen for seen in latest if seen.shows_own_page and seen.checked_by == "page"]
    texts = (seen.fingerprint for seen in pages if seen.status != NOT_MODIFIED)
    fingerprints = islice(filter(None, map(parse_fingerprint, texts)), _MAX_FINGERPRINTS)
    own = (seen.fingerprint for seen in pages if seen.final_url is None)
    own_page = next(filter(None, map(parse_fingerprint, own)), None)
    well = [*takewhile(_shows_page, reversed(history))]
    unchanged = sum(1 for _ in takewhile(lambda seen: seen.status == NOT_MODIFIED, well))
    last_page_date = well[unchanged].run_date if unchanged < len(well) else None
    errors = (Outcome.SKIPPED, Outcome.SERVER_ERROR)
    latest_errors = takewhile(lambda seen: seen.outcome in errors, reversed(history))
    postponed = (seen.run_date for seen in latest_errors if seen.outcome is Outcome.SKIPPED)
    last = last_check(history, rules)
    return Baseline(
        fingerprints=tuple(fingerprints)[::-1],
        last_success=pages[0].run_date if pages else None,
        failing=bool(history) and history[-1].outcome.is_negative,
        awaits=last is not None and last.awaits,
        postponed_since=min(postponed, default=None),
        last_page_date=last_page_date,
        unchanged=unchanged if last_page_date else 0,
        last_duration_s=(history[-1].elapsed_ms or 0) / 1000 if history else 0.0,
        announced=announced_in(pages[0].evidence) if pages else "",
        own_title=own_page.title if own_page else "",
    )
