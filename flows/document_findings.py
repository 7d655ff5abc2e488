"""What is wrong with the lists as documents, including their links to other files."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from staycurrent.curated.document import parse
from staycurrent.curated.lint import lint_document
from staycurrent.curated.save import UnusableList, read_list
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.git import repository_root
from staycurrent.reports.model import FindingRow

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")


def document_findings(lists: Sequence[ListDocument], run_date: date) -> tuple[FindingRow, ...]:
    """All findings in the order of the lists, except those that comments silence on that date."""
    targets: dict[Path, frozenset[str] | None] = {
        listed.path.resolve(): listed.document.fragment_targets for listed in lists
    }
    return tuple(
        FindingRow(
            list=listed.name,
            line=finding.line,
            column=finding.column,
            kind=finding.kind,
            message=finding.message,
            suggestion=finding.suggestion,
        )
        for listed in lists
        for finding in lint_document(
            listed.document, _Files(listed.path, targets), run_date=run_date
        )
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
