"""In which charset a page is read: as browsers read it, and never by a codec that is none."""

import pytest

from staycurrent.web.charset import page_codec
from staycurrent.web.response import Response

URL = "https://site.test/a"
RUSSIAN, CHINESE, JAPANESE = "Страница не найдена", "不存在", "見つかりません"


def text_of(body: bytes, content_type: str) -> str:
    headers = {"content-type": content_type}
    return Response(URL, URL, (), 0.1, status=200, headers=headers, body=body).text


@pytest.mark.parametrize(
    ("text", "codec", "header", "meta"),
    [
        (RUSSIAN, "utf-8", "text/html", ""),
        (RUSSIAN, "utf-8", "text/html; charset=nonsense", ""),
        (RUSSIAN, "cp1251", "text/html; charset=windows-1251", ""),
        (RUSSIAN, "cp1251", "text/html", "<meta charset=windows-1251>"),
        (RUSSIAN, "cp1251", 'text/html;charset="Windows-1251"; q=1', '<meta charset="utf-8">'),
        (RUSSIAN, "koi8-r", "text/html; charset=koi8-r", "<meta charset=utf-8>"),
        (
            CHINESE,
            "gb18030",
            "text/html",
            '<meta http-equiv=x content="text/html; charset=gb2312">',
        ),
        (CHINESE, "gbk", "text/html", "<META CHARSET='GBK'>"),
        (CHINESE, "big5hkscs", "text/html", "<meta charset=big5>"),
        (CHINESE, "utf-8", "text/html", "<meta charset=utf-16>"),
        (JAPANESE, "shift_jis", "text/html", '<meta name=a><meta charset="x-sjis">'),
        (JAPANESE, "euc_jp", "text/html", "<meta charset=euc-jp>"),
        (JAPANESE, "utf-16", "text/html", "<meta charset=utf-8>"),
        ("\ufeff" + JAPANESE, "utf-8", "text/html; charset=shift_jis", ""),
        ("“quoted”", "cp1252", "text/html; charset=iso-8859-1", ""),
    ],
)
def test_a_page_is_read_in_its_charset(text: str, codec: str, header: str, meta: str) -> None:
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    page = f"{mark}<!doctype html><html><head>{meta}<title>{text.removeprefix(mark)}</title>"

    assert page == text_of(page.encode(codec), header)


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode-escape", "base64", "undefined", "x"])
def test_a_codec_that_is_no_charset_is_utf_8(name: str) -> None:
    body = f"<meta charset={name}>".encode()

    assert page_codec(b"", f"text/html; charset={name}") == "utf-8"
    assert page_codec(body, "text/html") == "utf-8"


def test_a_charset_that_is_named_late_is_not_seen() -> None:
    late = b"<!doctype html>" + b" " * 1_024 + b"<meta charset=gbk>"

    assert page_codec(late, "text/html") == "utf-8"
