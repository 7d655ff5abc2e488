"""Whether the end of a redirect is about the entry: then it is a move, else it leads elsewhere."""

from collections import Counter

import pytest

from staycurrent.links.attempts import page_observation
from staycurrent.links.link import Entry, Link, link
from staycurrent.links.observation import Outcome
from staycurrent.links.page import subject
from staycurrent.links.page.analysis import analyse_page
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.page.scanner import spaced_words
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import VerdictState, conclude_verdict
from tests.support.values import at, html, night, sent

OWN = "https://changedetect.example/"
ENTRY = Entry("ChangeDetect", "[ChangeDetect](https://changedetect.example/) - Monitors any page.")
TWO = Entry(
    "A List", "[A List](https://old.example/) - Bayesian statistics with spreadsheets.\nMaths"
)
CHINESE = Entry(
    "图谱社", "[图谱社](https://old.example/) - 知识图谱的论文与评测,免费的在线学习平台。"
)
CODE = Entry("Parser", "[Parser](https://old.example/p) ([code](https://github.com/them/parsing))")


def page(title: str, text: str = "", head: str = "") -> bytes:
    return html(title, text, head)


ABOUT: dict[str, tuple[Entry, str, str, bytes]] = {
    "the same name in the title": (ENTRY, OWN, "https://visual.example/", page("ChangeDetect 2")),
    "the name of the entry in the URL": (
        ENTRY,
        OWN,
        "https://github.com/them/change-detect",
        page("GitHub"),
    ),
    "the name of its host": (
        Entry("Watch pages"),
        OWN,
        "https://them.example/products",
        page("Meet Change-Detect"),
    ),
    "the last name of its path": (
        Entry("See this"),
        "https://short.example/compiler",
        "https://tool.example/go",
        page("A compiler for all"),
    ),
    "two words in the title": (TWO, OWN, "https://new.example/", page("Bayesian maths")),
    "a word with another ending": (TWO, OWN, "https://n.example/", page("Statistical bayesians")),
    "words in the description": (
        TWO,
        OWN,
        "https://new.example/",
        page("Welcome", head='<meta name="description" content="Statistics in a spreadsheet">'),
    ),
    "words behind an empty description, which many pages have": (
        TWO,
        OWN,
        "https://new.example/",
        page(
            "Welcome",
            head='<meta name=author content=""><meta name=description content="">'
            "<meta name=keywords content='statistics, \"spreadsheet\"'>",
        ),
    ),
    "words in Chinese": (CHINESE, "https://old.example/", OWN, page("图谱评测", "论文榜单")),
    "a name in Chinese": (CHINESE, "https://old.example/", OWN, page("欢迎来到图谱社")),
    "words of the title that the page had": (
        Entry("Here"),
        OWN,
        "https://new.example/",
        page("Gardening in winter"),
    ),
    "its own domain as the canonical address": (
        ENTRY,
        OWN,
        "https://mirror.example/",
        page("Mirror", head='<link rel="canonical" href="https://changedetect.example/">'),
    ),
    "the repository of the entry": (
        CODE,
        OWN,
        "https://new.example/",
        page("Home", head='<a href="https://github.com/them/parsing">source</a>'),
    ),
    "another host of the same owner": (
        ENTRY,
        OWN,
        "https://docs.changedetect.example/x",
        page("X"),
    ),
}
ELSEWHERE: dict[str, tuple[Entry, str, str, bytes]] = {
    "a chocolate shop": (ENTRY, OWN, "https://choc.example/", page("Pralines", "sweet things")),
    "words that are on any page": (
        Entry("A List", "[A List](https://old.example/) - Search free tools online."),
        "https://old.example/",
        "https://new.example/",
        page("Search free tools online"),
    ),
    "words that are on any page in Chinese": (
        CHINESE,
        "https://old.example/",
        OWN,
        page("提供免费在线学习的平台"),
    ),
    "one word of many": (TWO, OWN, "https://new.example/", page("Maths homework done for you")),
    "the name in the query": (ENTRY, OWN, "https://x.example/?ref=changedetect", page("X")),
    "an empty page": (ENTRY, OWN, "https://new.example/", page("")),
    "a home page in a language": (ENTRY, OWN, "https://choc.example/en/", page("Pralines")),
    "the same letters in a country": (
        Entry("A Quiz"),
        "https://quz.com/",
        "https://quz.de/",
        page("Pralines"),
    ),
    "another customer of a hosting service": (
        ENTRY,
        "https://changed.github.io/",
        "https://pralines.github.io/",
        page("Pralines"),
    ),
    "another repository": (
        CODE,
        OWN,
        "https://new.example/",
        page("Home", head='<a href="https://github.com/others/shop">source</a>'),
    ),
}


def concluded(case: tuple[Entry, str, str, bytes]) -> tuple[VerdictState, str, str | None]:
    """The verdict after the same redirect on three nights."""
    entry, url, to, body = case
    target = link(url)
    assert isinstance(target, Link)
    baseline = Baseline(own_title="Gardening with children in the winter")
    analysis = analyse_page(sent(to, body, url), baseline, "", entry)
    assert analysis.classification.outcome in (Outcome.REDIRECTED, Outcome.HOME_REDIRECT)
    result = analysis.classification
    history = [page_observation(target, analysis, result, (night(n), at(n)), 1) for n in (1, 2, 3)]
    verdict = conclude_verdict(target.key, history, Rules())
    return verdict.state, verdict.reason, verdict.suggestion


@pytest.mark.parametrize("name", ABOUT)
def test_a_page_about_the_entry_is_a_move(name: str) -> None:
    state, _, suggestion = concluded(ABOUT[name])
    assert (state, suggestion) == (VerdictState.MOVED, ABOUT[name][2])


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_page_that_says_nothing_of_the_entry_is_never_suggested(name: str) -> None:
    assert concluded(ELSEWHERE[name]) == (VerdictState.SUSPECT, "elsewhere", None)


def test_the_words_of_a_doubtful_page_are_split_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Counter[str]()

    def count(text: str) -> frozenset[str]:
        texts[text] += 1
        return spaced_words(text)

    monkeypatch.setattr(subject, "spaced_words", count)
    body = page("Chocolates", "handmade pralines from a village at the sea " * 9)
    analysis = analyse_page(sent("https://sweet.example/", body, OWN), Baseline(), "", TWO)
    assert analysis.signals.elsewhere
    assert analysis.signals.unlike
    assert {text: n for text, n in texts.items() if "pralines" in text and n > 1} == {}
