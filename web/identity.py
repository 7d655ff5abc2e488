"""What thing an address names: a paper or repository is one thing under all its addresses."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from web.address import Address, parse

_ARXIV = re.compile(
    r"(?:arxiv:)?((?:\d{4}\.\d{4,5})|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(?:v\d+)?", re.IGNORECASE
)
_TRACKING = re.compile(r"(utm_\w+|fbclid|gclid|mc_cid|mc_eid|ref|ref_src|source|igshid|spm)")
_NOT_OWNERS = frozenset(
    [
        "about",
        "apps",
        "blog",
        "collections",
        "contact",
        "customer-stories",
        "enterprise",
        "events",
        "explore",
        "features",
        "login",
        "marketplace",
        "new",
        "notifications",
        "orgs",
        "pricing",
        "readme",
        "search",
        "security",
        "settings",
        "signup",
        "site",
        "sponsors",
        "stars",
        "team",
        "topics",
        "trending",
        "users",
    ]
)
_HF_PAGES = frozenset(
    [
        "blog",
        "docs",
        "learn",
        "papers",
        "tasks",
        "pricing",
        "join",
        "login",
        "settings",
        "collections",
        "chat",
    ]
)
_PAPER_PAGES = {
    "arxiv.org": r"/(?:abs|pdf|html|e-print|format|ps)/(.+?)(?:\.pdf)?/?",
    "ar5iv.org": r"/(?:abs|html|pdf)/(.+?)/?",
    "ar5iv.labs.arxiv.org": r"/(?:abs|html)/(.+?)/?",
    "alphaxiv.org": r"/(?:abs|overview|pdf)/(.+?)(?:\.pdf)?/?",
    "huggingface.co": r"/papers/(.+?)/?",
    "paperswithcode.co": r"/papers?/(.+?)/?",
    "tldr.takara.ai": r"/p/(.+?)/?",
    "doi.org": r"/10\.48550/arxiv\.(.+?)/?",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind (`paper`, `repository`, `model`, `dataset`, `space`, `video`, `page`) and its name."""

    kind: str
    name: str
    """In the kind's own canonical spelling: no version, no case where case means nothing."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def identify(url: str) -> Thing | None:
    """Name the thing behind an address; None where the text is no web address."""
    address = parse(url)
    if not isinstance(address, Address):
        return None
    path, _, query = address.target.partition("?")
    host = address.host.removeprefix("www.").removeprefix("export.")
    for known in (_paper, _repository, _hugging_face, _video, _doi):
        thing = known(host, path, query)
        if thing is not None:
            return thing
    return Thing("page", _page(host, address.port, path, query))


def arxiv_id(text: str) -> str | None:
    """The identifier without version in `text`, or None: `2101.00001v2` -> `2101.00001`."""
    found = _ARXIV.fullmatch(text.strip())
    return found.group(1).lower() if found else None


def repository(url: str) -> str | None:
    """`owner/name` as written, where the address names a GitHub repository or a page in it."""
    parts = urlsplit(url)
    if (parts.hostname or "").removeprefix("www.") != "github.com":
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(segments) < 2 or segments[0].lower() in _NOT_OWNERS:
        return None
    return f"{segments[0]}/{segments[1].removesuffix('.git')}"


def _paper(host: str, path: str, _query: str) -> Thing | None:
    pattern = _PAPER_PAGES.get(host)
    found = re.fullmatch(pattern, path, re.IGNORECASE) if pattern else None
    name = arxiv_id(found.group(1)) if found else None
    return Thing("paper", f"arxiv:{name}") if name else None


def _repository(host: str, path: str, _query: str) -> Thing | None:
    if host != "github.com" or len([part for part in path.split("/") if part]) != 2:
        return None
    name = repository(f"https://{host}{path}")
    return Thing("repository", f"github:{name.lower()}") if name else None


def _hugging_face(host: str, path: str, _query: str) -> Thing | None:
    if host not in ("huggingface.co", "hf.co"):
        return None
    segments = [part for part in path.split("/") if part]
    if len(segments) == 3 and segments[0] in ("datasets", "spaces"):
        return Thing(segments[0][:-1], f"huggingface:{segments[1]}/{segments[2]}".lower())
    if len(segments) == 2 and segments[0] not in _HF_PAGES | {"datasets", "spaces"}:
        return Thing("model", f"huggingface:{segments[0]}/{segments[1]}".lower())
    return None


def _video(host: str, path: str, query: str) -> Thing | None:
    short = re.fullmatch(r"/([\w-]{11})", path) if host == "youtu.be" else None
    embedded = re.fullmatch(r"/(?:embed|shorts|live)/([\w-]{11})", path)
    names = [short.group(1)] if short else []
    if host in ("youtube.com", "m.youtube.com", "youtube-nocookie.com"):
        names = [embedded.group(1)] if embedded else parse_qs(query).get("v", [])
    return Thing("video", f"youtube:{names[0]}") if names else None


def _doi(host: str, path: str, _query: str) -> Thing | None:
    if host in ("doi.org", "dx.doi.org") and path.startswith("/10."):
        return Thing("paper", f"doi:{path[1:].lower()}")
    return None


def _page(host: str, port: int, path: str, query: str) -> str:
    kept = [
        pair
        for pair in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.fullmatch(pair[0])
    ]
    where = host if port in (80, 443) else f"{host}:{port}"
    tail = f"?{urlencode(sorted(kept))}" if kept else ""
    return f"{where}{path.rstrip('/')}{tail}"
