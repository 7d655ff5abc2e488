"""The status as JUnit XML: a test suite for each list, a test case for each link and finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import FindingRow, LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import FINDING_HEADINGS, MINOR_FINDINGS, verdict_reason

# There is no standard for this format. github.com/windyroad/JUnit-Schema requires these fields in
# this order; `file` and `line` are in no schema, but tools that annotate reviews read them.
_HOST = "localhost"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class _TestCase:
    list: str
    line: int
    name: str
    class_name: str
    skipped: str = ""
    """Why it is skipped; empty if it is not."""
    failure: str = ""
    """What kind of failure it is; empty if it passes."""
    message: str = ""
    """Of the failure, in one line."""
    details: str = ""
    """Of the failure, in several lines."""
    output: str = ""
    """A line of the suite's output; empty for none."""


def as_junit(status: Status) -> str:
    """XML in UTF-8: flags and findings are failures; kept and unchecked links are skipped.

    Suspect and blocked links pass, because nothing has been proved about them, and so do findings
    that are a matter of style; the suite's output names them. `sanitise` removes every character
    that XML 1.0 forbids.
    """
    cases = [*map(_link_case, status.links), *map(_finding_case, status.findings)]
    totals = _counts(cases)
    del totals["skipped"]  # an attribute of a suite, not of the whole
    root = Element("testsuites", {"name": "staycurrent"} | totals)
    for number, name in enumerate(dict.fromkeys(case.list for case in cases)):
        own = [case for case in cases if case.list == name]
        attributes = {
            "name": name,
            "package": "staycurrent",
            "id": str(number),
            "timestamp": f"{status.as_of:%Y-%m-%dT%H:%M:%S}",
            "hostname": _HOST,
        }
        suite = SubElement(root, "testsuite", attributes | _counts(own))
        properties = SubElement(suite, "properties")
        if status.run:
            run = f"{status.run.id} of {status.run.run_date}, {status.run.status}"
            SubElement(properties, "property", name="run", value=run)
        for case in own:
            attributes = {"name": case.name, "classname": case.class_name, "file": case.list}
            test = SubElement(suite, "testcase", attributes, line=str(case.line), time="0")
            if case.skipped:
                SubElement(test, "skipped", message=case.skipped)
            elif case.failure:
                failure = SubElement(test, "failure", type=case.failure, message=case.message)
                failure.text = case.details
        output = SubElement(suite, "system-out")
        output.text = "".join(f"\n{case.output}" for case in own if case.output)
        SubElement(suite, "system-err")
    indent(root)
    return f"{_DECLARATION}{tostring(root, encoding='unicode')}\n"


def _link_case(row: LinkRow) -> _TestCase:
    verdict, reason = row.verdict, verdict_reason(row.verdict, row.evidence)
    where = f"{sanitise(row.list)}:{row.line}:{row.column}"
    details = [f"{where} {reason}"]
    if verdict.suggestion:
        details.append(f"suggested replacement: {sanitise(verdict.suggestion)}")
    if verdict.archive:
        details.append(f"snapshot: {sanitise(verdict.archive)}")
    is_unchecked = verdict.state is VerdictState.UNCHECKED
    is_undecided = verdict.state in (VerdictState.SUSPECT, VerdictState.BLOCKED)
    return _TestCase(
        list=sanitise(row.list),
        line=row.line,
        name=f"{sanitise(row.title) or 'link'} <{sanitise(row.url)}>",
        class_name=" / ".join(map(sanitise, (row.list, *row.section))),
        skipped="kept by a person" if row.kept else "unchecked" if is_unchecked else "",
        failure=row.flag or "",
        message=f"{row.flag}: {reason}",
        details="\n".join(details),
        output=details[0] if is_undecided else "",
    )


def _finding_case(row: FindingRow) -> _TestCase:
    message, is_minor = sanitise(row.message), row.kind in MINOR_FINDINGS
    line = f"{sanitise(row.list)}:{row.line}:{row.column} {message}"
    suggestion = sanitise(row.suggestion or "")
    return _TestCase(
        list=sanitise(row.list),
        line=row.line,
        name=message,
        class_name=f"{sanitise(row.list)} / the document / {FINDING_HEADINGS[row.kind]}",
        failure="" if is_minor else str(row.kind),
        message=message,
        details=f"{line}\nsuggested replacement: {suggestion}" if suggestion else line,
        output=line if is_minor else "",
    )


def _counts(cases: Sequence[_TestCase]) -> dict[str, str]:
    skipped = sum(bool(case.skipped) for case in cases)
    failures = sum(bool(case.failure) and not case.skipped for case in cases)
    numbers = {"tests": len(cases), "failures": failures, "errors": 0, "skipped": skipped}
    return {name: str(number) for name, number in (numbers | {"time": 0}).items()}
