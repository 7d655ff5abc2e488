"""What is an address, what is not, and what was probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.web.address import (
    Address,
    UnusableUrl,
    UrlProblem,
    extend,
    host_of,
    join,
    parse,
    parse_any,
    parse_common,
    path_of,
)

PARTS = (
    *(
        "http://",
        "https://",
        "http",
        ":",
        "/",
        "//",
        "a",
        "b-",
        "-c",
        ".",
        "..",
        "xn--a",
        "1",
        "_x",
    ),
    *("1.1", "0x7f", "%7E", "|", "\\", "\n", " ", "\U0001f4a9", "[", "{", "'"),
    *("#", "#f", "?q=1", "%20", "~", "@", "www.", "example.org", "x" * 64, ".com", "A", "\u00e9"),
    *("127.0.0.1", "[::1]", ":80", ":443", ":59999", ":60000", ":0", ":080", "./", "../"),
)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org", "https://example.org/"),
        ("HTTPS://Example.ORG:443/A?b=C#d", "https://example.org/A?b=C"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:8080/x", "http://example.org:8080/x"),
        ("https://example.org/a%7Eb", "https://example.org/a%7Eb"),
        ("https://example.org/ä/ü?ö", "https://example.org/%C3%A4/%C3%BC?%C3%B6"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("https://example.org/100%", "https://example.org/100%"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org./x", "https://example.org/x"),
        ("http://[2001:db8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("https://example.org/a?", "https://example.org/a?"),
        ("https://example.org?q=1", "https://example.org/?q=1"),
        ("https://my_host.example.org/", "https://my_host.example.org/"),
        ("https://example.org/x|y", "https://example.org/x|y"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://\uff41bc.example/", "https://abc.example/"),
        ("https://example.org/x?#part", "https://example.org/x?"),
        ("https://example.org/x#a?b", "https://example.org/x"),
        ("https://example.org/x#a?b#c", "https://example.org/x"),
        ("https://example.org/%e4%fc", "https://example.org/%e4%fc"),
        # what is percent-encoded: one set for the path, one for the query
        ("https://example.org/a b", "https://example.org/a%20b"),
        ('https://example.org/"<>^`{}', "https://example.org/%22%3C%3E%5E%60%7B%7D"),
        ("https://example.org/[x]'(y)|", "https://example.org/[x]'(y)|"),
        ("https://example.org/?a b'\"<>", "https://example.org/?a%20b%27%22%3C%3E"),
        ("https://example.org/?`{|}^[]%", "https://example.org/?`{|}^[]%"),
        ("https://example.org/\x01\x7f\xa0", "https://example.org/%01%7F%C2%A0"),
        # blanks, tabs and line breaks
        (" \x0c https://example.org/x \n", "https://example.org/x"),
        ("https://example.org/long-\n  name", "https://example.org/long-%20%20name"),
        ("ht\ttps://exa\r\nmple.org/x", "https://example.org/x"),
        # slashes and dot segments
        ("https:///example.org", "https://example.org/"),
        ("https:////example.org/x", "https://example.org/x"),
        ("https:\\\\example.org\\a\\b?c\\d", "https://example.org/a/b?c\\d"),
        ("http://exam\\ple.org/", "http://exam/ple.org/"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/a/%2e/b/%2E%2e/c", "https://example.org/a/c"),
        ("https://example.org/..//../x/..", "https://example.org/"),
        ("https://example.org//a//", "https://example.org//a//"),
        # hosts: UTS 46, non-transitional, without STD3
        ("https://💩.example/", "https://xn--ls8h.example/"),
        ("https://xn--ls8h.example/a", "https://xn--ls8h.example/a"),
        ("https://my_shop.bücher.example/", "https://my_shop.xn--bcher-kva.example/"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("http://-bad-.example/", "http://-bad-.example/"),
        ("https://r3---sn-x.example/", "https://r3---sn-x.example/"),
        ("https://e\u0301.example/", "https://xn--9ca.example/"),
        ("https://a\u3002example/", "https://a.example/"),
        ("https://a\u00adb.example/", "https://ab.example/"),
        ("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"),
        # IP addresses and ports
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://0x7f.1:80/", "http://127.0.0.1/"),
        ("http://017700000001/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[2001:DB8:0:0::0:1]/", "http://[2001:db8::1]/"),
        ("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
        ("http://example.org:0080/", "http://example.org/"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("https://example.org:/", "https://example.org/"),
        ("https://@example.org/", "https://example.org/"),
    ],
)
def test_a_url_is_read_as_a_browser_reads_it(text: str, url: str) -> None:
    address = parse(text)
    assert isinstance(address, Address)
    assert address.url == url
    assert parse(address.url) == Address(
        address.scheme, address.host, address.port, address.target, ""
    )


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("hhttps://github.com/hpcaitech/ColossalAI", "https://github.com/hpcaitech/ColossalAI"),
        ("http:/example.org/x", "http://example.org/x"),
        ("https:/example.org", "https://example.org"),
        ("ttps://example.org", "https://example.org"),
        ("https:://example.org", "https://example.org"),
        ("htttp://example.org", "http://example.org"),
        ("https://https://example.org/a", "https://example.org/a"),
        ("https://http//example.org/a", "http://example.org/a"),
        ("//example.org/x", "https://example.org/x"),
        ("www.example.org/x", "https://www.example.org/x"),
        ("http://[::1", None),
        ("http://example.org:99999/", None),
        ("http://example.org:0/", None),
        ("http://exa mple.org/", None),
        ("http://..", None),
        ("http://a..example/", None),
        ("http://256.1.1.1/", None),
        ("http://1.2.3.4.5/", None),
        ("http://x.0x7f/", None),
        ("http://a%00b.example/", None),
        ("http://a%2fb.example/", None),
        ("http://a[b.example/", None),
        ("https://{host}/x", None),
        ("https://*.example.org/", None),
        ("http://" + "x" * 64 + ".example/", None),
        ("http://" + "x." * 127 + "example/", None),
        ("http://\ud800.example/", None),
    ],
)
def test_a_malformed_url_gets_a_suggestion(text: str, likely: str | None) -> None:
    found = parse(text)
    assert isinstance(found, UnusableUrl)
    assert (found.problem, found.suggestion) == (UrlProblem.MALFORMED, likely)
    assert found.reason


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("javascript:alert(1)", UrlProblem.REFUSED),
        ("data:text/html,x", UrlProblem.REFUSED),
        ("file:///etc/passwd", UrlProblem.REFUSED),
        ("https://user:secret@example.org/", UrlProblem.REFUSED),
        ("https://user@example.org/", UrlProblem.REFUSED),
        ("mailto:a@example.org", UrlProblem.NOT_WEB),
        ("ftp://example.org/x", UrlProblem.NOT_WEB),
        ("#section", UrlProblem.NOT_WEB),
        ("docs/guide.md", UrlProblem.NOT_WEB),
        ("", UrlProblem.NOT_WEB),
    ],
)
def test_why_a_url_is_not_requested(text: str, fault: UrlProblem) -> None:
    found = parse(text)
    assert isinstance(found, UnusableUrl)
    assert found.problem is fault


@pytest.mark.parametrize(
    ("text", "fault", "why"),
    [
        (
            "https://a!.test/",
            UrlProblem.MALFORMED,
            "its host cannot exist ('a!.test' is not a host name)",
        ),
        ("https:/x", UrlProblem.MALFORMED, "it names no host"),
        ("https:x", UrlProblem.MALFORMED, "it names no host"),
        ("https://a b.test/", UrlProblem.MALFORMED, "its host or port cannot be read"),
        ("https://:80/", UrlProblem.MALFORMED, "its host or port cannot be read"),
        ("https://a.test:0/", UrlProblem.MALFORMED, "port 0 is not a port"),
        ("https://me@a.test/", UrlProblem.REFUSED, "it carries a user name or a password"),
        ("https://:word@a.test/", UrlProblem.REFUSED, "it carries a user name or a password"),
        ("//a.test/x", UrlProblem.MALFORMED, "it has no scheme"),
        ("www.a.test/x", UrlProblem.MALFORMED, "it has no scheme"),
        ("#part", UrlProblem.NOT_WEB, "it is not a web address"),
        ("javascript:x", UrlProblem.REFUSED, "javascript: addresses are never followed"),
        ("data:x", UrlProblem.REFUSED, "data: addresses are never followed"),
        ("file:x", UrlProblem.REFUSED, "file: addresses are never followed"),
        ("vbscript:x", UrlProblem.REFUSED, "vbscript: addresses are never followed"),
        ("blob:x", UrlProblem.REFUSED, "blob: addresses are never followed"),
        ("mailto:me@a.test", UrlProblem.NOT_WEB, "mailto: addresses are not checked"),
        ("hhttps://a.test/", UrlProblem.MALFORMED, "hhttps: is not a scheme"),
    ],
)
def test_the_reason_why_a_url_is_not_requested(text: str, fault: UrlProblem, why: str) -> None:
    found = parse(text)
    assert isinstance(found, UnusableUrl)
    assert (found.problem, found.reason) == (fault, why)


@given(
    st.sampled_from(("", "https://a.example", "http://a.example/")),
    st.lists(st.sampled_from(PARTS)),
)
def test_parse_common_agrees_with_parse_any(begin: str, rest: list[str]) -> None:
    text = begin + "".join(rest)
    assert parse_common(text) in (None, parse_any(text))


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/owner/repo.js",
        "http://a-b.example",
        "https://arxiv.org/abs/2610.99200#S1",
        "https://a.example/~me/",
        "https://a.example:443",
    ],
)
def test_parse_common_takes_most_urls(text: str) -> None:
    assert parse_common(text) == parse_any(text)


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("https://Example.org:8443/a/b.pdf?c=/d#e", "example.org", "/a/b.pdf"),
        ("http://[::1]", "::1", "/"),
        ("http://[::1", "", ""),
        ("mailto:me@example.org", "", ""),
    ],
)
def test_host_and_path_are_empty_without_an_http_url(text: str, host: str, path: str) -> None:
    assert (host_of(text), path_of(text)) == (host, path)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/new page", "https://a.example/new%20page"),
        ("/files\\report", "https://a.example/files/report"),
        ("\\\\b.example\\x", "https://b.example/x"),
        ("//b.example", "https://b.example/"),
        ("/\\b.example", "https://b.example/"),
        ("?", "https://a.example/x/y?"),
        ("", "https://a.example/x/y?q"),
        ("#f", "https://a.example/x/y?q"),
        ("../z", "https://a.example/z"),
        ("https:z", "https://a.example/x/z"),
        ("https:/z", "https://a.example/z"),
        ("http:/b.example/z", "http://b.example/z"),
        ("http:///b.example/z", "http://b.example/z"),
        ("  z\t\n", "https://a.example/x/z"),
        ("%7Ez|", "https://a.example/x/%7Ez|"),
    ],
)
def test_a_reference_is_resolved_as_a_browser_resolves_it(reference: str, url: str) -> None:
    base = parse("https://a.example/x/y?q#part")
    assert isinstance(base, Address)
    address = join(base, reference)
    assert isinstance(address, Address)
    assert address.url == url


@pytest.mark.parametrize(
    "reference", ["http://", "https://[::1", "javascript:x", "//a:99999", "\ud800"]
)
def test_a_reference_to_nothing_is_unusable(reference: str) -> None:
    base = parse("https://a.example/")
    assert isinstance(base, Address)
    assert isinstance(join(base, reference), UnusableUrl)


@pytest.mark.parametrize(
    ("url", "path", "query", "expected"),
    [
        ("https://a.test/trending", "", "", "https://a.test/trending"),
        ("https://a.test/trending/", "c%23", "", "https://a.test/trending/c%23"),
        ("https://a.test/t?lang=zh", "python", "", "https://a.test/t/python?lang=zh"),
        ("https://a.test/t/?lang=zh#top", "python", "", "https://a.test/t/python?lang=zh"),
        ("https://a.test/api", "", "q=a+b:c&n=1", "https://a.test/api?q=a+b:c&n=1"),
        ("https://a.test/api?n=9", "x", "q=a&n=1", "https://a.test/api/x?n=9&q=a"),
        ("https://a.test", "x", "q=a", "https://a.test/x?q=a"),
    ],
)
def test_a_url_is_extended_before_its_query(url: str, path: str, query: str, expected: str) -> None:
    assert extend(url, path, query) == expected
