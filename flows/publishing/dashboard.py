"""The dashboard: one issue with the current state, updated in place, closed if there is none."""

from staycurrent.flows.errors import ExternalProblem
from staycurrent.flows.publishing.github import RepositoryApi
from staycurrent.flows.publishing.proposal import Proposal
from staycurrent.reports.pull_request import (
    DASHBOARD_LABEL,
    DASHBOARD_MARK,
    DASHBOARD_TITLE,
    dashboard_body,
)


async def refresh_dashboard(github: RepositoryApi, proposal: Proposal) -> str:
    """Open, refresh, reopen or close the issue; a sentence on that.

    If GitHub refuses, the sentence says so: the pull request is published all the same.
    """
    text = dashboard_body(proposal.lines, proposal.postponed, proposal.details)
    done = await _refresh(github, text)
    return f"no dashboard: {done.sentence}" if isinstance(done, ExternalProblem) else done


async def _refresh(github: RepositoryApi, text: str | None) -> str | ExternalProblem:
    issues = await github.list_issues(DASHBOARD_LABEL)
    if isinstance(issues, ExternalProblem):
        return issues
    own = next((issue for issue in issues if DASHBOARD_MARK in issue.body), None)
    if own is None and text is None:
        return "no dashboard, because nothing is flagged"
    if own is None:
        opened = await github.open_issue(DASHBOARD_TITLE, text or "", DASHBOARD_LABEL)
        if isinstance(opened, ExternalProblem):
            return opened
        return f"dashboard #{opened.number} opened"

    changes: dict[str, str] = {}
    done = "is up to date"
    if text is None and own.is_open:
        changes, done = {"state": "closed"}, "closed"
    if text is not None:
        if own.body.replace("\r\n", "\n").rstrip() != text.rstrip():
            changes, done = {"body": text}, "refreshed"
        if not own.is_open:
            changes, done = {"state": "open", **changes}, "reopened"
    edited = await github.edit_issue(own.number, changes) if changes else None
    return edited if isinstance(edited, ExternalProblem) else f"dashboard #{own.number} {done}"
