"""What is to be done about the standing pull request: a table of what stands and what is wanted."""

from enum import StrEnum


class Whose(StrEnum):
    """Whose the standing branch is on the remote."""

    NOBODYS = "nobody's"
    """There is none, or what it holds was merged."""
    OURS = "ours"
    THEIRS = "theirs"
    """A person pushed to it."""


class Step(StrEnum):
    """What is to be done."""

    NOTHING = "nothing"
    OPEN = "open"
    """Push where needed, and open one."""
    REFRESH = "refresh"
    """Push where needed, and give the open one its new words."""
    CLOSE = "close"
    """Nothing is left to say."""
    WAIT = "wait"
    """A person works on the open one: it is left alone."""
    HELD = "held"
    """A person's commits lie on the branch, and no pull request is open for them."""


def step(whose: Whose, *, wanted: bool, is_open: bool) -> Step:
    """What to do; a branch that a person pushed to is never rewritten and never deleted."""
    if is_open and whose is Whose.THEIRS:
        return Step.WAIT
    if not wanted:
        return Step.CLOSE if is_open else Step.NOTHING
    if is_open:
        return Step.REFRESH
    return Step.HELD if whose is Whose.THEIRS else Step.OPEN
