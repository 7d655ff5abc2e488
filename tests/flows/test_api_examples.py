"""The examples of docs/api.md run in the demo's folder, and print what the page says."""

import re
import sys
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from shutil import copytree
from xml.etree import ElementTree as ET

import pytest

from tests.support.folder import WITHOUT_BACKUPS, Folder

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"\n## (.+?)\n.*?```python\n(.+?)```\n.*?```text\n(.*?)```\n", PAGE, re.DOTALL
)


def test_every_example_of_the_page_is_found() -> None:
    assert len(EXAMPLES) == PAGE.count("```python") == 4


@pytest.mark.parametrize(
    ("code", "shown"), [one[1:] for one in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_an_example_prints_what_the_page_shows(
    demo_played: Folder, tmp_path: Path, code: str, shown: str
) -> None:
    copytree(demo_played.path, tmp_path, dirs_exist_ok=True, ignore=WITHOUT_BACKUPS)
    out = StringIO()
    with chdir(tmp_path), redirect_stdout(out):
        exec(compile(code, "docs/api.md", "exec"), {})  # noqa: S102 -- a page of ours
    # pygal leaves an importer behind, for which Python warns at each later import.
    left = [one for one in sys.meta_path if type(one).__name__ == "PluginImportFixer"]
    for importer in left:
        sys.meta_path.remove(importer)
    assert out.getvalue() == shown
    if "year.svg" in code:
        drawing = ET.parse(tmp_path / "year.svg").getroot()  # noqa: S314 -- just drawn
        assert len(drawing.findall(".//{*}g[@class='legend reactive activate-serie']")) == 8
