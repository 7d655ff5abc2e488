"""Findings as lines for a terminal, and as the annotations that GitHub shows beside a diff."""

from collections.abc import Iterable

from staycurrent.reports.added import Finding
from staycurrent.reports.terminal import inert

# How a runner takes a line for a command: `::` first, blanks aside, or `##[` anywhere in it
# (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
_ANYWHERE = ("##[", "## [")


def as_lines(findings: Iterable[Finding]) -> str:
    """One line each, `path:line:column: level: sentence [kind]`; no line is a runner's command."""
    return "".join(
        f"{no_command(f'{one.path}:{one.line}:{one.column}: {_level(one)}: {one.sentence}')}"
        f" [{one.kind}]\n"
        for one in findings
    )


def as_annotations(findings: Iterable[Finding]) -> str:
    """One workflow command each."""
    return "".join(_annotation(one) for one in findings)


def no_command(stranger: str) -> str:
    """One line that a runner prints and does not obey."""
    line = inert(stranger).replace(*_ANYWHERE)
    return f"./{line.lstrip()}" if line.lstrip().startswith("::") else line


def _annotation(one: Finding) -> str:
    about = {
        "file": one.path,
        "line": str(one.line),
        "col": str(one.column),
        "title": f"staycurrent: {one.kind}",
    }
    properties = ",".join(f"{name}={_property(text)}" for name, text in about.items())
    return f"::{_level(one)} {properties}::{_data(one.sentence)}\n"


def _level(one: Finding) -> str:
    return "notice" if one.kind.is_note else "warning"


def _data(text: str) -> str:
    return inert(text).replace(*_ANYWHERE).replace("%", "%25")


def _property(text: str) -> str:
    escaped = inert(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C").replace(*_ANYWHERE)
