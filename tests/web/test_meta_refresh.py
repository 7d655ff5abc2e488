"""Targets of meta refresh and of the Refresh header."""

import pytest

from staycurrent.web.response import refresh_target


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
    assert refresh_target({"content-type": "text/html"}, meta(content)) == to


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
    assert refresh_target({"content-type": "text/html"}, body) == to


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8"])
def test_a_target_is_read_in_the_charset_of_its_page(charset: str) -> None:
    page = f"<meta charset={charset}><meta http-equiv=refresh content='0;url=/página'>"
    assert refresh_target({}, page.encode(charset)) == "/página"


def test_the_header_counts_for_every_type_and_before_the_element() -> None:
    assert refresh_target({"refresh": "0; url=/b", "content-type": "text/plain"}, b"") == "/b"
    assert refresh_target({"refresh": "9; url=/b"}, meta("0; url=/a")) is None
    assert refresh_target({"content-type": "application/json"}, meta("0; url=/a")) is None
    assert refresh_target({}, meta("0; url=/a")) == "/a"


@pytest.mark.parametrize("piece", [b"<!--", b"<meta ", b"<script>", b"<meta http-equiv=refresh "])
def test_hostile_pages_have_no_target(piece: bytes) -> None:
    # A search that backtracks would run into the time limit of the tests.
    assert refresh_target({"content-type": "text/html"}, piece * 20_000) is None
    assert refresh_target({"refresh": "0" + " " * 60_000 + "\n"}, b"") is None
