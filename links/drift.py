"""Whether a page is still the one that was listed: its title and text against its own past."""

from staycurrent.links.fingerprint import Fingerprint, same_text, same_title, telling
from staycurrent.links.page import Kind, Page, words_of
from staycurrent.links.past import Past
from staycurrent.links.signs import TRADES

_KEPT_SHARE = 0.5
_TRADES_ENOUGH = 2


def drifted(page: Page, now: Fingerprint, past: Past) -> bool:
    """Whether nothing is left of what two good looks agreed on: neither title nor text.

    A redesign keeps its name in the title, its text, or at least speaks of what it was named
    after; a page without words, or one that was never twice the same, proves nothing.
    """
    before = past.character
    if before is None or not before.kind is now.kind is Kind.HTML:
        return False
    if same_title(before, now) or same_text(before, now):
        return False
    return not _still_named(before.title, page)


def trades(page: Page, before: Fingerprint | None) -> bool:
    """Whether a page deals in what hijacked domains deal in, and did not use to."""
    if before is not None and TRADES.search(before.title.lower()):
        return False
    named = TRADES.search(page.heads.lower()) is not None
    return named or len(_found(page)) >= _TRADES_ENOUGH


def _found(page: Page) -> set[str]:
    if not TRADES.may_stand_in(page.visible.lower(), page.words):
        return set()
    return {match[0] for match in TRADES.finditer(page.text.lower(), page.words)}


def _still_named(title: str, page: Page) -> bool:
    """Whether most telling words of the old title still stand somewhere in the page."""
    old = telling(title)
    return len(old & words_of(page.text)) > _KEPT_SHARE * len(old)
