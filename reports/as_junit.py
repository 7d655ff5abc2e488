"""The status as JUnit's XML: a suite for each list, a case for each place of a link."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from links.verdict import State
from reports.counting import plural
from reports.status import LinkRow, Status
from reports.terminal import inert

# Nobody owns this format: github.com/windyroad/JUnit-Schema asks for these fields in this order,
# and what annotates a line in a review reads `file` and `line`, which stand in no schema.
_HOST = "localhost"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def as_junit(status: Status) -> str:
    """XML in UTF-8: flags are failures; what is kept by a person or unchecked is skipped.

    Suspect and blocked links pass: nothing is proved against them. Their words stand in the
    suite's output. `inert` leaves no character that XML 1.0 forbids.
    """
    totals = _counts(status.links)
    del totals["skipped"]  # a suite counts them, the whole does not
    root = Element("testsuites", {"name": "staycurrent"} | totals)
    by_list = groupby(status.links, key=lambda row: row.list)
    for number, (name, rows) in enumerate(by_list):
        _suite(root, number, name, tuple(rows), status)
    indent(root)
    return f"{_DECLARATION}{tostring(root, encoding='unicode')}\n"


def _suite(root: Element, number: int, name: str, rows: Sequence[LinkRow], status: Status) -> None:
    named = {
        "name": inert(name),
        "package": "staycurrent",
        "id": str(number),
        "timestamp": f"{status.as_of:%Y-%m-%dT%H:%M:%S}",
        "hostname": _HOST,
    }
    suite = SubElement(root, "testsuite", named | _counts(rows))
    properties = SubElement(suite, "properties")
    if status.run:
        run = f"{status.run.id} of {status.run.night}, {status.run.status}"
        SubElement(properties, "property", name="run", value=run)
    for row in rows:
        _case(suite, row)
    known = (row for row in rows if row.verdict.state in (State.SUSPECT, State.BLOCKED))
    SubElement(suite, "system-out").text = "".join(f"\n{_where(row)} {_why(row)}" for row in known)
    SubElement(suite, "system-err")


def _case(suite: Element, row: LinkRow) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=f"{inert(row.title) or 'link'} <{inert(row.url)}>",
        classname=" / ".join(map(inert, (row.list, *row.section))),
        file=inert(row.list),
        line=str(row.line),
        time="0",
    )
    if _is_skipped(row):
        SubElement(case, "skipped", message="kept by a person" if row.kept else "unchecked")
    elif row.flag:
        failure = SubElement(case, "failure", type=row.flag, message=f"{row.flag}: {_why(row)}")
        failure.text = f"{_where(row)} {_why(row)}{_instead(row)}"


def _counts(rows: Sequence[LinkRow]) -> dict[str, str]:
    skipped = sum(map(_is_skipped, rows))
    failures = sum(row.flag is not None and not _is_skipped(row) for row in rows)
    numbers = {"tests": len(rows), "failures": failures, "errors": 0, "skipped": skipped, "time": 0}
    return {name: str(number) for name, number in numbers.items()}


def _is_skipped(row: LinkRow) -> bool:
    return row.kept or row.verdict.state is State.UNCHECKED


def _where(row: LinkRow) -> str:
    return f"{inert(row.list)}:{row.line}:{row.column}"


def _why(row: LinkRow) -> str:
    verdict = row.verdict
    return f"{verdict.reason} since {verdict.since}, {plural(verdict.nights, 'look')}"


def _instead(row: LinkRow) -> str:
    told = (("instead", row.verdict.suggestion), ("snapshot", row.verdict.archive))
    return "".join(f"\n{name}: {inert(url)}" for name, url in told if url)
