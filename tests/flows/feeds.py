"""The demo's week with feeds that fail: its list, its recorded web, and rules put before them."""

from pathlib import Path
from shutil import copytree

from staycurrent.flows.demo import RECORDED
from tests.flows.played import SETTINGS, Folder

OURS = ("github_trending", "papers_with_code", "weekly_papers")
PAGES = {
    "github_trending": [
        "https://github.com/trending*",
        "https://mshibanami.github.io/*",
        "https://api.github.com/search/*",
    ],
    "papers_with_code": ["https://paperswithcode.co/*", "https://huggingface.co/api/daily_papers*"],
    "weekly_papers": [
        "https://huggingface.co/api/daily_papers*",
        "https://raw.githubusercontent.com/*",
        "https://rss.arxiv.org/*",
        "https://arxiv.org/list/*",
    ],
}


def failing(*sources: str, nights: str) -> str:
    """Rules by which everything that these feeds ask is out of order."""
    urls = [url for source in sources for url in PAGES[source]]
    return f'[[page]]\nurl = {urls}\nnights = "{nights}"\nstatus = 503\n'.replace("'", '"')


def week(path: Path, rules: str = "") -> Folder:
    """The demo's folder, with rules of one's own before the recorded ones."""
    copytree(RECORDED, path, dirs_exist_ok=True)
    recorded = (path / "web.toml").read_text(encoding="utf-8")
    first = "first_night = 2026-11-01\n"
    assert first in recorded
    (path / "web.toml").write_text(recorded.replace(first, first + rules), encoding="utf-8")
    (path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
    return Folder(path)


def proposed(folder: Folder) -> list[str]:
    """The candidates that the list's generated part shows; its legend follows the flags."""
    inside = folder.text.partition("<!-- stay:begin current -->")[2].partition("<!-- stay:end")[0]
    return [line for line in inside.splitlines() if line.startswith("- ")]


def trending(*names: str, stars: int = 10) -> str:
    """A trending page that shows these repositories in this order."""
    rows = "".join(
        f'<article class="Box-row"><h2><a href="/{name}">x</a></h2><p>About {name}.</p>'
        f'<a href="/{name}/stargazers">{1000 - n}</a><span>{stars + n} stars today</span></article>'
        for n, name in enumerate(names)
    )
    head = "<title>Trending  repositories on GitHub today · GitHub</title>"
    return f"<html><head>{head}</head><body>{rows}</body></html>"
