"""The verb `pr`: one standing branch and one standing pull request for what the list should say."""

import asyncio
import sys
from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from staycurrent.curated.document import parse
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.preflight import require_history
from staycurrent.flows.publishing.branch import BASE_REF, Checkout, find_checkout
from staycurrent.flows.publishing.dashboard import refresh_dashboard
from staycurrent.flows.publishing.git import token_variables
from staycurrent.flows.publishing.github import RepositoryApi
from staycurrent.flows.publishing.proposal import (
    Proposal,
    ProposalLimits,
    PullRequestText,
    load_list_facts,
    propose,
    pull_request_text,
)
from staycurrent.flows.publishing.pull_request import Publisher, RemoteState
from staycurrent.flows.publishing.remote import Remote, find_remote
from staycurrent.flows.publishing.review import new_feedback, overrides_from, review_subjects
from staycurrent.flows.reporter import write_output
from staycurrent.reports.proposal import PullRequestContent, check_against_diff, pull_request_title
from staycurrent.reports.text import sanitise_for
from staycurrent.warehouse import overrides


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be proposed: the words, and the commit that makes the change."""

    proposal: Proposal
    page: PullRequestText
    commit: str
    """Upon the base; the base itself where nothing is to be changed."""
    diff: str


@dataclass(frozen=True, slots=True)
class _Base:
    """What is to be changed."""

    branch: str
    """Its name; empty where it has none."""
    commit: str
    lists: tuple[ListDocument, ...]


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Open, refresh or close the pull request, or print what it would say."""
    with open_database(ctx) as db:
        if arguments.dry_run:
            text = show(ctx, db, is_initial=arguments.initial)
        else:
            text = f"{pr(ctx, db, is_initial=arguments.initial)}\n"
    write_output(sanitise_for(text, sys.stdout))
    return DONE


def show(ctx: RunContext, db: Database, *, is_initial: bool = False) -> str:
    """The body and the diff as they would be now; asks nobody, and writes nothing anywhere.

    Made upon the base as it was last fetched. Raises BadUsage.
    """
    checkout, remote = _here(ctx)
    base = _known_base(ctx, checkout, remote)
    frame = _told(ctx, remote, is_first=is_initial)
    with TemporaryDirectory(prefix="staycurrent-") as folder:
        draft = _draft(ctx, db, checkout.aside(Path(folder)), base, _wanted(ctx), frame)
    told = draft.page.body if draft.diff else "Nothing to propose.\n"
    return f"{draft.page.title}\n\n{told}\n{draft.diff}" if draft.diff else told


def pr(ctx: RunContext, db: Database, *, is_initial: bool = False) -> str:
    """Make the branch, push it, and open, refresh or close the pull request; a sentence on that.

    Raises NotDone where GitHub or git did not let us, and BadUsage where token or remote are
    missing: the branch is left ready then. Safe to run again, whatever happened.
    """
    checkout, remote = _here(ctx)
    token = ctx.secrets.github_token
    if remote is None or not token:
        raise UsageError(_left_ready(ctx, db, checkout, remote, is_initial=is_initial))
    _refuse_stranger(ctx, remote)
    return asyncio.run(_publish(ctx, db, checkout, remote, is_initial=is_initial))


async def _publish(
    ctx: RunContext, db: Database, checkout: Checkout, remote: Remote, *, is_initial: bool
) -> str:
    settings = ctx.settings.pull_request
    name = settings.base or checkout.default_branch(remote.name)
    if name == settings.branch:
        raise UsageError(f"pull_request.branch: {name} is what is to be changed; name another")
    commit = checkout.fetch(remote.name, f"refs/heads/{name}", BASE_REF)
    if commit is None:
        raise UsageError(f"the remote {remote.name} has no branch {name}: set pull_request.base")
    base = _Base(name, commit, _lists_at(ctx, checkout, commit, name))
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as web:
        forge = RepositoryApi(
            web.request, settings.api, remote.repository, ctx.secrets.github_token
        )
        publisher = Publisher(checkout, remote, forge, settings, name)
        found = await publisher.standing()
        await _learn(ctx, db, publisher, found, base)
        wanted = replace(_wanted(ctx), proposed=found.proposed, refused=found.refused)
        told = _told(ctx, remote, is_first=is_initial or _is_first(found))
        draft = _draft(ctx, db, checkout, base, wanted, told)
        said = await publisher.act(found, draft.proposal, lambda: draft.page, draft.commit)
        if settings.dashboard:
            said = f"{said}; {await refresh_dashboard(forge, draft.proposal)}"
    return said


async def _learn(
    ctx: RunContext, db: Database, publisher: Publisher, found: RemoteState, base: _Base
) -> None:
    """Note what people said since; what is noted is not asked again."""
    known = review_subjects(load_list_facts(ctx, db, base.lists))
    words = publisher.words(found, known)
    if not words or not ctx.warehouse_path.exists():
        return
    warehouse = db.reading()
    said = overrides.latest(warehouse)
    named = await publisher.named(new_feedback(words, known, said))
    made = overrides_from(new_feedback(named, known, said), known, ctx.now())
    if made:
        warehouse = db.writing()
        with warehouse.transaction():
            for one in made:
                overrides.add(warehouse, one)
    for one in made:
        by = f" by {one.author}" if one.author else ""
        ctx.reporter.info(f"learned: {one.kind} {one.url}{by}: {one.reason}; {_TAKEN_BACK}")


def _here(ctx: RunContext) -> tuple[Checkout, Remote | None]:
    """The checkout, with the right to speak to its remote; raises BadUsage."""
    plain = find_checkout(ctx.list_paths, {})
    remote = find_remote(plain.git)
    if remote is None or not remote.is_of(ctx.settings.pull_request.api):
        return plain, remote
    return find_checkout(
        ctx.list_paths, token_variables(ctx.secrets.github_token, remote.site)
    ), remote


def _refuse_stranger(ctx: RunContext, remote: Remote) -> None:
    if not remote.is_of(ctx.settings.pull_request.api):
        raise UsageError(
            f"the remote {remote.name} is at {remote.site or 'no GitHub'}, and the token is for "
            f"{ctx.settings.pull_request.api}: for an Enterprise set "
            "pull_request.api to https://HOST/api/v3"
        )


def _wanted(ctx: RunContext) -> ProposalLimits:
    return ProposalLimits(ctx.settings.pull_request.max_lines)


def _is_first(found: RemoteState) -> bool:
    """Whether the list never had a pull request of ours but the one that may be open."""
    return all(one.is_open for one in found.pulls)


def _told(ctx: RunContext, remote: Remote | None, *, is_first: bool) -> PullRequestContent:
    """The frame of the body: where lines are linked to, and whether it is the first."""
    branch = quote(ctx.settings.pull_request.branch)
    named = remote is not None and bool(remote.repository)
    where = f"{remote.site}/{remote.repository}/blob/{branch}" if remote and named else ""
    return PullRequestContent(lines=(), lists=(), files_url=where, is_initial=is_first)


def _draft(
    ctx: RunContext,
    db: Database,
    checkout: Checkout,
    base: _Base,
    wanted: ProposalLimits,
    frame: PullRequestContent,
) -> Draft:
    """Render, tell and check: what the words count is what the commit changes."""
    require_history(ctx, db, base.lists, cold_start=False)
    proposal = propose(ctx, db, base.lists, wanted)
    commit = base.commit
    if proposal.files:
        message = f"{pull_request_title(proposal.rows)}\n\n{_MESSAGE}"
        commit = checkout.commit(base.commit, proposal.files, message, ctx.clock.as_of)
    diff = checkout.diff(base.commit, commit)
    check_against_diff(proposal.rows, diff)
    return Draft(proposal, pull_request_text(proposal, frame), commit, diff)


_TAKEN_BACK = "`keep --undo` takes it back"
_MESSAGE = """\
What changes is flags behind links and the generated part, nothing else.
The evidence for each line stands in the pull request."""


def _lists_at(
    ctx: RunContext, checkout: Checkout, commit: str, name: str
) -> tuple[ListDocument, ...]:
    """The lists as the base has them; the work tree's may be ahead of it, or edited."""

    def listed(path: Path, inside: str) -> ListDocument:
        raw = checkout.file(commit, inside)
        if raw is None:
            where = name or "the last commit"
            raise UsageError(f"{inside} is not in {where}: commit it and push it first")
        return ListDocument(path, inside, parse(raw))

    pairs = zip(ctx.list_paths, checkout.lists, strict=True)
    return tuple(listed(path, inside) for path, inside in pairs)


def _known_base(ctx: RunContext, checkout: Checkout, remote: Remote | None) -> _Base:
    """The base as this checkout knows it, without asking the remote; else the last commit."""
    name = ctx.settings.pull_request.base
    local = f"refs/heads/{name}" if name else "HEAD"
    usual = (name,) if name else ("HEAD", "main", "master")
    fetched = [f"refs/remotes/{remote.name}/{one}" for one in usual] if remote else []
    for ref in (*fetched, local):
        commit = checkout.here(ref)
        if commit is not None:
            return _Base(name, commit, _lists_at(ctx, checkout, commit, name))
    raise UsageError(f"there is no {local} in {checkout.folder}: commit the list first")


def _left_ready(
    ctx: RunContext, db: Database, checkout: Checkout, remote: Remote | None, *, is_initial: bool
) -> str:
    """Leave the branch here, and say what is to be done next."""
    branch = ctx.settings.pull_request.branch
    base = _known_base(ctx, checkout, remote)
    draft = _draft(ctx, db, checkout, base, _wanted(ctx), _told(ctx, remote, is_first=is_initial))
    missing = "no remote" if remote is None else "no GITHUB_TOKEN"
    if not draft.diff:
        return f"there is {missing}, and nothing to propose either"
    checkout.leave(draft.commit, branch)
    push = f"`git push {remote.name if remote else 'REMOTE'} {branch}`"
    first = "add a remote, then " if remote is None else "set GITHUB_TOKEN and run again, or "
    return (
        f"there is {missing}: the branch {branch} is ready here ({draft.page.title}); {first}"
        f"{push} and open a pull request from it; --dry-run prints its body"
    )
