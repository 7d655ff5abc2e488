"""What people's edits of our lines say: read from the lists before they are written anew."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.curated.place import Kind
from staycurrent.curated.taken_out import Shown, TakenOut, taken_out
from staycurrent.flows.candidates import offered
from staycurrent.flows.checkout.attribution import Change, past
from staycurrent.flows.conclude import standings
from staycurrent.flows.lines import lines_in
from staycurrent.flows.listing import Listed, Repeatable, key_of, lists_of
from staycurrent.flows.memory import remembered, remembering
from staycurrent.flows.moment import believable
from staycurrent.flows.night import Night
from staycurrent.warehouse import candidates, decisions, published
from staycurrent.warehouse.decisions import Decision
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.published import Event, Line, Published
from staycurrent.web.identity import identify


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the lists teach tonight; nothing of it is noted yet."""

    made: tuple[Decision, ...]
    """A person took these lines out."""
    restored: tuple[Decision, ...]
    """Decisions of that kind whose line stands in the list again: they are taken back."""
    seen: tuple[Line, ...]
    """Lines that this later night finds in the list for the first time."""

    def applied(self, settled: Iterable[Decision]) -> tuple[Decision, ...]:
        """What stands once these are noted."""
        return (*(one for one in settled if one not in self.restored), *self.made)


def learn(night: Night) -> tuple[Decision, ...]:
    """Note what people's edits decided, and return it."""
    with remembered(night) as warehouse:
        if not published.ever(warehouse):
            return ()
        found = lessons(night, warehouse, lists_of(night))
    if not (found.made or found.restored or found.seen):
        return ()
    with remembering(night) as warehouse, warehouse.transaction():
        for one in found.made:
            decisions.add(warehouse, one)
        for one in found.restored:
            decisions.take_back(warehouse, one, night.now())
        published.note(warehouse, night.night, ((line, Event.SEEN) for line in found.seen))
    for one in found.made:
        night.voice.say(f"learned: {one.kind} {one.url}: {one.reason}; `keep --undo` takes it back")
    return found.made


def lessons(night: Night, warehouse: Warehouse, lists: Repeatable) -> Lessons:
    """Read every list against what was last published into it; goes through them repeatedly."""
    first_seen = {one.identity: one.first_seen for one in candidates.former(warehouse)}
    found = [_of_list(night, warehouse, lists, listed, first_seen) for listed in lists]
    made = {(one.url, one.kind, one.verdict): one for each in found for one in each.made}
    return Lessons(
        made=tuple(made.values()),
        restored=tuple(dict.fromkeys(one for each in found for one in each.restored)),
        seen=tuple(line for each in found for line in each.seen),
    )


def _of_list(
    night: Night,
    warehouse: Warehouse,
    lists: Repeatable,
    listed: Listed,
    first_seen: Mapping[str, date],
) -> Lessons:
    rows = published.standing(warehouse, listed.name)
    taken_back = published.taken_back(warehouse, listed.name)
    if not (rows or taken_back):
        return Lessons((), (), ())
    there = {_name(line) for line in lines_in(night, listed.name, listed.document, first_seen)}
    new = [row.line for row in rows if row.seen_on is None and row.written_on < night.night]
    missing = any(_name(row.line) not in there for row in rows)
    wanted = _wanted(night, warehouse, lists, listed) if missing else frozenset()
    comparable = [row for row in rows if _is_comparable(night, row.line, wanted)]
    back = [line for line in taken_back if _name(line) in there]
    return Lessons(
        made=tuple(_made(night, listed, comparable, there)),
        restored=_undone_by(back, decisions.standing(warehouse, night.night) if back else ()),
        seen=tuple(line for line in new if _name(line) in there),
    )


def _name(line: Line) -> tuple[str, str, str]:
    """A line whatever its date, and in whatever list."""
    return (line.kind, line.subject, line.state)


def _wanted(
    night: Night, warehouse: Warehouse, lists: Repeatable, listed: Listed
) -> frozenset[tuple[str, str, str]]:
    """The lines that the list would show tonight, as far as is decided: others go by themselves."""
    flags = (
        ("flag", key_of(one.place.url), str(one.flag.state))
        for one in standings(night, warehouse, listed)
        if one.flag is not None and one.place.can_carry_flag
    )
    name = night.settings.curated.part
    has_part = any(part.name == name for part in listed.document.parts)
    shown = offered(night, warehouse, lists) if has_part else ()
    return frozenset((*flags, *(("candidate", one.identity, "new") for one in shown)))


def _is_comparable(night: Night, line: Line, wanted: frozenset[tuple[str, str, str]]) -> bool:
    """Whether only a person can have taken the line out: the settings still ask for it there."""
    curated = night.settings.curated
    if line.kind == "flag" and (curated.flags != "inline" or curated.place != line.spot):
        return False
    return _name(line) in wanted


def _made(
    night: Night,
    listed: Listed,
    rows: Sequence[Published],
    there: Container[tuple[str, str, str]],
) -> Iterator[Decision]:
    found = taken_out(
        [
            Shown(number, row.written_on, row.seen_on is not None, _name(row.line) in there)
            for number, row in enumerate(rows)
        ]
    )
    if found == TakenOut():
        return
    history = past(listed.path, since=min(row.written_on for row in rows))
    for number in (*found.surely, *found.perhaps, *found.alone):
        line = rows[number].line
        written = _written(listed, line)
        is_known = history is not None and history.knows(written, line.state)
        is_free = history is None and number in found.alone
        if number in found.surely or is_known or is_free:
            change = history.removal(written, line.state) if history else None
            yield _decision(night, line, change)


def _written(listed: Listed, line: Line) -> str:
    """The link as the bytes of the list have it, to be found in the list's history."""
    if line.kind == "candidate":
        return line.url
    place = next(one for _, one in listed.places() if key_of(one.url) == line.subject)
    span = place.use if place.kind is Kind.REFERENCE else place.span
    return listed.document.raw[slice(*span)].decode("utf-8", "replace")


def _decision(night: Night, line: Line, change: Change | None) -> Decision:
    what = "the flag" if line.kind == "flag" else "the line"
    where = f" in commit {change.commit}" if change else ""
    return Decision(
        url=line.url,
        kind="keep" if line.kind == "flag" else "decline",
        verdict=line.state if line.kind == "flag" else None,
        until=None,
        reason=f"{what} was removed from {line.list} by hand{where}",
        decided_at=believable(change.when, line.since, night.now()) if change else night.now(),
        who=change.who if change else "",
        origin="edit",
    )


def _undone_by(back: Sequence[Line], settled: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions that an edit made and another one, of the same list, takes back."""
    names = {(line.kind, line.subject, line.state) for line in back}
    return tuple(one for one in settled if one.origin == "edit" and spoken_of(one) in names)


def spoken_of(one: Decision) -> tuple[str, str, str]:
    """Kind, subject and state of the line that a decision of an edit took out."""
    if one.kind == "decline":
        return ("candidate", str(identify(one.url)), "new")
    return ("flag", key_of(one.url), str(one.verdict))
