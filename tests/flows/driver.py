"""What a process does that may be killed at any moment: it walks nights, one after the other."""

from datetime import timedelta
from pathlib import Path

from staycurrent.flows.night import night_of, still
from staycurrent.flows.run import run
from staycurrent.flows.voice import Silence
from tests.flows.played import FIRST


def main(folder: Path, first: int, last: int) -> None:
    """Run the nights from `first` to `last`."""
    for number in range(first, last + 1):
        as_of = FIRST + timedelta(days=number - 1)
        run(night_of(folder / "staycurrent.toml", still(as_of), Silence(), environment={}))
