"""Hugging Face's answers about models, datasets and spaces: present, renamed, disabled."""

import re
from functools import partial

from staycurrent.identity import HUGGING_FACE_PAGES
from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers import base
from staycurrent.links.settings import HuggingFaceSettings
from staycurrent.web.response import Response, is_complete, json_object

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_MODEL = re.compile(rf"/({_PART}/{_PART})/?")
_OTHER = re.compile(rf"/(datasets|spaces)/({_PART}(?:/{_PART})?)/?")
_INSIDE = re.compile(
    rf"/((?:datasets|spaces)/{_PART}/{_PART}(?=/.)|"
    rf"{_PART}/{_PART}(?=/(?:blob|tree|resolve|raw|blame|commits?|discussions)(?:/|$)))"
)
_DISABLED = "disabled by Hugging Face"


def claims(link: Link) -> str | None:
    """`models/owner/name`, `datasets/...` or `spaces/...` if the link is to its front page.

    A single name without owner may be a person (`/gpt2` and `/someone`), so the page is checked;
    `datasets/NAME` can be nothing else.
    """
    path = base.path_at(link, _HOSTS)
    other = _OTHER.fullmatch(path)
    if other is not None:
        kind, name = other.groups()
        return f"{kind}/{name}" if kind == "datasets" or "/" in name else None
    model = _MODEL.fullmatch(path)
    if model is None or model.group(1).partition("/")[0].lower() in HUGGING_FACE_PAGES:
        return None
    return f"models/{model.group(1)}"


def repository_of(link: Link) -> str:
    """The path of the repository that a page is in, if it is not the front page; else empty."""
    found = _INSIDE.match(base.path_at(link, _HOSTS))
    return found[1] if found else ""


async def request(name: str, api: base.Api[HuggingFaceSettings]) -> base.ProviderReply:
    """Request one repository, anonymously, as a reader of the list would."""
    # A few fields of the many: a dataset may list ten thousand files.
    url = f"{api.settings.api}/{name}?expand[]=disabled&expand[]=lastModified"
    response = await api.ask(url, body_bytes=api.settings.body_bytes)
    return base.reply_to(response, _read(name, response, api.settings.site), "Hugging Face")


async def confirm(name: str, api: base.Api[HuggingFaceSettings]) -> base.ProviderReply:
    """Request its page, else the repository again."""
    page = f"{api.settings.site}/{name.removeprefix('models/')}"
    return await base.check_page(page, api.ask, otherwise=partial(request, name, api))


def _read(name: str, response: Response, site: str) -> base.ProviderAnswer | None:
    """Conclude from a response to `GET /api/models/owner/name` and the like.

    Without a token, the Hub answers 401 for private and for missing repositories alike. A gated
    repository is alive (`x-error-code`, see huggingface_hub's error classes).
    """
    status, headers = response.status, response.headers
    if not is_complete(response):
        return None
    if status == 200:
        return _found(name, response, site)
    if headers.get("x-error-code") == "GatedRepo":
        return base.ProviderAnswer(Outcome.OK, "there, behind a gate", status)
    if "disabled" in headers.get("x-error-message", "").lower():
        return base.ProviderAnswer(Outcome.OK, _DISABLED, status, freshness=Freshness.DISABLED)
    if status in (401, 404):
        words = "does not exist or is private, asked twice"
        return base.ProviderAnswer(Outcome.MISSING, words, status)
    return None


def _found(name: str, response: Response, site: str) -> base.ProviderAnswer | None:
    body = json_object(response) or {}
    present = body.get("id")
    if not isinstance(present, str):
        return None
    kind, _, asked = name.partition("/")
    is_disabled = body.get("disabled") is True
    freshness = Freshness.DISABLED if is_disabled else Freshness.FRESH
    words = _DISABLED if is_disabled else "there"
    if present.lower() == asked.lower() or not re.fullmatch(rf"{_PART}(/{_PART})?", present):
        return base.ProviderAnswer(Outcome.OK, words, 200, freshness=freshness)
    url = f"{site}/{present}" if kind == "models" else f"{site}/{kind}/{present}"
    words = f"renamed to {present}; {words}"
    return base.ProviderAnswer(Outcome.REDIRECTED, words, 200, url, freshness)


PROVIDER = base.Provider(
    "huggingface", claims, base.one_by_one(request, confirm), container=repository_of
)
