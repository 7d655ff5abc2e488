"""Asking GitHub without a token: one repository a question, few questions an hour."""

from datetime import datetime

from staycurrent.links.authorities.body import is_whole, json_object
from staycurrent.links.authorities.github_quota import is_block, nearly_spent, refused
from staycurrent.links.authorities.github_repository import REST, finding, read
from staycurrent.links.authorities.report import Finding
from staycurrent.links.authorities.settings import GitHub
from staycurrent.links.authorities.turn import Reply, silence
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Fetch, Response

HEADERS = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}


async def look(name: str, *, settings: GitHub, ask: Fetch, now: datetime) -> Reply:
    """Ask for one repository (`owner/name`), anonymously; a rename is followed."""
    answer = await ask(f"{settings.api}/repos/{name}", headers=HEADERS)
    return judge(name, answer, settings=settings, now=now)


def judge(name: str, answer: Response, *, settings: GitHub, now: datetime) -> Reply:
    """Conclude from an answer of `GET /repos/owner/name`; no more is asked when little is left."""
    why = refused(answer)
    if why:
        return Reply(None, why, stop=True)
    unheard = silence(answer)
    if unheard is not None:
        return unheard
    found = _finding(name, answer, settings=settings, now=now)
    if nearly_spent(answer, settings.reserve):
        return Reply(found, "the hour's questions to GitHub are used up", stop=True)
    return Reply(found, "" if found else "an answer of GitHub's cannot be read")


def _finding(name: str, answer: Response, *, settings: GitHub, now: datetime) -> Finding | None:
    if not is_whole(answer):
        return None
    if is_block(answer):
        return Finding(Outcome.BLOCKED, "closed by GitHub", answer.status)
    if answer.status == 404:
        return Finding(Outcome.MISSING, "deleted or private, asked twice", 404)
    repository = read(json_object(answer), REST) if answer.status == 200 else None
    return finding(name, repository, settings=settings, now=now) if repository else None
