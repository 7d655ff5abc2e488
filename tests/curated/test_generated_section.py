"""Generated sections are replaced between exactly one pair of markers, or not at all."""

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.generated_section import BadMarkers
from staycurrent.curated.proof import UnsafeRewrite
from staycurrent.curated.rewrite import append_section, rewrite

BEGIN, END = "<!-- stay:begin new -->\n", "<!-- stay:end new -->\n"


def replaced(text: str, body: str, name: str = "new") -> str:
    document = parse(text.encode())
    return rewrite(document, flags={}, style=FlagStyle(), sections={name: body}).decode()


def test_the_body_is_between_blank_lines_and_nothing_else_changes() -> None:
    text = f"# T\n\n{BEGIN}old\n{END}\nrest"
    assert replaced(text, "- [a](/a)\n- b") == f"# T\n\n{BEGIN}\n- [a](/a)\n- b\n\n{END}\nrest"


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("<details>\n<summary>New</summary>\n", "</details>\n\n[b](/b)\n"),
        ('<div align="center">\n<p>\n', "</p>\n</div>"),
        ("\ufeff", "rest\n"),
    ],
)
def test_a_section_may_be_in_raw_html_and_first_in_a_list(above: str, below: str) -> None:
    text = f"{above}{BEGIN}{END}{below}"
    once = replaced(text, "- [a](/a)")
    assert once == f"{above}{BEGIN}\n- [a](/a)\n\n{END}{below}"
    assert replaced(once, "- [a](/a)") == once
    assert replaced(once, "") == f"{above}{BEGIN}\n{END}{below}"


def test_raw_html_below_a_section_may_not_become_markdown() -> None:
    with pytest.raises(UnsafeRewrite, match="would change line"):
        replaced(f"<div>\n{BEGIN}{END}*raw*\n</div>\n", "- a")


def test_replacing_twice_changes_nothing() -> None:
    once = replaced(f"{BEGIN}{END}", "\n- a\n\n- b\n\n")
    assert replaced(once, "\n- a\n\n- b\n\n") == once
    assert once == f"{BEGIN}\n- a\n\n- b\n\n{END}"


def test_an_empty_body_does_not_change_an_empty_section() -> None:
    for text in (f"{BEGIN}{END}", f"{BEGIN}\n\n{END}"):
        assert replaced(text, "") == text
    assert replaced(f"{BEGIN}\nold\n\n{END}", "") == f"{BEGIN}\n{END}"


def test_a_section_has_the_line_ending_of_its_marker() -> None:
    text = f"# T\n\n{BEGIN}{END}".replace("-->\n", "-->\r\n")
    expected = f"# T\n\n{BEGIN}|a|b||{END}".replace("|", "\n").replace("-->\n", "-->\r\n")
    body = expected[len("# T\n\n") :].replace("\r\n", "\n").replace("\n", "\r\n")
    assert replaced(text, "a\nb") == f"# T\n\n{body}"


def test_words_after_the_name_in_a_marker_stay() -> None:
    text = "<!-- stay:begin new (written by staycurrent, edits are lost) -->\n<!-- stay:end new -->"
    lines = replaced(text, "a").splitlines()
    assert lines == [text.splitlines()[0], "", "a", "", text.splitlines()[1]]


def test_several_sections_are_replaced_independently() -> None:
    text = (
        "<!-- stay:begin a -->\n<!-- stay:end a -->\n\n<!-- stay:begin b -->\n<!-- stay:end b -->\n"
    )
    document = parse(text.encode())
    after = rewrite(document, flags={}, style=FlagStyle(), sections={"a": "1", "b": "2"}).decode()
    assert [
        (section.name, section.begin_line, section.end_line)
        for section in parse(after.encode()).generated_sections
    ] == [
        ("a", 1, 5),
        ("b", 7, 11),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        f"```\n{BEGIN}{END}```\n",
        f"<!--\n{BEGIN}",
        f"    {BEGIN}    {END}",
    ],
)
def test_markers_in_code_and_comments_do_not_count(hidden: str) -> None:
    assert parse(hidden.encode()).generated_sections == ()
    with pytest.raises(BadMarkers, match="no section 'new'"):
        replaced(hidden, "a")


@pytest.mark.parametrize(
    "moved",
    [
        f"- x\n\n  {BEGIN}  {END}",
        f"> {BEGIN}> {END}",
        f"x {BEGIN.strip()} y {END}",
        f"| a | b |\n|---|---|\n| {BEGIN.strip()} | {END.strip()} |\n",
    ],
)
def test_a_section_that_was_moved_into_other_markup_is_refused(moved: str) -> None:
    """What it has would count as entries that a person took."""
    assert parse(moved.encode()).generated_sections == ()
    with pytest.raises(
        BadMarkers, match=r"has a marker on line \d within a list, a quote, a table"
    ):
        replaced(moved, "a")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"x\n\n{BEGIN}", "section 'new' begins on line 3 and never ends"),
        (f"x\n\n{END}", "section 'new' ends on line 3 and never begins"),
        (f"{END}{BEGIN}", "section 'new' ends on line 1 before it begins on line 2"),
        (f"{BEGIN}{END}{BEGIN}{END}", "section 'new' has markers on lines 1, 2, 3 and 4: keep one"),
        (f"{BEGIN}{BEGIN}{END}", "section 'new' has markers on lines 1, 2 and 3: keep one"),
        (f"{BEGIN}{END}{END}", "section 'new' has markers on lines 1, 2 and 3: keep one"),
        (
            f"{BEGIN}<!-- stay:begin b -->\n<!-- stay:end b -->\n{END}",
            r"section 'new' contains markers of another section \(lines 1 to 4\)",
        ),
        (
            f"{BEGIN}<!-- stay:begin b -->\n{END}<!-- stay:end b -->\n",
            r"section 'b' contains markers of another section \(lines 2 to 4\)",
        ),
        (f"{BEGIN}<!-- stay:end b -->\n{END}", "section 'b' ends on line 2 and never begins"),
        ("nothing", "the list has no section 'new'"),
    ],
)
def test_wrong_markers_are_an_error_with_their_lines(text: str, sentence: str) -> None:
    document = parse(text.encode())
    with pytest.raises(BadMarkers, match=sentence):
        document.generated_section("new")
    with pytest.raises(BadMarkers, match=sentence):
        rewrite(document, flags={}, style=FlagStyle(), sections={"new": "a"})


def test_wrong_markers_stop_a_rewrite_without_sections() -> None:
    with pytest.raises(BadMarkers, match="never ends"):
        rewrite(parse(BEGIN.encode()), flags={}, style=FlagStyle(), sections={})


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["x", "x{}"])
def test_a_section_is_appended_once_with_the_line_ending_of_the_list(
    line_end: str, last: str
) -> None:
    text = f"# T{line_end}{line_end}{last.format(line_end)}"
    after = append_section(text.encode(), "new", "- a\n- b").decode()
    assert after.startswith(text)
    assert after.endswith(line_end) == text.endswith(line_end)
    assert after.count(line_end) == after.count("\n")
    assert parse(after.encode()).generated_section("new").begin_line == 5
    assert replaced(after, "- a\n- b") == after
    with pytest.raises(BadMarkers, match="already"):
        append_section(after.encode(), "new", "")


def test_a_section_can_be_appended_to_an_empty_list() -> None:
    assert append_section(b"", "new", "").decode() == f"{BEGIN}\n{END}"


@pytest.mark.parametrize("text", ["```\ncode\n", "<!-- open\n", "<script>\n"])
def test_a_section_is_not_appended_inside_an_unclosed_block(text: str) -> None:
    with pytest.raises(BadMarkers, match="never closed"):
        append_section(text.encode(), "new", "a")


@pytest.mark.parametrize("name", ["", "a b", "a-->", "\n"])
def test_an_invalid_section_name_is_refused(name: str) -> None:
    with pytest.raises(BadMarkers, match="is not a valid section name"):
        append_section(b"x\n", name, "")
