"""How a run that did not end well ends: the exit code and the sentence for each exception."""

import traceback

from staycurrent.curated.parts import BadMarkers
from staycurrent.curated.rewrite import UnsafeRewrite
from staycurrent.curated.save import UnusableList
from staycurrent.flows.exits import BAD_USAGE, BUG, NOT_TONIGHT, BadUsage
from staycurrent.flows.explain import UnknownLink
from staycurrent.flows.keep import UnknownAddress
from staycurrent.flows.night import NotJudged
from staycurrent.flows.settings import BadSettings
from staycurrent.flows.trouble import NotDone
from staycurrent.warehouse.open import WarehouseBusy, WarehouseUnusable
from staycurrent.web.scenario import ScenarioError

_USAGE = (
    BadMarkers,
    BadSettings,
    BadUsage,
    ScenarioError,
    UnknownAddress,
    UnknownLink,
    UnusableList,
    WarehouseUnusable,
)


def ending(error: Exception) -> tuple[int, str]:
    """Exit code and sentence; a bug gets its trace and a word on what to send."""
    if isinstance(error, NotJudged):
        return NOT_TONIGHT, f"tonight is not judged: {error}; nothing was flagged or written"
    if isinstance(error, WarehouseBusy):
        return NOT_TONIGHT, str(error)
    if isinstance(error, NotDone):
        return NOT_TONIGHT if error.trouble.passing else BAD_USAGE, str(error)
    if isinstance(error, BadSettings) and len(error.mistakes) > 1:
        listed = "".join(f"\n  {mistake}" for mistake in error.mistakes)
        return BAD_USAGE, f"{len(error.mistakes)} mistakes in the settings:{listed}"
    if isinstance(error, _USAGE):
        return BAD_USAGE, str(error)
    trace = "".join(traceback.format_exception(error))
    kind = "the rewrite was refused" if isinstance(error, UnsafeRewrite) else "this is a bug"
    return BUG, f"{kind}: {error}\n{trace}Please report it with this trace and the list's name."
