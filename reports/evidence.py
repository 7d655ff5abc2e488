"""Why we are sure of a verdict: codes, looks, nights and since when, in one short line."""

from collections.abc import Sequence

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.counting import plural

_WORDS = {
    "gone": "gone for good",
    "missing": "not found",
    "dns": "the name does not exist",
    "dns_trouble": "its name servers fail",
    "server_error": "server error",
    "refused": "connection refused",
    "reset": "connection reset",
    "timeout": "no answer in time",
    "tls": "certificate not valid",
    "redirect_loop": "redirects for ever",
    "protocol": "answers, but not HTTP",
    "soft_missing": "a page that says not found",
    "parked": "a parked domain",
    "home_redirect": "every page leads home",
    "taken_over": "another site under this name",
    "malformed": "no address as it is written",
    "redirected": "redirects there for good",
    "renamed": "renamed",
    "archived": "archived",
    "idle": "no activity for long",
    "withdrawn": "withdrawn",
    "disabled": "disabled",
    "superseded": "superseded",
}
_SITES = {
    "github": "GitHub",
    "arxiv": "arXiv",
    "huggingface": "Hugging Face",
    "youtube": "YouTube",
    "doi": "doi.org",
}


def evidence(verdict: Verdict, history: Sequence[Observation]) -> str:
    """`404 not found; 3 looks over 8 nights, since 2026-11-01`.

    `history` is the link's, oldest first; what stands before the streak is not counted.
    """
    streak = [one for one in history if verdict.since and one.night >= verdict.since]
    words = _WORDS.get(verdict.reason, verdict.reason.replace("_", " "))
    codes = _codes(verdict, streak)
    asked = _SITES.get(streak[-1].asked) if streak else None
    says = f"{asked} says: {words}" if asked else " ".join([*codes, words])
    was_asked = verdict.since and verdict.state is not State.REFUSED
    return f"{says}; {_looks(verdict)}" if was_asked else says


def is_by_authority(history: Sequence[Observation]) -> bool:
    """Whether the last look asked the site's own API and not the page."""
    return bool(history) and history[-1].asked in _SITES


def _codes(verdict: Verdict, streak: Sequence[Observation]) -> list[str]:
    """The HTTP statuses that speak against the link, each once, in the order of coming."""
    if verdict.state not in (State.DEAD, State.SUSPECT):
        return []
    failing = (Outcome.GONE, Outcome.MISSING, Outcome.SERVER_ERROR)
    codes = dict.fromkeys(one.status for one in streak if one.outcome in failing and one.status)
    listed = ", ".join(map(str, codes))
    return [listed] if listed else []


def _looks(verdict: Verdict) -> str:
    looks = plural(verdict.nights, "look")
    if verdict.since is None or verdict.last_checked is None:
        return looks
    nights = (verdict.last_checked - verdict.since).days + 1
    over = f" over {plural(nights, 'night')}" if verdict.nights > 1 else ""
    return f"{looks}{over}, since {verdict.since}"
