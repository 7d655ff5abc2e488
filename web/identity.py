"""What thing an address names: a paper or repository is one thing under all its addresses."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode

from web.address import WEB_SCHEMES, Address, parse

_ARXIV = re.compile(
    r"(?:arxiv:)?([0-9]{4}\.[0-9]{4,5}|([a-z-]+)(?:\.[a-z]{2})?/([0-9]{7}))(?:v[0-9]+)?",
    re.IGNORECASE,
)
_TRACKING = re.compile(r"(utm_\w+|fbclid|gclid|mc_cid|mc_eid|ref|ref_src|source|igshid|spm)")
# fmt: off
_NOT_OWNERS = frozenset([
    "about", "account", "apps", "blog", "codespaces", "collections", "contact", "copilot",
    "customer-stories", "dashboard", "edu", "enterprise", "events", "explore", "features",
    "issues", "join", "login", "marketplace", "mobile", "models", "new", "nonprofit",
    "notifications", "organizations", "orgs", "partners", "pricing", "pulls", "readme",
    "resources", "search", "security", "sessions", "settings", "signup", "site", "solutions",
    "sponsors", "stars", "team", "topics", "trending", "users", "watching", "why-github",
])
_HF_PAGES = frozenset([
    "api", "blog", "chat", "collections", "datasets", "docs", "enterprise", "inference", "join",
    "learn", "login", "models", "new", "organizations", "papers", "posts", "pricing",
    "settings", "spaces", "storage", "support", "tasks",
])
# fmt: on
_PAPER_PAGES = {
    "arxiv.org": r"/(?:abs|pdf|html|e-print|format|ps|src|tb)/(.+?)(?:\.pdf)?/?",
    "ar5iv.org": r"/(?:abs|html|pdf)/(.+?)/?",
    "ar5iv.labs.arxiv.org": r"/(?:abs|html)/(.+?)/?",
    "alphaxiv.org": r"/(?:abs|overview|pdf)/(.+?)(?:\.pdf)?/?",
    "huggingface.co": r"/papers/(.+?)(?:\.md)?/?",
    "hf.co": r"/papers/(.+?)/?",
    "paperswithcode.co": r"/papers?/(.+?)/?",
    "arxiv-vanity.com": r"/papers/(.+?)/?",
    "scirate.com": r"/arxiv/(.+?)/?",
    "tldr.takara.ai": r"/p/(.+?)/?",
    "doi.org": r"/10\.48550/arxiv\.(.+?)/?",
    "dx.doi.org": r"/10\.48550/arxiv\.(.+?)/?",
}
_ARXIV_MIRRORS = frozenset(["export.arxiv.org", "browse.arxiv.org", "cn.arxiv.org"])
_VIDEO = re.compile(r"[\w-]{11}")


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
    host = _host(address)
    for known in (_paper, _repository, _hugging_face, _video, _doi, _proceedings):
        thing = known(host, path, query)
        if thing is not None:
            return thing
    return Thing("page", _page(address, host, path, query))


def arxiv_id(text: str) -> str | None:
    """The identifier without version in `text`, or None: `2101.00001v2` -> `2101.00001`.

    Of old identifiers the subject class goes too: `math.GT/0309136` -> `math/0309136`.
    """
    found = _ARXIV.fullmatch(text.strip())
    if found is None:
        return None
    archive, number = found.group(2, 3)
    return f"{archive}/{number}".lower() if archive else found.group(1)


def repository(url: str) -> str | None:
    """`owner/name` as written, where the address names a GitHub repository or a page in it."""
    address = parse(url)
    if not isinstance(address, Address) or _host(address) != "github.com":
        return None
    segments = _segments(address.target.partition("?")[0])
    if len(segments) < 2 or segments[0].lower() in _NOT_OWNERS:
        return None
    name = segments[1].removesuffix(".git")
    return f"{segments[0]}/{name}" if name else None


def _host(address: Address) -> str:
    host = address.host.removesuffix(".").removeprefix("www.")
    return "arxiv.org" if host in _ARXIV_MIRRORS else host


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _paper(host: str, path: str, _query: str) -> Thing | None:
    pattern = _PAPER_PAGES.get(host)
    found = re.fullmatch(pattern, path, re.IGNORECASE) if pattern else None
    name = arxiv_id(found.group(1)) if found else None
    return Thing("paper", f"arxiv:{name}") if name else None


def _repository(host: str, path: str, _query: str) -> Thing | None:
    if host != "github.com" or not _is_root(_segments(path), 2):
        return None
    name = repository(f"https://{host}{path}")
    return Thing("repository", f"github:{name.lower()}") if name else None


def _is_root(segments: list[str], depth: int) -> bool:
    """Whether a path names the thing itself, with or without the branch that is shown."""
    if len(segments) == depth:
        return True
    return len(segments) == depth + 2 and segments[depth] == "tree"


def _hugging_face(host: str, path: str, _query: str) -> Thing | None:
    if host not in ("huggingface.co", "hf.co"):
        return None
    segments = _segments(path)
    kind = {"datasets": "dataset", "spaces": "space"}.get(segments[0] if segments else "")
    if kind is not None and _is_root(segments, 3):
        return Thing(kind, f"huggingface:{segments[1]}/{segments[2]}".lower())
    if kind is None and _is_root(segments, 2) and segments[0].lower() not in _HF_PAGES:
        return Thing("model", f"huggingface:{segments[0]}/{segments[1]}".lower())
    return None


def _video(host: str, path: str, query: str) -> Thing | None:
    name = ""
    if host == "youtu.be":
        name = path.strip("/")
    elif host in ("youtube.com", "m.youtube.com", "youtube-nocookie.com"):
        embedded = re.fullmatch(r"/(?:embed|shorts|live|v)/([^/]+)/?", path)
        watched = parse_qs(query).get("v", [""])[0] if path.rstrip("/") == "/watch" else ""
        name = embedded.group(1) if embedded else watched
    return Thing("video", f"youtube:{name}") if _VIDEO.fullmatch(name) else None


def _doi(host: str, path: str, _query: str) -> Thing | None:
    if host in ("doi.org", "dx.doi.org") and path.startswith("/10."):
        return Thing("paper", f"doi:{path[1:].rstrip('/').lower()}")
    return None


def _proceedings(host: str, path: str, query: str) -> Thing | None:
    """A paper at OpenReview or in the ACL Anthology, as page or as PDF."""
    if host == "openreview.net" and path in ("/forum", "/pdf"):
        names = parse_qs(query).get("id", [])
        return Thing("paper", f"openreview:{names[0]}") if names else None
    found = re.fullmatch(r"/([A-Za-z0-9][\w.-]*?\.?[0-9]+)(?:\.pdf)?/?", path)
    if host == "aclanthology.org" and found is not None:
        return Thing("paper", f"acl:{found.group(1).lower()}")
    return None


def _page(address: Address, host: str, path: str, query: str) -> str:
    kept = [
        pair
        for pair in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.fullmatch(pair[0])
    ]
    own = address.port in WEB_SCHEMES.values()
    tail = f"?{urlencode(sorted(kept))}" if kept else ""
    return f"{host if own else f'{host}:{address.port}'}{path.rstrip('/')}{tail}"
