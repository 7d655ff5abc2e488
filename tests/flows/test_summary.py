"""Words for an orchestrator's pages: addresses can be followed, and nothing else does anything."""

from pathlib import Path

import pytest

from staycurrent.flows.summary import link_to, with_links

OURS = "https://github.com/owner/list/pull/7"


@pytest.mark.parametrize(
    ("words", "markdown"),
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
def test_addresses_in_a_sentence_become_links(words: str, markdown: str) -> None:
    """An invisible blank in the text shown keeps GitHub from making a link of its own."""
    assert with_links(words).replace("\u200b", "") == markdown


def test_a_page_on_the_disk_is_a_link_whatever_its_folder_is_called(tmp_path: Path) -> None:
    page = tmp_path / "it's [a] folder" / "report.html"
    told = link_to(page)
    assert told.startswith("[report.html](file:///")
    assert "[a]" not in told
    assert " " not in told.partition("](")[2]
