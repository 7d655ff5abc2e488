"""What stops a robot, in the words of many hosts, and what looks like a wall and is none."""

import pytest

from staycurrent.links.classification import Classification, classify
from staycurrent.links.observation import Outcome
from tests.support.values import html, page_response, prose, sent


def reading(title: str = "", text: str = "", head: str = "", status: int = 200) -> Classification:
    return classify(page_response(html(title, text, head), status))


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Just a moment...", ""),
        ("Attention Required! | Cloudflare", ""),
        ("Making sure you're not a bot!", "Loading..."),
        ("Pardon Our Interruption", prose(80)),
        ("example.org", "Please verify you are human to go on."),
        ("example.org", "Checking your browser before you access it."),
        ("Sorry", "We saw unusual traffic from your computer network."),
        ("Not available in your region", "Sorry."),
        ("Sorry", "This video isn't available in your country."),
        ("Oje", "Dieser Inhalt ist in deinem Land nicht verfügbar."),
        ("抱歉", "您所在的地区无法访问"),
        ("Unavailable due to legal reasons", prose(80)),
        ("Before you continue to Example", prose(80)),
        ("Example", "Please enable cookies in your browser to go on."),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_a_wall_is_blocked_and_says_what_a_person_can_do(
    title: str, text: str, status: int
) -> None:
    found = reading(title, text, status=status)
    assert found.outcome is Outcome.BLOCKED
    assert found.evidence.startswith(f"{status}, ")
    assert ": open it " in found.evidence


@pytest.mark.parametrize(
    ("title", "text", "head"),
    [
        ("How captchas work", f"{prose(80)} verify you are human", ""),
        ("Contact", prose(80), '<div class="g-recaptcha"></div>'),
        ("Streaming rights", f"{prose(80)} not available in your country", ""),
        ("Cookies", f"{prose(80)} enable cookies to continue", ""),
        ("What happens before you continue", "few words", ""),
        ("Sign in with passkeys", prose(80), '<input type="password">'),
        ("Sign in with passkeys", "few words", ""),
        ("Docs", "few words", '<input type="password">'),
    ],
)
def test_a_page_about_walls_is_no_wall(title: str, text: str, head: str) -> None:
    assert reading(title, text, head).outcome is Outcome.OK


def test_a_page_to_log_in_is_one_in_the_place_of_a_deep_page_only() -> None:
    form = html("Sign in to Example", "Name Password", '<input name=p type="password">')
    assert classify(page_response(form)).outcome is Outcome.BLOCKED
    assert "log in" in classify(page_response(form)).evidence
    assert classify(page_response(form, url="https://app.example.org/")).outcome is Outcome.OK
    assert classify(page_response(form, url="https://example.org/login")).outcome is Outcome.OK
    assert classify(page_response(form, status=404)).outcome is Outcome.MISSING


def test_marks_of_a_captcha_count_where_there_are_few_words() -> None:
    mark = '<div class="h-captcha"></div>'
    assert reading("x", prose(58), mark).outcome is Outcome.BLOCKED  # with the heading 59
    assert reading("x", prose(60), mark).outcome is Outcome.OK


@pytest.mark.parametrize(
    "to",
    [
        "https://example.org/login?next=/papers/attention",
        "https://id.example.org/oauth2/authorize?client=1",
        "https://consent.example.org/consent?continue=x",
        "https://example.org/age-gate",
        "https://example.org/cookie-wall",
        "https://example.org/unsupported-browser",
        "https://example.org/select-country",
        "https://example.org/captcha.html",
    ],
)
def test_a_door_is_blocked_also_where_it_is_called_a_home(to: str) -> None:
    found = classify(sent(to))
    assert found.outcome is Outcome.BLOCKED
    assert "open it in a browser" in found.evidence


def test_what_began_at_a_door_may_end_at_one() -> None:
    moved = sent("https://example.org/sign-in", url="https://example.org/login")
    assert classify(moved).outcome is Outcome.REDIRECTED


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "log in to see it"),
        (402, "to be paid for"),
        (403, "open it in a browser"),
        (407, "a proxy"),
        (418, "open it in a browser"),
        (429, "too often"),
        (451, "another country"),
        (999, "open it in a browser"),
    ],
)
def test_every_refusal_comes_with_advice(status: int, advice: str) -> None:
    words = reading(status=status).evidence
    assert words.startswith(f"{status}, ")
    assert advice in words
