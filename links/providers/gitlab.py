"""GitLab.com's answers about projects: there, renamed, archived, idle, deleted.

The pages of deleted and private projects lead to a login, as those of living sites may.
"""

import re
from datetime import datetime

from staycurrent.links.link import Link
from staycurrent.links.observation import OWNER, Freshness, Outcome
from staycurrent.links.providers import base
from staycurrent.links.settings import GitLabSettings
from staycurrent.web.address import host_of
from staycurrent.web.response import json_object, json_value, redirect_location

_PART = r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}"
_NAME = re.compile(rf"{_PART}(?:/{_PART}){{1,20}}")
_DELETED = re.compile(r"-deletion_scheduled-[0-9]+(?:/|$)")
"""In the new name of a project or group whose owner deleted it, until it is gone for good."""
_LOGIN = "/users/sign_in"
# fmt: off
_PAGES = frozenset([
    "admin", "api", "assets", "dashboard", "explore", "files", "groups", "help", "import",
    "invites", "jwt", "login", "oauth", "profile", "projects", "public", "s", "search", "snippets",
    "unsubscribes", "uploads", "users", "v2",
])
"""First segments of GitLab's own pages; no group or account has such a name."""
_IN_PROJECT = frozenset([
    "activity", "badges", "blame", "blob", "boards", "branches", "builds", "commit", "commits",
    "compare", "create", "edit", "environments", "files", "find_file", "forks", "graphs", "issues",
    "jobs", "labels", "merge_requests", "milestones", "network", "new", "pipelines", "preview",
    "project_members", "raw", "refs", "releases", "repository", "settings", "snippets", "tags",
    "tree", "update", "uploads", "wikis",
])
"""Third segments of old addresses of what is in a project; today there is a `-` before them."""
# fmt: on


def claims(link: Link) -> str | None:
    """`group/project`, with all subgroups; or a subgroup, which nothing tells from a project."""
    name = base.path_at(link, ("gitlab.com",)).strip("/").removesuffix(".git")
    parts = name.split("/")
    if not _NAME.fullmatch(name) or parts[0] in _PAGES or not _IN_PROJECT.isdisjoint(parts[2:]):
        return None
    return name


def project_of(link: Link) -> str:
    """The path of the project that a page is in, if it is not the front page; else empty."""
    parts = base.path_at(link, ("gitlab.com",)).strip("/").split("/")
    ends = (n for n, part in enumerate(parts) if n > 1 and part in (*_IN_PROJECT, "-"))
    return "/".join(parts[: next(ends, 0)])


async def request(name: str, api: base.Api[GitLabSettings]) -> base.ProviderReply:
    """Request one project, anonymously."""
    # A name with a dot is redirected to its project's new name only if the dot is encoded.
    encoded = name.replace("/", "%2F").replace(".", "%2E")
    response = await api.ask(f"{api.settings.api}/projects/{encoded}")
    body = json_object(response)
    if body is None or response.status != 200:
        missing = base.ProviderAnswer(Outcome.MISSING, "deleted or private, asked twice", 404)
        is_missing = body is not None and response.status == 404
        return base.reply_to(response, missing if is_missing else None, "GitLab")
    number = body.get("id")
    if not isinstance(number, int):
        return base.reply_to(response, None, "GitLab")
    # Without a token, GitLab does not say of a project whether it is archived.
    only = f"archived=true&id_after={number - 1}&id_before={number + 1}"
    response = await api.ask(f"{api.settings.api}/projects?{only}")
    archived = json_value(response) if response.status == 200 else None
    if not isinstance(archived, list):
        return base.reply_to(response, None, "GitLab")
    is_archived = any(isinstance(one, dict) and one.get("id") == number for one in archived)
    found = _read(name, body, api, archived=is_archived)
    return base.reply_to(response, found, "GitLab")


async def confirm(name: str, api: base.Api[GitLabSettings]) -> base.ProviderReply:
    """Request a project again and, if it is missing, its page."""
    reply = await request(name, api)
    if reply.answer is None or reply.answer.status != 404:
        return reply
    page = await api.ask(f"{api.settings.site}/{name}", follow_redirects=False)
    if page.status in (404, 410) or _LOGIN in redirect_location(page):
        return base.reply_to(page, reply.answer, "GitLab")
    outcome, words = Outcome.BLOCKED, "no project has the name; its page is closed"
    to, site = redirect_location(page), host_of(api.settings.site)
    is_own = re.match(r"/(?!/)|$", to) is not None or host_of(to) == site
    if page.status in (200, 301, 302) and is_own:  # a renamed group's leads to the group
        outcome, words = Outcome.OK, "no project has the name, but its page answers"
    return base.reply_to(page, base.ProviderAnswer(outcome, words, page.status), "GitLab")


def _read(
    name: str, body: dict[str, object], api: base.Api[GitLabSettings], *, archived: bool
) -> base.ProviderAnswer | None:
    """Conclude from a project."""
    keys = ("path_with_namespace", "namespace", "last_activity_at")
    present, owner, active = map(body.get, keys)
    try:
        last = datetime.fromisoformat(str(active))
        age = api.freshness(last)
    except (ValueError, TypeError):
        return None
    if not isinstance(present, str) or not _NAME.fullmatch(present):
        return None
    if _DELETED.search(present):
        return base.ProviderAnswer(Outcome.MISSING, "deleted by its owner, asked twice", 200)
    identity = str(body["id"])
    if isinstance(owner, dict) and isinstance(owner.get("id"), int):
        identity = f"{identity} {OWNER}{owner['id']}"
    words = "archived" if archived else f"last activity {last:%Y-%m-%d}"
    freshness = Freshness.ARCHIVED if archived else age
    if present.lower() == name.lower():
        return base.ProviderAnswer(Outcome.OK, words, 200, None, freshness, identity)
    moved_to, words = f"{api.settings.site}/{present}", f"renamed to {present}; {words}"
    return base.ProviderAnswer(Outcome.REDIRECTED, words, 200, moved_to, freshness, identity)


PROVIDER = base.Provider("gitlab", claims, base.one_by_one(request, confirm), container=project_of)
