"""Whether a page that came is the promised one: a table of questions, none answered by a phrase."""

from dataclasses import dataclass

from staycurrent.links.fingerprint import RELATED, distance, read, same_shell
from staycurrent.links.names import is_home
from staycurrent.links.observation import Outcome
from staycurrent.links.outcome import Reading
from staycurrent.links.sibling import Sibling
from staycurrent.links.sight import Sight
from staycurrent.links.signs import MISSING


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside a sight."""

    sibling: Sibling | None = None
    """What a made-up address of the same folder answers; None if that is not known."""
    others_drifted: bool = False
    """Another page of the host lost its character tonight too."""
    crowded: bool = False
    """It ended, with many links of its host, at one address."""
    everywhere: bool = False
    """Hosts that have nothing to do with each other show this very page tonight."""


def is_open(sight: Sight) -> bool:
    """Whether only a made-up address could tell what this sight amounts to."""
    if not _may_be_soft(sight) or _at_once(sight) is not None:
        return False
    signs = sight.signs
    moved = sight.lost_its_way and not _sent_home_by_its_own_host(sight)
    doubtful = signs.says_missing or signs.for_sale or signs.parking_mark
    return doubtful or moved or (signs.drifted and not signs.trades)


def must_wait(sight: Sight) -> bool:
    """Whether the night's other looks have a say: redirects, drift, broken promises."""
    alone = not (sight.signs.drifted or sight.signs.breaks_promise)
    return not alone or sight.reading.outcome is Outcome.REDIRECTED or is_open(sight)


def decided(sight: Sight, around: Around) -> Reading:
    """The sight's reading in the light of what is around it; most often the reading as it is."""
    if not _may_be_soft(sight):
        return sight.reading
    for decide in _QUESTIONS:
        reading = decide(sight, around)
        if reading is not None:
            return reading
    return sight.reading


def _may_be_soft(sight: Sight) -> bool:
    return sight.reading.outcome.is_success or sight.reading.outcome is Outcome.HOME_REDIRECT


def _at_once(sight: Sight) -> Reading | None:
    """What needs no sibling: the sign is no phrase, or two signs of different kinds agree."""
    signs = sight.signs
    if sight.at_seller:
        return _told(sight, Outcome.PARKED, "where domains are sold")
    if signs.parking_mark and signs.for_sale and signs.is_short:
        return _told(sight, Outcome.PARKED, "a parking service's page, for sale")
    return None


def _plainly(sight: Sight, _around: Around) -> Reading | None:
    return _at_once(sight)


def _promise_broken(sight: Sight, around: Around) -> Reading | None:
    """A page in the place of a PDF; what many hosts show at once is a portal's or a wall's."""
    if not sight.signs.breaks_promise or around.everywhere:
        return None
    if sight.signs.opaque:
        return _told(sight, Outcome.BLOCKED, "a script instead of a PDF: open it in a browser")
    return _told(sight, Outcome.SOFT_MISSING, "it promised a PDF and is a page")


def _parked(sight: Sight, around: Around) -> Reading | None:
    sibling = around.sibling
    if sibling is None or not (sight.signs.parking_mark or sight.signs.for_sale):
        return None
    if sibling.is_honest or not (sibling.parked or _same(sight, sibling)):
        return None
    return _told(sight, Outcome.PARKED, "signs of a parked domain, at a made-up address too")


def _sent_with_all(sight: Sight, around: Around) -> Reading | None:
    """Redirected like any other address of its folder, or with many of its host."""
    if not sight.lost_its_way:
        return None
    if around.crowded:
        return _told(sight, Outcome.HOME_REDIRECT, "with other links of its host")
    sibling = around.sibling
    if sibling is None or sight.signs.opaque or not _ends_alike(sight, sibling):
        return None
    home = sight.reading.outcome is Outcome.HOME_REDIRECT
    outcome = Outcome.HOME_REDIRECT if home else Outcome.SOFT_MISSING
    return _told(sight, outcome, "as any made-up address there")


def _missing(sight: Sight, around: Around) -> Reading | None:
    sibling = around.sibling
    if sibling is None or not sight.signs.says_missing or not sibling.says_missing:
        return None
    if sibling.is_honest or _arrives_here(sight, sibling):
        return None
    if not (_same(sight, sibling) or _akin(sight, sibling)):
        return None
    words = "it says that it is missing, as a made-up address there does"
    return _told(sight, Outcome.SOFT_MISSING, words)


def _taken_over(sight: Sight, around: Around) -> Reading | None:
    if not sight.signs.drifted:
        return None
    if sight.signs.trades:
        return _told(sight, Outcome.TAKEN_OVER, "another title, another text, another trade")
    if sight.signs.opaque:
        words = "a script where the page was: open it in a browser"
        return _told(sight, Outcome.BLOCKED, words)
    if around.others_drifted:
        words = "another title and text, as on other pages of its host"
        return _told(sight, Outcome.TAKEN_OVER, words)
    sibling = around.sibling
    if sibling is None or sibling.is_honest or not _same(sight, sibling):
        return None
    words = "another title and text, and a made-up address there has them too"
    return _told(sight, Outcome.TAKEN_OVER, words)


def _cleared(sight: Sight, around: Around) -> Reading | None:
    """A page that alone was sent to another host's home page got a house of its own."""
    sibling = around.sibling
    if sibling is None or sight.reading.outcome is not Outcome.HOME_REDIRECT:
        return None
    if _sent_home_by_its_own_host(sight) or not sibling.is_honest:
        return None
    return _told(sight, Outcome.REDIRECTED, "as no made-up address there")


def _sent_home_by_its_own_host(sight: Sight) -> bool:
    return is_home(sight.answer.final_url) and _host(sight.answer.final_url) == _host(
        sight.answer.url
    )


def _host(url: str) -> str:
    return url.split("/", 3)[2].removeprefix("www.")


def _ends_alike(sight: Sight, sibling: Sibling) -> bool:
    """Both were redirected to one place; what stands behind `?` may tell of the way."""
    end = (sibling.final_url or "").partition("?")[0]
    return bool(end) and end == sight.answer.final_url.partition("?")[0]


def _arrives_here(sight: Sight, sibling: Sibling) -> bool:
    """The made-up address was put right to this very one: its name is not what counts there."""
    return sibling.final_url == sight.answer.url


def _same(sight: Sight, sibling: Sibling) -> bool:
    """Whether both addresses show one page."""
    theirs = read(sibling.fingerprint)
    return sight.print is not None and theirs is not None and same_shell(sight.print, theirs)


def _akin(sight: Sight, sibling: Sibling) -> bool:
    """Of two that say that they are missing: one title that says so, or much the same words."""
    ours, theirs = sight.print, read(sibling.fingerprint)
    if ours is None or theirs is None:
        return False
    if ours.title == theirs.title and MISSING.search(ours.title):
        return True
    if not (ours.size and theirs.size) or abs(ours.size - theirs.size) > 1:
        return False
    return distance(ours, theirs) <= RELATED


def _told(sight: Sight, outcome: Outcome, words: str) -> Reading:
    return Reading(outcome, f"{sight.reading.evidence}, {words}")


_QUESTIONS = (
    _plainly,
    _parked,
    _sent_with_all,
    _promise_broken,
    _missing,
    _taken_over,
    _cleared,
)
