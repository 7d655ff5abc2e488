"""`staycurrent lint`: checks once what a change adds; without history, so never a verdict."""

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from staycurrent.curated.changes import added_occurrences
from staycurrent.curated.document import parse
from staycurrent.curated.lint import FindingKind, duplicates_of
from staycurrent.curated.occurrence import Occurrence
from staycurrent.flows.checking.runner import check_once
from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import DONE, FINDINGS, SKIPPED, UsageError, parse_choices
from staycurrent.flows.lists import (
    ListDocument,
    document_findings,
    is_ignored,
    link_key,
    read_lists,
)
from staycurrent.flows.publishing.git import Git, find_repository, path_in_repository
from staycurrent.flows.reporter import write_output
from staycurrent.flows.settings.loading import settings_from
from staycurrent.flows.settings.sections import environment
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.reports.lint_report import (
    LINT_KINDS,
    LintFinding,
    LintKind,
    as_annotations,
    as_lines,
    as_markdown_list,
    describe_observation,
)
from staycurrent.reports.sarif_report import lint_as_sarif
from staycurrent.reports.text import plural
from staycurrent.web.address import UrlProblem

_FORMATS = {
    "text": as_lines,
    "github": as_annotations,
    "sarif": lint_as_sarif,
    "markdown": as_markdown_list,
}
_DOCUMENT_KINDS = {
    FindingKind.MALFORMED: LintKind.MALFORMED,
    FindingKind.EMPTY: LintKind.MALFORMED,
    FindingKind.BROKEN_ANCHOR: LintKind.BROKEN_ANCHOR,
    FindingKind.MISSING_FILE: LintKind.MISSING_FILE,
    FindingKind.RUNS_ON: LintKind.RUNS_ON,
}
_Message = tuple[LintKind, str, str | None]
"""Kind, message and suggestion of a finding."""


@dataclass(frozen=True, slots=True)
class LintResult:
    """What was found in the links that a change adds."""

    findings: tuple[LintFinding, ...]
    """In the order of the lists."""
    added: int
    """Number of occurrences that were added."""
    why_not: str | None = None
    """Why the network was not used; findings of the document itself are reported all the same."""

    @property
    def summary(self) -> str:
        """One line about it."""
        skipped = f"; no page was checked: {self.why_not}" if self.why_not else ""
        links, findings = plural(self.added, "link"), plural(len(self.findings), "finding")
        return f"{links} added, {findings}{skipped}"


@dataclass(frozen=True, slots=True)
class _AddedLink:
    path: str
    occurrence: Occurrence
    messages: tuple[_Message, ...]
    """What is wrong with it in the document itself."""


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Print the findings; exit 1 where `--fail-on` names one of them."""
    fail_on = parse_choices("--fail-on", arguments.fail_on, LINT_KINDS)
    result = lint(_with_guard(ctx, environment()), arguments.base)
    write_output(_FORMATS[arguments.format](result.findings))
    ctx.reporter.info(f"lint: {result.summary}")
    if any(finding.kind in fail_on for finding in result.findings):
        return FINDINGS
    return SKIPPED if result.why_not else DONE


def _with_guard(ctx: RunContext, environment: Mapping[str, str]) -> RunContext:
    """The context whose networks and ports no settings file has widened.

    The change that is checked may have changed the file, too.
    """
    outside, web = settings_from({}, environment).web, ctx.settings.web
    for key in ("allow_networks", "allow_ports"):
        if not set(getattr(web, key)) <= set(getattr(outside, key)):
            ctx.reporter.info(
                f"lint: web.{key} of the settings file does not apply, because the change may have "
                f"set it; STAYCURRENT_WEB__{key.upper()} does"
            )
    networks = tuple(one for one in web.allow_networks if one in outside.allow_networks)
    ports = tuple(one for one in web.allow_ports if one in outside.allow_ports)
    web = replace(web, allow_networks=networks, allow_ports=ports)
    return replace(ctx, settings=replace(ctx.settings, web=web))


def lint(ctx: RunContext, base: str) -> LintResult:
    """Check the links that the lists have beyond those of the commit `base`.

    Reads no warehouse and writes nothing. Raises UsageError for an unknown base.
    """
    git = find_repository(ctx.list_paths)
    commit = git.find_commit(base)
    if commit is None:
        raise UsageError(
            f"--base {base}: there is no such commit here; fetch it first "
            "(on a runner: `fetch-depth: 2`, and `--base HEAD^1`)"
        )
    new = [one for listed in read_lists(ctx) for one in _added(ctx, git, commit, listed)]
    targets = (link(one.occurrence.url) for one in new if not is_ignored(one.occurrence, ctx))
    links = {target.key: target for target in targets if isinstance(target, Link)}
    why_not, observed = asyncio.run(check_once(ctx, "lint", links)) if links else (None, {})
    findings = [finding for one in new for finding in _findings(one, observed)]
    return LintResult(tuple(findings), len(new), why_not)


def _added(ctx: RunContext, git: Git, commit: str, listed: ListDocument) -> Iterator[_AddedLink]:
    """The occurrences that the list has beyond those of the commit."""
    path, document = path_in_repository(git, listed.path), listed.document
    raw = git.read_file(commit, path)
    before = None if raw is None else parse(raw)
    occurrences = added_occurrences(before, document, link_key)
    messages: dict[tuple[int, int], list[_Message]] = {}
    for finding in document_findings([listed], ctx.run_date) if occurrences else ():
        if finding.kind in _DOCUMENT_KINDS:
            message = (_DOCUMENT_KINDS[finding.kind], finding.message, finding.suggestion)
            messages.setdefault((finding.line, finding.column), []).append(message)
    duplicates = duplicates_of(document, occurrences)
    for occurrence in occurrences:
        own = [
            (kind, message.removeprefix(f"{occurrence.url} "), suggestion)
            for kind, message, suggestion in messages.get((occurrence.line, occurrence.column), ())
        ]
        if occurrence in duplicates:
            line = duplicates[occurrence].line
            own.append((LintKind.DUPLICATE, f"is already on line {line}", None))
        yield _AddedLink(path, occurrence, tuple(own))


def _findings(new: _AddedLink, observed: Mapping[str, Observation]) -> Iterator[LintFinding]:
    """All findings of one occurrence."""
    occurrence, messages = new.occurrence, list(new.messages)
    target = link(occurrence.url)
    if isinstance(target, Link):
        observation = observed.get(target.key)
        message = describe_observation(observation) if observation else None
        messages += [message] if message else []
    elif target.problem is UrlProblem.REFUSED:
        messages.append((LintKind.PRIVATE, f"is not checked: {target.reason}", None))
    for kind, text, suggestion in messages:
        yield LintFinding(
            kind, new.path, occurrence.line, occurrence.column, occurrence.url, text, suggestion
        )
