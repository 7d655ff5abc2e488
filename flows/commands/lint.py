"""`staycurrent lint`: checks once what a change adds; never a verdict of its own."""

import os
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from staycurrent.curated.changes import added_occurrences
from staycurrent.curated.document import Document, parse
from staycurrent.curated.lint import FindingKind, duplicates_of, miswritten_comments
from staycurrent.curated.occurrence import Occurrence
from staycurrent.flows import lists
from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import DONE, FINDINGS, SKIPPED, UsageError
from staycurrent.flows.publishing.git import Git, find_repository, path_in_repository
from staycurrent.flows.reporter import write_output
from staycurrent.flows.settings.loading import load_settings
from staycurrent.flows.settings.sections import environment
from staycurrent.identity import identify
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.links.verdict import FlagState, flag_state
from staycurrent.reports.lint_report import (
    LintFinding,
    as_annotations,
    as_lines,
    as_markdown_list,
    describe_observation,
)
from staycurrent.reports.text import LintKind, plural
from staycurrent.reports.wording import verdict_reason
from staycurrent.sources.validation import unreachable
from staycurrent.web.address import UnusableUrl, UrlProblem

if TYPE_CHECKING:
    from staycurrent.flows.link_states import LinkState
    from staycurrent.warehouse.overrides import Override

_FORMATS = {"text": as_lines, "github": as_annotations, "markdown": as_markdown_list}
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
    """By list and line."""
    added: int
    """Number of occurrences that were added."""
    why_not: str | None = None
    """Why the network was not used; findings of the document itself are reported all the same."""
    is_offline: bool = False
    """Whether no request was to be sent."""

    @property
    def summary(self) -> str:
        """One line about it."""
        skipped = f"; no page was checked: {self.why_not}" if self.why_not else ""
        offline = "; no request was sent" if self.is_offline else ""
        links, findings = plural(self.added, "link"), plural(len(self.findings), "finding")
        return f"{links} added, {findings}{skipped}{offline}"


@dataclass(frozen=True, slots=True)
class _AddedLink:
    listed: lists.ListDocument
    path: str
    """Of the list, from the root of its repository."""
    occurrence: Occurrence
    messages: list[_Message]
    """What is wrong with it: in the document itself, and then what else is known."""


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Print the findings; exit 1 where `--fail-on` names one of them."""
    if arguments.offline:
        result = lint_offline(ctx, arguments.base)
    else:
        result = lint(_with_guard(ctx, environment()), arguments.base)
    if arguments.format == "sarif":
        from staycurrent.reports.sarif_report import lint_as_sarif  # imports DuckDB

        text = lint_as_sarif(result.findings)
    else:
        text = _FORMATS[arguments.format](result.findings)
    write_output(text, is_utf8=arguments.format != "text")
    ctx.reporter.info(f"lint: {result.summary}")
    if any(finding.kind in arguments.fail_on for finding in result.findings):
        return FINDINGS
    return SKIPPED if result.why_not else DONE


def _with_guard(ctx: RunContext, environment: Mapping[str, str]) -> RunContext:
    """The context whose networks and ports no settings file has widened.

    The change that is checked may have changed the file, too.
    """
    outside, web = load_settings(None, environment).web, ctx.settings.web
    kept: dict[str, Any] = {}
    for key in ("allow_networks", "allow_ports"):
        kept[key] = tuple(one for one in getattr(web, key) if one in getattr(outside, key))
        if kept[key] != getattr(web, key):
            ctx.reporter.info(
                f"lint: web.{key} of the settings file does not apply, because the change may have "
                f"set it; STAYCURRENT_WEB__{key.upper()} does"
            )
    return replace(ctx, settings=replace(ctx.settings, web=replace(web, **kept)))


def lint(ctx: RunContext, base: str) -> LintResult:
    """Check the links that the lists have beyond those of the commit `base`.

    Reads no warehouse and writes nothing. Raises UsageError for an unknown base.
    """
    from asyncio import run  # the network is slow to import, and not always needed

    from staycurrent.flows.checking.runner import check_once

    new, of_comments = _added(ctx, base)
    targets = (link(one.occurrence.url) for one in new if not lists.is_ignored(one.occurrence, ctx))
    links = {target.key: target for target in targets if isinstance(target, Link)}
    why_not, observed = run(check_once(ctx, "lint", links)) if links else (None, {})
    return LintResult(_findings(new, of_comments, observed), len(new), why_not)


def lint_offline(ctx: RunContext, base: str) -> LintResult:
    """As `lint`, but without a request: what the document shows, and what its history knows.

    Writes nothing; where there is no warehouse, only the document is read.
    """
    new, of_comments = _added(ctx, base)
    if new and ctx.warehouse_path.exists():
        _add_history(ctx, new)
    for one in new:
        target = link(one.occurrence.url)
        if isinstance(target, UnusableUrl) or lists.is_ignored(one.occurrence, ctx):
            continue
        if refused := unreachable(target.address, ctx.settings.web):
            one.messages.append((LintKind.PRIVATE, f"is not checked: {refused}", None))
    return LintResult(_findings(new, of_comments, {}), len(new), is_offline=True)


def _added(ctx: RunContext, base: str) -> tuple[list[_AddedLink], list[LintFinding]]:
    """What the lists have beyond those of the commit `base`: links, and miswritten comments.

    A new repository has no commit. Where `base` has moved on, as a branch does, it is the commit
    that both have.
    """
    git = find_repository(ctx.list_paths)
    commit = git.find_commit(base)
    if commit is None and base != "HEAD":
        raise UsageError(
            f"--base {base}: there is no such commit here; fetch it first "
            "(on a runner: `fetch-depth: 2`, and `--base HEAD^1`)"
        )
    common = git.try_run("merge-base", commit, "HEAD") if commit else None
    if common is not None and common.code == 0:
        commit = common.text
    links: list[_AddedLink] = []
    of_comments: list[LintFinding] = []
    for listed in lists.read_lists(ctx):
        path = path_in_repository(git, listed.path)
        raw = _bytes_before(git, commit, path) if commit else None
        if raw != listed.document.raw:
            before = None if raw is None else parse(raw)
            links += _added_links(ctx, listed, path, before)
            of_comments += _miswritten(listed, path, before)
    return links, of_comments


def _add_history(ctx: RunContext, new: Sequence[_AddedLink]) -> None:
    """Add what the warehouse knows of the added links."""
    from staycurrent.flows.database import open_database  # DuckDB is slow to import
    from staycurrent.flows.link_states import link_states
    from staycurrent.warehouse import overrides

    with open_database(ctx) as db:
        warehouse = db.reading()
        declined = {
            identify(override.url): override
            for override in overrides.active(warehouse, ctx.run_date)
            if override.kind == "decline"
        }
        declined.pop(None, None)
        for _, group in groupby(new, attrgetter("path")):
            of_list = list(group)
            states = link_states(ctx, warehouse, of_list[0].listed)
            by_occurrence = {state.occurrence: state for state in states}
            for one in of_list:
                override = declined.get(identify(one.occurrence.url))
                one.messages.extend(_known(by_occurrence[one.occurrence], override))


def _known(state: "LinkState", declined: "Override | None") -> Iterator[_Message]:
    """What the history says about one occurrence; `declined`: that it is not wanted."""
    verdict, flag = state.verdict, flag_state(state.verdict)
    if flag is not None and flag is not FlagState.MALFORMED:  # the document shows that one
        known = f"{flag} according to its history: {verdict_reason(verdict)}"
        if state.kept:
            yield LintKind.KEPT, f"is accepted as it is, although it is {known}", None
        else:
            yield LintKind(flag), f"is {known}", verdict.suggestion
    if declined is not None:
        reason = f": {declined.reason}" if declined.reason else ""
        on = declined.created_at.date()
        yield LintKind.DECLINED, f"was declined as a candidate on {on}{reason}", None


def _miswritten(
    listed: lists.ListDocument, path: str, before: Document | None
) -> Iterator[LintFinding]:
    """The comments of ours that the change makes miswritten."""
    earlier = miswritten_comments(before) if before else ()
    known = Counter(each.text for each in earlier)  # messages have the numbers of other lines
    for each in miswritten_comments(listed.document):
        if known[each.text]:
            known[each.text] -= 1
            continue
        position = path, each.line, each.column
        yield LintFinding(LintKind.DIRECTIVE, *position, each.text, each.message, each.suggestion)


def _added_links(
    ctx: RunContext, listed: lists.ListDocument, path: str, before: Document | None
) -> Iterator[_AddedLink]:
    """The occurrences that the list has beyond those of the commit."""
    document = listed.document
    occurrences = added_occurrences(before, document, lists.link_key)
    messages: dict[tuple[int, int], list[_Message]] = {}
    for finding in lists.document_findings([listed], ctx.run_date) if occurrences else ():
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
        yield _AddedLink(listed, path, occurrence, own)


def _bytes_before(git: Git, commit: str, path: str) -> bytes | None:
    """The bytes of a list in the commit, also where its file was renamed since."""
    if (raw := git.read_file(commit, path)) is not None:
        return raw
    options = ("-M", "--diff-filter=R", "--name-status", "-z")
    fields = os.fsdecode(git.run("diff-index", *options, commit).out).split("\0")
    earlier = dict(zip(fields[2::3], fields[1::3], strict=False)).get(path)
    return git.read_file(commit, earlier) if earlier else None


def _findings(
    new: Sequence[_AddedLink],
    of_comments: Sequence[LintFinding],
    observed: Mapping[str, Observation],
) -> tuple[LintFinding, ...]:
    """All findings of the added links and comments."""
    found = [*of_comments]
    for added in new:
        one, messages = added.occurrence, [*added.messages]
        target = link(one.url)
        if isinstance(target, Link):
            observation = observed.get(target.key)
            if observation and (message := describe_observation(observation)):
                messages.append(message)
        elif target.problem is UrlProblem.REFUSED:
            messages.append((LintKind.PRIVATE, f"is not checked: {target.reason}", None))
        found += [
            LintFinding(kind, added.path, one.line, one.column, one.url, text, suggestion)
            for kind, text, suggestion in messages
        ]
    return tuple(sorted(found, key=attrgetter("path", "line", "column")))
