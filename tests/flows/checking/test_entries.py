"""What a list says of its links is what it said before it had flags."""

from pathlib import Path

from staycurrent.curated.document import parse
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.lists import ListDocument, check_targets
from staycurrent.flows.reporter import Reporter
from staycurrent.links.link import Entry
from tests.support.folder import FIRST, Folder

URL = "https://moths.example/a"
PLAIN = f"# T\n\n## Birds\n\n- [Moths]({URL}) - Of the night.\n- [Here]({URL})\n"


def said(folder: Folder, text: str) -> list[Entry]:
    settings = folder.path / "staycurrent.toml"
    ctx = load_context(settings, fixed_clock(FIRST), Reporter(), environment={})
    listed = ListDocument(Path("curated.md"), "curated.md", parse(text.encode()))
    entries = check_targets([listed], ctx, with_entries=True).entries.values()
    return [Entry(one.title, " ".join(one.text.split()), one.path, one.line) for one in entries]


def test_flags_marks_and_comments_are_not_said_of_a_link(folder: Folder) -> None:
    folder.write(listed="")
    flag = "<!--stay:struck--> (another site now<!--stay:usurped:2026-11-01-->)"
    noted = PLAIN.replace(f"({URL})", f"({URL}){flag}", 1)
    noted = noted.replace("night.", 'night. <!-- stay:keep reason="a casino" -->')
    noted = noted.replace(f"[Here]({URL})", f"[Here]({URL}) (📦<!--stay:archived:2026-11-01-->)")
    assert said(folder, noted) == said(folder, PLAIN)
