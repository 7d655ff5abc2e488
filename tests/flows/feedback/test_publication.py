"""What happens to our lines is found without reading all lists for each list."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from staycurrent.curated.document import Document, parse
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.feedback import publication
from staycurrent.flows.feedback.publication import line_events
from staycurrent.flows.rendering import Rendering
from staycurrent.flows.reporter import Reporter
from staycurrent.warehouse.published import CurrentLine, LineEvent, PublishedLine
from tests.support.folder import FIRST, Folder, with_database

DAY = date(2026, 11, 2)
LIST = b"- [A](https://a.example/)\n"


def test_lists_whose_lines_end_are_read_three_times_however_many_they_are(
    demo_played: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = demo_played.path / "staycurrent.toml"
    ctx = load_context(settings, fixed_clock(FIRST), Reporter(), environment={})
    read: Counter[bytes] = Counter()

    def counted(raw: bytes) -> Document:
        read[raw] += 1
        return parse(raw)

    monkeypatch.setattr(publication, "parser_for", lambda _count: counted)
    raws = {f"{n}.md": LIST * (n + 1) for n in range(20)}
    known = {
        name: [
            CurrentLine(PublishedLine(name, "flag", url, url, "dead", DAY, "link"), DAY, DAY),
            CurrentLine(
                PublishedLine(name, "candidate", "page:x.example", url, "new", DAY), DAY, DAY
            ),
        ]
        for name in raws
        for url in ("https://gone.example/",)
    }
    renderings = [Rendering(Path(name), name, raw, raw) for name, raw in raws.items()]
    events = with_database(line_events, ctx, renderings, known, (), None)
    assert [event for _line, event in events] == [LineEvent.GONE, LineEvent.WITHDRAWN] * 20
    assert set(read.values()) == {3}
