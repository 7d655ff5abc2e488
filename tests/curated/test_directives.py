"""Directives apply to links until they expire; all are listed."""

from datetime import date

import pytest

from staycurrent.curated.directives import DirectiveKind
from staycurrent.curated.document import parse

TODAY = date(2026, 11, 22)
ENDLESS = "applies without an end: "
NO_DATE = "is not a date like 2027-01-01"


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("- [a](/a) <!-- stay:keep -->\n- [b](/b)\n", ["keep", None]),
        ("- [a](/a) <!-- stay:ignore it is a sample -->\n- [b](/b)\n", ["ignore", None]),
        ("[a](/a) <!-- stay:keep --> <!--stay:ignore-->\n", ["ignore"]),
        (
            (
                "[a](/a)\n\n<!-- stay:ignore-start -->\n\n[b](/b)\n\n"
                "<!-- stay:ignore-end -->\n\n[c](/c)\n"
            ),
            [None, "ignore", None],
        ),
        ("[a](/a)\n\n<!-- stay:ignore-start -->\n\n[b](/b)\n", [None, "ignore"]),
        (
            (
                "<!-- markdown-link-check-disable -->\n[a](/a)\n"
                "<!-- markdown-link-check-enable -->\n\n[b](/b)\n"
            ),
            ["ignore", None],
        ),
        ("<!-- markdown-link-check-disable-next-line -->\n[a](/a)\n[b](/b)\n", ["ignore", None]),
        ("[a](/a) <!-- mlc-disable-line -->\n[b](/b)\n", ["ignore", None]),
        ("`<!-- stay:keep -->` [a](/a) <!-- stay:keeper -->\n", [None]),
        ("[a](/a) <!-- STAY:KEEP -->\n[b](/b) <!--Stay: Ignore-->\n", ["keep", "ignore"]),
        ("[a](/a) <!-- stay:keep: it is fine -->\n[b](/b)\n", ["keep", None]),
        ("[a](/a) <!---stay:keep--->\n[b](/b) <!-- stay:ignore---->\n", ["keep", "ignore"]),
        ("[a](/a) <!-- stay:keep\nbecause --> [b](/b)\n[c](/c)\n", ["keep", "keep", None]),
        ("[a](/a) <!-- mlc-disable-next-line\n-->\n[b](/b)\n[c](/c)\n", [None, "ignore", None]),
        (
            "<!--- STAY:IGNORE-START --->\n\n[b](/b)\n\n<!-- Stay:Ignore-End -->\n\n[c](/c)\n",
            ["ignore", None],
        ),
    ],
)
def test_directives_apply_to_the_links_of_their_line_or_block(
    text: str, orders: list[str | None]
) -> None:
    expected = [DirectiveKind(order) if order else None for order in orders]
    assert [
        occurrence.directive(TODAY) for occurrence in parse(text.encode()).occurrences
    ] == expected


@pytest.mark.parametrize(
    ("comment", "until", "reason", "fault"),
    [
        ("stay:keep", None, "", None),
        ("stay:keep until=2026-11-22", "2026-11-22", "", None),
        (
            'stay:ignore until="2026-11-21" reason="a \'slow\' one"',
            "2026-11-21",
            "a 'slow' one",
            None,
        ),
        ("stay:keep reason='it is fine' until=2027-01-01", "2027-01-01", "it is fine", None),
        ("stay:keep because until then it is fine", None, "", None),
        (
            "stay:keep until: 2027-01-01",
            None,
            "",
            f"{ENDLESS}until: 2027-01-01 is not written like until=2027-01-01",
        ),
        (
            "stay:keep utnil=2027-01-01",
            None,
            "",
            f"{ENDLESS}utnil=2027-01-01 is not written like until=2027-01-01",
        ),
        ("STAY:KEEP UNTIL=2027-01-01 Reason=fine", "2027-01-01", "fine", None),
        ("stay:keep,until=2027-01-01 reason='fine'", "2027-01-01", "fine", None),
        ("stay:keep:until=2026-11-21", "2026-11-21", "", None),
        ("stay:keep reason='until 2027 at least'", None, "until 2027 at least", None),
        ("stay:keep until=soon", None, "", f"{ENDLESS}until=soon {NO_DATE}"),
        ("stay:keep until=2026-02-30", None, "", f"{ENDLESS}until=2026-02-30 {NO_DATE}"),
        ("STAY:KEEP: until=2026-11-22", "2026-11-22", "", None),
        ("mlc-disable-line until=2026-11-01", "2026-11-01", "", None),
    ],
)
def test_a_directive_may_have_an_expiry_date_and_a_reason(
    comment: str, until: str | None, reason: str, fault: str | None
) -> None:
    document = parse(f"x\n[a](/a) <!-- {comment} -->\n".encode())
    (order,) = document.directives
    assert (order.text, order.line, order.column) == (comment, 2, 9)
    assert order.until == (date.fromisoformat(until) if until else None)
    assert (order.reason, order.error) == (reason, fault)
    has_expired = until is not None and until < TODAY.isoformat()
    assert (document.occurrences[0].directive(TODAY) is None) is has_expired
    assert document.occurrences[0].directives == (order,)


def test_the_dashes_of_a_comment_are_no_part_of_what_its_directive_says() -> None:
    document = parse(b"[a](/a) <!--- stay:keep reason=fine until=2027-01-01--->\n")
    (order,) = document.directives
    assert (order.until, order.reason, order.error) == (date(2027, 1, 1), "fine", None)


def test_a_directive_that_applies_to_no_link_is_listed() -> None:
    text = (
        "<!-- stay:keep -->\n\n[a](/a)\n\n<!-- stay:ignore-start -->\n\n<!-- stay:ignore-end -->\n"
    )
    document = parse(text.encode())
    assert [order.text for order in document.directives] == ["stay:keep", "stay:ignore-start"]
    assert document.occurrences[0].directives == ()


def test_of_very_many_directives_on_a_line_the_first_apply() -> None:
    document = parse(b"- [a](https://a.example)" + b" <!-- stay:keep -->" * 60 + b"\n")
    assert len(document.directives) == 60
    assert document.occurrences[0].directives == document.directives[:50]
