"""YouTube answers for videos, whose pages say 200 whether there is a video or not."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import quote

from staycurrent.identity import identify
from staycurrent.links.authorities.body import is_whole, json_object
from staycurrent.links.authorities.report import Finding, Report, names, report
from staycurrent.links.authorities.settings import YouTube
from staycurrent.links.authorities.turn import Look, Reply, confirmed, one_by_one, silence
from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Fetch, Response

_HOST = re.compile(r"(?:(?:www\.|m\.)?youtube\.com|youtu\.be|(?:www\.)?youtube-nocookie\.com)")


def claims(link: Link) -> str | None:
    """The video's id of eleven characters; None for channels, lists and the rest."""
    address = link.address
    if not _HOST.fullmatch(address.host) or address.port not in (80, 443):
        return None
    thing = identify(address.url)
    if thing is None or thing.kind != "video":
        return None
    video = thing.name.removeprefix("youtube:")
    return video if re.fullmatch(r"[A-Za-z0-9_-]{11}", video) else None


async def observe(
    links: Sequence[Link], *, settings: YouTube, ask: Fetch, now: datetime, night: date
) -> Report:
    """Ask for one video after another; a missing one only where its picture is missing too."""

    async def look(video: str) -> Reply:
        async def again() -> Reply:
            page = quote(f"https://www.youtube.com/watch?v={video}", safe="")
            return judge(await ask(f"{settings.api}?format=json&url={page}"))

        picture = f"{settings.thumbnails}/{video}/0.jpg"
        return await confirmed(await again(), lambda: _picture_look(picture, ask, otherwise=again))

    named = names(links, claims)
    tonight = await one_by_one(
        list(dict.fromkeys(named.values())), look, patience=settings.patience
    )
    return report("youtube", named, tonight, now=now, night=night)


def judge(answer: Response) -> Reply:
    """Conclude from an oEmbed answer; 401 says that the video is there and may not be embedded."""
    unheard = silence(answer)
    if unheard is not None:
        return unheard
    found = _finding(answer)
    return Reply(found, "" if found else "an answer of YouTube's cannot be read")


def _finding(answer: Response) -> Finding | None:
    if not is_whole(answer):
        return None
    match answer.status:
        case 200:
            body = json_object(answer)
            return Finding(Outcome.OK, "there", 200) if body and "title" in body else None
        case 401:
            return Finding(Outcome.OK, "there, not to be embedded", 401)
        case 403:
            return Finding(Outcome.BLOCKED, "private", 403)
        case 400 | 404:
            return Finding(Outcome.MISSING, "unknown to YouTube, asked twice", answer.status)
        case _:
            return None


async def _picture_look(picture: str, ask: Fetch, *, otherwise: Look) -> Reply:
    answer = await ask(picture)
    if answer.failure is None and answer.status == 404:
        return Reply(Finding(Outcome.MISSING, "unknown to YouTube, and without a picture", 404))
    if answer.failure is None and answer.status == 200:
        return Reply(None, "a video that YouTube says it does not know still has its picture")
    return await otherwise()
