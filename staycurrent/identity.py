"""What a URL identifies: a paper or a repository is the same one under all its URLs."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode

from staycurrent.web.address import WEB_SCHEMES, Address, parse

_ARXIV_ID = re.compile(
    r"(?:arxiv:)?([0-9]{4}\.[0-9]{4,5}|([a-z-]+)(?:\.[a-z]{2})?/([0-9]{7}))(?:v[0-9]+)?",
    re.IGNORECASE,
)
_TRACKING_PARAMETER = re.compile(
    r"utm_\w+|fbclid|[dg]clid|[gw]braid|msclkid|twclid|yclid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|igshid"
    r"|spm|ref|ref_src|source|trk|cmpid|ck_subscriber_id",
    re.IGNORECASE,
)
# Named after who counts the visits, so that no page depends on them, unlike `ref` and `source`:
# those of Firefox's `privacy.query_stripping.strip_list` and what Brave and ClearURLs add to it.
_CAMPAIGN_PARAMETER = re.compile(
    r"utm_\w+|ga_(?:source|medium|campaign)|[dg]clid|gclsrc|[gw]braid|gad_(?:source|campaignid)"
    r"|srsltid|fbclid|fb_(?:source|ref|action_\w+)|igshid|igsh|msclkid|twclid|ttclid|yclid|ysclid"
    r"|li_fat_id|rb_clickid|epik|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|hsa_\w+|hsctatracking|vero_(?:id|conv)"
    r"|oly_(?:anon|enc)_id|ck_subscriber_id|_openstat|(?:pk|mtm|piwik|matomo)_\w+|wt_mc|xtor"
    r"|cmpid|at_(?:medium|campaign)|guce_\w+|guccounter|ref_(?:src|url)|__s|_bhlid|spm|s_cid"
    r"|__hs(?:fp|sc|tc)|ml_subscriber(?:_hash)?|oft_(?:c|ck|d|ids?|k|lk|sk)|wicked(?:id|source)"
    r"|_g[al]|trk|trkcampaign|lipi|irclickid|irgwc|cjevent|_branch_match_id|dm_i|elqtrack(?:id)?"
    r"|sc_campaign|wt\.mc_id|_kx|nb_klid|mibextid|__twitter_impression|sfmc_\w+|mkwid|pcrid|ef_id"
    r"|s_kwcid|bsft_\w+|zanpid|_bta_tid|rdt_cid|sccid|at_xt|__cf_chl_\w+|phpsessid|jsessionid",
    re.IGNORECASE,
)
_FEED_PARAMETER = re.compile(
    r"(?i)(?:source|ref|from|src|cmp|partner)=(?:rss|feed|atom)\b.*"
    r"|(?:ref|source)=(?:[\w-]+\.)+[a-z]{2,}/?"
)
"""`source=rss----1` of Medium, `ref=a-newsletter.example` of Ghost."""
_REDIRECT_PARAMETER = "gi"
"""Medium's redirects add it, with another value each time; elsewhere it may name a page."""
_ENCODED_UNRESERVED = re.compile(
    r"%(2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])"
)
_ENCODED_BRACKET = re.compile(r"(?i)%(?:28|29|5B|5D|7C)")
"""Of `()[]|`: markdown ends a destination or a cell at them, so that many lists escape them."""
# fmt: off
_GITHUB_PAGES = frozenset([
    "about", "account", "advisories", "apps", "blog", "codespaces", "collections", "contact",
    "copilot", "customer-stories", "dashboard", "edu", "enterprise", "events", "explore",
    "features", "issues", "join", "login", "marketplace", "mcp", "mobile", "models", "new",
    "nonprofit", "notifications", "open-source", "organizations", "orgs", "partners", "pricing",
    "pulls", "readme", "resources", "search", "security", "sessions", "settings", "signup",
    "site", "solutions", "sponsors", "stars", "team", "topics", "trending", "users", "watching",
    "why-github",
])
HUGGING_FACE_PAGES = frozenset([
    "api", "blog", "brand", "chat", "collections", "contests", "datasets", "docs", "enterprise",
    "front", "inference", "inference-api", "inference-endpoints", "inference-providers", "join",
    "kernels", "languages", "learn", "login", "metrics", "models", "new", "notifications", "oauth",
    "organizations", "papers", "playground", "posts", "pricing", "privacy", "security", "settings",
    "spaces", "storage", "subscribe", "support", "tasks", "terms-of-service", "tools", "welcome",
])
"""First segments of its own pages that read like an owner's name."""
# fmt: on
_PAPER_PAGES = {
    "arxiv.org": r"/(?:abs|pdf|html|e-print|format|ps|src|tb)/(.+?)(?:\.pdf)?/?",
    "ar5iv.org": r"/(?:abs|html|pdf)/(.+?)/?",
    "ar5iv.labs.arxiv.org": r"/(?:abs|html)/(.+?)/?",
    "alphaxiv.org": r"/(?:abs|overview|pdf|html|resources|audio)/(.+?)(?:\.pdf)?/?",
    "huggingface.co": r"/papers/(.+?)(?:\.md)?/?",
    "paperswithcode.co": r"(?:/api/v1)?/papers?/(.+?)/?",
    "paperswithcode.com": r"/paper/(?:arxiv-)?(.+?)/?",
    "semanticscholar.org": r"/arxiv/(.+?)/?",
    "api.semanticscholar.org": r"/(arxiv:.+?)/?",
    "emergentmind.com": r"/papers/(.+?)/?",
    "papers.cool": r"/arxiv/(.+?)/?",
    "arxiv-vanity.com": r"/papers/(.+?)/?",
    "scirate.com": r"/arxiv/(.+?)/?",
    "tldr.takara.ai": r"/p/(.+?)/?",
    "doi.org": r"/10\.48550/arxiv\.(.+?)/?",
}
_HOST_ALIASES = {
    "export.arxiv.org": "arxiv.org",
    "browse.arxiv.org": "arxiv.org",
    "cn.arxiv.org": "arxiv.org",
    "hf.co": "huggingface.co",
    "hf-mirror.com": "huggingface.co",
    "dx.doi.org": "doi.org",
}
# Papers in proceedings, as page, abstract or PDF: the part of the URL that names the paper.
_PROCEEDINGS = (
    ("acl", r"aclanthology\.org/([a-z0-9][\w.-]*?\.?[0-9]+)(?:\.pdf)?/?"),
    ("acl", r"aclweb\.org/anthology/(?:papers/\w/\w+/)?([a-z][0-9]{2}-[0-9]{4})(?:\.pdf)?/?"),
    ("acl", r"doi\.org/10\.18653/v1/(.+?)/?"),
    ("neurips", r"(?:papers|proceedings)\.(?:nips|neurips)\.cc/.*?([0-9a-f]{32})-.+"),
    ("pmlr", r"proceedings\.mlr\.press/(v[0-9]+/[\w-]+?)(?:\.html|/[\w-]+\.pdf)/?"),
    ("jmlr", r"jmlr\.org/papers/(v[0-9]+/[\w-]+)\.html"),
    ("cvf", r"openaccess\.thecvf\.com/.*?/([\w-]+_paper)\.(?:html|pdf)"),
)
# Publishers have the DOI in the address of an article: of its page, abstract, PDF or reader.
# A figure or the references of one are not the article.
_DOI_PATH = re.compile(
    r"/(?:doi|articles?|chapter)/(?:(?:abs|e?pdf|pdfdirect|pdfplus|full|fullhtml|reader)/)?"
    r"(?!.*/(?:figures|tables|metrics|references|citations|comments|suppl[\w-]*)(?:/|$))"
    r"(10\.[0-9]{4,9}/.+?)(?:\.pdf|/(?:abstract|full|pdf))?/?",
    re.IGNORECASE,
)
_NATURE_PATH = re.compile(r"/articles/((?:nature|[a-z])[0-9][\w-]+)(?:\.pdf)?/?", re.IGNORECASE)
_JMLR_PDF = re.compile(r"/papers/volume([0-9]+)/([\w-]+)/[\w-]+\.pdf")
_VIDEO_ID = re.compile(r"[\w-]{11}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A kind (`paper`, `repository`, `model`, `dataset`, `space`, `video`, `page`) and a name."""

    kind: str
    name: str
    """In the canonical spelling of its kind: no version, lower case if case means nothing."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def identify(url: str) -> Identity | None:
    """What a URL identifies; None if the text is not an http(s) URL."""
    address = parse(url)
    if not isinstance(address, Address):
        return None
    path, _, query = decode_unreserved(address.target).partition("?")
    path = _ENCODED_BRACKET.sub(lambda match: unquote(match[0]), path)
    host = _canonical_host(address)
    if (doi := _publishers_doi(host, path)) is not None:
        host, path = "doi.org", f"/{doi}"
    identity = (
        _match_arxiv(host, path)
        or _match_github(host, path)
        or _match_hugging_face(host, path)
        or _match_youtube(host, path, query)
        or _match_proceedings(host, path, query)
    )
    if identity is not None:
        return identity
    if host == "doi.org" and path.startswith("/10."):
        return Identity("paper", f"doi:{path[1:].rstrip('/').lower()}")
    parameters = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING_PARAMETER.fullmatch(name)
    ]
    netloc = host if address.port in WEB_SCHEMES.values() else f"{host}:{address.port}"
    page = re.sub(r"/index\.html?$", "", path, flags=re.IGNORECASE).rstrip("/")
    suffix = f"?{urlencode(sorted(parameters))}" if parameters else ""
    return Identity("page", f"{netloc}{page}{suffix}")


def _publishers_doi(host: str, path: str) -> str | None:
    if host == "nature.com" and (article := _NATURE_PATH.fullmatch(path)):
        return f"10.1038/{article[1]}"
    match = _DOI_PATH.fullmatch(path)
    return match and match[1]


def decode_unreserved(target: str) -> str:
    """A path and query in which no letter has an escape that it needs not (RFC 3986 6.2.2.2)."""
    return _ENCODED_UNRESERVED.sub(lambda match: chr(int(match[1], 16)), target)


def without_tracking(url: str, *, redirected_from: str | None = None) -> str:
    """The URL without parameters that only count visits, in its query and its fragment.

    Everything else stays as it is written, and so do the parameters that the URL which was
    redirected here has itself.
    """
    own = set(re.findall(r"[?&]([^=&#]+)", redirected_from or ""))
    rest, hash_sign, fragment = url.partition("#")
    page, question_mark, query = rest.partition("?")
    if re.match(r"(?i)(utm_\w+|xtor|mc_[ce]id)=", fragment):
        hash_sign = fragment = ""
    kept = [
        one
        for one in query.split("&")
        if (name := one.partition("=")[0]) in own
        or not (
            _CAMPAIGN_PARAMETER.fullmatch(name)
            or _FEED_PARAMETER.fullmatch(one)
            or (redirected_from is not None and name == _REDIRECT_PARAMETER)
        )
    ]
    left = "&".join(kept)
    question_mark = question_mark if left or not query else ""
    return f"{page}{question_mark}{left}{hash_sign}{fragment}"


def identify_parent(url: str) -> Identity | None:
    """The repository, model, dataset or space that a URL is a page of; else as `identify`.

    A list that links to `github.com/owner/name/tree/main/examples` has the repository.
    """
    host, segments = _host_and_segments(url)
    depth = 3 if segments[:1] in (["datasets"], ["spaces"]) else 2
    parent = "/".join(segments[:depth])
    if host == "huggingface.co":
        return _match_hugging_face(host, parent) or identify(url)
    return _match_github(host, "/".join(segments[:2])) or identify(url)


def arxiv_id(text: str) -> str | None:
    """The identifier in `text` without its version, or None: `2101.00001v2` -> `2101.00001`.

    Old identifiers lose the subject class too: `math.GT/0309136` -> `math/0309136`.
    """
    match = _ARXIV_ID.fullmatch(text.strip())
    if match is None:
        return None
    archive, number = match.group(2, 3)
    return f"{archive}/{number}".lower() if archive else match[1]


def github_repository(url: str) -> str | None:
    """`owner/name` as written, if the URL is a GitHub repository or a page in one."""
    return _github_name(*_host_and_segments(url))


def _github_name(host: str, segments: list[str]) -> str | None:
    if host != "github.com" or len(segments) < 2 or segments[0].lower() in _GITHUB_PAGES:
        return None
    name = segments[1].removesuffix(".git")
    return f"{segments[0]}/{name}" if name else None


def _host_and_segments(url: str) -> tuple[str, list[str]]:
    """The host and the path of a URL; empty if the text is not an http(s) URL."""
    address = parse(url)
    if not isinstance(address, Address):
        return "", []
    return _canonical_host(address), _segments(address.target.partition("?")[0])


def _canonical_host(address: Address) -> str:
    host = address.host.removesuffix(".").removeprefix("www.")
    return _HOST_ALIASES.get(host, host)


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _is_root(segments: list[str], depth: int) -> bool:
    """Whether a path is `depth` segments long, not counting `/tree/BRANCH` behind them."""
    return len(segments) == depth or (len(segments) == depth + 2 and segments[depth] == "tree")


def _match_arxiv(host: str, path: str) -> Identity | None:
    pattern = _PAPER_PAGES.get(host)
    match = re.fullmatch(pattern, path, re.IGNORECASE) if pattern else None
    name = arxiv_id(match[1]) if match else None
    return Identity("paper", f"arxiv:{name}") if name else None


def _match_github(host: str, path: str) -> Identity | None:
    if host == "api.github.com" and path.startswith("/repos/"):
        host, path = "github.com", path.removeprefix("/repos")
    segments = _segments(path)
    name = _github_name(host, segments) if _is_root(segments, 2) else None
    return Identity("repository", f"github:{name.lower()}") if name else None


def _match_hugging_face(host: str, path: str) -> Identity | None:
    segments = _segments(path)
    if host != "huggingface.co" or not segments:
        return None
    kind = {"datasets": "dataset", "spaces": "space"}.get(segments[0])
    if kind is not None and _is_root(segments, 3):
        return Identity(kind, f"huggingface:{segments[1]}/{segments[2]}".lower())
    if kind is None and _is_root(segments, 2) and segments[0].lower() not in HUGGING_FACE_PAGES:
        return Identity("model", f"huggingface:{segments[0]}/{segments[1]}".lower())
    return None


def _match_youtube(host: str, path: str, query: str) -> Identity | None:
    name = ""
    if host == "youtu.be":
        name = path.strip("/")
    elif host in ("youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"):
        embedded = re.fullmatch(r"/(?:embed|shorts|live|v)/([^/]+)/?", path)
        watched = parse_qs(query).get("v", [""])[0] if path.rstrip("/") == "/watch" else ""
        name = embedded[1] if embedded else watched
    return Identity("video", f"youtube:{name}") if _VIDEO_ID.fullmatch(name) else None


def _match_proceedings(host: str, path: str, query: str) -> Identity | None:
    if host == "openreview.net" and path in ("/forum", "/pdf", "/attachment"):
        names = parse_qs(query).get("id", [])
        return Identity("paper", f"openreview:{names[0]}") if names else None
    volume = _JMLR_PDF.fullmatch(path) if host == "jmlr.org" else None
    if volume is not None:
        return Identity("paper", f"jmlr:v{volume[1]}/{volume[2]}".lower())
    for name, pattern in _PROCEEDINGS:
        match = re.fullmatch(pattern, f"{host}{path}", re.IGNORECASE)
        if match is not None:
            return Identity("paper", f"{name}:{match[1].lower()}")
    return None
