"""The answers of crates.io, PyPI and npm about packages: there, archived, yanked, held, gone.

Their pages prove nothing: crates.io has one script for every address, PyPI a challenge, npm a 403.
A link to a version is asked about as its package, and on crates.io and PyPI as the version too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers import base
from staycurrent.links.settings import RegistrySettings
from staycurrent.web.response import Response, is_complete, is_from_host, json_object

_VERSION = r"\d[A-Za-z0-9.+!_~-]*"
_CRATE = r"[A-Za-z][A-Za-z0-9_-]{0,63}"
_IN_CRATE = rf"({_VERSION})|versions|(?:reverse_)?dependencies"
_PROJECT = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?"
_PACKAGE = r"[A-Za-z0-9_~][A-Za-z0-9._~-]{0,213}"
_SCOPED = rf"(?:(?:@|%40){_PACKAGE}(?:/|%2[Ff]))?{_PACKAGE}"
_HELD = re.compile(r"0\.0\.\d+-security(\.\d+)?")
"""The version that npm puts in the place of a package with malicious code:
https://github.com/6mile/undelete/issues/1"""


@dataclass(frozen=True, slots=True)
class Registry:
    """How one registry is asked."""

    name: str
    page: re.Pattern[str]
    """Host and path of a package's pages; its name is the first group, a version the second."""
    normalise: Callable[[str], str]
    """How a name is written in a path."""
    index: Callable[[str], str]
    """The path of a package in the index."""
    suffix: str
    """What follows a package in the paths of the other API."""
    read: Callable[[Response], base.ProviderAnswer | None]
    """What a complete response with a package says."""
    accept: str = "*/*"
    former: re.Pattern[str] | None = None
    """Host and path of pages that have another address now; what stays of it is the only group."""
    current: str = ""
    """That address, with `{}` for what stays."""

    def claims(self, link: Link) -> str | None:
        """The package, with `/` and the version if that is asked about; None for the rest."""
        page = self.page.fullmatch(_place(link))
        if page is None:
            return None
        package, *version = filter(None, page.groups())
        return "/".join((self.normalise(package), *version))

    def moved_to(self, link: Link) -> str | None:
        """The address of a page that has a former one; its parameters would mean nothing there."""
        if self.former is None or "?" in link.address.target:
            return None
        page = self.former.fullmatch(_place(link))
        return self.current.format(page[1]) if page else None

    async def request(self, name: str, api: base.Api[RegistrySettings]) -> base.ProviderReply:
        """Request one package of the index."""
        package, _, version = name.partition("/")
        url = f"{api.settings.api}/{self.index(package)}"
        headers = {"accept": self.accept}
        response = await api.ask(url, headers=headers, body_bytes=api.settings.body_bytes)
        answer = without_package(response)
        if response.status == 200 and is_from_host(response):
            too_long = found(None, "there, with more versions than are read")
            answer = too_long if response.truncated else self.read(response)
            is_listed = f'"{version}"'.encode() in response.body
            if answer is _THERE and version and not is_listed:
                answer = missing(200)  # perhaps in another spelling, which the other API knows
        return base.reply_to(response, answer, api.settings.label)

    async def confirm(self, name: str, api: base.Api[RegistrySettings]) -> base.ProviderReply:
        """Request what is missing at the other API.

        crates.io shows a crate with `-` for `_`, which its index does not know; a project on PyPI
        may have releases without files, and is a 404 without releases.
        https://github.com/rust-lang/crates.io/issues/283
        https://github.com/pypi/warehouse/issues/2087
        """
        url = f"{api.settings.second_api}/{name}{self.suffix}"
        response = await api.ask(url, body_bytes=api.settings.body_bytes)
        answer, body = without_package(response), json_object(response)
        if response.status == 200 and body is not None:
            answer = found(None, "not in the index, but there") if body else missing(200)
        return base.reply_to(response, answer, api.settings.label)

    @property
    def provider(self) -> base.Provider:
        """The registry as a provider."""
        answer = base.one_by_one(self.request, self.confirm)
        return base.Provider(
            self.name, self.claims, answer, lambda _, its: not its.enabled, self.moved_to
        )


def _place(link: Link) -> str:
    """The host, without `www.`, and the path."""
    host = link.address.host
    return host.removeprefix("www.") + base.path_at(link, (host,))


def found(freshness: Freshness | None, words: str) -> base.ProviderAnswer:
    """The answer about a package that is there."""
    return base.ProviderAnswer(Outcome.OK, words, 200, freshness=freshness)


_THERE = found(Freshness.FRESH, "there")


def missing(status: int) -> base.ProviderAnswer:
    """The answer about a package that is not there, or has no version any more."""
    return base.ProviderAnswer(Outcome.MISSING, "not in the registry, asked twice", status)


def without_package(response: Response) -> base.ProviderAnswer | None:
    """The answer of a status that says missing or refused; None for any other.

    https://doc.rust-lang.org/cargo/reference/registry-index.html#nonexistent-crates
    """
    if is_complete(response) and response.status in (404, 410):
        return missing(response.status)
    if is_complete(response) and response.status in (401, 403, 451):
        return base.ProviderAnswer(Outcome.BLOCKED, "closed by the registry", response.status)
    return None


def read_crate(response: Response) -> base.ProviderAnswer | None:
    """Conclude from an entry of the sparse index: a JSON object in each line, for each version.

    A yanked version can be downloaded, but nothing new can depend on it:
    https://doc.rust-lang.org/cargo/commands/cargo-yank.html
    """
    versions = [json_object(replace(response, body=line)) for line in response.body.splitlines()]
    yanked = [one and one.get("yanked") for one in versions]
    if not yanked or not all(isinstance(one, bool) for one in yanked):
        return None
    return found(Freshness.WITHDRAWN, "every version yanked") if all(yanked) else _THERE


def read_project(response: Response) -> base.ProviderAnswer | None:
    """Conclude from a project of the Simple API, its status and its files.

    https://packaging.python.org/en/latest/specifications/project-status-markers/
    """
    match json_object(response):
        case {"project-status": {"status": "archived" | "deprecated" as status}}:
            return found(Freshness.ARCHIVED, f"{status} on PyPI")
        case {"project-status": {"status": "quarantined"}}:
            return found(Freshness.DISABLED, "quarantined by PyPI")
        case {"name": str(), "files": []}:
            return missing(200)  # without a release, its page is a 404
        case {"name": str(), "files": [*files]}:
            is_yanked = all(isinstance(one, dict) and one.get("yanked") for one in files)
            return found(Freshness.WITHDRAWN, "every file yanked") if is_yanked else _THERE
    return None


def read_packument(response: Response) -> base.ProviderAnswer | None:
    """Conclude from abbreviated metadata; what was unpublished has no versions.

    https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
    https://github.com/npm/registry-issue-archive/issues/277
    """
    match json_object(response):
        case {"name": str(), "versions": dict(versions), "dist-tags": {"latest": str(latest)}} if (
            isinstance(version := versions.get(latest), dict)
        ):
            if _HELD.fullmatch(latest):
                return found(Freshness.DISABLED, "held by npm in the place of malicious code")
            is_deprecated = bool(version.get("deprecated"))
            return found(Freshness.ARCHIVED, "deprecated") if is_deprecated else _THERE
        case {"name": str(), **rest}:
            return _THERE if rest.get("versions") else missing(200)
    return None


def index_path(crate: str) -> str:
    """The path of a crate, whose folders are named by its first letters.

    https://doc.rust-lang.org/cargo/reference/registry-index.html#index-files
    """
    folders = {1: "1", 2: "2", 3: f"3/{crate[0]}"}
    return f"{folders.get(len(crate), f'{crate[:2]}/{crate[2:4]}')}/{crate}"


def project_name(name: str) -> str:
    """The name of a Python project as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package_name(name: str) -> str:
    """The name of a package of npm as one segment of a path; capitals are its own."""
    return unquote(name).replace("/", "%2f")


_CRATES = re.compile(rf"crates\.io/crates/({_CRATE})(?:/(?:{_IN_CRATE}))?/?")
_PYPI = re.compile(rf"pypi\.(?:python\.)?org/(?:project|p|pypi)/({_PROJECT})(?:/({_VERSION}))?/?")
_NPM = re.compile(rf"npmjs\.(?:com|org)/package/({_SCOPED})(?:/v/{_VERSION})?/?")
_OLD_PYPI = re.compile(r"pypi\.(?:python\.org/(?:project|p|pypi)|org/pypi)/(.+?)/?")
_OLD_NPM = re.compile(r"npmjs\.org/package/(.+?)/?")
_SIMPLE, _ABBREVIATED = "application/vnd.pypi.simple.v1+json", "application/vnd.npm.install-v1+json"
_AT_PYPI, _AT_NPM = "https://pypi.org/project/{}/", "https://www.npmjs.com/package/{}"
# fmt: off
_REGISTRIES = (
    Registry("crates", _CRATES, str.lower, index_path, "", read_crate),
    Registry("pypi", _PYPI, project_name, "{}/".format, "/json", read_project, _SIMPLE,
             _OLD_PYPI, _AT_PYPI),
    Registry("npm", _NPM, package_name, str, "/dist-tags", read_packument, _ABBREVIATED,
             _OLD_NPM, _AT_NPM),
)
# fmt: on
PROVIDERS = tuple(registry.provider for registry in _REGISTRIES)
