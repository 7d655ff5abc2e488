"""The status as JUnit XML: a test suite for each list, a test case for each link and finding."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import (
    EndingRow,
    FindingRow,
    LinkRow,
    Status,
    findings_beyond_links,
)
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import (
    ENDINGS_HEADING,
    FINDING_HEADINGS,
    MINOR_FINDINGS,
    verdict_reason,
)
from staycurrent.warehouse.runs import RunStatus

# There is no standard for this format. github.com/windyroad/JUnit-Schema requires these fields in
# this order; `file` and `line` are in no schema, but tools that annotate reviews read them.
_HOST = "localhost"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def as_junit(status: Status) -> str:
    """XML in UTF-8: flags and findings are failures; kept and unchecked links are skipped.

    Suspect and blocked links pass, because nothing has been proved about them, and so do findings
    that are a matter of style; the suite's output names them, and what ends soon. `sanitise`
    removes every character that XML 1.0 forbids.
    """
    suites: defaultdict[str, list[_TestCase]] = defaultdict(list)
    findings = map(_finding_case, findings_beyond_links(status))
    for case in (*map(_link_case, status.links), *findings):
        suites[case.element.attrib["file"]].append(case)
    totals = _counts([case for cases in suites.values() for case in cases])
    del totals["skipped"]  # an attribute of a suite, not of the whole
    root = Element("testsuites", {"name": "staycurrent"} | totals)
    for number, (name, cases) in enumerate(suites.items()):
        attributes = {
            "name": name,
            "package": "staycurrent",
            "id": str(number),
            "timestamp": f"{status.as_of:%Y-%m-%dT%H:%M:%S}",
            "hostname": _HOST,
        }
        suite = SubElement(root, "testsuite", attributes | _counts(cases))
        properties = SubElement(suite, "properties")
        if status.run:
            is_unfinished = status.run.status is RunStatus.RUNNING
            state = "did not finish" if is_unfinished else status.run.status
            run = f"{status.run.id} of {status.run.run_date}, {state}"
            SubElement(properties, "property", name="run", value=run)
        suite.extend(case.element for case in cases)
        lines = [case.output for case in cases if case.output]
        lines += [_ending_line(one) for one in status.endings if sanitise(one.row.list) == name]
        SubElement(suite, "system-out").text = "".join(f"\n{line}" for line in lines)
        SubElement(suite, "system-err")
    indent(root)
    return f"{_DECLARATION}{tostring(root, encoding='unicode')}\n"


class _TestCase(NamedTuple):
    element: Element
    output: str = ""
    """A line of the suite's output; empty for none."""


def _link_case(row: LinkRow) -> _TestCase:
    verdict, reason = row.verdict, verdict_reason(row.verdict, row.evidence)
    name = f"{sanitise(row.title) or 'link'} <{sanitise(row.url)}>"
    element = _element(row, name, *map(sanitise, row.section))
    details = [f"{row.position} {reason}"]
    if row.kept or verdict.state is VerdictState.UNCHECKED:
        SubElement(element, "skipped", message="kept by a person" if row.kept else "unchecked")
    elif row.flag:
        if verdict.suggestion:
            details.append(f"suggested replacement: {sanitise(verdict.suggestion)}")
        if verdict.archive:
            details.append(f"snapshot: {sanitise(verdict.archive)}")
        failure = SubElement(element, "failure", type=row.flag, message=f"{row.flag}: {reason}")
        failure.text = "\n".join(details)
    is_undecided = verdict.state in (VerdictState.SUSPECT, VerdictState.BLOCKED)
    return _TestCase(element, details[0] if is_undecided else "")


def _finding_case(row: FindingRow) -> _TestCase:
    message = sanitise(row.message)
    element = _element(row, message, "the document", FINDING_HEADINGS[row.kind])
    line = f"{row.position} {message}"
    if row.kind in MINOR_FINDINGS:
        return _TestCase(element, line)
    suggestion = sanitise(row.suggestion or "")
    failure = SubElement(element, "failure", type=str(row.kind), message=message)
    failure.text = f"{line}\nsuggested replacement: {suggestion}" if suggestion else line
    return _TestCase(element)


def _ending_line(one: EndingRow) -> str:
    snapshot = f" [snapshot {sanitise(one.archive)}]" if one.archive else ""
    return f"{one.row.position} {ENDINGS_HEADING}: {sanitise(one.ending.evidence)}{snapshot}"


def _element(row: LinkRow | FindingRow, name: str, *groups: str) -> Element:
    """A test case that passes."""
    file = sanitise(row.list)
    attributes = {"name": name, "classname": " / ".join((file, *groups)), "file": file}
    return Element("testcase", attributes, line=str(row.line), time="0")


def _counts(cases: Sequence[_TestCase]) -> dict[str, str]:
    skipped, failures = (
        sum(case.element.find(tag) is not None for case in cases) for tag in ("skipped", "failure")
    )
    numbers = {
        "tests": len(cases),
        "failures": failures,
        "errors": 0,
        "skipped": skipped,
        "time": 0,
    }
    return {name: str(number) for name, number in numbers.items()}
