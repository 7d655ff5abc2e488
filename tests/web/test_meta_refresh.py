"""Targets of meta refresh and of the Refresh header."""

import pytest

from staycurrent.web.response import refresh_target

PAGE = "https://x.test/folder/page"


def meta(content: str) -> bytes:
    return f'<!doctype html><head><meta http-equiv="refresh" content="{content}"></head>'.encode()


@pytest.mark.parametrize(
    ("content", "to"),
    [
        ("0; url=/new", "/new"),
        ("0;URL='/new'", "/new"),
        ("0, url=/new", "/new"),
        ("0 /new", "/new"),
        ("0;/new", "/new"),
        ("5; url=/new", "/new"),
        ("5.9; url=/new", "/new"),
        ("6; url=/new", None),
        ("600; url=/new", None),
        ("0", None),
        ("0;", None),
        ("0; url=", None),
        ("; url=/new", None),
        ("now; url=/new", None),
        ("0; url=/a?b=1&amp;c=2", "/a?b=1&c=2"),
        ("0; url=&quot;/new&quot; trailing", "/new"),
        ("0; url = https://x.test/a b", "https://x.test/a b"),
    ],
)
def test_the_target_of_a_meta_refresh(content: str, to: str | None) -> None:
    assert refresh_target(PAGE, {"content-type": "text/html"}, meta(content)) == to


@pytest.mark.parametrize(
    ("body", "to"),
    [
        (b"<META content='0;url=/a' HTTP-EQUIV=Refresh>", "/a"),
        (b"<meta http-equiv=refresh content=0;url=/a>", "/a"),
        (b"<meta charset=utf-8><meta http-equiv=refresh content='0;url=/a'>", "/a"),
        (b"<meta http-equiv=refresh><meta http-equiv=refresh content='0;url=/a'>", "/a"),
        (b"<!-- <meta http-equiv=refresh content='0;url=/a'> -->", None),
        (b"<noscript><meta http-equiv=refresh content='0;url=/a'></noscript>", None),
        (b"<script>'<meta http-equiv=refresh content=0;url=/a>'</script>", None),
        (b"<title><meta http-equiv=refresh content=0;url=/a></title>", None),
        (b"<script></SCRIPT><meta http-equiv=refresh content='0;url=/a'>", "/a"),
        (b"<!-- never ends <meta http-equiv=refresh content='0;url=/a'>", None),
        (b"<meta name=refresh content='0;url=/a'>", None),
        (b"<meta data-x=http-equiv content='0;url=/a'>", None),
        (b"x" * 16_384 + b"<meta http-equiv=refresh content='0;url=/a'>", None),
        (b"", None),
    ],
)
def test_which_meta_elements_count(body: bytes, to: str | None) -> None:
    assert refresh_target(PAGE, {"content-type": "text/html"}, body) == to


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8"])
def test_a_target_is_read_in_the_charset_of_its_page(charset: str) -> None:
    page = f"<meta charset={charset}><meta http-equiv=refresh content='0;url=/página'>"
    assert refresh_target(PAGE, {}, page.encode(charset)) == "/página"


@pytest.mark.parametrize(
    ("base", "to"),
    [
        ("<base href=/docs/>", "https://x.test/docs/new"),
        ("<BASE target=_top HREF='../docs/v2/'>", "https://x.test/docs/v2/new"),
        ("<base href=//cdn.test/a&amp;b/>", "https://cdn.test/a&b/new"),
        ("<base target=_top><base href=/docs/><base href=/other/>", "https://x.test/docs/new"),
        ("<base data-href=/docs/>", "new"),
        ("<base href=javascript:x()>", "new"),
        ("<base href='https://['>", "new"),
        ("<!-- <base href=/docs/> -->", "new"),
    ],
)
def test_a_target_is_relative_to_the_base_before_it(base: str, to: str) -> None:
    refresh = "<meta http-equiv=refresh content='0;url=new'>"
    assert refresh_target(PAGE, {}, f"<html>{base}{refresh}".encode()) == to
    assert refresh_target(PAGE, {}, f"<html>{refresh}{base}".encode()) == "new"
    assert refresh_target(PAGE, {"refresh": "0; url=new"}, base.encode()) == "new"


def test_the_header_counts_for_every_type_and_before_the_element() -> None:
    assert refresh_target(PAGE, {"refresh": "0; url=/b", "content-type": "text/plain"}, b"") == "/b"
    assert refresh_target(PAGE, {"refresh": "9; url=/b"}, meta("0; url=/a")) is None
    assert refresh_target(PAGE, {"content-type": "application/json"}, meta("0; url=/a")) is None
    assert refresh_target(PAGE, {}, meta("0; url=/a")) == "/a"


@pytest.mark.parametrize("piece", [b"<!--", b"<meta ", b"<script>", b"<meta http-equiv=refresh "])
def test_hostile_pages_have_no_target(piece: bytes) -> None:
    # A search that backtracks would run into the time limit of the tests.
    assert refresh_target(PAGE, {"content-type": "text/html"}, piece * 20_000) is None
    assert refresh_target(PAGE, {"refresh": "0" + " " * 60_000 + "\n"}, b"") is None
