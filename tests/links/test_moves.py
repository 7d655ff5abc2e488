"""Names of addresses, and crowds that lose theirs."""

import pytest

from staycurrent.links.moves import (
    MIN_SHARED_TARGET_LINKS,
    changes_form,
    comparable_path,
    is_home,
    keeps_name,
    links_with_shared_target,
)

END = "https://example.org/about-us"


@pytest.mark.parametrize(
    ("began", "ended", "kept"),
    [
        ("https://e.org/a/Attention.html", "https://other.org/b/attention/", True),
        ("https://e.org/blog", "https://blog.e.org/", True),
        ("https://e.org/blog", "https://www.e.org/", False),
        ("https://user.pages.example/project/", "https://project.example/", True),
        ("https://example.org/example", "https://www.example.org/", False),
        ("https://e.org/old-name", "https://e.org/new?from=/old-name", True),
        ("https://e.org/attention", "https://e.org/", False),
        ("https://e.org/12", "https://e.org/papers/12", True),
        ("https://e.org/12", "https://e.org/papers/123", False),
        ("https://e.org/abc", "https://e.org/xabcx", False),
        ("https://e.org/abcd", "https://e.org/xabcdx", True),
        ("https://e.org/", "https://e.org/anything", True),
        ("https://e.org/index.html", "https://e.org/anything", True),
        ("https://e.org/chapter-7", "https://e.org/book#chapter-7", True),
        ("https://e.org/languages/go", "https://e.org/go/", True),
        ("https://e.org/ai", "https://e.org/agree?url=https%3A%2F%2Fe.org%2Fai", True),
        ("https://e.org/ai", "https://c.org/agree?url=e.org%2Fback%3Furl%3D%252Fai", True),
        ("https://e.org/ai", "https://e.org/agree?url=https%3A%2F%2Fe.org%2Faio", False),
        ("https://e.org/a/b/wiki/Home", "https://e.org/a/b/wiki", True),
        ("https://e.org/docs/home.html", "https://e.org/docs/", True),
        ("https://e.org/a/b/wiki/Home", "https://e.org/a/b", False),
        ("https://e.org/a/b/wiki/FAQ", "https://e.org/a/b/wiki", False),
        ("https://e.org/home?id=5", "https://e.org/?from=list", False),
    ],
)
def test_whether_a_name_is_kept(began: str, ended: str, *, kept: bool) -> None:
    assert keeps_name(began, ended) is kept


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("https://e.org", True),
        ("https://e.org/index.php", True),
        ("https://e.org/de/", True),
        ("https://e.org/pt-BR", True),
        ("https://e.org/zh_hant/", True),
        ("https://e.org/us/", True),
        ("https://e.org/#", True),
        ("https://e.org/#top", True),
        ("https://e.org/#!/", True),
        ("https://e.org/#/home", True),
        ("https://e.org/#papers", False),
        ("https://e.org/?p=1", False),
        ("https://e.org/go/", False),
        ("https://e.org/js/", False),
        ("https://e.org/ai", False),
        ("https://e.org/my-page", False),
        ("https://e.org/index.jsp", True),
        ("https://e.org/default.html", True),
        ("https://e.org/home.php", True),
        ("https://e.org/en/index.html", True),
        ("https://e.org/us/en/", True),
        ("https://e.org/home-office", False),
        ("https://e.org/index/a", False),
        ("https://e.org/main.html", False),
    ],
)
def test_what_is_a_home_page(url: str, *, home: bool) -> None:
    assert is_home(url) is home


@pytest.mark.parametrize(
    ("ended", "other"),
    [
        ("https://e.org/de/docs/guide", True),
        ("https://e.org/docs/de/guide/", True),
        ("https://e.org/docs/guide/pt-br", True),
        ("https://e.org/intl/de/docs/guide", True),
        ("https://e.org/intl-de/docs/guide", True),
        ("https://e.org/zh-hans/docs/guide", True),
        ("https://e.org/docs/guide.de", True),
        ("https://de.e.org/docs/guide", True),
        ("https://www.e.org/de/docs/guide", True),
        ("https://global.e.org/de/docs/guide", True),
        ("https://e.org/docs/guide?lang=de", True),
        ("https://e.org/docs/guide?hl=de-DE", True),
        ("https://e.org/en_US/docs/guide.html", True),
        ("https://e.org/us/en/docs/guide/index.html", True),
        ("https://e.org/docs/guide_de", True),
        ("https://e.org/docs/guide_de.html", True),
        ("https://e.org/docs/guide?hl=de&gl=DE", True),
        ("https://e.org/docs/guide?setlang=de", True),
        ("https://e.org/docs/guide?region=de", True),
        ("https://e.org/global/en/docs/guide", True),
        ("https://e.org/en-001/docs/guide", True),
        ("https://e.org/docs/guide_go", False),
        ("https://e.org/docs/guide", False),
        ("https://e.org/js/docs/guide", False),
        ("https://e.org/go/docs/guide", False),
        ("https://e.org/de/docs/guides", False),
        ("https://e.org/v2/docs/guide", False),
        ("https://e.org/docs/stable/en/guide", True),
        ("https://e.org/docs/11.x/guide", True),
        ("https://e.org/docs/guide/v4.2", True),
        ("https://m.e.org/docs/guide", True),
        ("https://e.org/amp/docs/guide", True),
        ("https://e.org/docs/2024/guide", False),
        ("https://e.org/docs/4.2/guides", False),
        ("https://v2.e.org/docs/guide", False),
        ("https://other.org/de/docs/guide", False),
    ],
)
def test_a_redirect_to_another_form(ended: str, *, other: bool) -> None:
    assert changes_form("https://e.org/docs/guide", ended) is other


def test_a_language_may_replace_another_one() -> None:
    assert changes_form("https://e.org/en/guide.html", "https://e.org/de/guide.html")
    assert changes_form("https://e.org/guide.en.html", "https://e.org/guide.de.html")
    assert changes_form("https://e.de/guide", "https://e.de/de/guide")
    assert not changes_form("https://e.org/en/guide", "https://e.org/en/guides")
    assert not changes_form("https://e.org/q?x=1", "https://e.org/q?")
    assert not changes_form("https://e.org/guide", "https://e.org/guide/")


@pytest.mark.parametrize(
    ("began", "ended", "other"),
    [
        ("https://www.e.com/guide", "https://www.e.de/guide", True),
        ("https://e.com/", "https://www.e.co.uk/", True),
        ("https://docs.e.com/guide", "https://docs.e.com.br/pt/guide", True),
        ("https://e.fr/guide", "https://e.de/guide", True),
        ("https://e.de/guide", "https://e.com/guide", False),
        ("https://e.co.uk/guide", "https://e.com/guide", False),
        ("https://e.org/guide", "https://e.com/guide", False),
        ("https://e.com/guide", "https://e.io/guide", False),
        ("https://e.io/guide", "https://e.de/guide", False),
        ("https://e.com/guide", "https://e.de/guides", False),
        ("https://e.com/guide", "https://docs.e.de/guide", False),
        ("https://e.com/guide", "https://other.de/guide", False),
        ("https://user.github.io/guide", "https://user.gitlab.io/guide", False),
        ("https://93.184.216.34/guide", "https://93.184.216.35/guide", False),
    ],
)
def test_the_country_of_a_domain_is_a_form_and_no_move(
    began: str, ended: str, *, other: bool
) -> None:
    assert changes_form(began, ended) is other


def test_a_version_that_the_link_names_itself_is_given_up_in_a_move() -> None:
    assert not changes_form("https://e.org/3.1/guide", "https://e.org/3.2/guide")
    assert not changes_form("https://e.org/3.1/guide", "https://e.org/guide")
    assert not changes_form("https://m.e.org/guide", "https://e.org/guide")
    assert changes_form("https://e.org/3.1/guide", "https://e.org/amp/3.1/guide")


def test_spellings_of_one_place() -> None:
    spellings = ("/a/b", "/a/b/", "/A/b.html", "/a/b/index.php", "/a/b?x=1")
    assert len({comparable_path(f"https://e.org{path}") for path in spellings}) == 1
    assert comparable_path("https://e.org/a/b") != comparable_path("https://e.org/a/c")


@pytest.mark.parametrize(
    ("count", "expected"),
    [(MIN_SHARED_TARGET_LINKS - 1, 0), (MIN_SHARED_TARGET_LINKS, MIN_SHARED_TARGET_LINKS)],
)
def test_three_links_with_one_target_share_it(count: int, expected: int) -> None:
    links = [f"https://e.org/courses/{name}" for name in ("one", "two", "three")[:count]]
    assert len(links_with_shared_target(dict.fromkeys(links, END))) == expected


@pytest.mark.parametrize(
    "third",
    [
        "https://e.org/courses/two/",  # another spelling
        "https://other.org/courses/three",  # another host
        "https://e.org/old/about-us",  # it has arrived
    ],
)
def test_two_links_do_not_make_a_shared_target(third: str) -> None:
    links = ["https://e.org/courses/one", "https://e.org/courses/two", third]
    assert links_with_shared_target(dict.fromkeys(links, END)) == frozenset()


def test_different_targets_are_not_shared() -> None:
    assert (
        links_with_shared_target(
            {f"https://e.org/{n}x": f"https://e.org/new/{n}" for n in range(5)}
        )
        == frozenset()
    )
