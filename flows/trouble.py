"""What the outside did not let us do: a sentence with the mend, and whether to try again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something was not done; a sentence without secrets or strangers' words."""

    sentence: str
    passing: bool = False
    """It may well be done on another run."""
    status: int = 0
    """Of HTTP, where one came."""


class NotDone(Exception):
    """A verb ends here: something outside did not let us go on."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble
