"""What is noted of a look at a page: poorer than what was seen."""

from datetime import date, datetime

from staycurrent.links.link import Link
from staycurrent.links.names import is_home, keeps_name, place
from staycurrent.links.observation import Observation
from staycurrent.links.outcome import Reading
from staycurrent.links.sight import Sight


def observation(
    link: Link, seen: Sight, reading: Reading, when: tuple[date, datetime], looks: int
) -> Observation:
    """The observation of a link's look; `when` is the night, and the moment (aware UTC)."""
    answer, outcome = seen.answer, reading.outcome
    elsewhere = bool(answer.hops) and answer.failure is None and answer.final_url != answer.url
    shows_itself = outcome.is_success or outcome.is_soft
    return Observation(
        link=link.key,
        night=when[0],
        seen_at=when[1],
        outcome=outcome,
        asked="page",
        status=answer.status or None,
        final_url=answer.final_url_with_fragment if elsewhere else None,
        permanent=elsewhere
        and answer.is_permanent_redirect
        and not _only_home(answer.url, answer.final_url),
        looks=looks,
        elapsed_ms=round(answer.elapsed_s * 1000),
        evidence=reading.evidence,
        fingerprint=str(seen.print) if seen.print is not None and shows_itself else None,
    )


def _only_home(began: str, ended: str) -> bool:
    """It leads to a home page that does not bear its name, or to one in another language."""
    if not is_home(ended):
        return False
    if is_home(began):
        return place(began) != place(ended)
    return not keeps_name(began, ended)
