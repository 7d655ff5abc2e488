"""Whether a page is the expected one: soft 404s, parked domains, takeovers.

No phrase decides alone. What a page says counts if a control page (a random URL of the same
folder: Bar-Yossef et al., WWW 2004) shows the same, or if two kinds of evidence agree.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from staycurrent.links.classification import Classification, classify, describe_redirect, shows_page
from staycurrent.links.former_page import FormerPage, Relation
from staycurrent.links.moves import is_home
from staycurrent.links.observation import PERHAPS_USURPED, Outcome
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.links.page.fingerprint import (
    NOT_MODIFIED,
    RELATED_BITS,
    Baseline,
    Fingerprint,
    distance,
    fingerprint,
    parse_fingerprint,
    same_page,
)
from staycurrent.links.page.scanner import scan_response
from staycurrent.links.page.signals import ABOUT_ERRORS, MISSING, signals_of
from staycurrent.links.page.subject import crosses_domains
from staycurrent.web.response import Response

CONTROL_PAGE_DAYS = 21
"""Days for which a control page is used."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTH = 25
_MISSING_STATUSES = (404, 410)


@dataclass(frozen=True, slots=True)
class ControlPage:
    """The response to a URL that cannot exist; stored only if it says something."""

    folder: str
    """`https://host/path/`: the URLs that it is valid for."""
    run_date: date
    status: int
    final_url: str | None = None
    """Where redirects ended; None if there were none."""
    fingerprint: str | None = None
    says_missing: bool = False
    parked: bool = False
    """It has a sign of a parked domain."""

    @property
    def reports_missing(self) -> bool:
        """The host answers 404 or 410 for a page that does not exist."""
        return self.status in _MISSING_STATUSES


def folder_of(url: str) -> str:
    """The folder in which a random URL is requested.

    `/questions/12/how-to` belongs to `/questions/`: servers that identify content by a number
    ignore the words after it, and would return the content itself for a random name.
    """
    parts = urlsplit(url)
    segments = parts.path.split("/")[1:-1]
    numbered = next((n for n, one in enumerate(segments) if one.isdigit()), len(segments))
    return f"{parts.scheme}://{parts.netloc}/" + "".join(f"{one}/" for one in segments[:numbered])


def random_url(folder: str, run_date: date) -> str:
    """A random URL in the folder; the same for the whole run date."""
    digest = blake2b(f"{folder} {run_date}".encode(), digest_size=_LENGTH).digest()
    return folder + "".join(_LETTERS[byte % 26] for byte in digest)


def control_page_from(folder: str, run_date: date, response: Response) -> ControlPage | None:
    """The control page of a response; None if it says nothing (bot walls, failures, 5xx).

    A random URL that is redirected to another host says so even if that one refuses us, as the
    search engines do to which short-link hosts redirect unknown names.
    """
    page = scan_response(response)
    outcome = classify(response, page).outcome
    final_url = response.final_url_with_fragment if response.hops else None
    urls = (folder, final_url or folder)
    hosts = {(urlsplit(url).hostname or "").removeprefix("www.") for url in urls}
    control = ControlPage(folder, run_date, response.status, final_url)
    if not shows_page(response, outcome):
        says_something = outcome in (Outcome.MISSING, Outcome.GONE) or len(hosts) > 1
        return control if says_something else None
    if page is None:
        return control
    signals, shown = signals_of(page), str(fingerprint(page, response.url))
    is_parked = signals.parking_markup or signals.for_sale
    return replace(control, fingerprint=shown, says_missing=signals.says_missing, parked=is_parked)


def is_usable(
    page: ControlPage, run_date: date, baseline: Baseline, now: Fingerprint | None
) -> bool:
    """Whether a control page may be used for a link.

    It must not be older than three weeks, nor than the change that it has to explain: a host
    that answered 404 while its page was well may have been parked since.
    """
    if not timedelta(0) <= run_date - page.run_date < timedelta(CONTROL_PAGE_DAYS):
        return False
    last = baseline.fingerprints[-1] if baseline.fingerprints else None
    unchanged = last is not None and now is not None and same_page(last, now)
    return unchanged or baseline.last_success is None or page.run_date > baseline.last_success


@dataclass(frozen=True, slots=True)
class Ownership:
    """What the registry says of the link's domain, compared with the date of its line."""

    registered: date | None = None
    """Since when it is registered, if that is later than the line."""
    line: date | None = None
    is_older: bool = False
    """It was registered before the line, and so belongs to whom it did then, unless it was sold."""
    is_parked: bool = False
    """Its name servers are those of a parking service."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """What is known beyond the page itself."""

    control_page: ControlPage | None = None
    """Of the same folder; None if it is not known."""
    others_drifted: bool = False
    """Another page of the host lost its title and text in this run too."""
    shared_target: bool = False
    """It was redirected, with many links of its host, to one URL."""
    on_many_hosts: bool = False
    """Unrelated hosts show this very page in this run."""
    without_home: bool = False
    """Its host answers 404 for all links and the home page, and never answered otherwise."""
    ownership: Ownership = Ownership()
    former: FormerPage | None = None
    """What the archive has of the time of the line; None if it was not asked."""


def needs_control_page(analysis: PageAnalysis) -> bool:
    """Whether only a control page could decide about this page."""
    if not _may_be_soft(analysis) or _parked_for_certain(analysis) is not None:
        return False
    signals = analysis.signals
    moved = analysis.lost_name and not _is_sent_home_by_own_host(analysis)
    is_gone = signals.says_missing or signals.unattended
    is_parked = signals.for_sale or signals.parking_markup
    return is_gone or is_parked or moved or (signals.drifted and not signals.spam_trade)


def must_wait(analysis: PageAnalysis) -> bool:
    """Whether the run's other checks matter: for redirects, drift and missing PDFs."""
    signals, outcome = analysis.signals, analysis.classification.outcome
    is_odd = signals.drifted or signals.lacks_promised_pdf or outcome is Outcome.REDIRECTED
    return is_odd or suspicion(analysis) > 0 or needs_control_page(analysis)


_Decision = tuple[Outcome, str]
"""An outcome in the place of the classification's, and the words that it adds to the evidence."""


def classify_in_context(analysis: PageAnalysis, context: PageContext) -> Classification:
    """The page's classification in its context; usually unchanged."""
    if context.without_home and analysis.classification.outcome is Outcome.MISSING:
        # perhaps only to robots, so that it counts as the weak evidence that a broken server is
        words = "as all links of its host and its home page"
        return _with_evidence(analysis, Outcome.SERVER_ERROR, words)
    result = analysis.classification
    if _may_be_soft(analysis):
        usurped = _usurped(analysis, context)
        if usurped is None and (parked := _parked_for_certain(analysis)):
            return parked
        decision = (
            usurped
            or _parked(analysis, context)
            or _redirected_like_others(analysis, context)
            or _lacks_pdf(analysis, context)
            or _soft_missing(analysis, context)
            or _taken_over(analysis, context)
            or _moved_to_own_host(analysis, context)
        )
        if decision is not None:
            outcome, words = decision
            result = _with_evidence(analysis, outcome, words)
    if analysis.signals.says_closed and result.outcome in _IN_THE_PLACE:
        # its owner's own page, which may be there for weeks: as weak as 503
        words = f"{result.evidence}, a page that says that it is closed"
        return Classification(Outcome.SERVER_ERROR, words)
    control, signals = context.control_page, analysis.signals
    if not result.outcome.is_success:
        return result
    if control and signals.unattended and _is_same(analysis, control):
        words = "a page of a host without a site, at a random URL too"
        return _with_evidence(analysis, Outcome.SERVER_ERROR, words)
    if signals.new_server and is_home(analysis.response.url):
        return _with_evidence(analysis, Outcome.SERVER_ERROR, "a server that was never set up")
    return result


_IN_THE_PLACE = (Outcome.SOFT_MISSING, Outcome.HOME_REDIRECT)
_STRONGEST = 3


def suspicion(analysis: PageAnalysis) -> int:
    """How strong the evidence is that the site is another party's; 0: none.

    Registries are asked about the doubtful ones, the strongest suspicion first.
    """
    if not _may_be_soft(analysis) or analysis.response.status == NOT_MODIFIED:
        return 0
    signals = analysis.signals
    if signals.trade or (signals.for_sale and (signals.is_short or signals.parking_markup)):
        return _STRONGEST
    return 2 * signals.elsewhere or int(signals.nameless and not signals.needs_scripts)


def needs_registry(analysis: PageAnalysis) -> bool:
    """Whether it would matter since when the page's domain is registered."""
    drifted = analysis.signals.drifted and _may_be_soft(analysis)
    return drifted or suspicion(analysis) > 0


def needs_former_page(analysis: PageAnalysis, ownership: Ownership) -> bool:
    """Whether what the link showed in the time of its line would decide something."""
    level = suspicion(analysis)
    is_strong = level == _STRONGEST or ownership.registered is not None or ownership.is_parked
    moved = analysis.signals.elsewhere and analysis.response.is_permanent_redirect
    return level > 0 and (is_strong or moved or not ownership.is_older)


def with_former_page(analysis: PageAnalysis, context: PageContext) -> PageAnalysis:
    """Believe a redirect to another owner's page that continues what the link showed before.

    Not of a domain that was registered again, and not to a trade of usurpers.
    """
    former, signals, owner = context.former, analysis.signals, context.ownership
    if former is None or not signals.elsewhere or signals.trade or signals.for_sale:
        return analysis
    if owner.registered is not None or owner.is_parked or not former.leads_to(analysis):
        return analysis
    return replace(analysis, signals=replace(signals, elsewhere=False, unlike=False))


def _usurped(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    """Another party's site by two kinds of evidence, or suspected to be one by one of them.

    Strong are a trade of usurpers, a domain for sale, a registration that is later than the line,
    and name servers of a parking service. That the page says nothing of the entry, or is redirected
    to one that does not, counts only in addition to these: it may be a translation or a redesign.
    So does a page with nothing left of what the archive captured at the time of the line. One that
    was the same then is not a usurper's. A later registration may be the owner's own: it does not
    count against a page with the entry's name, or with the words of the page of that time.
    """
    signals, level = analysis.signals, suspicion(analysis)
    ownership, former = context.ownership, context.former
    if not level:
        return None
    relation = former.relation(analysis) if former else Relation.UNKNOWN
    was_about = former is not None and former.is_about
    is_same, is_related = relation is Relation.SAME, relation in (Relation.SAME, Relation.RELATED)
    if is_same and (was_about or ownership.registered):
        return None
    is_for_sale = level == _STRONGEST and not signals.trade
    strong: list[str] = []
    if signals.trade and not (former and was_about and signals.trade in former.trades):
        strong.append(f"the page speaks of {signals.trade}")
    is_renewed = ownership.registered is not None and not is_related
    if is_renewed and (level == _STRONGEST or signals.nameless):
        line = f"the line is of {ownership.line}"
        strong.append(f"the domain was registered on {ownership.registered}, {line}")
    if ownership.is_parked:
        strong.append("its name servers are those of a parking service")
    if strong and is_for_sale:  # control pages decide about what is only for sale
        strong.append("the page offers the domain for sale")
    is_unlike = (signals.unlike or signals.elsewhere) and not is_related
    absent = ["says nothing of the entry"] if is_unlike else []
    is_lost = former is not None and was_about and relation is Relation.UNRELATED
    if former and is_lost:
        absent.append(former.evidence)
    if not strong and not (is_lost and signals.nameless and not signals.elsewhere):
        return None
    words = "; ".join((*strong, *absent))
    if strong and len(strong) + len(absent) > 1 and not is_same:
        return Outcome.TAKEN_OVER, words
    outcome, doubtful = analysis.classification.outcome, f"{words}{PERHAPS_USURPED}"
    return (outcome, doubtful) if outcome.is_success else None


def _may_be_soft(analysis: PageAnalysis) -> bool:
    outcome, signals = analysis.classification.outcome, analysis.signals
    is_plain = outcome is Outcome.TLS  # parking services have no certificates
    is_at_seller = (is_plain or outcome.is_blocked) and analysis.at_domain_seller
    is_for_sale = is_plain and (signals.for_sale or signals.parking_markup)
    is_page = outcome.is_success or outcome is Outcome.HOME_REDIRECT
    return is_page or is_at_seller or is_for_sale


def _parked_for_certain(analysis: PageAnalysis) -> Classification | None:
    """Parked, without a control page: by the redirect's target, or two kinds of evidence."""
    signals = analysis.signals
    if analysis.at_domain_seller:
        words = f"{describe_redirect(analysis.response)}, where domains are sold"
        return Classification(Outcome.PARKED, words)
    if signals.parking_markup and signals.for_sale and signals.is_short:
        return _with_evidence(analysis, Outcome.PARKED, "a parking service's page, for sale")
    return None


def _parked(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    control = context.control_page
    if control is None or not (analysis.signals.parking_markup or analysis.signals.for_sale):
        return None
    if control.reports_missing or not (control.parked or _is_same(analysis, control)):
        return None
    return Outcome.PARKED, "signs of a parked domain, at a random URL too"


def _redirected_like_others(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    """Redirected like many links of its host, or like a random URL of its folder."""
    if not analysis.lost_name:
        return None
    control, signals = context.control_page, analysis.signals
    home = analysis.classification.outcome is Outcome.HOME_REDIRECT
    if context.shared_target and not (control and _ends_elsewhere(analysis, control)):
        others, outcome = "with other links of its host", Outcome.HOME_REDIRECT
    elif control and control.final_url and not _ends_elsewhere(analysis, control):
        if signals.needs_scripts or (analysis.is_search and not _is_same(analysis, control)):
            return None  # what a search finds by the name may well be the page
        others = "as any random URL there"
        outcome = Outcome.HOME_REDIRECT if home else Outcome.SOFT_MISSING
    else:
        return None
    is_own = not crosses_domains(analysis.response.url, analysis.response.final_url)
    is_wall = is_own and signals.speaks_of_robots and not (home or signals.says_missing)
    if signals.needs_scripts or is_wall:  # perhaps a check of browsers
        what = "a script" if signals.needs_scripts else "a short page about robots"
        return Outcome.BLOCKED, f"{others}, to {what}: open it in a browser"
    return outcome, others


def _lacks_pdf(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    """A page instead of a PDF, unless many hosts show it: then it is a portal or a wall."""
    if not analysis.signals.lacks_promised_pdf or context.on_many_hosts:
        return None
    if analysis.signals.needs_scripts:
        return Outcome.BLOCKED, "a script instead of a PDF: open it in a browser"
    return Outcome.SOFT_MISSING, "a page instead of the promised PDF"


def _soft_missing(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    control, outcome = context.control_page, analysis.classification.outcome
    if not analysis.signals.says_missing:
        return None
    if control is None:
        if outcome is not Outcome.REDIRECTED or ABOUT_ERRORS.search(analysis.response.url):
            return None
        words = "a page that says that it is missing; a random URL has no answer"
        return Outcome.BLOCKED, f"{words}: open it in a browser"
    # a random URL that is redirected to this very page says nothing of the page
    says_nothing = control.reports_missing or control.final_url == analysis.response.url
    if says_nothing or not control.says_missing:
        return None
    if not (_is_same(analysis, control) or _is_similar(analysis, control)):
        return None
    return Outcome.SOFT_MISSING, "it says that it is missing, as a random URL there does"


def _taken_over(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    signals, control = analysis.signals, context.control_page
    if not signals.drifted:
        return None
    if analysis.lost_name and _stays_on_host(analysis) and not signals.spam_trade:
        return None  # another page of its host, which may well be unlike the first
    outcome = Outcome.TAKEN_OVER
    if signals.spam_trade:
        words = "another title, another text, another trade"
    elif signals.needs_scripts:
        outcome, words = Outcome.BLOCKED, "a script instead of the page: open it in a browser"
    elif signals.speaks_of_robots:
        outcome, words = Outcome.BLOCKED, "a short page about robots instead: open it in a browser"
    elif context.others_drifted:
        words = "another title and text, as on other pages of its host"
    elif control and not control.reports_missing and _is_same(analysis, control):
        words = "another title and text, and a random URL there has them too"
    else:
        return None
    is_in_place, owner = outcome is Outcome.TAKEN_OVER and not signals.spam_trade, context.ownership
    if is_in_place and signals.says_closed:
        # its owner's own page, which may be there for weeks: as weak as 503
        outcome, words = Outcome.SERVER_ERROR, f"a page that says that it is closed, {words}"
    elif is_in_place and owner.is_older and not owner.is_parked:
        # a wall in words that nobody has listed, or an announcement
        words += f"; the domain was registered before {owner.line}: open it in a browser"
        outcome = Outcome.BLOCKED
    return outcome, words


def _moved_to_own_host(analysis: PageAnalysis, context: PageContext) -> _Decision | None:
    """A page that alone was redirected to another host's home page got a host of its own.

    Where random URLs are refused, as short-link hosts do, nothing is known of it.
    """
    control = context.control_page
    if analysis.classification.outcome is not Outcome.HOME_REDIRECT:
        return None
    if _is_sent_home_by_own_host(analysis):
        return None
    if control is None:
        return Outcome.BLOCKED, "and a random URL there has no answer: open it in a browser"
    if not (control.reports_missing or _ends_elsewhere(analysis, control)):
        return None
    return Outcome.REDIRECTED, "as no random URL there"


def _is_sent_home_by_own_host(analysis: PageAnalysis) -> bool:
    return is_home(analysis.response.final_url_with_fragment) and _stays_on_host(analysis)


def _stays_on_host(analysis: PageAnalysis) -> bool:
    urls = analysis.response.url, analysis.response.final_url
    return len({one.split("/", 3)[2].removeprefix("www.") for one in urls}) == 1


def _ends_elsewhere(analysis: PageAnalysis, control: ControlPage) -> bool:
    """Whether a random URL is redirected, to another page than this one or no part of it.

    The query may only say where the visitor came from.
    """
    if control.final_url is None:
        return False
    ends = (analysis.response.final_url_with_fragment, control.final_url)
    ours, theirs = (urlsplit(one)._replace(query="").geturl() for one in ends)
    return ours != theirs


def _is_same(analysis: PageAnalysis, control: ControlPage) -> bool:
    """Whether both URLs show one page."""
    ours, theirs = analysis.fingerprint, parse_fingerprint(control.fingerprint)
    return ours is not None and theirs is not None and same_page(ours, theirs)


def _is_similar(analysis: PageAnalysis, control: ControlPage) -> bool:
    """Of two pages that say that they are missing: one title that says so, or similar words."""
    ours, theirs = analysis.fingerprint, parse_fingerprint(control.fingerprint)
    if ours is None or theirs is None:
        return False
    if ours.title == theirs.title and MISSING.search(ours.title.lower()):
        return True
    if not (ours.size and theirs.size) or abs(ours.size - theirs.size) > 1:
        return False
    return distance(ours, theirs) <= RELATED_BITS


def _with_evidence(analysis: PageAnalysis, outcome: Outcome, words: str) -> Classification:
    return Classification(outcome, f"{analysis.classification.evidence}, {words}")
