"""What a single check found of links that a change adds; never a verdict, which takes days."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.reports.text import LintKind, sanitise
from staycurrent.reports.wording import PROVIDERS, reason_text

# A runner takes a line for a command if it starts with `::`, after whitespace, or contains `##[`
# (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
_OLD_COMMAND = ("##[", "## [")


_STALE: Final = {
    Freshness.ARCHIVED: LintKind.ARCHIVED,
    Freshness.IDLE: LintKind.IDLE,
    Freshness.WITHDRAWN: LintKind.WITHDRAWN,
    Freshness.DISABLED: LintKind.WITHDRAWN,
    Freshness.SUPERSEDED: LintKind.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A problem of one link, or of one comment of ours, that a change adds."""

    kind: LintKind
    path: str
    """Of the list, from the root of its repository."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    url: str
    """As written in the list; or the comment."""
    message: str
    """Starts with a verb whose subject is the URL; a whole sentence where that is empty."""
    suggestion: str | None = None
    """The URL or comment to write instead, if it is known."""

    @property
    def sentence(self) -> str:
        """URL, message and suggestion; not sanitised."""
        suggestion = f"; perhaps {self.suggestion}" if self.suggestion else ""
        return f"{self.url} {self.message}{suggestion}".lstrip()


def describe_observation(observation: Observation) -> tuple[LintKind, str, str | None] | None:
    """Kind, message and suggestion of a single check; None if nothing is wrong."""
    outcome = observation.outcome
    reason = observation.evidence.removesuffix(", twice") or reason_text(outcome)
    if observation.checks > 1:
        reason = f"{reason} (checked twice)"
    for is_meant, kind, message in (
        (outcome is Outcome.REFUSED_BY_POLICY, LintKind.PRIVATE, "cannot be checked"),
        (outcome is Outcome.MALFORMED, LintKind.MALFORMED, "is not a valid URL"),
        (outcome.is_blocked, LintKind.BLOCKED, "could not be verified automatically"),
        (outcome is Outcome.TLS, LintKind.INSECURE, "has no secure connection"),
        (outcome.is_soft, LintKind.DOUBTFUL, "is probably not the page that was meant"),
        (outcome.is_hard or outcome is Outcome.GONE, LintKind.MISSING, "was not found"),
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
    return "notice" if finding.kind.level == "note" else "warning"


def _escape(text: str) -> str:
    """Text as the data of a workflow command."""
    return sanitise(text).replace(*_OLD_COMMAND).replace("%", "%25")
