"""The status as JUnit's XML: a suite for each list, a case for each link and each finding."""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from staycurrent.links.verdict import State
from staycurrent.reports.model import FindingRow, LinkRow, Status
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.wording import FINDING_HEADINGS, MINOR_FINDINGS

# Nobody owns this format: github.com/windyroad/JUnit-Schema asks for these fields in this order,
# and what annotates a line in a review reads `file` and `line`, which stand in no schema.
_HOST = "localhost"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def as_junit(status: Status) -> str:
    """XML in UTF-8: flags and findings are failures; kept by a person or unchecked is skipped.

    Suspect and blocked links pass, for nothing is proved against them, and so do findings that are
    a matter of taste. Their words stand in the suite's output. `inert` leaves no character that
    XML 1.0 forbids.
    """
    totals = _counts(status.links, status.findings)
    del totals["skipped"]  # a suite counts them, the whole does not
    root = Element("testsuites", {"name": "staycurrent"} | totals)
    names = [*(row.list for row in status.links), *(one.list for one in status.findings)]
    for number, name in enumerate(dict.fromkeys(names)):
        rows = [row for row in status.links if row.list == name]
        found = [row for row in status.findings if row.list == name]
        _suite(root, number, status, (rows, found))
    indent(root)
    return f"{_DECLARATION}{tostring(root, encoding='unicode')}\n"


def _suite(
    root: Element, number: int, status: Status, told: tuple[list[LinkRow], list[FindingRow]]
) -> None:
    rows, found = told
    named = {
        "name": sanitise((rows or found)[0].list),
        "package": "staycurrent",
        "id": str(number),
        "timestamp": f"{status.as_of:%Y-%m-%dT%H:%M:%S}",
        "hostname": _HOST,
    }
    suite = SubElement(root, "testsuite", named | _counts(rows, found))
    properties = SubElement(suite, "properties")
    if status.run:
        run = f"{status.run.id} of {status.run.night}, {status.run.status}"
        SubElement(properties, "property", name="run", value=run)
    for row in rows:
        _case(suite, row)
    for one in found:
        _finding(suite, one)
    SubElement(suite, "system-out").text = "".join(f"\n{line}" for line in _passed(rows, found))
    SubElement(suite, "system-err")


def _passed(rows: Sequence[LinkRow], found: Sequence[FindingRow]) -> Iterator[str]:
    """What is worth knowing and fails nothing."""
    known = (row for row in rows if row.verdict.state in (State.SUSPECT, State.BLOCKED))
    yield from (f"{_where(row)} {_why(row)}" for row in known)
    yield from (f"{_where(one)} {_said(one)}" for one in found if one.kind in MINOR_FINDINGS)


def _case(suite: Element, row: LinkRow) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=f"{sanitise(row.title) or 'link'} <{sanitise(row.url)}>",
        classname=" / ".join(map(sanitise, (row.list, *row.section))),
        file=sanitise(row.list),
        line=str(row.line),
        time="0",
    )
    if _is_skipped(row):
        SubElement(case, "skipped", message="kept by a person" if row.kept else "unchecked")
    elif row.flag:
        failure = SubElement(case, "failure", type=row.flag, message=f"{row.flag}: {_why(row)}")
        failure.text = f"{_where(row)} {_why(row)}{_instead(row)}"


def _finding(suite: Element, one: FindingRow) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=_said(one),
        classname=f"{sanitise(one.list)} / the document / {FINDING_HEADINGS[one.kind]}",
        file=sanitise(one.list),
        line=str(one.line),
        time="0",
    )
    if one.kind not in MINOR_FINDINGS:
        failure = SubElement(case, "failure", type=str(one.kind), message=_said(one))
        instead = f"\ninstead: {sanitise(one.suggestion)}" if one.suggestion else ""
        failure.text = f"{_where(one)} {_said(one)}{instead}"


def _said(one: FindingRow) -> str:
    return sanitise(one.message)


def _counts(rows: Sequence[LinkRow], found: Sequence[FindingRow]) -> dict[str, str]:
    skipped = sum(map(_is_skipped, rows))
    failures = sum(row.flag is not None and not _is_skipped(row) for row in rows)
    failures += sum(one.kind not in MINOR_FINDINGS for one in found)
    tests = len(rows) + len(found)
    numbers = {"tests": tests, "failures": failures, "errors": 0, "skipped": skipped, "time": 0}
    return {name: str(number) for name, number in numbers.items()}


def _is_skipped(row: LinkRow) -> bool:
    return row.kept or row.verdict.state is State.UNCHECKED


def _where(row: LinkRow | FindingRow) -> str:
    return f"{sanitise(row.list)}:{row.line}:{row.column}"


def _why(row: LinkRow) -> str:
    verdict = row.verdict
    return f"{verdict.reason} since {verdict.since}, {plural(verdict.nights, 'look')}"


def _instead(row: LinkRow) -> str:
    told = (("instead", row.verdict.suggestion), ("snapshot", row.verdict.archive))
    return "".join(f"\n{name}: {sanitise(url)}" for name, url in told if url)
