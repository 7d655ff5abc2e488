"""What Prefect's pages show of a run: markdown and tables, as artifacts."""

import re
from datetime import date
from pathlib import Path

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.hints import current_hints
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import reason_text

REPORT = "report.html"
"""The weekly report, beside the warehouse."""
# Without the punctuation that follows a URL in a sentence.
_URL = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")


def publish_artifacts(ctx: RunContext, db: Database, before: Status) -> None:
    """The status as the artifact `run`, and the flags that changed as `changes`."""
    current = status(ctx, db)
    page = ctx.warehouse_path.parent / REPORT
    last = f"\nThe last weekly report: {file_link(page)}\n" if page.is_file() else ""
    create_markdown_artifact(as_markdown(current, current_hints(ctx, db)) + last, key="run")
    earlier = {(row.list, row.url, row.title): _shown_flag(row) for row in before.links}
    changes = [
        {
            "where": f"{sanitise(row.list)}:{row.line}",
            "link": sanitise(row.title),
            "url": sanitise(row.url),
            "before": flag,
            "now": _shown_flag(row),
            "why": reason_text(row.verdict.reason),
            "suggestion": sanitise(row.verdict.suggestion or ""),
        }
        for row in current.links
        if (flag := earlier.get((row.list, row.url, row.title), "")) != _shown_flag(row)
    ]
    create_table_artifact(changes, key="changes")


def publish_week(ctx: RunContext, db: Database, page: Path) -> None:
    """The status as the artifact `week`, with a link to the HTML page."""
    text = as_markdown(status(ctx, db), current_hints(ctx, db))
    where = f"The report is in {escape_text(str(page))}: {file_link(page)}\n"
    create_markdown_artifact(f"{text}\n{where}", key="week")


def publish_sentences(title: str, sentences: str, key: str) -> None:
    """A title and one item for each line."""
    items = "".join(f"- {markdown_links(line)}\n" for line in sentences.splitlines())
    create_markdown_artifact(f"# {title}\n\n{items}", key=key)


def run_title(run_date: date) -> str:
    """The title of the artifact of a run."""
    return f"Run of {run_date}"


def markdown_links(text: str) -> str:
    """The text as markdown in which URLs are links and everything else is escaped."""
    words = []
    for word in text.split():
        match = _URL.search(word)
        if match is None:
            words.append(escape_text(word))
            continue
        url = match.group()
        link = f"[{escape_text(url)}]({escape_destination(url)})"
        before, after = word[: match.start()], word[match.end() :]
        words.append(f"{escape_text(before)}{link}{escape_text(after)}")
    return " ".join(words)


def file_link(page: Path) -> str:
    """A link to a file, which a browser on the same machine can follow."""
    return f"[{escape_text(page.name)}]({page.resolve().as_uri()})"


def _shown_flag(row: LinkRow) -> str:
    return row.flag if row.flag and not row.kept else ""
