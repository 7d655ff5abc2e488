"""The documents as a site: every link leads to a page that exists, on the site and on GitHub."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))


def test_the_site_is_built_without_a_broken_link(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copyfile(ROOT / "zensical.toml", tmp_path / "zensical.toml")
    program = Path(sys.executable).with_name("zensical")
    ended = subprocess.run(
        [program, "build", "--strict"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    nav = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    for page in (page for entry in nav for page in entry.values()):
        built = "index.html" if page == "index.md" else f"{page.removesuffix('.md')}/index.html"
        assert "<h1" in (tmp_path / "site" / built).read_text(encoding="utf-8")


def test_links_of_the_documents_into_the_repository_lead_to_files() -> None:
    ours = r"\]\(https://github\.com/staycurrent/staycurrent/(?:blob|tree)/main/([^)#]+)"
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert "](../" not in text, f"{page.name}: outside of the site; write the address on GitHub"
        for path in re.findall(ours, text):
            assert (ROOT / path).exists(), f"{page.name}: {path}"
