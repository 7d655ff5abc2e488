"""Hugging Face's answers about models, datasets and spaces: present, renamed, disabled."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import (
    ProviderAnswer,
    ProviderReply,
    ProviderReport,
    check_page,
    check_sequentially,
    confirm_negative,
    unavailable,
)
from staycurrent.links.settings import HuggingFaceSettings
from staycurrent.web.response import Fetch, Response, is_complete, json_object

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_MODEL = re.compile(rf"/({_PART}/{_PART})/?")
_OTHER = re.compile(rf"/(datasets|spaces)/({_PART}(?:/{_PART})?)/?")
_PAGES = re.compile(
    r"api|blog|brand|chat|collections|contests|datasets|docs|enterprise|front|inference"
    r"|inference-(?:api|endpoints|providers)|join|kernels|languages|learn|login|metrics|models"
    r"|new|notifications|oauth|organizations|papers|playground|posts|pricing|privacy|security"
    r"|settings|spaces|storage|subscribe|support|tasks|terms-of-service|tools|welcome",
    re.IGNORECASE,
)
"""First segments of Hugging Face's own pages that read like an owner's name."""


def claims(link: Link) -> str | None:
    """`models/owner/name`, `datasets/...` or `spaces/...` if the link is to its front page.

    A single name without owner may be a person (`/gpt2` and `/someone`), so the page is checked;
    `datasets/NAME` can be nothing else.
    """
    address = link.address
    if address.host not in _HOSTS or address.port not in (80, 443):
        return None
    path = address.target.partition("?")[0]
    other = _OTHER.fullmatch(path)
    if other is not None:
        kind, name = other.groups()
        return f"{kind}/{name}" if kind == "datasets" or "/" in name else None
    model = _MODEL.fullmatch(path)
    if model is None or _PAGES.fullmatch(model.group(1).partition("/")[0]):
        return None
    return f"models/{model.group(1)}"


async def check(
    links: Sequence[Link],
    *,
    settings: HuggingFaceSettings,
    ask: Fetch,
    now: datetime,
    run_date: date,
) -> ProviderReport:
    """Request one repository after another, anonymously, as a reader of the list would."""

    async def ask_about(name: str) -> ProviderReply:
        async def again() -> ProviderReply:
            # A few fields of the many: a dataset may list ten thousand files.
            fields = "expand[]=disabled&expand[]=lastModified"
            address = f"{settings.api}/{name}?{fields}"
            return parse_response(
                name, await ask(address, body_bytes=settings.body_bytes), settings
            )

        page = f"{settings.site}/{name.removeprefix('models/')}"
        return await confirm_negative(await again(), lambda: check_page(page, ask, otherwise=again))

    patience = settings.patience
    return await check_sequentially(
        "huggingface", links, claims, ask_about, patience=patience, now=now, run_date=run_date
    )


def parse_response(name: str, answer: Response, settings: HuggingFaceSettings) -> ProviderReply:
    """Conclude from a response to `GET /api/models/owner/name` and the like.

    Without a token, the Hub answers 401 for private and for missing repositories alike. A gated
    repository is alive (`x-error-code`, see huggingface_hub's error classes).
    """
    unheard = unavailable(answer)
    if unheard is not None:
        return unheard
    found = _finding(name, answer, settings)
    return ProviderReply(found, "" if found else "a response of Hugging Face cannot be read")


def _finding(name: str, answer: Response, settings: HuggingFaceSettings) -> ProviderAnswer | None:
    if not is_complete(answer):
        return None
    if answer.status == 200:
        return _found(name, answer, settings)
    if answer.headers.get("x-error-code") == "GatedRepo":
        return ProviderAnswer(Outcome.OK, "there, behind a gate", answer.status)
    if "disabled" in answer.headers.get("x-error-message", "").lower():
        words = "disabled by Hugging Face"
        return ProviderAnswer(Outcome.OK, words, answer.status, freshness=Freshness.DISABLED)
    if answer.status in (401, 404):
        return ProviderAnswer(
            Outcome.MISSING, "does not exist or is private, asked twice", answer.status
        )
    return None


def _found(name: str, answer: Response, settings: HuggingFaceSettings) -> ProviderAnswer | None:
    body = json_object(answer)
    present = body.get("id") if body else None
    if body is None or not isinstance(present, str):
        return None
    kind, _, asked = name.partition("/")
    disabled = body.get("disabled") is True
    freshness = Freshness.DISABLED if disabled else Freshness.FRESH
    words = "disabled by Hugging Face" if disabled else "there"
    if present.lower() == asked.lower() or not re.fullmatch(rf"{_PART}(/{_PART})?", present):
        return ProviderAnswer(Outcome.OK, words, answer.status, freshness=freshness)
    where = present if kind == "models" else f"{kind}/{present}"
    return ProviderAnswer(
        Outcome.REDIRECTED,
        f"renamed to {present}; {words}",
        answer.status,
        f"{settings.site}/{where}",
        freshness,
    )
