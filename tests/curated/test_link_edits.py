"""Dead links are struck out or point to snapshots, reversibly; moved links get new URLs."""

from datetime import date

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagStyle, format_flag
from staycurrent.curated.rewrite import LinkEdits, rewrite, strip_annotations
from staycurrent.links.verdict import Flag, FlagState

DEAD = Flag(FlagState.DEAD, date(2026, 11, 1))
MOVED = Flag(FlagState.MOVED, date(2026, 11, 1))
MARK = format_flag(DEAD, FlagStyle()).decode()
SHIFTED = format_flag(MOVED, FlagStyle()).decode()
REPLAY = "https://web.archive.org/web/20200101000000/"
SNAPSHOT = f"{REPLAY}https://a.example/key"


def struck(text: str, *indexes: int, style: FlagStyle | None = None) -> str:
    flags = dict.fromkeys(indexes, DEAD)
    edits = LinkEdits(struck=frozenset(indexes))
    return edited(text, flags, edits, style)


def led(text: str, *indexes: int, style: FlagStyle | None = None) -> str:
    flags = dict.fromkeys(indexes, DEAD)
    return edited(text, flags, LinkEdits(snapshots=dict.fromkeys(indexes, SNAPSHOT)), style)


def fixed(text: str, url: str, *indexes: int) -> str:
    flags = dict.fromkeys(indexes, MOVED)
    return edited(text, flags, LinkEdits(urls=dict.fromkeys(indexes, url)))


def edited(
    text: str, flags: dict[int, Flag], edits: LinkEdits, style: FlagStyle | None = None
) -> str:
    """With the invariants of every rewrite: idempotent, and reversible."""
    document = parse(text.encode())
    after = rewrite(document, flags=flags, style=style or FlagStyle(), sections={}, edits=edits)
    assert len(parse(after).occurrences) == len(document.occurrences)
    if not edits.urls:
        again = rewrite(
            parse(after), flags=flags, style=style or FlagStyle(), sections={}, edits=edits
        )
        assert again == after
        urls = [occurrence.url for occurrence in parse(after).occurrences]
        assert urls == [occurrence.url for occurrence in document.occurrences], (
            "a person's address is told"
        )
        assert rewrite(parse(after), flags={}, style=FlagStyle(), sections={}).decode() == text
        assert strip_annotations(parse(after)).raw.decode() == text
    return after.decode()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("- [a](/a) - t.\n", "- ~~[a](/a)~~S⚑ - t.\n"),
        ("- [a](/a)[b](/b)\n", "- ~~[a](/a)~~S⚑[b](/b)\n"),
        ("**[a](/a)** b\n", "**~~[a](/a)~~S**⚑ b\n"),
        (
            "| x | y |\n|---|---|\n| [a](/a) | z |\n",
            "| x | y |\n|---|---|\n| ~~[a](/a)~~S⚑ | z |\n",
        ),
        ("> 1. <https://a.example>\r\n", "> 1. ~~<https://a.example>~~S⚑\r\n"),
        ("see https://a.example.\n", "see ~~https://a.example~~S⚑.\n"),
        ("[a] x\n\n[a]: /a\n", "~~[a]~~S⚑ x\n\n[a]: /a\n"),
        ("[![i](/i)](/a)\n", "[![i](/i)](/a)⚑\n"),
        ("- ~~[a](/a) by hand~~ x\n", "- ~~[a](/a)⚑ by hand~~ x\n"),
        ("- ~~*[a](/a)*~~ x\n", "- ~~*[a](/a)*~~⚑ x\n"),
        ("- old~~(b)~~ *[a](/a)*\n", "- old~~(b)~~ *[a](/a)*⚑\n"),  # GitHub shows these tildes
        ("word[a](/a)\n", "word[a](/a)⚑\n"),
        ("## [a](/a)\n", "## [a](/a)\n"),
        ("<p><a href='/a'>a</a></p>\n", "<p><a href='/a'>a</a>⚑</p>\n"),
    ],
)
def test_a_dead_link_is_struck_out_where_that_renders(text: str, after: str) -> None:
    expected = after.replace("S", "<!--stay:struck-->").replace("⚑", MARK)
    assert struck(text, 0) == expected


def test_a_linked_image_is_struck_out_as_a_whole() -> None:
    assert struck("[![i](/i)](/a)\n", 1).startswith("~~[![i](/i)](/a)~~<!--stay:struck-->")


def test_adjacent_links_are_each_struck_out() -> None:
    text = "[a](/a)[b](/b) x\n"
    after = struck(text, 0, 1)
    assert after.count("~~") in (2, 4)
    assert after.count(MARK) == 2


def test_strikethrough_stays_at_the_link_with_flags_at_the_end() -> None:
    after = struck("- [a](/a) - Text.\n", 0, style=FlagStyle(place="end"))
    assert after == f"- ~~[a](/a)~~<!--stay:struck--> - Text.{MARK}\n"


def test_strikethrough_is_removed_when_a_person_removed_the_flag() -> None:
    text = "- ~~[a](/a)~~<!--stay:struck--> - t.\n"
    assert struck(text.replace("~~", "").replace("<!--stay:struck-->", "")) == "- [a](/a) - t.\n"
    after = rewrite(parse(text.encode()), flags={}, style=FlagStyle(), sections={})
    assert after == b"- [a](/a) - t.\n"


@pytest.mark.parametrize(
    "text",
    [
        "~~[a](/a)~~ x\n",
        "~~[a](/a)~~ <!--stay:struck--> x\n",
        "`~~[a](/a)~~<!--stay:struck-->`\n",
        "*[a](/a)*<!--stay:struck--> x\n",
        f"[a]({REPLAY}https://a.example) x\n",
        f"`[a]({REPLAY}https://a.example)<!--stay:snapshot-->`\n",
    ],
)
def test_strikethrough_without_our_mark_stays(text: str) -> None:
    document = parse(text.encode())
    assert document.marks == ()
    assert rewrite(document, flags={}, style=FlagStyle(), sections={}) == text.encode()


@pytest.mark.parametrize("link", ["**[a](https://a.example)**", "<b><a href='/a'>a</a></b>"])
def test_the_comment_of_a_snapshot_that_a_person_undid_goes_from_behind_markup(link: str) -> None:
    undone = parse(f"- {link}<!--stay:snapshot-->{MARK} b\n".encode())
    assert strip_annotations(undone).raw == f"- {link} b\n".encode()


@pytest.mark.parametrize("comment", ["<!--stay:struck-->", "<!--stay:snapshot-->"])
def test_the_comment_of_a_mark_that_a_person_undid_goes(comment: str) -> None:
    undone = parse(f"- [a](/a){comment}{MARK} b\n".encode())
    assert strip_annotations(undone).raw == b"- [a](/a) b\n"
    edits = LinkEdits(struck=frozenset({0}))
    after = rewrite(undone, flags={0: DEAD}, style=FlagStyle(), sections={}, edits=edits)
    assert after.decode() == f"- ~~[a](/a)~~<!--stay:struck-->{MARK} b\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("[a](/a)SS", "[a](/a)"),
        ("~~[a](/a)~~SSN", "[a](/a)"),
        ("<img src=/a>~~S[b](/b)~~S", "<img src=/a>[b](/b)"),
        ("[a](/a)⚑S", "[a](/a)"),
        ("~~[a](/a)~~⚑S⚑S", "[a](/a)"),
        ("[a](/a)S⚑N⚑", "[a](/a)"),
        ("**[a](/a)**⚑NN", "**[a](/a)**"),
        ("**[a](/a)**NN", "**[a](/a)**"),
        ("[a](/a) (💀<⚑!--stay:dead:2026-11-01-->)", None),
    ],
)
def test_what_a_person_pasted_twice_goes_at_once_or_stays(text: str, after: str | None) -> None:
    before, bare = (
        f"- {one} b\n".replace("S", "<!--stay:struck-->")
        .replace("N", "<!--stay:snapshot-->")
        .replace("⚑", MARK)
        for one in (text, after or text)
    )
    written = rewrite(parse(before.encode()), flags={}, style=FlagStyle(), sections={})
    assert written.decode() == bare
    assert rewrite(parse(written), flags={}, style=FlagStyle(), sections={}) == written


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("- [a](https://a.example/x?y#z) - t.\n", "- [a](@https://a.example/x?y#z)S⚑ - t.\n"),
        ("[a](<https://a.example> 't')\n", "[a](<@https://a.example> 't')S⚑\n"),
        ("**[a](https://a.example)** b\n", "**[a](@https://a.example)**S⚑ b\n"),
        ("<https://a.example>\n", "<@https://a.example>S⚑\n"),
        ("see https://a.example/x.\n", "see @https://a.example/xS⚑.\n"),
        ("www.a.example/b x\n", "@www.a.example/bS⚑ x\n"),
        ("<p><a href=https://a.example>a</a> b\n", "<p><a href=@https://a.example>a</a>S⚑ b\n"),
        ("x <b><a href='https://a.example?a=1&amp;b'>a</a></b>\n",
         "x <b><a href='@https://a.example?a=1&amp;b'>a</a></b>S⚑\n"),
        ("[a][]\n\n[A]: https://a.example 't'\n", "[a][]S⚑\n\n[A]: @https://a.example 't'\n"),
        ("| x |\n|---|\n| [a](https://a.example/\\|b) |\n",
         "| x |\n|---|\n| [a](@https://a.example/\\|b)S⚑ |\n"),
        ("![a](https://a.example)\n", "![a](https://a.example)⚑\n"),
        ("[![a](https://a.example)](/b)\n", "[![a](https://a.example)](/b)⚑\n"),
        ("[![a][r]][r]\n\n[r]: https://a.example\n", "[![a][r]][r]⚑\n\n[r]: https://a.example\n"),
        ("## [a](https://a.example)\n", "## [a](https://a.example)\n"),
    ],
)  # fmt: skip
def test_a_dead_link_points_to_its_snapshot_and_keeps_its_own_url(text: str, after: str) -> None:
    expected = after.replace("@", REPLAY).replace("S", "<!--stay:snapshot-->").replace("⚑", MARK)
    assert led(text, 0) == expected


def test_links_of_one_definition_point_to_a_snapshot_together_or_not_at_all() -> None:
    text = "[a] and [b][a]\n\n[a]: https://a.example\n"
    assert led(text, 0, 1).endswith(f"[a]: {REPLAY}https://a.example\n")
    assert led(text, 0) == text.replace("[a] and", f"[a]{MARK} and")


def test_links_inside_an_html_anchor_do_not_point_to_snapshots() -> None:
    text = '<p>x <a href="https://a.example">[b](https://b.example) c</a> d\n\n'
    assert led(text[3:], 0, 1) == text[3:].replace("</a>", f"</a>{MARK}")


@pytest.mark.parametrize(
    "text",
    [
        f"- [a]({SNAPSHOT}){MARK}<!--stay:snapshot--> x\n",
        f"- [a]({SNAPSHOT}){MARK}{SHIFTED}<!--stay:snapshot-->{MARK} x\n",
        f"- ~~[a](https://a.example/key)~~{MARK}<!--stay:struck--> x\n",
    ],
)
def test_a_mark_is_removed_with_a_flag_that_a_person_pasted_before_it(text: str) -> None:
    document = parse(text.encode())
    assert [occurrence.url for occurrence in document.occurrences] == ["https://a.example/key"]
    assert strip_annotations(document).raw == b"- [a](https://a.example/key) x\n"


def test_a_later_snapshot_does_not_change_the_list() -> None:
    before = led("[a](https://a.example) b\n", 0)
    later = LinkEdits(snapshots={0: SNAPSHOT.replace("2020", "2024")})
    after = rewrite(
        parse(before.encode()), flags={0: DEAD}, style=FlagStyle(), sections={}, edits=later
    )
    assert after.decode() == before


def test_a_url_that_is_not_a_snapshot_is_ignored() -> None:
    edits = LinkEdits(snapshots={0: "https://evil.example/web/20200101/https://a.example"})
    assert edited("[a](/a) b\n", {0: DEAD}, edits) == f"[a](/a){MARK} b\n"


STRUCK_R = "~~[r]~~<!--stay:struck-->"
NEW = "https://new.example/x"


@pytest.mark.parametrize(
    ("text", "url", "after"),
    [
        ("- [http://o.x](http://o.x 't') http://o.x\n", NEW, f"- [http://o.x]({NEW} 't') http://o.x\n"),
        ("[a](http://o.x)\n", f"{NEW}_(y)", f"[a]({NEW}_(y))\n"),
        ("[a](http://o.x)\n", f"{NEW})(", f"[a]({NEW}\\)\\()\n"),
        ("[a](<http://o.x>)\n", f"{NEW})", f"[a](<{NEW})>)\n"),
        ("[a](http://o.x)\n", f"{NEW}?a=1&copy;=2&b#f", f"[a]({NEW}?a=1&amp;copy;=2&amp;b#f)\n"),
        ("[a][r] [r]\n\n[r]: http://o.x\n", NEW, f"[a][r] [r]\n\n[r]: {NEW}\n"),
        ("<http://o.x>\n", f"{NEW}?a&b", f"<{NEW}?a&b>\n"),
        ("(http://o.x).\n", f"{NEW}_(y)", f"({NEW}_(y)).\n"),
        ("www.o.example x\n", NEW, f"{NEW} x\n"),
        ("<a href='http://o.x'>\n", f"{NEW}?it's&b", f"<a href='{NEW}?it&#39;s&amp;b'>\n"),
        ("<p><a href=http://o.x>a</a>\n", f"{NEW}?a=1", f"<p><a href={NEW}?a&#61;1>a</a>\n"),
        ("<img srcset='http://o.x 2x, b.png'>\n", NEW, f"<img srcset='{NEW} 2x, b.png'>\n"),
        ("|a|\n|-|\n|[a](http://o.x) |\n", f"{NEW}|y", f"|a|\n|-|\n|[a]({NEW}&#124;y) |\n"),
        ("### [a](http://o.x)\r\n", NEW, f"### [a]({NEW})\r\n"),
        ("![a](http://o.x)\n", NEW, f"![a]({NEW})\n"),
    ],
)  # fmt: skip
def test_a_moved_link_gets_its_new_url_escaped_for_its_markup(
    text: str, url: str, after: str
) -> None:
    indexes = [
        i
        for i, occurrence in enumerate(parse(text.encode()).occurrences)
        if i == 0 or "[r]" in text
    ]
    assert fixed(text, url, *indexes) == after
    assert parse(after.encode()).occurrences[0].url == url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("[a](http://o.x) b\n", "https://new.example/a b"),
        ("[a](http://o.x) b\n", "https://new.example/\n\n# x"),
        ("[a](http://o.x) b\n", "https://new.example/<!--"),
        ("[a](http://o.x) b\n", "javascript:alert(1)"),
        ("http://o.x b\n", "https://new.example/x."),
        ("http://o.x b\n", "https://new.example/x)"),
        ("http://o.x b\n", "https://new_.example/x"),
        ('<a href="http://o.x">a</a> b\n', 'https://new.example/">'),
        ("<img srcset='http://o.x 2x, b.png'> b\n", "https://new.example/x,"),
    ],
)  # fmt: skip
def test_a_link_whose_new_url_cannot_be_written_safely_is_flagged(text: str, url: str) -> None:
    after = fixed(text, url, 0)
    assert after.replace(SHIFTED, "") == text
    assert after.count(SHIFTED) == 1


def test_a_bare_url_in_a_heading_stays_because_it_is_part_of_the_slug() -> None:
    assert fixed("## http://o.x\n", NEW, 0) == "## http://o.x\n"


def test_links_that_share_a_definition_with_a_kept_one_are_flagged() -> None:
    text = "[a] x\n[b][a] <!-- stay:keep -->\n\n[a]: http://o.x\n"
    assert fixed(text, NEW, 0) == text.replace("[a] x", f"[a]{SHIFTED} x")


def test_one_url_that_cannot_be_written_does_not_stop_the_others() -> None:
    text = "".join(f"- http://o{n}.example\n" for n in range(20))
    urls = {n: f"https://n{n}.example/" + ("." if n == 7 else "") for n in range(20)}
    after = edited(text, dict.fromkeys(urls, MOVED), LinkEdits(urls=urls))
    assert after.count("https://n") == 19
    assert f"- http://o7.example{SHIFTED}\n" in after


def test_code_generated_sections_and_unverified_links_are_not_edited() -> None:
    text = (
        "`[a](http://o.x)` [b](http://o.x\0)\n\n"
        "<!-- stay:begin n -->\n\n[c](http://o.x) [r]\n\n[r]: http://o.x\n\n"
        "<!-- stay:end n -->\n\n[r]\n"
    )
    everything = range(len(parse(text.encode()).occurrences))
    for after in (struck(text, 0, 1, 2), led(text, *everything), fixed(text, NEW, *everything)):
        assert (
            after.replace(SHIFTED, "").replace(MARK, "").replace("~~[r]~~<!--stay:struck-->", "[r]")
            == text
        )


def test_a_link_with_a_new_url_has_no_flag_and_its_old_flag_is_removed() -> None:
    assert fixed(f"[a](http://o.x){SHIFTED} b\n", NEW, 0) == f"[a]({NEW}) b\n"


def test_a_link_to_a_snapshot_is_restored_before_it_gets_a_new_url() -> None:
    before = led("[a](https://a.example) b\n", 0)
    assert fixed(before, NEW, 0) == f"[a]({NEW}) b\n"
