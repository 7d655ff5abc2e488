"""What two looks at one page amount to, and what nights amount to on which there was but one."""

from datetime import date, datetime

from staycurrent.links.classification import Classification, classify
from staycurrent.links.link import Link
from staycurrent.links.moves import comparable_path, is_home, keeps_name
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.web.address import WEB_SCHEMES, Address
from staycurrent.web.response import Response


def merge_attempts(first: Classification, second: Classification) -> Classification:
    """The kinder of two negative readings, else the second."""
    if not second.outcome.is_negative:
        return Classification(second.outcome, f"{second.evidence} (first {first.evidence})")
    if first.outcome is second.outcome:
        return Classification(second.outcome, f"{second.evidence}, twice")
    kinder = min(first, second, key=lambda reading: _gravity(reading.outcome))
    return Classification(kinder.outcome, f"{first.evidence}, then {second.evidence}")


def _gravity(outcome: Outcome) -> int:
    for gravity, grave in enumerate(
        (outcome is Outcome.TLS, outcome.is_weak, outcome.is_soft, outcome.is_hard)
    ):
        if grave:
            return gravity
    return 4


def postponed(
    first: Classification, since: date | None, night: date, patience_nights: int
) -> Classification | None:
    """What a server error amounts to whose host asked us, with it, to come back another night.

    No evidence for as long as that may be meant; after more than `patience_nights` of it
    (`since`: the first one) the server error that it is. None where it was anything else.
    """
    if first.outcome is not Outcome.SERVER_ERROR:
        return None
    nights = 1 if since is None else (night - since).days + 1
    if nights <= patience_nights:
        return Classification(Outcome.SKIPPED, f"{first.evidence}, come back another night")
    words = f"{first.evidence}, come back another night: for {nights} nights"
    return Classification(Outcome.SERVER_ERROR, words)


_WORTH_IT = frozenset(
    (
        Outcome.GONE,
        Outcome.MISSING,
        Outcome.SERVER_ERROR,
        Outcome.REFUSED,
        Outcome.RESET,
        Outcome.TIMEOUT,
        Outcome.TLS,
        Outcome.REDIRECT_LOOP,
        Outcome.PROTOCOL,
    )
)
"""What may be the scheme's fault; a name that does not exist has none, nor has a parked page."""


def other_scheme_url(address: Address, outcome: Outcome) -> str | None:
    """`http://...` for `https://...` and the other way round; None where that tells nothing."""
    if outcome not in _WORTH_IT or address.port != WEB_SCHEMES[address.scheme]:
        return None
    if address.is_signed:
        return None
    scheme = "http" if address.scheme == "https" else "https"
    return f"{scheme}://{address.netloc}{address.target}"


def other_scheme_result(asked: str, answer: Response) -> str | None:
    """`http answers 200`, where the other scheme does better; None where it does not."""
    if not classify(answer).outcome.is_success:
        return None
    return f"{asked.partition(':')[0]} answers {answer.status}"


def page_observation(
    link: Link, seen: PageAnalysis, reading: Classification, when: tuple[date, datetime], looks: int
) -> Observation:
    """The observation of a link's look; `when` is the night, and the moment (aware UTC)."""
    answer, outcome = seen.response, reading.outcome
    elsewhere = bool(answer.hops) and answer.failure is None and answer.final_url != answer.url
    shows_itself = outcome.is_success or outcome.is_soft
    return Observation(
        link=link.key,
        run_date=when[0],
        seen_at=when[1],
        outcome=outcome,
        checked_by="page",
        status=answer.status or None,
        final_url=answer.final_url_with_fragment if elsewhere else None,
        permanent=elsewhere
        and answer.is_permanent_redirect
        and not _only_home(answer.url, answer.final_url),
        checks=looks,
        elapsed_ms=round(answer.elapsed_s * 1000),
        evidence=reading.evidence,
        fingerprint=str(seen.fingerprint)
        if seen.fingerprint is not None and shows_itself
        else None,
    )


def _only_home(began: str, ended: str) -> bool:
    """It leads to a home page that does not bear its name, or to one in another language."""
    if not is_home(ended):
        return False
    if is_home(began):
        return comparable_path(began) != comparable_path(ended)
    return not keeps_name(began, ended)
