"""The demo as a user plays it, in a temporary folder of the tests, with every socket shut."""

import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import NoReturn, Self

import pytest

from tests.flows.played import Ended, Folder


def no_network(*_: object, **__: object) -> NoReturn:
    """Stands where a connection would be made."""
    raise AssertionError("the demo reached for the network")


@dataclass(frozen=True, slots=True)
class Demo:
    """One showing: what was said, and what it left."""

    temporary: Path
    """The folder for temporary files in which it was played."""
    ended: Ended
    kept: Folder
    """A copy of what it left."""

    @classmethod
    def play(cls, path: Path) -> Self:
        """Play it and keep a copy of what it leaves."""
        (path / "tmp").mkdir()
        ended = played_in(path / "tmp")
        assert ended.code == 0, ended.err
        copytree(left(ended).path, path / "kept")
        return cls(path / "tmp", ended, Folder(path / "kept"))


def played_in(temporary: Path, *more: str) -> Ended:
    """`staycurrent demo`, without a network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setattr(socket, "getaddrinfo", no_network)
        patch.setattr(socket.socket, "connect", no_network)
        patch.setattr(socket.socket, "connect_ex", no_network)
        return Folder(temporary).plainly("demo", *more)


def left(ended: Ended) -> Folder:
    """The folder that the demo says it leaves behind."""
    line = next(one for one in ended.out.splitlines() if one.startswith("The list, its settings"))
    return Folder(Path(line.rpartition(" lie in ")[2]))
