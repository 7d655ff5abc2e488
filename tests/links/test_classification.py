"""What an answer amounts to: headers before status, status before body."""

from dataclasses import replace

import pytest

from staycurrent.links.classification import classify
from staycurrent.links.observation import Outcome
from staycurrent.links.page.analysis import analyse_page
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.web.response import Failure, Hop, Response

URL = "https://example.org/papers/attention"


def answer(status: int = 200, body: bytes = b"<title>Page</title>", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(URL, URL, (), 0.1, status=status, headers=named, body=body)


def went(*hops: tuple[int, str], began: str = URL, status: int = 200) -> Response:
    path = [began, *(to for _, to in hops)]
    taken = tuple(Hop(path[n], code, to) for n, (code, to) in enumerate(hops))
    return Response(began, path[-1], taken, 0.1, status=status, body=b"x")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK), (202, Outcome.OK), (204, Outcome.OK), (206, Outcome.OK),
        (304, Outcome.OK), (404, Outcome.MISSING), (410, Outcome.GONE),
        (500, Outcome.SERVER_ERROR), (503, Outcome.SERVER_ERROR), (521, Outcome.SERVER_ERROR),
        (530, Outcome.SERVER_ERROR), (401, Outcome.BLOCKED), (402, Outcome.BLOCKED),
        (403, Outcome.BLOCKED), (407, Outcome.BLOCKED), (412, Outcome.BLOCKED),
        (418, Outcome.BLOCKED), (428, Outcome.BLOCKED), (429, Outcome.BLOCKED),
        (451, Outcome.BLOCKED), (999, Outcome.BLOCKED), (400, Outcome.BLOCKED),
        (501, Outcome.SERVER_ERROR), (505, Outcome.BLOCKED), (511, Outcome.BLOCKED),
        (405, Outcome.BLOCKED), (406, Outcome.BLOCKED), (409, Outcome.BLOCKED),
    ],
)  # fmt: skip
def test_a_status_alone(status: int, outcome: Outcome) -> None:
    assert classify(answer(status)).outcome is outcome


def test_only_a_page_that_was_read_to_its_end_is_called_empty() -> None:
    """Some servers send Brotli to whoever did not ask for it."""
    empty = replace(answer(200), body=b"")
    assert classify(empty).evidence == "200, empty"
    assert classify(replace(empty, truncated=True)).evidence == "200"


@pytest.mark.parametrize("status", [200, 403, 429, 503, 404])
def test_a_challenge_header_weighs_more_than_the_status(status: int) -> None:
    assert classify(answer(status, cf_mitigated="challenge")).outcome is Outcome.BLOCKED
    assert classify(answer(status, x_amzn_waf_action="challenge")).outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    "body",
    [
        b"<html><title>Just a moment...</title>",
        b"<title>Attention Required! | Cloudflare</title>",
        b"<title lang=en> Verify you are human </title>",
        b'<title>x</title><div class="g-recaptcha"></div>',
    ],
)
def test_a_page_that_asks_for_a_human_is_blocked(body: bytes) -> None:
    assert classify(answer(200, body)).outcome is Outcome.BLOCKED


def test_an_article_about_captchas_or_404_pages_is_alive() -> None:
    assert (
        classify(answer(200, b"<title>How 404 pages work</title> not found")).outcome is Outcome.OK
    )
    long = b"<title>On captchas</title>" + b"prose " * 4000 + b"g-recaptcha"
    assert classify(answer(200, long)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("to", "outcome"),
    [
        ("https://example.org/papers/attention-2", Outcome.REDIRECTED),
        ("https://elsewhere.example/attention", Outcome.REDIRECTED),
        ("https://example.org/", Outcome.HOME_REDIRECT),
        ("https://example.org", Outcome.HOME_REDIRECT),
        ("https://example.org/index.html", Outcome.HOME_REDIRECT),
        ("https://example.org/en/", Outcome.HOME_REDIRECT),
        ("https://example.org/login?next=/papers/attention", Outcome.BLOCKED),
        ("https://sso.example.org/auth/realms", Outcome.BLOCKED),
        ("https://consent.example.org/consent?continue=x", Outcome.BLOCKED),
        ("http://example.org/papers/attention", Outcome.TLS),
        ("https://example.org/authors/attention", Outcome.REDIRECTED),
    ],
)
def test_where_a_redirect_ends_decides(to: str, outcome: Outcome) -> None:
    assert classify(went((301, to))).outcome is outcome


@pytest.mark.parametrize(
    ("began", "to", "outcome"),
    [
        ("languages/go", "go/", Outcome.REDIRECTED),
        ("docs/js/", "js/", Outcome.REDIRECTED),
        ("learn/machine-learning", "ml/", Outcome.REDIRECTED),
        ("languages/cs", "cs/", Outcome.REDIRECTED),
        ("2015/long-article", "de/", Outcome.HOME_REDIRECT),
        ("index.php?id=5", "", Outcome.HOME_REDIRECT),
        ("?p=123", "", Outcome.HOME_REDIRECT),
        ("docs/http/e404", "reference/errors/404", Outcome.REDIRECTED),
        ("404", "http/404", Outcome.REDIRECTED),
        ("next/not-found", "docs/api/not-found", Outcome.REDIRECTED),
        ("status/codes", "docs/http/404", Outcome.REDIRECTED),
        ("custom-error-pages", "next/not-found", Outcome.REDIRECTED),
        ("tutorial/3", "errors/404", Outcome.SOFT_MISSING),
        ("tutorial/3", "en/404.html", Outcome.SOFT_MISSING),
        ("lost-post", "page-not-found", Outcome.SOFT_MISSING),
        ("tools/parser.aspx", "Error?aspxerrorpath=/tools/parser.aspx", Outcome.SERVER_ERROR),
        ("docs/a", "docs/Error?aspxerrorpath=/docs/a", Outcome.SERVER_ERROR),
        ("docs/a", "docs/NotFound?aspxerrorpath=/docs/a", Outcome.SERVER_ERROR),
        ("a", "NotFound?aspxerrorpath=/a", Outcome.SOFT_MISSING),
        ("parser", "Home/Error?statusCode=500&x=1", Outcome.SERVER_ERROR),
        ("parser", "errors/?lang=en&code=503", Outcome.SERVER_ERROR),
        ("parser", "error-bars?code=500", Outcome.REDIRECTED),
        ("parser", "docs/errors?code=500", Outcome.REDIRECTED),
        ("parser", "errors?code=5001", Outcome.REDIRECTED),
        ("owner/name/wiki", "owner/name", Outcome.SOFT_MISSING),
        ("owner/name/wiki/FAQ", "new-owner/name", Outcome.SOFT_MISSING),
        ("group/sub/name/-/wikis/home", "group/sub/name", Outcome.SOFT_MISSING),
        ("owner/name/wiki/FAQ", "owner/name/wiki/Questions", Outcome.REDIRECTED),
        ("owner/name/wiki", "owner/name/wiki/Home", Outcome.REDIRECTED),
        ("wiki/FAQ", "docs/faq", Outcome.REDIRECTED),
        ("team", "#people", Outcome.REDIRECTED),
        ("team", "#", Outcome.HOME_REDIRECT),
        ("team", "#/", Outcome.HOME_REDIRECT),
        ("team", "index.jsp", Outcome.HOME_REDIRECT),
        ("12", "", Outcome.HOME_REDIRECT),
        ("en/latest/tutorial/", "", Outcome.HOME_REDIRECT),
        ("team", "home.html", Outcome.HOME_REDIRECT),
    ],
)
def test_what_the_paths_of_a_redirect_say(began: str, to: str, outcome: Outcome) -> None:
    url, _, fragment = f"https://example.org/{to}".partition("#")
    response = went((301, url), began=f"https://example.org/{began}")
    assert classify(replace(response, fragment=fragment)).outcome is outcome


@pytest.mark.parametrize(
    "began",
    [
        "",
        "index.shtml",
        "index.jsp",
        "index.en.html",
        "default.htm",
        "home.html",
        "Home/Index",
        "main.php",
        "welcome",
        "start.html",
        "en/index.html",
        "us/en/",
        "de/home.html",
        "en/latest/",
        "stable",
        "v2/",
        "3.11/index.html",
        "?ref=awesome",
        "?utm_source=list&source=x",
        "?lang=en",
        "index.html?ref=awesome",
        "main.html?utm_medium=link",
        "?aff=1234",
        "?via=ada&utm_source=x",
        "index.html?fpr=ada",
        "?partner_id=7",
    ],
)
@pytest.mark.parametrize("to", ["", "de/"])
def test_a_home_page_may_redirect_to_a_home_page(began: str, to: str) -> None:
    response = went((302, f"https://example.org/{to}"), began=f"https://example.org/{began}")

    assert classify(response).outcome.is_success
    assert not analyse_page(response, Baseline()).lost_name


@pytest.mark.parametrize(
    "began", ["?p=12", "?aff=1&page_id=3", "?q=via", "about?aff=1", "home?id=5", "de/home?id=5"]
)
def test_a_page_that_is_named_by_a_parameter_is_not_the_home_page(began: str) -> None:
    home = f"https://example.org/{'de/' if began.startswith('de/') else ''}"
    response = went((302, home), began=f"https://example.org/{began}")
    assert classify(response).outcome is Outcome.HOME_REDIRECT


def test_a_redirect_to_an_error_is_the_error() -> None:
    assert classify(went((301, "https://example.org/b"), status=404)).outcome is Outcome.MISSING
    assert classify(went((301, "https://example.org/b"), status=403)).outcome is Outcome.BLOCKED


@pytest.mark.parametrize("failure", list(Failure))
def test_every_failure_has_an_outcome_and_words(failure: Failure) -> None:
    reading = classify(Response(URL, URL, (), 0.1, failure, "detail"))
    assert reading.outcome in Outcome
    assert "detail" in reading.evidence
