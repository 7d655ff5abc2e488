"""The dashboard: one issue that shows what stands, updated in place, which closes itself."""

from staycurrent.flows.pull_request.forge import Forge, Issue
from staycurrent.flows.pull_request.proposal import Proposal
from staycurrent.flows.trouble import Trouble
from staycurrent.reports.dashboard import LABEL, MARK, TITLE, body

_DONE = {"closed": "closed", "open": "reopened"}


async def dashboard(forge: Forge, proposal: Proposal) -> str:
    """Open, refresh, reopen or close the one issue; a sentence on that.

    Where GitHub refuses, that is the sentence: the pull request stands all the same.
    """
    done = await _kept(forge, body(proposal.rows, proposal.waiting, proposal.beside))
    return f"no dashboard: {done.sentence}" if isinstance(done, Trouble) else done


async def _kept(forge: Forge, text: str | None) -> str | Trouble:
    found = await forge.issues(LABEL)
    if isinstance(found, Trouble):
        return found
    own = next((one for one in found if MARK in one.body), None)
    if own is not None:
        return await _brought_up_to_date(forge, own, _changed(own, text))
    if text is None:
        return "no dashboard, for nothing stands"
    made = await forge.open_issue(TITLE, text, LABEL)
    return made if isinstance(made, Trouble) else f"dashboard #{made.number} opened"


async def _brought_up_to_date(forge: Forge, own: Issue, changed: dict[str, str]) -> str | Trouble:
    refused = await forge.edit_issue(own.number, changed) if changed else None
    if isinstance(refused, Trouble):
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
