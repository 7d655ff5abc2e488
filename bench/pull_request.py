"""What the demo's pull request looks like: rendered as GitHub renders it, and photographed."""

import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

from staycurrent.curated.document import parse
from staycurrent.flows.commands.demo import FIRST, NIGHTS, RECORDED, context_in, demo
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.proposal import PullRequestText, propose, pull_request_text
from staycurrent.flows.reporter import SilentReporter
from staycurrent.reports.proposal import PullRequestContent
from tests.support.folder import with_database

_WHERE = "https://github.com/owner/list/blob/staycurrent/update"
_EXTENSIONS = ["table", "strikethrough", "autolink", "tagfilter", "tasklist"]
_HTML = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 14px/1.5 "Noto Sans", "Noto Color Emoji", sans-serif; color: #1f2328; margin: 20px;
       width: 940px }}
h1 {{ font-size: 28px; font-weight: 400; margin: 0 0 8px }}
h1 + p span {{ background: #1f883d; color: #fff; border-radius: 2em; padding: 5px 12px }}
article {{ border: 1px solid #d1d9e0; border-radius: 6px; padding: 0 16px; margin-top: 16px }}
h3 {{ font-size: 17px; margin: 24px 0 8px }}
table {{ border-collapse: collapse; display: block; width: max-content; max-width: 100% }}
th, td {{ border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left }}
tr:nth-child(2n) td {{ background: #f6f8fa }}
a {{ color: #0969da; text-decoration: none }}
code {{ background: #818b981f; border-radius: 6px; padding: .2em .4em; font-size: 85% }}
summary {{ margin: 8px 0 }}
li {{ list-style: none }}
</style>
<h1>{title}</h1>
<p><span>Open</span> &nbsp;<strong>staycurrent</strong> wants to merge 1 commit into
<code>main</code> from <code>staycurrent/update</code></p>
<article>{body}</article></html>
"""


def main() -> None:
    """Leave the picture where the first argument says."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pull-request.png")
    with tempfile.TemporaryDirectory() as made:
        shown = proposed(Path(made))
        html = Path(made) / "pull-request.html"
        html.write_text(rendered(shown), encoding="utf-8")
        photograph(html, out)


def proposed(folder: Path) -> PullRequestText:
    """Title and body after the demo's nights, for the list as it was before the first."""
    demo(SilentReporter(), folder)
    night = context_in(folder, FIRST + timedelta(days=NIGHTS - 1))
    path = RECORDED / "curated.md"
    listed = ListDocument(path, "curated.md", parse(path.read_bytes()))
    proposal = with_database(propose, night, [listed])
    return pull_request_text(
        proposal, PullRequestContent(lines=(), lists=(), files_url=_WHERE, is_initial=True)
    )


def rendered(shown: PullRequestText) -> str:
    """As GitHub shows it: by its own parser, in a style like its own; boxes are open to be seen."""
    unsafe = Options.CMARK_OPT_UNSAFE
    body = cmarkgfm.markdown_to_html_with_extensions(shown.body, unsafe, _EXTENSIONS)
    return _HTML.format(title=shown.title, body=body)


def photograph(page: Path, out: Path) -> None:
    """One picture of the whole page."""
    argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    subprocess.run(
        [*argv, "--window-size=980,2430", f"--screenshot={out.resolve()}", page.as_uri()],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
