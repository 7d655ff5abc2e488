"""What awesome-lint says of flags: a hundred links of each list flagged, new messages by rule."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.rewrite import LinkEdits, rewrite
from staycurrent.links.verdict import Flag, FlagState

SCRIPT = Path(__file__).with_name("awesome_lint.mjs")
FLAG = Flag(FlagState.DEAD, date(2026, 11, 1))
ENTRIES = 100
FORMS = {
    "behind the link": (FlagStyle(), "flag"),
    "at the end": (FlagStyle(place="end"), "flag"),
    "words, behind the link": (FlagStyle(glyphs="words"), "flag"),
    "struck out": (FlagStyle(), "strike"),
}


def main(argv: list[str]) -> int:
    """`python -m bench.lint FOLDER LIST...`: FOLDER is where `npm install awesome-lint` was run."""
    folder, *paths = argv
    with tempfile.TemporaryDirectory() as drafts:
        for form, (style, dead) in FORMS.items():
            new: Counter[str] = Counter()
            flagged = 0
            for path in map(Path, paths):
                document = parse(path.read_bytes())
                after = Path(drafts, "after.md")
                chosen = _spread(document)
                edits = LinkEdits(struck=frozenset(chosen) if dead == "strike" else frozenset())
                flags = dict.fromkeys(chosen, FLAG)
                after.write_bytes(
                    rewrite(document, flags=flags, style=style, sections={}, edits=edits)
                )
                before, then = _messages(folder, [path, after])
                more = Counter(then) - Counter(before)
                new += more
                flagged += len(chosen)
                print(f"  {form}, {path.stem}: {sum(more.values())} new {dict(more)}")
            print(f"{form}: {sum(new.values())} new messages for {flagged} flags: {dict(new)}")
    return 0


def _spread(document: Document) -> list[int]:
    """The first link of so many entries, spread over the list."""
    first: dict[tuple[int | None, int], int] = {}
    for index, place in enumerate(document.occurrences):
        if place.can_carry_flag and place.url.startswith("http") and _is_item(document, index):
            first.setdefault((place.entry_flag_offset, 0), index)
    every = list(first.values())
    return [every[number * len(every) // ENTRIES] for number in range(min(ENTRIES, len(every)))]


def _is_item(document: Document, index: int) -> bool:
    place = document.occurrences[index]
    line = document.raw[slice(*document.lines.span(place.line))]
    return line.lstrip().startswith((b"- ", b"* "))


def _messages(folder: str, paths: list[Path]) -> list[Mapping[str, int]]:
    said = subprocess.run(
        ["node", SCRIPT, folder, *paths], capture_output=True, check=True, text=True
    ).stdout
    return [json.loads(line)["counts"] for line in said.splitlines()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
