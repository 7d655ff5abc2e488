"""The status on a terminal: what needs a person first, in the room and the colours there are."""

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from staycurrent.links.upgrade import UPGRADED
from staycurrent.links.verdict import State
from staycurrent.reports.model import LinkRow, Status, held_back, upcoming_checks
from staycurrent.reports.text import Screen, plural, sanitise
from staycurrent.reports.text_report import maintenance_lines, summary
from staycurrent.reports.wording import VERDICT_WORDING
from staycurrent.sources.item import SourceState

_WIDE = 100
_MOST_WAITING = 10
"""Suspect and blocked links that are named; nothing is to be done about them tonight."""
_WAITING = (State.SUSPECT, State.BLOCKED)
# The sixteen colours that a terminal's own theme defines, so that light and dark both read well.
_COLOURS: Final = {
    State.DEAD: "red",
    State.INSECURE: "yellow",
    State.REFUSED: "yellow",
    State.MOVED: "blue",
    State.STALE: "cyan",
    State.ALIVE: "green",
}
_FEEDS: Final = {
    SourceState.OK: "green",
    SourceState.FALLBACK: "cyan",
    SourceState.STALE: "yellow",
    SourceState.DOWN: "red",
}


def as_terminal_text(status: Status, screen: Screen) -> str:
    """Lines for the terminal, with its escape codes; ends with a newline."""
    out = StringIO()
    console = Console(
        file=out,
        width=screen.width,
        force_terminal=True,
        color_system="standard",
        no_color=not screen.colours,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    console.print(Group(*_parts(status, screen)))
    console.print(Group(*_beside(status, screen)))
    ahead = upcoming_checks(status)
    if ahead:
        console.print(Text(ahead, style="dim"))
    console.print(Text(summary(status), style="bold"))
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def _groups() -> Iterator[tuple[str, State, str]]:
    """Each group of links with its verdict and its name; mere moves to https apart."""
    for state, meaning in VERDICT_WORDING.items():
        yield state, state, meaning.name
        if state is State.MOVED:
            yield UPGRADED, state, "moved to https, and nothing else changed"


def _parts(status: Status, screen: Screen) -> Iterator[RenderableType]:
    held = held_back(status)
    if held:
        yield Group(Text(held, style="bold yellow"), "")
    for group, state, name in _groups():
        meaning = VERDICT_WORDING[state]
        rows = [row for row in status.links if row.group == group]
        if rows and state not in (State.ALIVE, State.UNCHECKED):
            heading = Text().append(f"{meaning.glyph} {name} ", f"bold {_colour(state)}")
            heading.append(str(len(rows)), style="bold")
            heading.append(f"  {meaning.action}", style="dim")
            heading.no_wrap, heading.overflow = True, "ellipsis"
            yield heading
            yield _table(rows[: _MOST_WAITING if state in _WAITING else None], screen)
            if state in _WAITING and len(rows) > _MOST_WAITING:
                yield Text(f"  and {len(rows) - _MOST_WAITING} more, in a pipe all", style="dim")
            yield Text()


def _beside(status: Status, screen: Screen) -> Iterator[RenderableType]:
    """What is no link's verdict: namesakes, findings, decisions, candidates, feeds."""
    if status.duplicates:
        yield Text(f"= one address, several names {len(status.duplicates)}", style="bold")
        table = _grid(screen)
        for one in status.duplicates:
            names = ", ".join(f"{sanitise(title)} (line {line})" for line, title in one.occurrences)
            table.add_row(f"  {sanitise(one.list)}", Text(f"{sanitise(one.url)}\n{names}"))
        yield Group(table, "")
    yield from (Text(line) for line in maintenance_lines(status))
    if status.candidates:
        yield Text(f"+ candidates {len(status.candidates)}", style="bold")
        table = _grid(screen)
        for new in status.candidates:
            text = Text(sanitise(new.title), style="bold").append(
                f"\n{sanitise(new.url)}", "not bold"
            )
            text.append(f"\n{sanitise(new.why)}", "not bold dim")
            table.add_row(f"  {new.first_seen}", text)
        yield Group(table, "")
    if status.sources:
        table = Table.grid(padding=(0, 2))
        for feed in status.sources:
            state = Text(str(feed.state), style=_FEEDS[feed.state])
            told = " ".join(filter(None, (plural(feed.items, "item"), sanitise(feed.note))))
            table.add_row(Text(f"  {sanitise(feed.source)}"), state, Text(told, style="dim"))
        yield Group(Text("Feeds", style="bold"), table, "")


def _grid(screen: Screen) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True, style="dim", max_width=screen.width // 3)
    table.add_column(ratio=1, overflow="fold")
    return table


def _table(rows: Sequence[LinkRow], screen: Screen) -> Table:
    """Where, what and why; in a narrow room the reason stands below the name."""
    wide = screen.width >= _WIDE
    table = _grid(screen)
    if wide:
        table.add_column(width=42, overflow="fold")
    for row in rows:
        where, why = Text(f"  {sanitise(row.list)}:{row.line}"), _why(row)
        what = _what(row) if wide else _what(row, why)
        table.add_row(*((where, what, why) if wide else (where, what)))
    return table


def _what(row: LinkRow, why: Text | None = None) -> Text:
    verdict = row.verdict
    text = Text(sanitise(row.title), style="bold").append(
        f"\n{sanitise(row.url)}", style="not bold"
    )
    if verdict.suggestion:
        text.append(f"\n→ {sanitise(verdict.suggestion)}", style="not bold blue")
    if verdict.archive:
        text.append(f"\nsnapshot {sanitise(verdict.archive)}", style="not bold dim")
    return text.append("\n").append_text(why) if why is not None else text


def _why(row: LinkRow) -> Text:
    verdict = row.verdict
    reason = verdict.reason.replace("_", " ")
    text = Text(reason, style=f"not bold {_colour(verdict.state)}")
    if verdict.since:
        looks = plural(verdict.nights, "look")
        text.append(f" since {verdict.since}, {looks}", style="not bold default dim")
    return text.append("  kept", style="not bold default") if row.kept else text


def _colour(state: State) -> str:
    return _COLOURS.get(state, "default")
