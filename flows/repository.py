"""The git checkout that holds the lists."""

from collections.abc import Sequence
from pathlib import Path

from flows.exits import BadUsage
from flows.git import Git, last_line


def repository(lists: Sequence[Path]) -> Git:
    """Git at the top of the checkout that holds the first list; raises BadUsage and NotDone."""
    folder = lists[0].resolve().parent
    git = Git(folder if folder.is_dir() else Path.cwd(), {})
    said = git.run("rev-parse", "--show-toplevel")
    if said.code:
        why = last_line(said.err) or "run `git init`"
        raise BadUsage(f"{lists[0]} is in no git checkout: {why}")
    return Git(Path(said.text).resolve(), {})


def path_in(git: Git, file: Path) -> str:
    """A file's path from the top of the checkout; raises BadUsage where it is not in it."""
    real = file.resolve()
    if not real.is_relative_to(git.folder):
        raise BadUsage(f"{file} is not in the checkout {git.folder}")
    return real.relative_to(git.folder).as_posix()
