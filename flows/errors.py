"""How a command ends: the exit codes that scripts rely on."""

from dataclasses import dataclass

DONE = 0
FINDINGS = 1
"""Findings, where the command was asked to fail on them."""
BAD_USAGE = 2
"""Bad usage, settings or input."""
BUG = 70
SKIPPED = 75
"""Tonight is not to be judged, or another run holds the warehouse."""


class UsageError(Exception):
    """Something on the command line that cannot be meant; a sentence."""


@dataclass(frozen=True, slots=True)
class ExternalProblem:
    """Why something was not done; a sentence without secrets or strangers' words."""

    sentence: str
    is_temporary: bool = False
    """It may well be done on another run."""
    status: int = 0
    """Of HTTP, where one came."""


class ExternalError(Exception):
    """A verb ends here: something outside did not let us go on."""

    def __init__(self, trouble: ExternalProblem) -> None:
        super().__init__(trouble.sentence)
        self.problem = trouble
