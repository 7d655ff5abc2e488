"""What a GitHub address names: a repository, something in one, an owner, a topic or a gist."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote

from staycurrent.identity import github_repository
from staycurrent.links.link import Link

REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
"""`owner/name` as GitHub allows it, and nothing that could end a query's quotes."""
_SITE, _RAW, _GIST = "github.com", "raw.githubusercontent.com", "gist.github.com"
_PAGES = re.compile(
    r"account|codespaces|copilot|dashboard|edu|education|git-guides|github-copilot|home|images"
    r"|join|logout|mobile|models|newsroom|organizations|partners|premium-support|resources"
    r"|sitemap|solutions|startups|user-attachments|why-github",
    re.IGNORECASE,
)
"""First segments of GitHub's own pages that read like an owner's name."""
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,49}", re.IGNORECASE)
_GIST_ID = re.compile(r"[0-9a-f]{20}|[0-9a-f]{32}|[0-9]{1,9}")
_COMMIT_ID = re.compile(r"[0-9a-fA-F]{7,40}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_ARCHIVE = re.compile(r"\.(?:zip|tar\.gz)\Z")
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|\A[-.@]|\.\Z")
"""What git allows in no branch or tag, and what its revision syntax gives a meaning."""
_REF_FOLDERS = (("refs", "heads"), ("refs", "tags"))
_OWN_PAGES = re.compile(
    r"branches|commits|contributors|forks|pulse|stargazers|tags|watchers|releases(?:/latest)?"
    r"|(?:commits|releases|tags)\.atom|network(?:/(?:dependencies|dependents|members))?"
    r"|graphs/(?:code-frequency|commit-activity|contributors)"
)
"""Pages that every repository has."""


class Kind(StrEnum):
    """What an address may name."""

    REPOSITORY = "repository"
    """The front page of a repository."""
    PAGE = "page"
    """A page that every repository has."""
    CONTENT = "file or folder"
    RAW = "raw file"
    """The bytes of a file; a folder has none."""
    REF = "branch, tag or commit"
    """All of it: its commits, its archive."""
    COMMIT = "commit"
    RELEASE = "release"
    ASSET = "release asset"
    ISSUE = "issue or pull request"
    DISCUSSION = "discussion"
    WIKI = "wiki"
    OWNER = "user or organisation"
    TOPIC = "topic"
    GIST = "gist"


IN_TREE = frozenset([Kind.CONTENT, Kind.RAW, Kind.REF])
"""Kinds that begin with a branch or tag, whose name may contain slashes."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an address names."""

    name: str
    """The address as it is written, without the scheme and `github.com/`."""
    kind: Kind
    repository: str = ""
    """`owner/name` as written; empty for owners, topics and gists."""
    head: str = ""
    """The segments before the parts, as in `tree`; empty for raw files at their own host."""
    parts: tuple[str, ...] = ()
    """Decoded: of the ref and the path, of a tag, the number, or the name of an owner or topic."""

    @property
    def ref_length(self) -> int:
        """The least number of parts that the ref takes."""
        return 3 if self.parts[:2] in _REF_FOLDERS else 1

    @property
    def is_page_open(self) -> bool:
        """Whether GitHub's robots.txt lets robots request its page.

        It disallows `/*/tree/`, `/*/raw/`, `/*/blame/`, `/*/commits/`, `/*/archive/`,
        `/*/download` and the pages of statistics.
        """
        match self.kind:
            case Kind.CONTENT:
                return self.head == "blob"
            case Kind.RAW:
                return not self.head
            case Kind.PAGE:
                return self.name.endswith(("/releases", "/releases/latest"))
        return self.kind not in (Kind.REF, Kind.ASSET)

    def page(self, site: str) -> str:
        """The URL of its page, without a query."""
        own_host = self.name.startswith((f"{_RAW}/", f"{_GIST}/"))
        return f"https://{self.name}" if own_host else f"{site}/{self.name}"

    def split(self, length: int) -> tuple[str, str]:
        """Ref and path, if the ref takes so many of the parts."""
        return "/".join(self.parts[:length]), "/".join(self.parts[length:])

    def ref_lengths(self) -> range:
        """How many parts the ref may take, the least first; names of refs are not that deep."""
        shortest = self.ref_length
        longest = len(self.parts) - (self.kind is Kind.RAW)
        bad = (n for n, part in enumerate(self.parts[shortest:]) if _NOT_IN_REF.search(part))
        return range(shortest, min(longest, shortest + next(bad, 4)) + 1)

    def in_repository(self, name: str) -> "Target":
        """The same in a repository that has another name now."""
        before, _, after = self.name.partition(self.repository)
        return replace(self, name=f"{before}{name}{after}", repository=name)

    def at(self, ref: str, path: str) -> "Target":
        """The same kind of page at another ref or path."""
        parts = tuple(filter(None, (*ref.split("/"), *path.split("/"))))
        rest = "/".join(quote(part, safe="!$&'()*+,;=:@~") for part in parts)
        ending = _ARCHIVE.search(self.name)
        rest += ending[0] if ending and self.head == "archive" else ""
        place = f"{self.repository}/{self.head}" if self.head else f"{_RAW}/{self.repository}"
        return replace(self, name=f"{place}/{rest}", parts=parts)


def claims(link: Link) -> str | None:
    """The name (as of `Target`) of what the API can be asked about; else None."""
    address = link.address
    path, _, query = address.target.partition("?")
    if address.port not in (80, 443) or re.search(r"(?:\A|&)token=", query):
        return None  # a secret part of an address is not for the API
    host = address.host.removeprefix("www.")
    name = path.removeprefix("/").removesuffix("/")
    name = re.sub(r"(?i)\A([^/]+/[^/]+)\.git\Z", r"\1", name)  # a folder may be named so
    if host != _SITE:
        name = f"{host}/{name}"
    return name if host in (_SITE, _RAW, _GIST) and parse_target(name) else None


@lru_cache(maxsize=1 << 14)
def parse_target(name: str) -> Target | None:
    """What a name (as of `Target`) names; None if the API cannot be asked about it."""
    try:
        segments = [unquote(segment, errors="strict") for segment in name.split("/")]
    except UnicodeDecodeError:
        return None
    if any(re.fullmatch(r"\.{0,2}|.*[\x00-\x1f\x7f].*", one, re.DOTALL) for one in segments):
        return None
    if "%" in "/".join(name.split("/")[:2]):
        return None  # letters of owner and name are written as they are
    if segments[0] == _GIST:
        match segments[1:]:
            case [owner, gist] if _OWNER.fullmatch(owner) and _GIST_ID.fullmatch(gist):
                return Target(name, Kind.GIST, parts=(owner, gist))
        return None
    if segments[0] == _RAW:
        owner_and_name = "/".join(segments[1:3])
        is_raw = REPOSITORY_NAME.fullmatch(owner_and_name) and segments[1] != "wiki"
        return _in_tree(name, Kind.RAW, owner_and_name, "", segments[3:]) if is_raw else None
    if len(segments) < 2 or segments[0].lower() in ("orgs", "topics"):
        return _owner_or_topic(name, segments)
    written = "/".join(segments[:2])
    if not REPOSITORY_NAME.fullmatch(written) or _PAGES.fullmatch(segments[0]):
        return None
    repository = github_repository(f"https://{_SITE}/{written}")
    if repository is None or not REPOSITORY_NAME.fullmatch(repository):
        return None
    return _in_repository(name, repository, segments[2:])


def target_of(name: str) -> Target:
    """What a name names that was claimed; raises ValueError for any other."""
    if target := parse_target(name):
        return target
    raise ValueError(f"{name!r} is not a name of GitHub's: it must read owner/name, or begin so")


def _owner_or_topic(name: str, segments: list[str]) -> Target | None:
    match segments:
        case ["orgs", owner] if _OWNER.fullmatch(owner):
            return Target(name, Kind.OWNER, parts=(owner,))
        case ["topics", topic] if _TOPIC.fullmatch(topic):
            return Target(name, Kind.TOPIC, parts=(topic.lower(),))
        case [owner] if _OWNER.fullmatch(owner) and not _PAGES.fullmatch(owner):
            is_user = github_repository(f"https://{_SITE}/{owner}/x") is not None
            return Target(name, Kind.OWNER, parts=(owner,)) if is_user else None
    return None


def _in_repository(name: str, repository: str, rest: list[str]) -> Target | None:
    if not rest:
        return Target(name, Kind.REPOSITORY, repository)
    if _OWN_PAGES.fullmatch("/".join(rest)):
        return Target(name, Kind.PAGE, repository)
    head, *parts = rest
    match rest:
        case ["tree" | "blob" | "blame", *_]:
            return _in_tree(name, Kind.CONTENT, repository, head, parts)
        case ["raw", *_]:
            return _in_tree(name, Kind.RAW, repository, head, parts)
        case ["commits" | "zipball" | "tarball", *_]:
            return _in_tree(name, Kind.REF, repository, head, parts)
        case ["archive", *folders, last] if _ARCHIVE.search(last):
            parts = [*folders, _ARCHIVE.sub("", last)]
            return _in_tree(name, Kind.REF, repository, head, parts)
        case ["wiki", *_]:
            return Target(name, Kind.WIKI, repository, head, tuple(parts))
        case ["releases", *_]:
            return _release(name, repository, parts)
    return _numbered(name, repository, rest)


def _numbered(name: str, repository: str, rest: list[str]) -> Target | None:
    match rest:
        case ["commit", commit] if _COMMIT_ID.fullmatch(commit):
            return Target(name, Kind.COMMIT, repository, "commit", (commit,))
        case ["discussions", number] if _NUMBER.fullmatch(number):
            return Target(name, Kind.DISCUSSION, repository, "discussions", (number,))
        case ["issues" | "pull", number] | ["pull", number, "files" | "commits" | "checks"] if (
            _NUMBER.fullmatch(number)
        ):
            return Target(name, Kind.ISSUE, repository, rest[0], (number,))
    return None


def _release(name: str, repository: str, rest: list[str]) -> Target | None:
    match rest:
        case ["tag", first, *more]:
            tag = "/".join([first, *more])
            return Target(name, Kind.RELEASE, repository, "releases/tag", (tag,))
        case ["download", *tag, file] if tag:
            parts = ("/".join(tag), file)
            return Target(name, Kind.ASSET, repository, "releases/download", parts)
        case ["latest", "download", file]:
            return Target(name, Kind.ASSET, repository, "releases/latest/download", ("", file))
    return None


def _in_tree(name: str, kind: Kind, repository: str, head: str, parts: list[str]) -> Target | None:
    target = Target(name, kind, repository, head, tuple(parts))
    needed = target.ref_length + (kind is Kind.RAW or head in ("blob", "blame"))
    if len(parts) < needed or any(map(_NOT_IN_REF.search, parts[: target.ref_length])):
        return None
    return target
