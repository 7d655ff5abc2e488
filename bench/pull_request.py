"""Pictures of the demo's list and pull request, rendered as GitHub renders them.

python -m bench.pull_request [FOLDER] writes pull-request.png and flagged-list.png into docs, or
into FOLDER. Chromium needs Noto Sans and Noto Color Emoji.
"""

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
from staycurrent.flows.publishing.proposal import propose
from staycurrent.flows.reporter import Reporter
from staycurrent.reports.proposal import PullRequestContent
from staycurrent.reports.pull_request import pull_request_body
from tests.support.folder import with_database

_WHERE = "https://github.com/owner/list/blob/staycurrent/update"
_EXTENSIONS = ["table", "strikethrough", "autolink", "tagfilter", "tasklist"]
_HTML = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>staycurrent</title>
<style>
body { font: 14px/1.5 "Noto Sans", "Noto Color Emoji", sans-serif; color: #1f2328; margin: 20px;
       width: 940px }
h1 { font-size: 28px; font-weight: 400; margin: 0 0 8px }
h1 + p span { background: #1f883d; color: #fff; border-radius: 2em; padding: 5px 12px }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: 6px }
article { border: 1px solid #d1d9e0; border-radius: 6px; padding: 0 16px; margin-top: 16px }
h3 { font-size: 17px; margin: 24px 0 8px }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100% }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left }
tr:nth-child(2n) td { background: #f6f8fa }
a { color: #0969da; text-decoration: none }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font-size: 85% }
summary { margin: 8px 0 }
article li { list-style: none }
</style>
"""
_REQUEST = """<h1>{title}</h1>
<p><span>Open</span> &nbsp;<strong>staycurrent</strong> wants to merge 1 commit into
<code>main</code> from <code>staycurrent/update</code></p>
<article>{body}</article></html>
"""


def main() -> None:
    """Write the pictures into the folder that the first argument names."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        demo(Reporter(), folder)
        shown = proposed(folder)
        request = _REQUEST.format(title=shown.title, body=github_html(pull_request_body(shown)))
        photograph(_HTML + request, out / "pull-request.png", "980,2430")
        flagged = (folder / "curated.md").read_text(encoding="utf-8")
        part = flagged[flagged.index("## Models and data") : flagged.index("## Courses")]
        photograph(_HTML + github_html(part), out / "flagged-list.png", "980,550")


def proposed(folder: Path) -> PullRequestContent:
    """What is proposed after the demo's nights, for the list as it was before the first."""
    night = context_in(folder, FIRST + timedelta(days=NIGHTS - 1))
    path = RECORDED / "curated.md"
    listed = ListDocument(path, "curated.md", parse(path.read_bytes()))
    content = PullRequestContent(files_url=_WHERE, is_initial=True)
    return with_database(propose, night, [listed], content).content


def github_html(markdown: str) -> str:
    """As GitHub shows it: by its own parser."""
    unsafe = Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, _EXTENSIONS))


def photograph(html: str, out: Path, size: str) -> None:
    """One picture of the whole page."""
    page = out.with_suffix(".html")
    page.write_text(html, encoding="utf-8")
    argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    subprocess.run(
        [*argv, f"--window-size={size}", f"--screenshot={out.resolve()}", page.resolve().as_uri()],
        check=True,
        capture_output=True,
    )
    page.unlink()


if __name__ == "__main__":
    main()
