"""The dashboard: one issue that shows what stands, updated in place, which closes itself."""

from flows.forge import Forge, Issue
from flows.proposal import Proposal
from flows.publish import well
from reports.dashboard import LABEL, MARK, TITLE, body


async def dashboard(forge: Forge, proposal: Proposal) -> str:
    """Open, refresh, reopen or close the one issue; a sentence on that. Raises NotDone."""
    found = well(await forge.issues(LABEL))
    own = next((one for one in found if MARK in one.body), None)
    text = body(proposal.rows, proposal.waiting, proposal.beside)
    if own is None:
        if text is None:
            return "no dashboard, for nothing stands"
        made = well(await forge.open_issue(TITLE, text, LABEL))
        return f"dashboard #{made.number} opened"
    changed = _changed(own, text)
    if changed:
        well(await forge.edit_issue(own.number, changed))
    return f"dashboard #{own.number} {changed.get('state', 'refreshed' if changed else 'stands')}"


def _changed(own: Issue, text: str | None) -> dict[str, str]:
    """What the issue is to be given; nothing where it says all that already."""
    if text is None:
        return {"state": "closed"} if own.is_open else {}
    changed = {} if own.is_open else {"state": "open"}
    if own.body.replace("\r\n", "\n").rstrip() != text.rstrip():
        changed["body"] = text
    return changed
