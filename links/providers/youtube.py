"""YouTube's answers about videos, whose pages are 200 whether there is a video or not."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import quote

from staycurrent.identity import identify
from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import (
    AskAgain,
    ProviderAnswer,
    ProviderReply,
    ProviderReport,
    check_sequentially,
    confirm_negative,
    unavailable,
)
from staycurrent.links.settings import YouTubeSettings
from staycurrent.web.response import Fetch, Response, is_complete, json_object

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


async def check(
    links: Sequence[Link], *, settings: YouTubeSettings, ask: Fetch, now: datetime, run_date: date
) -> ProviderReport:
    """Request one video after another; it is missing only if its picture is missing too."""

    async def ask_about(video: str) -> ProviderReply:
        async def again() -> ProviderReply:
            page = quote(f"https://www.youtube.com/watch?v={video}", safe="")
            return parse_response(await ask(f"{settings.api}?format=json&url={page}"))

        picture = f"{settings.thumbnails}/{video}/0.jpg"
        return await confirm_negative(
            await again(), lambda: _picture_look(picture, ask, otherwise=again)
        )

    patience = settings.patience
    return await check_sequentially(
        "youtube", links, claims, ask_about, patience=patience, now=now, run_date=run_date
    )


def parse_response(answer: Response) -> ProviderReply:
    """Conclude from an oEmbed response; 401 means that the video exists and cannot be embedded."""
    unheard = unavailable(answer)
    if unheard is not None:
        return unheard
    found = _finding(answer)
    return ProviderReply(found, "" if found else "a response of YouTube cannot be read")


def _finding(answer: Response) -> ProviderAnswer | None:
    if not is_complete(answer):
        return None
    match answer.status:
        case 200:
            body = json_object(answer)
            return ProviderAnswer(Outcome.OK, "there", 200) if body and "title" in body else None
        case 401:
            return ProviderAnswer(Outcome.OK, "there, not to be embedded", 401)
        case 403:
            return ProviderAnswer(Outcome.BLOCKED, "private", 403)
        case 400 | 404:
            return ProviderAnswer(Outcome.MISSING, "unknown to YouTube, asked twice", answer.status)
        case _:
            return None


async def _picture_look(picture: str, ask: Fetch, *, otherwise: AskAgain) -> ProviderReply:
    answer = await ask(picture)
    if answer.failure is None and answer.status == 404:
        return ProviderReply(
            ProviderAnswer(Outcome.MISSING, "unknown to YouTube, and without a picture", 404)
        )
    if answer.failure is None and answer.status == 200:
        return ProviderReply(
            None, "a video that YouTube says it does not know still has its picture"
        )
    return await otherwise()
