"""What a single check found of links that a change adds; never a verdict, which takes days."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import PROVIDERS, reason_text

# A runner takes a line for a command if it starts with `::`, after whitespace, or contains `##[`
# (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
_OLD_COMMAND = ("##[", "## [")


class LintKind(StrEnum):
    """What was found; a closed set, whose values `lint --fail-on` takes."""

    MALFORMED = "malformed"
    PRIVATE = "private"
    """Not requested: a private address, a port or a scheme that the settings do not allow."""
    DUPLICATE = "duplicate"
    BROKEN_ANCHOR = "broken_anchor"
    MISSING_FILE = "missing_file"
    RUNS_ON = "runs_on"
    """A bare URL that runs into the sentence after it."""
    MISSING = "missing"
    UNREACHABLE = "unreachable"
    DOUBTFUL = "doubtful"
    """A page came, but probably not the one that was meant."""
    INSECURE = "insecure"
    ARCHIVED = "archived"
    WITHDRAWN = "withdrawn"
    IDLE = "idle"
    MOVED = "moved"
    BLOCKED = "blocked"
    DEAD = "dead"
    """By the recorded history, as the three below; the kinds above may be as well."""
    USURPED = "usurped"
    DECLINED = "declined"
    """It was a candidate once, and a person did not want it."""
    KEPT = "kept"
    """A person accepted it as it is."""

    @property
    def is_note(self) -> bool:
        """Worth knowing, but seldom worth a change."""
        return self in _NOTES


_NOTES: Final = (
    *(LintKind.IDLE, LintKind.MOVED, LintKind.BLOCKED, LintKind.DECLINED, LintKind.KEPT),
)
LINT_DESCRIPTIONS: Final = {
    LintKind.MALFORMED: "not a valid URL",
    LintKind.PRIVATE: "a private address, or not allowed by the settings",
    LintKind.DUPLICATE: "already in the list",
    LintKind.BROKEN_ANCHOR: "no such heading",
    LintKind.MISSING_FILE: "no such file",
    LintKind.RUNS_ON: "runs into the sentence after it",
    LintKind.MISSING: "not found",
    LintKind.UNREACHABLE: "cannot be reached",
    LintKind.DOUBTFUL: "probably not the page that was meant",
    LintKind.INSECURE: "invalid certificate",
    LintKind.ARCHIVED: "archived",
    LintKind.WITHDRAWN: "withdrawn",
    LintKind.IDLE: "no activity for a long time",
    LintKind.MOVED: "redirects permanently",
    LintKind.BLOCKED: "refuses automated checks",
    LintKind.DEAD: "dead, as its history proves",
    LintKind.USURPED: "another party's site now, as its history proves",
    LintKind.DECLINED: "declined as a candidate",
    LintKind.KEPT: "accepted as it is",
}
LINT_KINDS: Final = tuple(LintKind)
_STALE: Final = {
    Freshness.ARCHIVED: LintKind.ARCHIVED,
    Freshness.IDLE: LintKind.IDLE,
    Freshness.WITHDRAWN: LintKind.WITHDRAWN,
    Freshness.DISABLED: LintKind.WITHDRAWN,
    Freshness.SUPERSEDED: LintKind.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A problem of one link that a change adds."""

    kind: LintKind
    path: str
    """Of the list, from the root of its repository."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    url: str
    """As written in the list."""
    message: str
    """Starts with a verb; the URL is its subject."""
    suggestion: str | None = None
    """The URL to write instead, if it is known."""

    @property
    def sentence(self) -> str:
        """URL, message and suggestion; not sanitised."""
        suggestion = f"; perhaps {self.suggestion}" if self.suggestion else ""
        return f"{self.url} {self.message}{suggestion}"


def describe_observation(observation: Observation) -> tuple[LintKind, str, str | None] | None:
    """Kind, message and suggestion of a single check; None if nothing is wrong."""
    outcome = observation.outcome
    reason = observation.evidence.removesuffix(", twice") or reason_text(outcome)
    if observation.checks > 1:
        reason = f"{reason} (checked twice)"
    for is_meant, kind, message in (
        (outcome is Outcome.REFUSED_BY_POLICY, LintKind.PRIVATE, "was not requested"),
        (outcome is Outcome.MALFORMED, LintKind.MALFORMED, "is not a valid URL"),
        (outcome is Outcome.BLOCKED, LintKind.BLOCKED, "could not be verified automatically"),
        (outcome is Outcome.TLS, LintKind.INSECURE, "failed the certificate check"),
        (outcome.is_soft, LintKind.DOUBTFUL, "is probably not the page that was meant"),
        (outcome.is_hard or outcome.is_explicit, LintKind.MISSING, "was not found"),
        (outcome.is_negative, LintKind.UNREACHABLE, "could not be reached"),
    ):
        if is_meant:
            return kind, f"{message}: {reason}", None
    freshness = observation.freshness
    if freshness in _STALE:
        provider = PROVIDERS.get(observation.checked_by, observation.checked_by)
        return _STALE[freshness], f"is {reason_text(freshness)}, as {provider} says", None
    if outcome.is_success and observation.permanent and observation.final_url:
        return LintKind.MOVED, "redirects permanently to another URL", observation.final_url
    return None


def as_lines(findings: Iterable[LintFinding]) -> str:
    """A line for each finding: `path:line:column: level: sentence [kind]`."""
    return "".join(
        f"{without_command(f'{one.path}:{one.line}:{one.column}: {_level(one)}: {one.sentence}')}"
        f" [{one.kind}]\n"
        for one in findings
    )


def as_annotations(findings: Iterable[LintFinding]) -> str:
    """A GitHub workflow command for each finding; GitHub shows it as an annotation of the diff."""
    lines = []
    for one in findings:
        properties = {
            "file": one.path,
            "line": str(one.line),
            "col": str(one.column),
            "title": f"staycurrent: {one.kind}",
        }
        escaped = ",".join(
            f"{name}={_escape(text).replace(':', '%3A').replace(',', '%2C')}"
            for name, text in properties.items()
        )
        lines.append(f"::{_level(one)} {escaped}::{_escape(one.sentence)}\n")
    return "".join(lines)


def as_markdown_list(findings: Iterable[LintFinding]) -> str:
    """A list item for each finding; "No findings." without any."""
    from staycurrent.reports.markdown_report import markdown_text  # imports DuckDB

    items = [
        f"- {markdown_text(f'{one.path}:{one.line}')}: {markdown_text(one.sentence)} "
        f"(`{one.kind}`)\n"
        for one in findings
    ]
    return "".join(items) or "No findings.\n"


def without_command(untrusted: str) -> str:
    """One line that a runner prints and does not execute."""
    line = sanitise(untrusted).replace(*_OLD_COMMAND)
    return f"./{line.lstrip()}" if line.lstrip().startswith("::") else line


def _level(finding: LintFinding) -> str:
    return "notice" if finding.kind.is_note else "warning"


def _escape(text: str) -> str:
    """Text as the data of a workflow command."""
    return sanitise(text).replace(*_OLD_COMMAND).replace("%", "%25")
