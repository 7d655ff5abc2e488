"""The exit status of a command, and the exceptions that end one with a sentence."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence

from staycurrent.files import MACHINE_ERRORS

DONE = 0
FINDINGS = 1
"""Findings, where the command was asked to fail on them."""
BAD_USAGE = 2
"""Bad usage, settings or input."""
BUG = 70
SKIPPED = 75
"""Try again later: the run is not judged, or another run holds the warehouse."""
INTERRUPTED = 130
_CANNOT_START = ("can't start new thread", str(OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))))
"""What Python says where no thread may be started, and no process."""


class UsageError(Exception):
    """An argument or an input that cannot be used; the text is a sentence."""


def parse_choices(option: str, text: str | None, choices: Sequence[str]) -> list[str]:
    """The values of an option, separated by commas; raises UsageError for an unknown one."""
    values = [value.strip() for value in (text or "").split(",") if value.strip()]
    unknown = [value for value in values if value not in choices]
    if unknown or (text is not None and not values):
        listed = ", ".join(choices) or "none"
        raise UsageError(f"{option}: unknown value {','.join(unknown)!r}; choose from {listed}")
    return values


def require_utf_8(*texts: str) -> None:
    """Raise UsageError for an argument or a path that is not UTF-8, or that no file can have here.

    Others cannot be stored. In an ASCII locale Python takes all that is not ASCII for such.
    """
    for text in texts:
        try:
            text.encode()
            os.fsencode(text)
        except UnicodeEncodeError:
            encoding = sys.getfilesystemencoding()
            shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            other = f"cannot be used where the locale's encoding is {encoding}: set PYTHONUTF8=1"
            why = "is not UTF-8: rename it" if encoding == "utf-8" else other
            raise UsageError(f"{shown}: {why}") from None


class SettingsError(Exception):
    """All mistakes in the settings, one sentence each, with its key."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class NotJudged(Exception):
    """The observations of this run cannot be trusted; the text says why. Nothing was changed."""


class Interrupted(Exception):
    """The checks were interrupted; the text says what is kept."""


class ExternalError(Exception):
    """Git or GitHub did not do something; a command that needs it ends here.

    The text is one line without secrets; what git or the host printed is sanitised.
    `is_temporary`: it may succeed in a later run.
    """

    def __init__(self, sentence: str, *, is_temporary: bool = False) -> None:
        super().__init__(sentence)
        self.is_temporary = is_temporary


def exit_status(error: Exception) -> tuple[int, str]:
    """Exit status and sentence for an exception; a bug gets its trace and what to send."""
    match error:
        case NotJudged():
            return SKIPPED, f"not judged: {error}; nothing was flagged or written"
        case UsageError():
            return BAD_USAGE, str(error)
        case Interrupted():
            return INTERRUPTED, f"interrupted: {error}"
        case ExternalError():
            return SKIPPED if error.is_temporary else BAD_USAGE, str(error)
        case SettingsError():
            if len(error.mistakes) == 1:
                return BAD_USAGE, str(error)
            listed = "".join(f"\n  {mistake}" for mistake in error.mistakes)
            return BAD_USAGE, f"{len(error.mistakes)} mistakes in the settings:{listed}"
    if sentence := _machine_error(error):
        return BAD_USAGE, sentence
    # Late: neither `--help` nor an error above needs DuckDB.
    from staycurrent.curated.generated_section import BadMarkers
    from staycurrent.curated.proof import UnsafeRewrite
    from staycurrent.curated.save import UnusableList
    from staycurrent.warehouse.file import WarehouseBusy, WarehouseUnusable
    from staycurrent.web.replay.scenario import ScenarioError

    if isinstance(error, WarehouseBusy):
        return SKIPPED, str(error)
    if isinstance(error, BadMarkers | ScenarioError | UnusableList | WarehouseUnusable):
        return BAD_USAGE, str(error)
    trace = "".join(traceback.format_exception(error))
    kind = "the rewrite was refused" if isinstance(error, UnsafeRewrite) else "this is a bug"
    return BUG, (
        f"{kind}: {error}\n{trace}"
        "Please report it, with this trace, the command, and the list if it is public."
    )


def _machine_error(error: Exception) -> str:
    """What the machine lacks and what to do about it; empty if the error is about neither."""
    if str(error) in _CANNOT_START:
        return "no more processes or threads may be started: raise `ulimit -u`, and run again"
    number = errno.ENOMEM if isinstance(error, MemoryError) else getattr(error, "errno", None)
    if number not in MACHINE_ERRORS:
        return ""
    where = f" ({file})" if (file := getattr(error, "filename", None)) else ""
    return f"{os.strerror(number)}{where}: {MACHINE_ERRORS[number]}, and run again"
