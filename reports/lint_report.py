"""What one look found of links that a change adds: never a verdict, for those take nights."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.reports.text import sanitise


class LintKind(StrEnum):
    """What was found; a closed set, whose words a command may be asked to fail on."""

    MALFORMED = "malformed"
    PRIVATE = "private"
    """Our own policy refuses it: a private address, a port, a scheme."""
    DUPLICATE = "duplicate"
    BROKEN_ANCHOR = "broken_anchor"
    MISSING_FILE = "missing_file"
    RUNS_ON = "runs_on"
    """A bare address that runs into the sentence behind it."""
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    DOUBTFUL = "doubtful"
    """A page came, but hardly the one that the link promises."""
    INSECURE = "insecure"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    IDLE = "idle"
    MOVED = "moved"
    BLOCKED = "blocked"

    @property
    def is_note(self) -> bool:
        """It is worth knowing, and hardly worth a change."""
        return self in (LintKind.IDLE, LintKind.MOVED, LintKind.BLOCKED)


LINT_KINDS: Final = tuple(LintKind)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """Something to be said of one place that a change adds."""

    kind: LintKind
    path: str
    """The list's, from the top of its repository."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    url: str
    """As it stands in the list."""
    message: str
    """Begins with a verb: the address is its subject."""
    suggestion: str | None = None
    """The address to write instead, where that is plain."""

    @property
    def sentence(self) -> str:
        """The whole of it; strangers' words are in it as they came."""
        meant = f"; perhaps {self.suggestion}" if self.suggestion else ""
        return f"{self.url} {self.message}{meant}"


def describe_observation(look: Observation) -> tuple[LintKind, str, str | None] | None:
    """Kind, message and suggestion of one look; None where all is well."""
    outcome, said = look.outcome, _evidence(look)
    if outcome is Outcome.REFUSED_BY_POLICY:
        return LintKind.PRIVATE, f"is not looked at: {said}", None
    if outcome is Outcome.MALFORMED:
        return LintKind.MALFORMED, f"is no address: {said}", None
    if outcome is Outcome.BLOCKED:
        return LintKind.BLOCKED, f"could not be verified by a robot: {said}", None
    if outcome is Outcome.TLS:
        return LintKind.INSECURE, f"could not prove tonight who it is: {said}", None
    if outcome.is_soft:
        return LintKind.DOUBTFUL, f"is hardly what the link promises: {said}", None
    if outcome.is_hard or outcome.is_explicit:
        return LintKind.MISSING, f"did not answer tonight: {said}", None
    if outcome.is_negative:
        return LintKind.UNREACHABLE, f"did not answer tonight: {said}", None
    return _of_success(look)


def _of_success(look: Observation) -> tuple[LintKind, str, str | None] | None:
    kind = _STALE.get(look.freshness) if look.freshness else None
    if kind is not None:
        return kind, f"is {look.freshness}, as {look.asked} says", None
    if look.outcome.is_success and look.permanent and look.final_url:
        return LintKind.MOVED, "leads for good to another address", look.final_url
    return None


_STALE = {
    Freshness.ARCHIVED: LintKind.ARCHIVED,
    Freshness.IDLE: LintKind.IDLE,
    Freshness.WITHDRAWN: LintKind.WITHDRAWN,
    Freshness.DISABLED: LintKind.WITHDRAWN,
    Freshness.SUPERSEDED: LintKind.WITHDRAWN,
}


def _evidence(look: Observation) -> str:
    words = look.evidence.removesuffix(", twice") or str(look.outcome).replace("_", " ")
    return f"{words} (checked twice)" if look.looks > 1 else words


# How a runner takes a line for a command: `::` first, blanks aside, or `##[` anywhere in it
# (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
_ANYWHERE = ("##[", "## [")


def as_lines(findings: Iterable[LintFinding]) -> str:
    """One line each, `path:line:column: level: sentence [kind]`; no line is a runner's command."""
    return "".join(
        f"{without_command(f'{one.path}:{one.line}:{one.column}: {_level(one)}: {one.sentence}')}"
        f" [{one.kind}]\n"
        for one in findings
    )


def as_annotations(findings: Iterable[LintFinding]) -> str:
    """One workflow command each."""
    return "".join(_annotation(one) for one in findings)


def without_command(stranger: str) -> str:
    """One line that a runner prints and does not obey."""
    line = sanitise(stranger).replace(*_ANYWHERE)
    return f"./{line.lstrip()}" if line.lstrip().startswith("::") else line


def _annotation(one: LintFinding) -> str:
    about = {
        "file": one.path,
        "line": str(one.line),
        "col": str(one.column),
        "title": f"staycurrent: {one.kind}",
    }
    properties = ",".join(f"{name}={_property(text)}" for name, text in about.items())
    return f"::{_level(one)} {properties}::{_data(one.sentence)}\n"


def _level(one: LintFinding) -> str:
    return "notice" if one.kind.is_note else "warning"


def _data(text: str) -> str:
    return sanitise(text).replace(*_ANYWHERE).replace("%", "%25")


def _property(text: str) -> str:
    escaped = sanitise(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C").replace(*_ANYWHERE)
