"""How a command ends: the exit codes that scripts rely on."""

DONE = 0
FINDINGS = 1
"""Findings, where the command was asked to fail on them."""
BAD_USAGE = 2
"""Bad usage, settings or input."""
BUG = 70
NOT_TONIGHT = 75
"""Tonight is not to be judged, or another run holds the warehouse."""


class BadUsage(Exception):
    """Something on the command line that cannot be meant; a sentence."""
