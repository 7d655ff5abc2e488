"""Whether a page that came is the promised one: a table of questions, none answered by a phrase."""

from dataclasses import dataclass

from staycurrent.links.classification import Classification
from staycurrent.links.control_page import ControlPage
from staycurrent.links.moves import is_home
from staycurrent.links.observation import Outcome
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.links.page.fingerprint import RELATED_BITS, distance, parse_fingerprint, same_page
from staycurrent.links.page.signals import MISSING


@dataclass(frozen=True, slots=True)
class PageContext:
    """What is known beside a sight."""

    control_page: ControlPage | None = None
    """What a made-up address of the same folder answers; None if that is not known."""
    others_drifted: bool = False
    """Another page of the host lost its character tonight too."""
    shared_target: bool = False
    """It ended, with many links of its host, at one address."""
    on_many_hosts: bool = False
    """Hosts that have nothing to do with each other show this very page tonight."""


def needs_control_page(sight: PageAnalysis) -> bool:
    """Whether only a made-up address could tell what this sight amounts to."""
    if not _may_be_soft(sight) or _at_once(sight) is not None:
        return False
    signs = sight.signals
    moved = sight.lost_name and not _sent_home_by_its_own_host(sight)
    doubtful = signs.says_missing or signs.for_sale or signs.parking_markup
    return doubtful or moved or (signs.drifted and not signs.spam_trade)


def must_wait(sight: PageAnalysis) -> bool:
    """Whether the night's other looks have a say: redirects, drift, broken promises."""
    alone = not (sight.signals.drifted or sight.signals.lacks_promised_pdf)
    return (
        not alone or sight.classification.outcome is Outcome.REDIRECTED or needs_control_page(sight)
    )


def classify_in_context(sight: PageAnalysis, around: PageContext) -> Classification:
    """The sight's reading in the light of what is around it; most often the reading as it is."""
    if not _may_be_soft(sight):
        return sight.classification
    for decide in _QUESTIONS:
        reading = decide(sight, around)
        if reading is not None:
            return reading
    return sight.classification


def _may_be_soft(sight: PageAnalysis) -> bool:
    return (
        sight.classification.outcome.is_success
        or sight.classification.outcome is Outcome.HOME_REDIRECT
    )


def _at_once(sight: PageAnalysis) -> Classification | None:
    """What needs no sibling: the sign is no phrase, or two signs of different kinds agree."""
    signs = sight.signals
    if sight.at_domain_seller:
        return _told(sight, Outcome.PARKED, "where domains are sold")
    if signs.parking_markup and signs.for_sale and signs.is_short:
        return _told(sight, Outcome.PARKED, "a parking service's page, for sale")
    return None


def _plainly(sight: PageAnalysis, _around: PageContext) -> Classification | None:
    return _at_once(sight)


def _promise_broken(sight: PageAnalysis, around: PageContext) -> Classification | None:
    """A page in the place of a PDF; what many hosts show at once is a portal's or a wall's."""
    if not sight.signals.lacks_promised_pdf or around.on_many_hosts:
        return None
    if sight.signals.needs_scripts:
        return _told(sight, Outcome.BLOCKED, "a script instead of a PDF: open it in a browser")
    return _told(sight, Outcome.SOFT_MISSING, "it promised a PDF and is a page")


def _parked(sight: PageAnalysis, around: PageContext) -> Classification | None:
    sibling = around.control_page
    if sibling is None or not (sight.signals.parking_markup or sight.signals.for_sale):
        return None
    if sibling.reports_missing or not (sibling.parked or _same(sight, sibling)):
        return None
    return _told(sight, Outcome.PARKED, "signs of a parked domain, at a made-up address too")


def _sent_with_all(sight: PageAnalysis, around: PageContext) -> Classification | None:
    """Redirected like any other address of its folder, or with many of its host."""
    if not sight.lost_name:
        return None
    if around.shared_target:
        return _told(sight, Outcome.HOME_REDIRECT, "with other links of its host")
    sibling = around.control_page
    if sibling is None or sight.signals.needs_scripts or not _ends_alike(sight, sibling):
        return None
    home = sight.classification.outcome is Outcome.HOME_REDIRECT
    outcome = Outcome.HOME_REDIRECT if home else Outcome.SOFT_MISSING
    return _told(sight, outcome, "as any made-up address there")


def _missing(sight: PageAnalysis, around: PageContext) -> Classification | None:
    sibling = around.control_page
    if sibling is None or not sight.signals.says_missing or not sibling.says_missing:
        return None
    if sibling.reports_missing or _arrives_here(sight, sibling):
        return None
    if not (_same(sight, sibling) or _akin(sight, sibling)):
        return None
    words = "it says that it is missing, as a made-up address there does"
    return _told(sight, Outcome.SOFT_MISSING, words)


def _taken_over(sight: PageAnalysis, around: PageContext) -> Classification | None:
    if not sight.signals.drifted:
        return None
    if sight.signals.spam_trade:
        return _told(sight, Outcome.TAKEN_OVER, "another title, another text, another trade")
    if sight.signals.needs_scripts:
        words = "a script where the page was: open it in a browser"
        return _told(sight, Outcome.BLOCKED, words)
    if around.others_drifted:
        words = "another title and text, as on other pages of its host"
        return _told(sight, Outcome.TAKEN_OVER, words)
    sibling = around.control_page
    if sibling is None or sibling.reports_missing or not _same(sight, sibling):
        return None
    words = "another title and text, and a made-up address there has them too"
    return _told(sight, Outcome.TAKEN_OVER, words)


def _cleared(sight: PageAnalysis, around: PageContext) -> Classification | None:
    """A page that alone was sent to another host's home page got a house of its own."""
    sibling = around.control_page
    if sibling is None or sight.classification.outcome is not Outcome.HOME_REDIRECT:
        return None
    if _sent_home_by_its_own_host(sight) or not sibling.reports_missing:
        return None
    return _told(sight, Outcome.REDIRECTED, "as no made-up address there")


def _sent_home_by_its_own_host(sight: PageAnalysis) -> bool:
    return is_home(sight.response.final_url) and _host(sight.response.final_url) == _host(
        sight.response.url
    )


def _host(url: str) -> str:
    return url.split("/", 3)[2].removeprefix("www.")


def _ends_alike(sight: PageAnalysis, sibling: ControlPage) -> bool:
    """Both were redirected to one place; what stands behind `?` may tell of the way."""
    end = (sibling.final_url or "").partition("?")[0]
    return bool(end) and end == sight.response.final_url.partition("?")[0]


def _arrives_here(sight: PageAnalysis, sibling: ControlPage) -> bool:
    """The made-up address was put right to this very one: its name is not what counts there."""
    return sibling.final_url == sight.response.url


def _same(sight: PageAnalysis, sibling: ControlPage) -> bool:
    """Whether both addresses show one page."""
    theirs = parse_fingerprint(sibling.fingerprint)
    return (
        sight.fingerprint is not None
        and theirs is not None
        and same_page(sight.fingerprint, theirs)
    )


def _akin(sight: PageAnalysis, sibling: ControlPage) -> bool:
    """Of two that say that they are missing: one title that says so, or much the same words."""
    ours, theirs = sight.fingerprint, parse_fingerprint(sibling.fingerprint)
    if ours is None or theirs is None:
        return False
    if ours.title == theirs.title and MISSING.search(ours.title):
        return True
    if not (ours.size and theirs.size) or abs(ours.size - theirs.size) > 1:
        return False
    return distance(ours, theirs) <= RELATED_BITS


def _told(sight: PageAnalysis, outcome: Outcome, words: str) -> Classification:
    return Classification(outcome, f"{sight.classification.evidence}, {words}")


_QUESTIONS = (
    _plainly,
    _parked,
    _sent_with_all,
    _promise_broken,
    _missing,
    _taken_over,
    _cleared,
)
