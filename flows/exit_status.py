"""How a run that did not end well ends: the exit code and the sentence for each exception."""

import traceback

from staycurrent.curated.generated_section import BadMarkers
from staycurrent.curated.proof import UnsafeRewrite
from staycurrent.curated.save import UnusableList
from staycurrent.flows.commands.explain import UnknownLink
from staycurrent.flows.commands.keep import UnknownAddress
from staycurrent.flows.context import NotJudged
from staycurrent.flows.errors import BAD_USAGE, BUG, SKIPPED, ExternalError, UsageError
from staycurrent.flows.settings import SettingsError
from staycurrent.warehouse.open import WarehouseBusy, WarehouseUnusable
from staycurrent.web.replay.scenario_file import ScenarioError

_USAGE = (
    BadMarkers,
    SettingsError,
    UsageError,
    ScenarioError,
    UnknownAddress,
    UnknownLink,
    UnusableList,
    WarehouseUnusable,
)


def exit_status(error: Exception) -> tuple[int, str]:
    """Exit code and sentence; a bug gets its trace and a word on what to send."""
    if isinstance(error, NotJudged):
        return SKIPPED, f"tonight is not judged: {error}; nothing was flagged or written"
    if isinstance(error, WarehouseBusy):
        return SKIPPED, str(error)
    if isinstance(error, ExternalError):
        return SKIPPED if error.problem.is_temporary else BAD_USAGE, str(error)
    if isinstance(error, SettingsError) and len(error.mistakes) > 1:
        listed = "".join(f"\n  {mistake}" for mistake in error.mistakes)
        return BAD_USAGE, f"{len(error.mistakes)} mistakes in the settings:{listed}"
    if isinstance(error, _USAGE):
        return BAD_USAGE, str(error)
    trace = "".join(traceback.format_exception(error))
    kind = "the rewrite was refused" if isinstance(error, UnsafeRewrite) else "this is a bug"
    return BUG, f"{kind}: {error}\n{trace}Please report it with this trace and the list's name."
