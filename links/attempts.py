"""What one or two checks of a page amount to, and the observation that is recorded of them."""

import re
from dataclasses import replace
from datetime import date, datetime

from staycurrent.identity import identify, without_tracking
from staycurrent.links.classification import Classification, classify
from staycurrent.links.ending import certificate_note
from staycurrent.links.link import Entry, Link
from staycurrent.links.moves import (
    LASTING_HOSTS,
    SENT_BY,
    changes_form,
    comparable_path,
    is_home,
    is_https_upgrade,
)
from staycurrent.links.observation import ELSEWHERE, PERHAPS_USURPED, Observation, Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.page.announcements import announced_by_redirect
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.soft_404 import needs_control_page
from staycurrent.web.address import MAX_BELIEVED_URL, SECRET_PARAMETER, WEB_SCHEMES, Address
from staycurrent.web.response import Hop, Response

_NEWEST = re.compile(r"(?i)latest|stable|current|newest|release|lts")
_NUMBER = re.compile(r"(?i)(v|version-|release-)?[0-9]")
_GRAVITY = {"insecure": 0, "weak": 1, "soft": 2, "usurped": 2, "hard": 3, "explicit": 4}
"""Of a negative outcome, by the rule that counts it."""


def merge_attempts(first: Classification, second: Classification) -> Classification:
    """Merge the negative first check with the second one: of two failures the milder counts."""
    if not second.outcome.is_negative:
        said, suffix, _ = second.evidence.partition(PERHAPS_USURPED)  # which is how evidence ends
        return Classification(second.outcome, f"{said} (first {first.evidence}){suffix}")
    if first.outcome is second.outcome:
        return Classification(second.outcome, f"{second.evidence}, twice")

    milder = min(first.outcome, second.outcome, key=lambda one: _GRAVITY[one.rule])
    return Classification(milder, f"{first.evidence}, then {second.evidence}")


def postponed(
    first: Classification, since: date | None, run_date: date, patience_days: int
) -> Classification | None:
    """What a server error amounts to if its host postponed the second check beyond this run.

    It is skipped at first; after more than `patience_days` since the first postponement (`since`)
    it is the server error that it is. None if the first check had another outcome.
    """
    if first.outcome is not Outcome.SERVER_ERROR:
        return None
    days = 1 if since is None else (run_date - since).days + 1
    if days <= patience_days:
        return Classification(Outcome.SKIPPED, f"{first.evidence}, come back another day")
    words = f"{first.evidence}, come back another day: for {days} days"
    return Classification(Outcome.SERVER_ERROR, words)


def other_scheme_url(address: Address, outcome: Outcome) -> str | None:
    """The URL with `http` for `https` or the reverse; None if it would say nothing.

    That http works is information for a person. That https does decides: browsers ask it first.
    """
    is_of_host = outcome.is_soft or outcome in (Outcome.DNS, Outcome.DNS_TROUBLE)
    is_special = address.is_signed or address.port != WEB_SCHEMES[address.scheme]
    if not outcome.is_negative or is_of_host or is_special:  # the same for both, or not to be asked
        return None
    scheme = "http" if address.scheme == "https" else "https"
    return f"{scheme}://{address.netloc}{address.target}"


def other_scheme_result(url: str, response: Response) -> str | None:
    """`http answers 200` if the other scheme works; else None."""
    if not classify(response).outcome.is_success:
        return None
    return f"{url.partition(':')[0]} answers {response.status}"


def upgraded(
    link: Link, response: Response, baseline: Baseline, entry: Entry | None
) -> PageAnalysis | None:
    """The page of an http link as browsers show it, over https; None if that is not better.

    `response` is to the URL with https, which they request in the place of the link's own. It may
    refuse robots.
    """
    hops = (Hop(link.key, 307, response.url), *response.hops)  # as Chrome shows it to developers
    shown = replace(response, url=link.key, hops=hops)
    analysis = analyse_page(shown, baseline, link.address.fragment, entry)
    outcome = analysis.classification.outcome
    signals = analysis.signals
    is_doubtful = needs_control_page(analysis) or signals.lacks_promised_pdf or signals.trade != ""
    is_well = outcome.is_success and not is_doubtful
    is_refused = outcome.is_blocked and response.failure is None
    return analysis if is_well or is_refused else None


def page_observation(
    link: Link,
    analysis: PageAnalysis,
    result: Classification,
    when: tuple[date, datetime],
    checks: int,
) -> Observation:
    """The observation of a page; `when` is the run date, and the moment (aware UTC).

    Where it was redirected is recorded without parameters that count visits, if it can be believed.
    """
    response, outcome = analysis.response, result.outcome
    url, target = response.url, None
    if response.hops and response.failure is None:
        target = without_tracking(response.final_url_with_fragment, redirected_from=url)
        if len(target) > MAX_BELIEVED_URL or target.partition("#")[0] == url:
            target = None
    # A move is believed if the page is about the entry: a lapsed domain leads anywhere.
    elsewhere = analysis.signals.elsewhere and outcome.is_success
    is_permanent = target is not None and response.is_permanent_redirect
    if target is not None and is_permanent and not (elsewhere or _is_lasting(url, target)):
        # the way there may lead through the link's own URL with https, which lasts
        upgrades = [hop.url for hop in response.hops if is_https_upgrade(url, hop.url)]
        is_secure = outcome.is_success and target.startswith("https:")
        is_permanent = is_secure and bool(upgrades)
        target = upgrades[0] if is_permanent else target
    said, suffix, _ = result.evidence.partition(PERHAPS_USURPED)
    most = MAX_BELIEVED_URL - len(ELSEWHERE) - len(PERHAPS_USURPED)
    evidence = f"{said[:most]}{suffix}"
    if is_permanent and elsewhere:
        evidence = f"{evidence}{ELSEWHERE}"
    elif outcome.is_success and not (elsewhere or suffix):
        evidence = f"{evidence}{certificate_note(response, when[0])}{analysis.announced}"
    shows_page = outcome.is_success or outcome.is_soft
    return Observation(
        link=link.key,
        run_date=when[0],
        seen_at=when[1],
        outcome=outcome,
        checked_by="page",
        status=response.status or None,
        final_url=target,
        permanent=is_permanent and not elsewhere,
        checks=checks,
        elapsed_ms=round(response.elapsed_s * 1000),
        evidence=evidence,
        fingerprint=str(analysis.fingerprint) if analysis.fingerprint and shows_page else None,
    )


def _is_lasting(url: str, target: str) -> bool:
    """Whether a redirect leads to an address that may replace the link's own.

    Not where each visitor may get another one: of a home page, in a language, or with a fresh key;
    nor where its name says that a product has ended, so that nothing has moved there.
    Nor where only the referrer is dropped, because a cookie has it from now on, or where the newest
    version has a number for now: `/latest/guide` and `/3.2/guide`. Nor where something is added to
    the URL, even if only the slash at its end: `/docs/` and `/docs/v4/`, `/guide` and
    `/guide?amp=1`. The shorter URL works, and stays.
    """
    final_url = target.partition("#")[0]
    began, ended = (re.sub(r"^\w+://(www\.)?|[/?]$", "", one) for one in (url, final_url))
    names, others = began.split("/"), ended.split("/")
    is_longer = len(names) <= len(others) and all(map(_is_kept, names, others)) and began != ended
    only_slash_differs = url.rstrip("/") == final_url.rstrip("/")
    if names[0] in LASTING_HOSTS or is_longer or only_slash_differs:
        return False
    if SENT_BY.search(url) and identify(SENT_BY.sub("", url)) == identify(target):
        return False
    if not {*SECRET_PARAMETER.findall(target)} <= {*SECRET_PARAMETER.findall(url)}:
        return False
    if is_home(target) and is_home(url) and comparable_path(url) != comparable_path(final_url):
        return False
    return not (changes_form(url, final_url) or announced_by_redirect(url, final_url, Entry("")))


def _is_kept(name: str, other: str) -> bool:
    """Whether a name of a URL became the same one, with parameters, or the newest version's."""
    is_longer = other.startswith(f"{name}{'&' if '?' in name else '?'}")
    is_newest = _NEWEST.fullmatch(name) and _NUMBER.match(other)
    return name == other or is_longer or is_newest is not None
