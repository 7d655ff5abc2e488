"""YouTube's answers about videos, whose pages are 200 whether there is a video or not."""

import re
from urllib.parse import quote

from staycurrent.identity import identify
from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome
from staycurrent.links.providers import base
from staycurrent.links.settings import YouTubeSettings
from staycurrent.web.response import Response, is_complete, json_object

_HOSTS = frozenset({
    "youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be",
    "youtube-nocookie.com", "www.youtube-nocookie.com",
})  # fmt: skip


def claims(link: Link) -> str | None:
    """The video's id of eleven characters; None for channels, lists and the rest."""
    thing = identify(link.key) if base.path_at(link, _HOSTS) else None
    if thing is None or thing.kind != "video":
        return None
    video = thing.name.removeprefix("youtube:")
    return video if re.fullmatch(r"[A-Za-z0-9_-]{11}", video) else None


async def request(video: str, api: base.Api[YouTubeSettings]) -> base.ProviderReply:
    """Request the oEmbed of one video."""
    page = quote(f"https://www.youtube.com/watch?v={video}", safe="")
    response = await api.ask(f"{api.settings.api}?format=json&url={page}")
    return base.reply_to(response, _read(response), "YouTube")


async def confirm(video: str, api: base.Api[YouTubeSettings]) -> base.ProviderReply:
    """Request its picture: it is missing only if that is missing too."""
    picture = await api.ask(f"{api.settings.thumbnails}/{video}/0.jpg")
    if picture.failure is None and picture.status == 404:
        words = "unknown to YouTube, and without a picture"
        return base.ProviderReply(base.ProviderAnswer(Outcome.MISSING, words, 404))
    if picture.failure is None and picture.status == 200:
        reason = "a video that YouTube says it does not know still has its picture"
        return base.ProviderReply(None, reason)
    return await request(video, api)


def _read(response: Response) -> base.ProviderAnswer | None:
    """Conclude from an oEmbed response; 401 means that the video exists and cannot be embedded."""
    if not is_complete(response):
        return None
    match response.status:
        case 200:
            is_video = "title" in (json_object(response) or {})
            return base.ProviderAnswer(Outcome.OK, "there", 200) if is_video else None
        case 401:
            return base.ProviderAnswer(Outcome.OK, "there, not to be embedded", 401)
        case 403:
            return base.ProviderAnswer(Outcome.BLOCKED, "private", 403)
        case 400 | 404:
            words = "unknown to YouTube, asked twice"
            return base.ProviderAnswer(Outcome.MISSING, words, response.status)
    return None


PROVIDER = base.Provider("youtube", claims, base.one_by_one(request, confirm))
