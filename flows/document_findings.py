"""What is wrong with the lists as documents, with the files that lie beside them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from staycurrent.curated.document import parse
from staycurrent.curated.lint import Finding, lint_document
from staycurrent.curated.save import UnusableList, read_list
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.remote import repository_root
from staycurrent.reports.model import FindingRow

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")


def document_findings(lists: Sequence[ListDocument], night: date) -> tuple[FindingRow, ...]:
    """Every finding of every list, in their order, but of what comments silence that night."""
    known: dict[Path, frozenset[str] | None] = {}
    known |= {listed.path.resolve(): listed.document.fragment_targets for listed in lists}
    return tuple(
        _row(listed, found)
        for listed in lists
        for found in lint_document(listed.document, _Beside(listed.path, known), run_date=night)
    )


def _row(listed: ListDocument, found: Finding) -> FindingRow:
    return FindingRow(
        list=listed.name,
        line=found.line,
        column=found.column,
        kind=found.kind,
        message=found.message,
        suggestion=found.suggestion,
    )


class _Beside:
    """The files that a list's relative links lead to, as GitHub resolves them."""

    def __init__(self, path: Path, known: dict[Path, frozenset[str] | None]) -> None:
        self._folder = path.resolve().parent
        self._root = repository_root(self._folder)
        self._known = known

    def exists(self, path: str) -> bool:
        """Whether it leads to a file or a folder; what leads out of the checkout is not judged.

        `../../issues` is such a link: on github.com it leads to the issues.
        """
        there = self._there(path)
        return there is None or there.exists()

    def targets(self, path: str) -> frozenset[str] | None:
        """What a fragment may point to in another markdown file; None where nobody can tell."""
        there = self._there(path)
        if there is None or there.suffix.lower() not in _MARKDOWN:
            return None
        if there not in self._known:
            self._known[there] = _targets(there)
        return self._known[there]

    def _there(self, path: str) -> Path | None:
        """Where a link leads on this disk; None where it leads out of the checkout."""
        is_from_root = path.startswith("/")
        if is_from_root and self._root is None:
            return None
        begin = self._root if is_from_root and self._root else self._folder
        try:
            there = (begin / path.lstrip("/")).resolve()
        except (OSError, RuntimeError, ValueError):  # a NUL, or links that run in a circle
            return None
        return there if there.is_relative_to(self._root or there) else None


def _targets(path: Path) -> frozenset[str] | None:
    try:
        return parse(read_list(path)).fragment_targets
    except UnusableList:
        return None
