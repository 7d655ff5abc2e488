"""What is wrong with a list is found, with its position and a suggestion."""

from pathlib import Path

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.escaping import find_mojibake, fix_mojibake
from staycurrent.curated.lint import Finding, FindingKind, lint_document, miswritten_comments
from tests.support.documents import SHARED, SHARED_LISTS

SEEDS = SHARED / "seeds"


def found(text: str) -> list[tuple[str, int, str | None]]:
    return [
        (each.kind.value, each.line, each.suggestion)
        for each in lint_document(parse(text.encode()))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](#fundamental)\n\n# Fundamentals\n", [("broken_anchor", 1, "#fundamentals")]),
        ("[a](#xyz)\n\n# Fundamentals\n", [("broken_anchor", 1, None)]),
        (
            (
                "[a](#Birds) [b](#birds-) [c](#) [d](#top) [e](#%C3%BC) [f](#x)\n\n"
                "# Birds\n# Ü\n\n<a id=x>\n"
            ),
            [],
        ),
        ("[a](hhttps://a.example)\n", [("malformed", 1, "https://a.example")]),
        ("[a]()\n", [("empty", 1, None)]),
        ("x\nhttps://a.example/x，中文\n", [("runs_on", 2, "https://a.example/x")]),
        ("[a](https://a.example)\n\n[a](https://www.a.example/)\n", [("duplicate", 3, None)]),
        ("[a](https://a.example)\n\n[b](https://a.example)\n", [("two_names", 3, None)]),
        (
            (
                "[ab](https://a.example/a/ab) <https://a.example/a/ab>\n\n"
                "<https://www.a.example/a/ab/>\n\n[a/ab](https://a.example/a/ab)\n\n"
                "[AB](https://a.example/a/ab)\n\n[b](https://a.example/a/ab)\n"
            ),
            [("duplicate", line, None) for line in (3, 5, 7)] + [("two_names", 9, None)],
        ),
        (
            "<https://a.example>\n\n[a](https://a.example)\n\n[b](https://a.example)\n",
            [("duplicate", 3, None), ("two_names", 5, None)],
        ),
        ("[a](https://a.example) [b](https://a.example) ![c](https://a.example)\n", []),
        ("".join(f'- <img alt="{alt}" src="https://a.example/x">\n' for alt in "aab"), []),
        (
            "x\n\nğŸ”— caf\u00e9 “quoted” â€¦\n",
            [("damaged_text", 3, "🔗"), ("damaged_text", 3, "…")],
        ),
        ("<div>\n[a](https://a.example)\n</div>\n", [("swallowed", 2, None)]),
        ("<!--\n[a](https://a.example)\n-->\n", []),
        ("a\n\n```sh\n[a](https://a.example)\n", [("unclosed_fence", 3, None)]),
        ("a\n\n````sh\n```\n", [("unclosed_fence", 3, None)]),
        ("a\n\n```sh\nx\n```\n\n~~~\n\n~~~", []),
        (
            "- [a](https://a.example/x\n",
            [("unclosed_bracket", 1, "(https://a.example/x)")],
        ),
        (
            "x [a](https://a.example/x y z) b\n",
            [("unclosed_bracket", 1, "https://a.example/x%20y%20z")],
        ),
        ("| [a](https://a.example |\n|--|\n", [("unclosed_bracket", 1, "(https://a.example)")]),
        ("[see https://a.example/x.\n", [("unlinked", 1, "<https://a.example/x>")]),
        ("[https://a.example/x]\n", [("unlinked", 1, "<https://a.example/x>")]),
        ("[a](https://a.example)z [b](https://b.example)\n", [("stray_text", 1, None)]),
        ("[a](https://a.example)s, [b](https://b.example)x-ray [c](https://c.example)中\n", []),
        ("[a](http://a.example/#x)\n", [("plain_http", 1, None)]),
        ("[a](http://[::1)\n", [("malformed", 1, None)]),
        ("# A \n\n## B ##\n", [("trailing_blank", 1, None)]),
        (
            (
                "`[a](https://a.example` \\[a\\](https://b.example) <https://c.example> "
                "https://d.example, [https://e.example](https://e.example/x) "
                "<!-- [a](https://f -->\n"
            ),
            [],
        ),
        ("[a][b] [c] [d][] [ ][x] a[^1]\n", [("undefined_reference", 1, None)] * 3),
        ("a[i][j] f(x)[0][] see [1][2] or [a-z][0-9] x[1][n][m]\n", []),
        ("[a](#readme) [b](#start-of-content) [c](#user-content-readme)\n", []),
        ('<a href=" https://x.example/x ">x</a> <a href="\n#readme ">x</a>\n', []),
        (
            '<a href="https://x.example/long-\n  name.html">x</a> [y](<https://x.example/a b>)\n',
            [],
        ),
        ("[a]\n\n[a]: /a\n[b]: /b\n[//]: # (a comment)\n", [("unused_reference", 4, None)]),
        ("[a](#no) <!-- stay:keep -->\n\n[b]() <!-- mlc-disable-line -->\n", []),
        ("<!-- stay:begin n -->\n\n[a](#no) [b]()\n\n<!-- stay:end n -->\n", []),
    ],
)
def test_each_kind_of_finding_has_its_position(
    text: str, expected: list[tuple[str, int, str | None]]
) -> None:
    assert found(text) == expected


NO_EFFECT = "has no effect: "
NOT_OURS = "has no effect and is not taken out: no flag or mark is written like this"


@pytest.mark.parametrize(
    ("comment", "message", "suggestion"),
    [
        ("stay:igonre", f"{NO_EFFECT}`stay:igonre` is unknown", "stay:ignore"),
        (
            "stay:ignore-next-line",
            f"{NO_EFFECT}`stay:ignore-next-line` is unknown; it is for the links of its own line",
            "stay:ignore",
        ),
        (
            "stay:kep until=2027-01-01",
            f"{NO_EFFECT}`stay:kep` is unknown",
            "stay:keep until=2027-01-01",
        ),
        ("stay:ignore-begin", f"{NO_EFFECT}`stay:ignore-begin` is unknown", "stay:ignore-start"),
        ("stay:beginn new", f"{NO_EFFECT}`stay:beginn` is unknown", "stay:begin new"),
        ("stay:keep=dead", f"{NO_EFFECT}`stay:keep=dead` is unknown", "stay:keep"),
        ("stay :keep why", f"{NO_EFFECT}it does not begin with `stay:`", "stay:keep why"),
        ("stay-ignore", f"{NO_EFFECT}it does not begin with `stay:`", "stay:ignore"),
        ("staycurrent:keep", f"{NO_EFFECT}it does not begin with `stay:`", "stay:keep"),
        (
            "stay:whatever",
            f"{NO_EFFECT}`stay:whatever` is unknown, but keep, ignore, ignore-start",
            None,
        ),
        (
            "stay:keep until=2026-02-30",
            "applies without an end: until=2026-02-30 is not a date",
            None,
        ),
        ("stay:ignore-start", "applies to the rest of the list: no <!-- stay:ignore-end -->", None),
        ("stay:ignore-end", f"{NO_EFFECT}no block begins before it", None),
        ("stay:begin", f"{NO_EFFECT}a marker is written like <!-- stay:begin NAME", None),
        ("stay: end new", f"{NO_EFFECT}a marker is written like <!-- stay:end NAME", None),
        ("stay:end new", "stops every run: section 'new' has a marker on line 3 within a", None),
        (
            "stay:ignore-line",
            f"{NO_EFFECT}`stay:ignore-line` is unknown; it is for the links of its own line",
            "stay:ignore",
        ),
        ("stay: igonre", f"{NO_EFFECT}`stay:igonre` is unknown", "stay:ignore"),
        ("stay:dead:2026-11-01", NOT_OURS, None),
        ("stay:buried:2026-11-01", NOT_OURS, None),
        ("stay:struck", NOT_OURS, None),
    ],
)
def test_a_miswritten_comment_is_named_with_what_to_write(
    comment: str, message: str, suggestion: str | None
) -> None:
    (found,) = miswritten_comments(parse(f"x\n\n- [a](/a) <!-- {comment} --> b\n".encode()))
    assert (found.line, found.column, found.text) == (3, 11, f"<!-- {comment} -->")
    assert found.message.startswith(message)
    assert found.suggestion == (f"<!-- {suggestion} -->" if suggestion else None)


@pytest.mark.parametrize("ours", [" (💀<!--stay:dead:2026-11-01-->)", "<!--stay:struck-->"])
def test_a_flag_or_mark_that_cannot_be_taken_out_is_named(ours: str) -> None:
    text = f"- [b](/b){ours}\n- [x]{ours}(https://a.example/x)\n\n[x]: /x\n"
    (found,) = miswritten_comments(parse(text.encode()))
    column = 6 + ours.count(" ")
    assert (found.line, found.column, found.text) == (2, column, ours.strip())
    assert found.message.startswith("stays: ")


@pytest.mark.parametrize(
    "text",
    [
        "[a](/a) <!-- stay:keep --> <!-- stay tuned: more to come --><!-- staying: here -->\n",
        "<!-- stay: tuned --> <!-- Stay: new entries go below --> <!-- staycurrent: see docs -->\n",
        "<!-- stay:ignore-start -->\n[a](/a)\n\n<!-- stay:ignore-end -->\n",
        "<!-- mlc-disable -->\n[a](/a)\n",
        "- ~~[a](/a)~~<!--stay:struck--> (💀<!--stay:dead:2026-11-01-->) b\n",
        "`<!-- stay:igonre -->`\n\n```\n<!-- stay:igonre -->\n```\n",
        "<!--\n- [a](/a) (💀<!--stay:dead:2026-11-01-->)\n-->\n",
        "<!-- stay:begin n -->\n\n[a](/a) <!-- stay:igonre -->\n\n<!-- stay:end n -->\n",
    ],
)
def test_other_comments_are_not_miswritten(text: str) -> None:
    assert miswritten_comments(parse(text.encode())) == ()


def test_a_list_above_512_kb_is_too_large() -> None:
    text = "a line of some length\n" * 30000
    assert found(text) == [("too_large", 23832, None)]


class NearbyFiles:
    """The files next to a list, each with its fragment targets."""

    def __init__(self, **files: frozenset[str] | None) -> None:
        self.files = {name.replace("_", "."): targets for name, targets in files.items()}
        self.requested: list[str] = []

    def exists(self, path: str) -> bool:
        self.requested.append(path)
        return path in self.files

    def targets(self, path: str) -> frozenset[str] | None:
        return self.files[path]


@pytest.mark.parametrize(
    "url",
    [
        *("c.md?plain=1#L1", "c.md#L1-L20", "c.md?plain=1#L1C2-L3C4", "c.md#readme", "c.md?x#top"),
        *("?plain=1#L1", "#readme-ov-file", "c.md#MIT-1-ov-file", "#gh-dark-mode-only"),
        *("c.md#:~:text=some,words", "#:~:text=words", "c.md#other:~:text=x"),
    ],
)
def test_a_fragment_of_github_s_own_is_no_broken_anchor(url: str) -> None:
    files = NearbyFiles(c_md=frozenset({"other"}))
    assert lint_document(parse(f"[a]({url})\n".encode()), files) == ()


def test_blanks_around_a_url_do_not_make_it_relative() -> None:
    document = parse(b'<a href=" https://x.example/x ">x</a> <a href=" c.md ">c</a>\n')
    files = NearbyFiles(c_md=None)
    assert lint_document(document, files) == ()
    assert files.requested == ["c.md"]


def test_relative_links_are_checked_only_with_access_to_files() -> None:
    document = parse(
        b"[a](docs/a%20b.md#x) [b](c.md?raw) [c](https://d.example) [d](#) [e](/f) [g](www.a.b)\n"
    )
    files = NearbyFiles(c_md=None)
    found_ones = lint_document(document, files)
    assert files.requested == ["docs/a b.md", "c.md", "/f"]
    missing = [each.message for each in found_ones if each.kind is FindingKind.MISSING_FILE]
    assert [each.partition(" ")[0] for each in missing] == ["docs/a%20b.md#x", "/f"]
    assert FindingKind.MISSING_FILE not in [each.kind for each in lint_document(document)]


def test_a_fragment_of_another_file_is_checked_if_the_file_can_be_read() -> None:
    text = "[a](c.md#birds) [b](c.md#BIRDS) [c](c.md#bird) [d](c.md#top) [e](d.txt#no)\n"
    files = NearbyFiles(c_md=frozenset({"birds"}), d_txt=None)
    (broken,) = lint_document(parse(text.encode()), files)
    assert (broken.kind, broken.column) == (FindingKind.BROKEN_ANCHOR, 33)
    assert broken.suggestion == "c.md#birds"


@pytest.mark.parametrize(
    ("damaged", "meant"),
    [
        ("ğŸ“š Books", "📚 Books"),
        ("ğŸ‘¨â€ğŸ’»", "👨\u200d💻"),
        ("Ã¼ber", "über"),
        ("naïve café “x” – ½ ÄÖ", "naïve café “x” – ½ ÄÖ"),
        ("中文 📚 ascii", "中文 📚 ascii"),
        ("ğŸ”", "ğŸ”"),
    ],
)
def test_mojibake_is_fixed_completely_or_not_at_all(damaged: str, meant: str) -> None:
    assert fix_mojibake(damaged) == meant


@pytest.mark.shared
@pytest.mark.parametrize("path", SHARED_LISTS, ids=lambda path: path.name)
def test_no_shared_list_contains_mojibake(path: Path) -> None:
    text = path.read_text("utf-8")
    assert list(find_mojibake(text.encode())) == []
    assert fix_mojibake(text) == text


@pytest.mark.shared
@pytest.mark.skipif(not SEEDS.exists(), reason="../shared is absent")
def test_every_known_anomaly_of_the_seed_documents_is_found() -> None:
    def of(name: str) -> list[Finding]:
        return list(lint_document(parse((SEEDS / name).read_bytes())))

    first, second = of("llm-for-practitioners.md"), of("llm-powerhouse.md")
    assert [(str(each.kind), each.line, each.suggestion) for each in first] == [
        ("broken_anchor", 11, "#fundamentals"),
        ("plain_http", 26, None),
        ("trailing_blank", 170, None),
    ]
    kinds = [each.kind for each in second]
    assert kinds.count(FindingKind.DAMAGED_TEXT) == 68
    others = [
        (str(each.kind), each.line, each.suggestion)
        for each in second
        if each.kind is not FindingKind.DAMAGED_TEXT
    ]
    assert others == [
        ("two_names", 42, None),
        ("two_names", 44, None),
        ("two_names", 45, None),
        ("two_names", 49, None),
        ("malformed", 67, "https://github.com/hpcaitech/ColossalAI"),
        ("trailing_blank", 110, None),
        ("stray_text", 121, None),
    ]


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("[a](#xyz)\n", "#xyz"),
        ("[Title]()\n", "Title"),
        ("[a](https://a.example)\n\n[b](https://a.example)\n", "https://a.example"),
        ("x â€¦\n", "â€¦"),
        ("<div>\n[a](https://a.example)\n</div>\n", "](https://a.example)"),
        ("```sh\n[a](https://a.example)\n", "```sh"),
        ("- [a](https://a.example/x\n", "https://a.example/x"),
        ("a [b][c]\n", "c"),
        ("[c]: https://a.example\n", "c"),
        ("# A heading \n", "A heading"),
    ],
)
def test_the_subject_of_a_finding_does_not_depend_on_its_line(text: str, subject: str) -> None:
    for before in ("", "One.\n\nTwo.\n\n"):
        (finding,) = lint_document(parse((before + text).encode()))
        assert finding.subject == subject
