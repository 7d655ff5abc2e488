"""The git checkout that holds the lists."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from staycurrent.flows.checkout.git import Git, last_line
from staycurrent.flows.errors import UsageError

_NOTHING: Mapping[str, str] = {}


def repository(lists: Sequence[Path], credentials: Mapping[str, str] = _NOTHING) -> Git:
    """Git at the top of the checkout that holds the first list; raises BadUsage and NotDone."""
    folder = lists[0].resolve().parent
    git = Git(folder if folder.is_dir() else Path.cwd(), credentials)
    said = git.run("rev-parse", "--show-toplevel")
    if said.code:
        why = last_line(said.err) or f"git ended with {said.code}"
        raise UsageError(f"{lists[0]} is in no git checkout ({why}); run `git init` beside it")
    return Git(Path(said.text).resolve(), credentials)


def path_in(git: Git, file: Path) -> str:
    """A file's path from the top of the checkout; raises BadUsage where it is not in it."""
    real = file.resolve()
    if not real.is_relative_to(git.folder):
        raise UsageError(f"{file} is not in the checkout {git.folder}, where the first list is")
    return real.relative_to(git.folder).as_posix()


def top(folder: Path) -> Path | None:
    """The top of the checkout around a folder, found without git; None outside of any."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)
