"""Nothing is proposed that the link checker would refuse, or that imitates another site."""

import pytest

from staycurrent.sources.item import PullResult, SourceState, item_at
from staycurrent.sources.validation import refusal, without_refused
from staycurrent.web.settings import WebSettings

SETTINGS = WebSettings()
REFUSED = [
    "http://192.168.1.1/x", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1:8080/",
    "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/",
    "http://[::1]/", "http://[fe80::1]/", "http://[::ffff:10.0.0.1]/", "http://[fd00::1]/a",
    "http://[2606:4700:4700::1111]/",
    "http://100.64.0.1/", "http://224.0.0.1/", "http://localhost/", "http://localhost.:80/",
    "http://a.localhost/", "http://intranet/wiki", "http://printer.local/", "http://nas.lan/",
    "http://metadata.google.internal/", "http://router.home.arpa/", "http://hidden.onion/",
    "https://moth.test:22/", "https://moth.test:6379/a", "http://8.8.8.8:25/",
    "https://moth.test/?token=abc", "https://moth.test/a?x=1&api_key=2", "https://moth.test/?sig=1",
    "https://s3.test/a?X-Amz-Signature=f", "ftp://moth.test/a", "javascript:alert(1)",
    "https://xn--pple-43d.test/", "https://xn--80ak6aa92e.test/", "https://www.xn--gthub-n2e.test/",
    f"https://moth.test/{'a' * 8_000}", f"https://moth.test/{'ü' * 1_400}",
    f"https://moth.test/#{'a' * 8_000}",
]  # fmt: skip
PROPOSED = [
    "https://moth.test/a?b=1", "http://moth.test:8080/", "http://8.8.8.8/", "https://moth.test./a",
    "https://xn--bcher-kva.test/", "https://xn--wgv71a119e.test/",
    "https://xn--80aswg.xn--p1ai/", "https://xn--e1afmkfd.test/", "https://moth.test/@user:pw",
    "https://xn--eckwd4c7c.test/", f"https://moth.test/{'a' * 7_999}",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_what_the_checker_would_refuse_is_not_proposed(url: str) -> None:
    assert refusal(url, SETTINGS)


@pytest.mark.parametrize("url", PROPOSED)
def test_a_public_page_is_proposed(url: str) -> None:
    assert refusal(url, SETTINGS) == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/a", "http://localhost:8000/a"])
def test_a_network_that_is_allowed_is_allowed_here_too(url: str) -> None:
    assert refusal(url, WebSettings(allow_networks=("127.0.0.0/8",))) == ""


@pytest.mark.parametrize(
    "url",
    ["https://user:pw@moth.test/", "https://token@moth.test/", "http://%5B::1%5D/", "http://[::1/"],
)
def test_an_address_that_cannot_be_requested_names_no_item(url: str) -> None:
    assert item_at(url) is None


def test_a_host_is_shown_in_ascii() -> None:
    shown = [
        item.url
        for url in ("https://аррӏе.test/ü", "https://Bücher.test:8080?ü#ü")
        if (item := item_at(url))
    ]
    assert shown == ["https://xn--80ak6aa92e.test/ü", "https://xn--bcher-kva.test:8080?ü#ü"]


def test_what_is_left_out_is_counted_with_its_reason() -> None:
    urls = ["http://10.0.0.1/", "https://moth.test/1", "http://10.0.0.2/", "https://аррӏе.test/"]
    items = tuple(item for url in urls if (item := item_at(url)))
    result = without_refused(PullResult("mine", SourceState.OK, "rss", items, "dull"), SETTINGS)
    assert [item.url for item in result.items] == ["https://moth.test/1"]
    assert result.note == (
        "dull; 3 of 4 items left out: a private address or an unusual port (2), "
        "xn--80ak6aa92e.test has letters that imitate another name (1)"
    )
