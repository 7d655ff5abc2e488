"""`staycurrent init`: the settings of a list and, if wanted, its markers and the workflow."""

import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from staycurrent.curated.document import Document, parse
from staycurrent.curated.generated_section import NO_CANDIDATES, marker_problems
from staycurrent.curated.rewrite import append_section
from staycurrent.curated.save import read_list, replace_atomically, require_writable
from staycurrent.files import write_file
from staycurrent.flows.context import RunContext, find_readme
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.publishing.git import repository_root
from staycurrent.flows.reporter import write_output
from staycurrent.flows.settings.sections import FILE_NAME, find_settings
from staycurrent.reports.text import plural, sanitise

WORKFLOW: Final = """\
on: {schedule: [{cron: "17 2 * * *"}], workflow_dispatch: {}}
jobs:
  nightly:
    permissions: {contents: write, pull-requests: write}
    uses: staycurrent/staycurrent/.github/workflows/nightly.yml@main
"""
_WORKFLOW_PATH = ".github/workflows/staycurrent.yml"
_OWN_PATHS = 'paths = ["curated.md"] '
"""The packaged settings are those of this project, and differ from the defaults in this line."""
_HEADER = """\
# Settings of staycurrent for this list. What is commented out is the default.
# `staycurrent init --reference` prints every setting with its default and its reason.
"""
_KEYS: Final = (
    "web.user_agent", "links.ignore", "freshness.stale_after_days", "freshness.archived_is_stale",
    "curated.flags", "curated.dead", "curated.moved", "curated.glyphs", "curated.place",
    "curated.section", "candidates.about", "candidates.per_night", "candidates.total",
    "pull_request.max_lines", "pull_request.title_prefix", "pull_request.labels",
    "pull_request.dashboard",
)  # fmt: skip
"""What most lists may want to change, in the order of the reference."""
_SECTION = re.compile(r"\[([\w.]+)\]")
_KEY = re.compile(r"(\w+) = ")


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Write what is missing and was asked for, and say in a few lines what to do next."""
    if arguments.reference:
        write_output(reference())
        return DONE
    settings = arguments.settings or find_settings(Path.cwd()) or ctx.folder / FILE_NAME
    lists = ctx.list_paths if arguments.list or settings.is_file() else (_find_list(ctx.folder),)
    documents = [parse(read_list(path)) for path in lists]
    lines = [_write_settings(settings, lists, documents)]
    try:
        if _is_wanted("the markers of the generated section", lists[0], arguments.markers):
            lines.append(_add_markers(lists[0], documents[0], ctx.settings.curated.section))
        root = repository_root(settings.resolve().parent) or settings.resolve().parent
        workflow = root / _WORKFLOW_PATH
        if _is_wanted("the nightly workflow of GitHub", workflow, arguments.workflow):
            lines += _write_workflow(workflow, settings)
    finally:
        write_output("".join(f"{sanitise(line)}\n" for line in lines))
    write_output(_NEXT)
    return DONE


_NEXT = """\
Next: `staycurrent status` shows what is wrong with the list already, without a request;
`staycurrent run` checks the links, pulls the feeds and rewrites the list.
"""


def reference() -> str:
    """Every setting with its default and its reason, as TOML."""
    text = (files("staycurrent") / FILE_NAME).read_text(encoding="utf-8")
    return text.replace(_OWN_PATHS, "paths = [] ".ljust(len(_OWN_PATHS)), 1)


def settings_for(paths: Sequence[str], titles: Sequence[str] = ()) -> str:
    """The settings file of lists: their paths, and the most useful defaults commented out.

    Without `candidates.about`, `titles` say what the lists are about.
    """
    listed = ", ".join(json.dumps(path, ensure_ascii=False) for path in paths)
    lines = [f"{_HEADER}\n[list]\npaths = [{listed}]"]
    section = ""
    for heading, line in _chosen(reference().splitlines()):
        if heading != section:
            lines.append(f"\n[{heading}]")
            section = heading
        lines.append(f"# {line}")
        if line.startswith("about = "):
            said = ", ".join(f'"{sanitise(title)}"' for title in titles if title)
            lines.append(f"# {'':38}# here: {said or 'no title, so write a few phrases'}")
    return "\n".join(lines) + "\n"


def _chosen(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The section and text of each line about one of `_KEYS`, with the comment that continues."""
    section, is_chosen = "", False
    for line in lines:
        if heading := _SECTION.match(line):
            section, is_chosen = heading[1], False
        elif key := _KEY.match(line):
            is_chosen = f"{section}.{key[1]}" in _KEYS
        elif not line.startswith(" "):
            is_chosen = False
        if is_chosen:
            yield section, line


def _find_list(folder: Path) -> Path:
    """README.md, else curated.md, else what the person at the terminal names."""
    for path in (find_readme(folder), folder / "curated.md"):
        if path.is_file():
            return path
    if not _is_terminal():
        raise UsageError(
            f"{folder} has neither README.md nor curated.md: name the list with --list"
        )
    answer = _ask("Which markdown file is the list? ")
    if not answer:
        raise UsageError("no list was named: nothing was written")
    return folder / answer


def _write_settings(settings: Path, lists: Sequence[Path], documents: Sequence[Document]) -> str:
    """Write the settings, unless they exist; a line about it."""
    if os.path.lexists(settings):
        return f"{_shown(settings)} exists and is left as it is"
    folder = settings.resolve().parent
    names = [Path(os.path.relpath(path.resolve(), folder)).as_posix() for path in lists]
    _write(settings, settings_for(names, [document.title for document in documents]))
    links = plural(sum(len(document.occurrences) for document in documents), "link")
    return f"wrote {_shown(settings)}: settings for {', '.join(names)} ({links})"


def _add_markers(path: Path, document: Document, section: str) -> str:
    """Append the markers to a list, unless it has them; a line about it."""
    if not section:
        return "no markers are added: curated.section is empty"
    if problem := "; ".join(marker_problems(document.markers).values()):
        return f"no markers are added to {_shown(path)}: {problem}"
    if any(marker.name == section for marker in document.markers):
        return f"{_shown(path)} has the markers already and is left as it is"
    require_writable(path)
    replace_atomically(path, document.raw, append_section(document.raw, section, NO_CANDIDATES))
    return f"added the markers at the end of {_shown(path)}: candidates from the feeds go there"


def _write_workflow(workflow: Path, settings: Path) -> Iterator[str]:
    """Write the workflow, unless it exists; lines about it."""
    if os.path.lexists(workflow):
        yield f"{_shown(workflow)} exists and is left as it is"
        return
    name = settings.resolve().relative_to(workflow.parents[2].resolve()).as_posix()
    given = "" if name == FILE_NAME else f"    with: {{settings: {json.dumps(name)}}}\n"
    _write(workflow, WORKFLOW + given)
    yield f"wrote {_shown(workflow)}: replace `main` with the hash of a commit that you have read"
    yield "allow Actions to open pull requests: Settings, Actions, General"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text.encode())
    except UnicodeEncodeError:
        raise UsageError(f"{path}: the name of a list is not UTF-8; rename it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _is_wanted(what: str, path: Path, given: object) -> bool:
    """Whether the option was given, or the person at the terminal says yes."""
    if given or not _is_terminal():
        return bool(given)
    return _ask(f"Add {what} ({sanitise(_shown(path))})? [y/N] ").lower() in ("y", "yes")


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: str) -> str:
    """The answer of the person at the terminal; empty for none."""
    try:
        return input(question).strip()
    except EOFError:
        return ""


def _shown(path: Path) -> str:
    """A path as the person would write it here."""
    return os.path.relpath(path)
