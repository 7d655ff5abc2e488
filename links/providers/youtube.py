"""YouTube's answers about videos, whose pages are 200 whether there is a video or not."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from staycurrent.identity import identify
from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers.base import (
    Provider,
    ProviderAnswer,
    ProviderAnswers,
    ProviderReply,
    ask_sequentially,
    reply_to,
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


async def answer(
    names: Sequence[str], settings: YouTubeSettings, ask: Fetch, _now: datetime
) -> ProviderAnswers:
    """Request one video after another; it is missing only if its picture is missing too."""

    async def request(video: str) -> ProviderReply:
        page = quote(f"https://www.youtube.com/watch?v={video}", safe="")
        response = await ask(f"{settings.api}?format=json&url={page}")
        return reply_to(response, _read(response), "YouTube")

    async def confirm(video: str) -> ProviderReply:
        picture = await ask(f"{settings.thumbnails}/{video}/0.jpg")
        if picture.failure is None and picture.status == 404:
            words = "unknown to YouTube, and without a picture"
            return ProviderReply(ProviderAnswer(Outcome.MISSING, words, 404))
        if picture.failure is None and picture.status == 200:
            reason = "a video that YouTube says it does not know still has its picture"
            return ProviderReply(None, reason)
        return await request(video)

    return await ask_sequentially(names, request, confirm=confirm, patience=settings.patience)


def _read(response: Response) -> ProviderAnswer | None:
    """Conclude from an oEmbed response; 401 means that the video exists and cannot be embedded."""
    if not is_complete(response):
        return None
    match response.status:
        case 200:
            is_video = "title" in (json_object(response) or {})
            return ProviderAnswer(Outcome.OK, "there", 200) if is_video else None
        case 401:
            return ProviderAnswer(Outcome.OK, "there, not to be embedded", 401)
        case 403:
            return ProviderAnswer(Outcome.BLOCKED, "private", 403)
        case 400 | 404:
            words = "unknown to YouTube, asked twice"
            return ProviderAnswer(Outcome.MISSING, words, response.status)
    return None


PROVIDER = Provider("youtube", claims, answer)
