"""The status as JUnit XML: a test suite for each list, a test case for each link and finding."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import FindingRow, LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import FINDING_HEADINGS, MINOR_FINDINGS, verdict_reason

# There is no standard for this format. github.com/windyroad/JUnit-Schema requires these fields in
# this order; `file` and `line` are in no schema, but tools that annotate reviews read them.
_HOST = "localhost"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def as_junit(status: Status) -> str:
    """XML in UTF-8: flags and findings are failures; kept and unchecked links are skipped.

    Suspect and blocked links pass, because nothing has been proved about them, and so do findings
    that are a matter of style; the suite's output names them. `sanitise` removes every character
    that XML 1.0 forbids.
    """
    totals = _counts(status.links, status.findings)
    del totals["skipped"]  # an attribute of a suite, not of the whole
    root = Element("testsuites", {"name": "staycurrent"} | totals)
    names = dict.fromkeys(
        [*(row.list for row in status.links), *(row.list for row in status.findings)]
    )
    for number, name in enumerate(names):
        links = [row for row in status.links if row.list == name]
        findings = [row for row in status.findings if row.list == name]
        attributes = {
            "name": sanitise(name),
            "package": "staycurrent",
            "id": str(number),
            "timestamp": f"{status.as_of:%Y-%m-%dT%H:%M:%S}",
            "hostname": _HOST,
        }
        suite = SubElement(root, "testsuite", attributes | _counts(links, findings))
        properties = SubElement(suite, "properties")
        if status.run:
            run = f"{status.run.id} of {status.run.run_date}, {status.run.status}"
            SubElement(properties, "property", name="run", value=run)
        for link in links:
            _add_link(suite, link)
        for finding in findings:
            _add_finding(suite, finding)
        SubElement(suite, "system-out").text = "".join(
            [
                *(
                    f"\n{_where(link)} {verdict_reason(link.verdict)}"
                    for link in links
                    if link.verdict.state in (VerdictState.SUSPECT, VerdictState.BLOCKED)
                ),
                *(
                    f"\n{_where(finding)} {sanitise(finding.message)}"
                    for finding in findings
                    if finding.kind in MINOR_FINDINGS
                ),
            ]
        )
        SubElement(suite, "system-err")
    indent(root)
    return f"{_DECLARATION}{tostring(root, encoding='unicode')}\n"


def _counts(links: Sequence[LinkRow], findings: Sequence[FindingRow]) -> dict[str, str]:
    skipped = sum(map(_is_skipped, links))
    failures = sum(link.flag is not None and not _is_skipped(link) for link in links)
    failures += sum(finding.kind not in MINOR_FINDINGS for finding in findings)
    tests = len(links) + len(findings)
    numbers = {"tests": tests, "failures": failures, "errors": 0, "skipped": skipped, "time": 0}
    return {name: str(number) for name, number in numbers.items()}


def _add_link(suite: Element, link: LinkRow) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=f"{sanitise(link.title) or 'link'} <{sanitise(link.url)}>",
        classname=" / ".join(map(sanitise, (link.list, *link.section))),
        file=sanitise(link.list),
        line=str(link.line),
        time="0",
    )
    if _is_skipped(link):
        SubElement(case, "skipped", message="kept by a person" if link.kept else "unchecked")
    elif link.flag:
        reason = verdict_reason(link.verdict)
        failure = SubElement(case, "failure", type=link.flag, message=f"{link.flag}: {reason}")
        lines = [f"{_where(link)} {reason}"]
        if link.verdict.suggestion:
            lines.append(f"suggested replacement: {sanitise(link.verdict.suggestion)}")
        if link.verdict.archive:
            lines.append(f"snapshot: {sanitise(link.verdict.archive)}")
        failure.text = "\n".join(lines)


def _add_finding(suite: Element, finding: FindingRow) -> None:
    message = sanitise(finding.message)
    case = SubElement(
        suite,
        "testcase",
        name=message,
        classname=f"{sanitise(finding.list)} / the document / {FINDING_HEADINGS[finding.kind]}",
        file=sanitise(finding.list),
        line=str(finding.line),
        time="0",
    )
    if finding.kind not in MINOR_FINDINGS:
        failure = SubElement(case, "failure", type=str(finding.kind), message=message)
        failure.text = f"{_where(finding)} {message}"
        if finding.suggestion:
            failure.text += f"\nsuggested replacement: {sanitise(finding.suggestion)}"


def _is_skipped(link: LinkRow) -> bool:
    return link.kept or link.verdict.state is VerdictState.UNCHECKED


def _where(row: LinkRow | FindingRow) -> str:
    return f"{sanitise(row.list)}:{row.line}:{row.column}"
