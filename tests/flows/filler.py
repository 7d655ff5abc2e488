"""A disk that is full while a night runs: a tmpfs of one's own, less and less of it free."""

import shutil
import sys
from pathlib import Path

from tests.flows.played import Folder

NIGHT = 3
FREE = (0, 128, 512, 4096, 16384)
"""KiB that are left to a night."""
_BLOCK = 4096


def main(morning: Path, expected: Path, disk: Path) -> None:
    """Run a night with so much room, then again with enough; a line for each, or an assertion."""
    before, after = Folder(morning).text, Folder(expected).text
    assert before != after
    for number, free in enumerate(FREE):
        folder = Folder(disk / str(number))
        shutil.copytree(morning, folder.path)
        ballast = disk / "ballast"
        _fill(ballast, disk, free)
        ended = folder.staycurrent("run", night=NIGHT)
        assert ended.code in (0, 2, 75), (free, ended)
        assert folder.text in (before, after), free
        assert folder.text == after or ended.code, (free, ended)
        ballast.unlink()
        again = folder.staycurrent("run", night=NIGHT)
        assert (again.code, folder.text) == (0, after), (free, ended, again)
        print(f"{free} KiB: exit {ended.code}, {_last_line(ended.err)}")  # noqa: T201
        shutil.rmtree(folder.path)


def _fill(ballast: Path, disk: Path, free: int) -> None:
    blocks = (shutil.disk_usage(disk).free - free * 1024) // _BLOCK
    with ballast.open("wb") as file:
        for _ in range(blocks):
            file.write(b"\0" * _BLOCK)


def _last_line(text: str) -> str:
    return text.splitlines()[-1] if text else ""


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
