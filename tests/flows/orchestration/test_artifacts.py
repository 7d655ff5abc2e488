"""Texts for Prefect's pages: URLs are links, and everything else is escaped."""

from pathlib import Path

import pytest

from staycurrent.flows.orchestration.tasks import file_link, markdown_links

OURS = "https://github.com/owner/list/pull/7"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("nothing to propose", "nothing to propose"),
        (f"opened {OURS}: 3 lines", f"opened [{OURS}]({OURS}): 3 lines"),
        (f"it stands ({OURS}).", f"it stands ([{OURS}]({OURS}))."),
        ("a *bold* <b>word</b>", r"a \*bold\* &lt;b&gt;word&lt;/b&gt;"),
        (
            f"http://a.example/(x)*[b]({OURS}",
            rf"[http://a.example/(x)\*\[b\]({OURS}](http://a.example/%28x%29*%5Bb%5D%28{OURS})",
        ),
    ],
)
def test_urls_in_a_sentence_become_links(text: str, markdown: str) -> None:
    """An invisible space in the text keeps GitHub from making its own link."""
    assert markdown_links(text).replace("\u200b", "") == markdown


def test_a_file_is_a_link_whatever_its_folder_is_called(tmp_path: Path) -> None:
    page = tmp_path / "it's [a] folder" / "report.html"
    link = file_link(page)
    assert link.startswith("[report.html](file:///")
    assert "[a]" not in link
    assert " " not in link.partition("](")[2]
