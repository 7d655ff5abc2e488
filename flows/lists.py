"""The lists of a run: their documents, the links in them, and what is wrong with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from staycurrent.curated.directives import DirectiveKind
from staycurrent.curated.document import MAX_CACHED, Document, parse, parse_cached
from staycurrent.curated.lint import lint_document
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.save import UnusableList, read_list
from staycurrent.curated.spans import blank_spans
from staycurrent.flows.context import RunContext, list_name
from staycurrent.flows.errors import UsageError
from staycurrent.flows.publishing.git import repository_root
from staycurrent.links.link import Entry, Link, link
from staycurrent.links.settings import ignored_by
from staycurrent.reports.model import FindingRow
from staycurrent.web.address import UnusableUrl, UrlProblem, host_of


@dataclass(frozen=True, slots=True)
class ListDocument:
    """One list: its file and its contents."""

    path: Path
    name: str
    """Its path from the settings' folder, as reports show it."""
    document: Document
    commit: str = "HEAD"
    """The newest commit of the history in which its changes are looked up."""


@dataclass(frozen=True, slots=True)
class LazyLists:
    """Lists that are parsed again each time they are iterated over; never all in memory."""

    iterate: Callable[[], Iterator[ListDocument]]

    def __iter__(self) -> Iterator[ListDocument]:
        return self.iterate()


Repeatable = LazyLists | Sequence[ListDocument]
"""Lists that can be iterated over more than once, unlike an iterator."""


class LinkMap(Mapping[str, Link]):
    """Links by their keys, stored as texts: a parsed link takes four times the memory."""

    def __init__(self) -> None:
        self._fragments: dict[str, str] = {}

    def add(self, target: Link) -> None:
        """Add a link; of several that differ in their fragments, the first is kept."""
        self._fragments.setdefault(target.key, target.address.fragment)

    def __getitem__(self, key: str) -> Link:
        fragment = self._fragments[key]
        target = link(f"{key}#{fragment}" if fragment else key)
        if isinstance(target, UnusableUrl):
            raise KeyError(key)
        return target

    def __iter__(self) -> Iterator[str]:
        return iter(self._fragments)

    def __len__(self) -> int:
        return len(self._fragments)


@dataclass(frozen=True, slots=True)
class CheckTargets:
    """What the lists contain, each address once, in the order of the lists."""

    links: LinkMap
    """What may be requested, by key."""
    refused: dict[str, UnusableUrl]
    """What is malformed or refused by our policy, by the text in the list."""
    entries: dict[str, Entry]
    """What the lists say of each link, by key; empty unless it was asked for."""

    @property
    def total(self) -> int:
        """The number of addresses."""
        return len(self.links) + len(self.refused)


def read_lists(ctx: RunContext) -> tuple[ListDocument, ...]:
    """Read and parse every list; raises UnusableList."""
    return tuple(lazy_lists(ctx))


def lazy_lists(ctx: RunContext, *, skip_unusable: bool = False) -> LazyLists:
    """As `read_lists`, but one at a time: thousands of lists need not be in memory at once.

    `skip_unusable` reports a list that cannot be read instead, and goes on with the next.
    """

    def iterate() -> Iterator[ListDocument]:
        parse_list = parser_for(len(ctx.list_paths))
        for path in ctx.list_paths:
            try:
                yield ListDocument(path, list_name(path, ctx.folder), parse_list(read_list(path)))
            except UnusableList as error:
                if not skip_unusable:
                    raise
                ctx.reporter.info(f"left out: {error}")

    return LazyLists(iterate)


def parser_for(count: int) -> Callable[[bytes], Document]:
    """The parser for so many documents; it caches only if the cache can hold all of them."""
    return parse_cached if count <= MAX_CACHED else parse


def check_targets(
    lists: Iterable[ListDocument], ctx: RunContext, *, with_entries: bool = False
) -> CheckTargets:
    """All links of the lists, except those that a comment or the settings ignore."""
    targets = CheckTargets(LinkMap(), {}, {})
    entries = targets.entries
    for listed in lists:
        document = listed.document
        # without what we or others note there
        notes = (*(found.span for found in document.flags), *document.comments.spans)
        said_by_list = blank_spans(document.raw, notes) if with_entries else b""
        for _, occurrence in document.own_occurrences():
            if is_ignored(occurrence, ctx):
                continue
            target = link(occurrence.url)
            if isinstance(target, Link):
                targets.links.add(target)
                if with_entries:
                    said = _entry(listed, said_by_list, occurrence)
                    if other := entries.get(target.key):
                        said = replace(other, text=f"{other.text}\n{said.title}\n{said.text}")
                    entries[target.key] = said
            elif target.problem is not UrlProblem.NOT_WEB:
                targets.refused.setdefault(occurrence.url, target)
    return targets


_MAX_ENTRY_BYTES = 600


def _entry(listed: ListDocument, raw: bytes, occurrence: Occurrence) -> Entry:
    """What a list says of a link: its row or item, and the headings above."""
    end = occurrence.entry_flag_offset or occurrence.link_span.end
    start = max(occurrence.entry_start, occurrence.link_span.start - _MAX_ENTRY_BYTES)
    row = raw[start : min(end, start + 2 * _MAX_ENTRY_BYTES)]
    text = row.decode("utf-8", errors="replace")
    words = "\n".join((text, *occurrence.section))
    return Entry(occurrence.title, words, str(listed.path), occurrence.line)


def is_ignored(occurrence: Occurrence, ctx: RunContext) -> bool:
    """Whether a comment on its line, or a pattern of the settings, excludes it from requests."""
    if occurrence.directive(ctx.run_date) is DirectiveKind.IGNORE:
        return True
    patterns = ctx.settings.links.ignore_patterns
    return ignored_by(occurrence.url, patterns, ctx.run_date) is not None


BATCH = 5_000
"""As many keys as one query takes, and as many verdicts as are handed from stage to stage."""


def in_batches(keys: Iterable[str], size: int = BATCH) -> Iterator[list[str]]:
    """The keys in lists of at most `size`."""
    iterator = iter(keys)
    while batch := list(islice(iterator, size)):
        yield batch


def link_key(url: str) -> str:
    """The key under which the history of an address is stored, however it is spelled."""
    target = link(url)
    return target.key if isinstance(target, Link) else url


def named_host(text: str, urls: Iterable[str]) -> str:
    """The host that `--host` names; raises UsageError if none of these URLs has it."""
    host, hosts = host_of(text) or host_of(f"https://{text}/"), {host_of(url) for url in urls}
    if host and host in hosts:
        return host
    near = get_close_matches(host or text, sorted(hosts), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"--host: no link has the host {text!r}{hint}")


_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")


def document_findings(lists: Sequence[ListDocument], run_date: date) -> tuple[FindingRow, ...]:
    """All findings in the order of the lists, except those that comments silence on that date."""
    targets: dict[Path, frozenset[str] | None] = {
        listed.path.resolve(): listed.document.fragment_targets for listed in lists
    }
    return tuple(
        FindingRow(
            listed.name, one.line, one.column, one.kind, one.subject, one.message, one.suggestion
        )
        for listed in lists
        for one in lint_document(listed.document, _Files(listed.path, targets), run_date=run_date)
    )


class _Files:
    """The files that a list's relative links lead to, as GitHub resolves them."""

    def __init__(self, path: Path, targets: dict[Path, frozenset[str] | None]) -> None:
        self._folder = path.resolve().parent
        self._root = repository_root(self._folder)
        self._targets = targets

    def exists(self, path: str) -> bool:
        """Whether it leads to a file or a folder; True for what leads out of the repository.

        `../../issues` does: on github.com it leads to the issues.
        """
        target = self._resolve(path)
        return target is None or target.exists()

    def targets(self, path: str) -> frozenset[str] | None:
        """What a fragment may point to in another markdown file; None where that is unknown."""
        target = self._resolve(path)
        if target is None or target.suffix.lower() not in _MARKDOWN:
            return None
        if target not in self._targets:
            try:
                self._targets[target] = parse(read_list(target)).fragment_targets
            except UnusableList:
                self._targets[target] = None
        return self._targets[target]

    def _resolve(self, path: str) -> Path | None:
        """The file on this disk; None where it would be outside of the repository."""
        base: Path | None = self._root if path.startswith("/") else self._folder
        if base is None:
            return None
        try:
            target = (base / path.lstrip("/")).resolve()
        except (OSError, RuntimeError, ValueError):  # a NUL byte, or a circle of symbolic links
            return None
        return target if target.is_relative_to(self._root or target) else None
