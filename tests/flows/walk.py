"""A list with a link of every kind, walked night after night once, and a copy of each morning."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Self

from tests.flows.played import FEEDS_OFF, Ended, Folder

LIST = """# A list

## Papers

- [Good](https://good.example/a) - Fine.
- [Gone](https://gone.example/a) - Says 410.
- [Missing](https://missing.example/a) - Says 404.
- [Moved](https://moved.example/a#part) - Says 301.
- [Typo](hhttps://typo.example/a) - Malformed.
- [Mail](mailto:a@example.org) - No web address.
- [Walled](https://walled.example/a) - Says 403.
- [Slow](https://slow.example/a) - Never answers.
- [Back](https://back.example/a) - Fails twice.
- [Insecure](https://insecure.example/a) - Its certificate expired.
- [Ours](https://inside.example/a) - A private address.
- [Kept](https://missing.example/a) - The same. <!-- stay:keep -->
- [Left alone](https://ignored.example/a) - Not asked. <!-- stay:ignore -->
"""
WEB = """
[[page]]
url = ["https://good.example/a", "https://moved.example/b"]
title = "Here"
[[page]]
url = "https://gone.example/a"
status = 410
[[page]]
url = "https://missing.example/a"
status = 404
[[page]]
url = "https://moved.example/a"
status = 301
location = "https://moved.example/b"
[[page]]
url = "https://walled.example/a"
status = 403
[[page]]
url = "https://slow.example/a"
fault = "hang"
[[page]]
url = "https://back.example/a"
status = 500
nights = "1-2"
[[page]]
url = ["https://back.example/a", "https://insecure.example/a", "https://inside.example/a"]
title = "Here"
[[host]]
name = "insecure.example"
tls = "expired"
[[host]]
name = "inside.example"
dns = "private"
"""


@dataclass(frozen=True, slots=True)
class Walk:
    """The mornings after each night of a walk; none of them is ever written to again."""

    path: Path
    ended: tuple[Ended, ...]
    """How `run` ended, night by night."""

    @classmethod
    def over(
        cls, path: Path, listed: str, web: str, *, nights: int, settings: str = FEEDS_OFF
    ) -> Self:
        """Walk so many nights in a folder of its own, and keep each morning."""
        folder = Folder(path / "0")
        folder.path.mkdir()
        folder.write(listed=listed, web=web, settings=settings)
        ended = []
        for night in range(1, nights + 1):
            morning = Folder(path / str(night))
            copytree(path / str(night - 1), morning.path)
            ended.append(morning.staycurrent("run", night=night))
        return cls(path, tuple(ended))

    def morning(self, after: int) -> Folder:
        """The folder as that night left it: to read only."""
        return Folder(self.path / str(after))

    def copy(self, to: Path, *, after: int) -> Folder:
        """A folder of one's own, as that night left it."""
        copytree(self.path / str(after), to, dirs_exist_ok=True)
        return Folder(to)
