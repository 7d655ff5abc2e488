"""`staycurrent pr`: one standing branch and one standing pull request for changes of the lists."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from staycurrent.curated.document import parse
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import DONE, FINDINGS, UsageError
from staycurrent.flows.feedback.manual_edits import report_learned
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.preflight import require_history
from staycurrent.flows.publishing.branch import BASE_REF, Checkout, find_checkout
from staycurrent.flows.publishing.git import Remote, find_remote
from staycurrent.flows.publishing.github import RepositoryApi
from staycurrent.flows.publishing.proposal import Proposal, load_list_facts, propose
from staycurrent.flows.publishing.pull_request import Publisher, RemoteState
from staycurrent.flows.publishing.review import (
    closing_reason,
    new_feedback,
    overrides_from,
    review_subjects,
)
from staycurrent.flows.reporter import write_output
from staycurrent.flows.settings.sections import exclude_each_other
from staycurrent.reports.proposal import PullRequestContent, check_against_diff
from staycurrent.reports.pull_request import find_notes, pull_request_body
from staycurrent.reports.text import sanitise_for
from staycurrent.warehouse import overrides
from staycurrent.web.github_api import GitHubClient

_COMMIT_BODY = """\
Only flags behind links and the generated section change.
The pull request has the evidence for each line."""


@dataclass(frozen=True, slots=True)
class PullRequestDraft:
    """What would be proposed, and the commit that makes the change."""

    proposal: Proposal
    commit: str
    """Which the branch will have; the base itself if nothing changes."""
    diff: str


@dataclass(frozen=True, slots=True)
class _Base:
    """The commit that is to be changed, and the lists as it has them."""

    commit: str
    lists: Sequence[ListDocument]


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Open, refresh or close the pull request, or print what it would say."""
    is_initial = arguments.initial
    with open_database(ctx) as db:
        if arguments.dry_run:
            text = preview(ctx, db, is_initial=is_initial)
        else:
            done = pr(ctx, db, is_initial=is_initial, feedback_first=arguments.feedback_first)
            if not done:
                return FINDINGS
            text = f"{done}\n"
    write_output(sanitise_for(text, sys.stdout), is_utf8=True)
    return DONE


def preview(ctx: RunContext, db: Database, *, is_initial: bool) -> str:
    """The body and the diff as they would be now, without network and without writing anything.

    The base is the one that was fetched last, else what is checked out. Raises UsageError.
    """
    checkout, remote = _find_checkout(ctx)
    base = _known_base(ctx, checkout, remote, "HEAD")
    content = _content(ctx, remote, is_initial=is_initial)
    with TemporaryDirectory(prefix="staycurrent-", ignore_cleanup_errors=True) as folder:
        temporary = checkout.with_objects_in(Path(folder))
        draft = _draft(ctx, db, temporary, base, content)
    if not draft.diff:
        return "Nothing to propose.\n"
    content = draft.proposal.content
    return f"{content.title}\n\n{pull_request_body(content)}\n{draft.diff}"


def pr(
    ctx: RunContext, db: Database, *, is_initial: bool = False, feedback_first: bool = False
) -> str:
    """Push the branch, and open, refresh or close the pull request; a sentence on that.

    `feedback_first`: if people decided something, it is recorded, and nothing else is done; the
    sentence is empty then. Once GitHub is changed, the warehouse alone has their decisions.

    Raises ExternalError if GitHub or git refuses. Raises UsageError if the token or the remote is
    missing; the branch is then created locally. It may be repeated after any failure.
    """
    checkout, remote = _find_checkout(ctx)
    if remote is None or not ctx.secrets.github_token:
        raise UsageError(_create_local_branch(ctx, db, checkout, remote, is_initial=is_initial))
    if not remote.is_served_by(ctx.settings.pull_request.api):
        raise UsageError(
            f"the remote {remote.name} is at {remote.site or 'a host other than GitHub'}, but the "
            f"token is for {ctx.settings.pull_request.api}: for GitHub Enterprise set "
            "pull_request.api to https://HOST/api/v3"
        )
    options = {"is_initial": is_initial, "feedback_first": feedback_first}
    return asyncio.run(_publish(ctx, db, checkout, remote, **options))


async def _publish(
    ctx: RunContext,
    db: Database,
    checkout: Checkout,
    remote: Remote,
    *,
    is_initial: bool,
    feedback_first: bool,
) -> str:
    settings = ctx.settings.pull_request
    branch = settings.base or checkout.default_branch(remote.name)
    if exclude_each_other(branch, settings.branch):
        raise UsageError(
            f"pull_request.branch: {branch} is the branch to change, and {settings.branch} cannot "
            "exist next to it; name another"
            if branch != settings.branch
            else f"pull_request.branch: {branch} is the branch to change; name another"
        )
    commit = checkout.git.fetch(remote.name, f"refs/heads/{branch}", BASE_REF)
    if commit is None:
        raise UsageError(f"the remote {remote.name} has no branch {branch}: set pull_request.base")
    base = _base_at(ctx, checkout, commit, branch)
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        github_client = GitHubClient(client.request, settings.api, ctx.secrets.github_token)
        github = RepositoryApi(github_client, remote.repository)
        publisher = Publisher(checkout, remote, github, settings, branch)
        state = await publisher.read_remote()
        if await _record_feedback(ctx, db, publisher, state, base) and feedback_first:
            return ""
        known = overrides.latest(db.reading())
        learned = {override.reason for override in known if not override.undone}
        refused = await publisher.refused(state, learned)
        is_first = all(pull.is_open for pull in state.pull_requests)
        content = _content(ctx, remote, is_initial=is_initial or is_first)
        if state.open:
            content = replace(content, notes=find_notes(state.open.body))
        published = partial(publisher.standing_commit, state)
        draft = _draft(
            ctx, db, checkout, base, content, published, proposed=state.proposed, refused=refused
        )
        done = await publisher.publish(state, draft.proposal, draft.commit)
        if settings.dashboard:
            done = f"{done}; {await publisher.refresh_dashboard(draft.proposal)}"
    return done


async def _record_feedback(
    ctx: RunContext, db: Database, publisher: Publisher, state: RemoteState, base: _Base
) -> bool:
    """Record what people said since the last run as overrides; whether there was any.

    Who opens a pull request again, and perhaps merges it, takes back what its closing declined.
    """
    subjects = review_subjects(load_list_facts(ctx, db, base.lists))
    feedback = publisher.read_feedback(state, subjects, ctx.settings.curated.place)
    if not ctx.warehouse_path.exists():
        return False
    pulls = state.pull_requests
    reasons = {closing_reason(pull.number) for pull in pulls if pull.is_open or pull.is_merged}
    known = overrides.latest(db.reading())
    reopened = [one for one in known if one.reason in reasons and not one.undone]
    before = [replace(one, undone=True) if one in reopened else one for one in known]
    named = await publisher.decisions(state, new_feedback(feedback, subjects, before))
    # Once more: a box may have been ticked at another time than the body was changed.
    inferred = overrides_from(new_feedback(named, subjects, before), subjects, ctx.now())
    if not (inferred or reopened):
        return False
    warehouse = db.writing()
    with warehouse.transaction():
        for override in reopened:
            overrides.revoke(warehouse, override, ctx.now())
        for override in inferred:
            overrides.add(warehouse, override)
    for override in reopened:
        ctx.reporter.info(
            f"undone: {override.kind} {override.url}: the pull request was opened again"
        )
    report_learned(ctx, inferred)
    return True


def _find_checkout(ctx: RunContext) -> tuple[Checkout, Remote | None]:
    """The checkout of the lists, with the token if it is for the remote; raises UsageError."""
    checkout = find_checkout(ctx.list_paths)
    remote = find_remote(checkout.git)
    if remote is not None and remote.is_served_by(ctx.settings.pull_request.api):
        git = replace(checkout.git, token=ctx.secrets.github_token, site=remote.site)
        checkout = replace(checkout, git=git)
    return checkout, remote


def _content(ctx: RunContext, remote: Remote | None, *, is_initial: bool) -> PullRequestContent:
    """The content of the body before its lines and its commit are known."""
    files_url = ""
    if remote is not None and remote.repository:
        files_url = f"{remote.site}/{remote.repository}/blob"
    prefix = ctx.settings.pull_request.title_prefix
    return PullRequestContent(files_url=files_url, is_initial=is_initial, title_prefix=prefix)


def _draft(
    ctx: RunContext,
    db: Database,
    checkout: Checkout,
    base: _Base,
    content: PullRequestContent,
    published: Callable[[str], str] = str,
    **earlier: frozenset[str],
) -> PullRequestDraft:
    """Render, commit, and check that the text lists exactly what the commit changes.

    `published` is which commit will be on the branch for ours: the line numbers lead there.
    `earlier` is what earlier pull requests say, as `propose` takes it.
    """
    require_history(ctx, db, base.lists, cold_start=False)
    proposal = propose(ctx, db, base.lists, content, **earlier)
    commit = standing = base.commit
    if proposal.files:
        message = f"{proposal.content.title}\n\n{_COMMIT_BODY}"
        commit = checkout.commit(base.commit, proposal.files, message, ctx.clock.as_of)
        standing = published(commit)
        if content.files_url:
            url = f"{content.files_url}/{standing}"
            proposal = replace(proposal, content=replace(proposal.content, files_url=url))
    diff = checkout.diff(base.commit, commit)
    check_against_diff(proposal.content.lines, diff)
    return PullRequestDraft(proposal, standing, diff)


def _base_at(ctx: RunContext, checkout: Checkout, commit: str, where: str) -> _Base:
    """The lists as a commit has them; those of the work tree may be ahead of it, or edited."""
    lists: list[ListDocument] = []
    for path, name in zip(ctx.list_paths, checkout.lists, strict=True):
        raw = checkout.git.read_file(commit, name)
        if raw is None:
            raise UsageError(f"{name} is not in {where}: commit it and push it first")
        lists.append(ListDocument(path, name, parse(raw), commit))
    return _Base(commit, lists)


def _known_base(
    ctx: RunContext, checkout: Checkout, remote: Remote | None, *otherwise: str
) -> _Base:
    """The base as it was fetched last, without asking the remote; else the last commit of it."""
    branch = ctx.settings.pull_request.base
    local = f"refs/heads/{branch}" if branch else "HEAD"
    current = checkout.git.try_run("symbolic-ref", "--quiet", "--short", "HEAD").text
    # a runner's checkout does not know the remote's HEAD, and is on its default branch
    names = (branch,) if branch else ("HEAD", current, "main", "master")
    fetched = [f"refs/remotes/{remote.name}/{name}" for name in names] if remote else []
    for ref in (*fetched, local, *otherwise):
        commit = checkout.git.find_commit(ref)
        if commit is not None:
            return _base_at(ctx, checkout, commit, ref.split("/", 2)[-1])
    raise UsageError(f"there is no {local} in {checkout.git.folder}: commit the list first")


def _create_local_branch(
    ctx: RunContext, db: Database, checkout: Checkout, remote: Remote | None, *, is_initial: bool
) -> str:
    """Create the branch here; a sentence on what is missing and what to do next."""
    branch = ctx.settings.pull_request.branch
    base = _known_base(ctx, checkout, remote)
    content = _content(ctx, remote, is_initial=is_initial)
    draft = _draft(ctx, db, checkout, base, content)
    missing = "no remote called origin" if remote is None else "no GITHUB_TOKEN"
    if not draft.diff:
        return f"there is {missing}, and nothing to propose either"
    checkout.create_local_branch(draft.commit, branch)
    title = draft.proposal.content.title
    first = "add it, then" if remote is None else "set GITHUB_TOKEN and run again, or"
    return (
        f"there is {missing}: the branch {branch} is ready here ({title}); {first} "
        f"`git push {remote.name if remote else 'REMOTE'} {branch}` and open a pull request from "
        "it; --dry-run prints its body"
    )
