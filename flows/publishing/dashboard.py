"""The dashboard: one issue that shows what stands, updated in place, which closes itself."""

from staycurrent.flows.errors import ExternalProblem
from staycurrent.flows.publishing.github import Issue, RepositoryApi
from staycurrent.flows.publishing.proposal import Proposal
from staycurrent.reports.pull_request import (
    DASHBOARD_LABEL,
    DASHBOARD_MARK,
    DASHBOARD_TITLE,
    dashboard_body,
)

_DONE = {"closed": "closed", "open": "reopened"}


async def refresh_dashboard(forge: RepositoryApi, proposal: Proposal) -> str:
    """Open, refresh, reopen or close the one issue; a sentence on that.

    Where GitHub refuses, that is the sentence: the pull request stands all the same.
    """
    done = await _kept(forge, dashboard_body(proposal.rows, proposal.waiting, proposal.beside))
    return f"no dashboard: {done.sentence}" if isinstance(done, ExternalProblem) else done


async def _kept(forge: RepositoryApi, text: str | None) -> str | ExternalProblem:
    found = await forge.issues(DASHBOARD_LABEL)
    if isinstance(found, ExternalProblem):
        return found
    own = next((one for one in found if DASHBOARD_MARK in one.body), None)
    if own is not None:
        return await _brought_up_to_date(forge, own, _changed(own, text))
    if text is None:
        return "no dashboard, for nothing stands"
    made = await forge.open_issue(DASHBOARD_TITLE, text, DASHBOARD_LABEL)
    return made if isinstance(made, ExternalProblem) else f"dashboard #{made.number} opened"


async def _brought_up_to_date(
    forge: RepositoryApi, own: Issue, changed: dict[str, str]
) -> str | ExternalProblem:
    refused = await forge.edit_issue(own.number, changed) if changed else None
    if isinstance(refused, ExternalProblem):
        return refused
    done = _DONE[changed["state"]] if "state" in changed else "refreshed" if changed else "stands"
    return f"dashboard #{own.number} {done}"


def _changed(own: Issue, text: str | None) -> dict[str, str]:
    """What the issue is to be given; nothing where it says all that already."""
    if text is None:
        return {"state": "closed"} if own.is_open else {}
    changed = {} if own.is_open else {"state": "open"}
    if own.body.replace("\r\n", "\n").rstrip() != text.rstrip():
        changed["body"] = text
    return changed
