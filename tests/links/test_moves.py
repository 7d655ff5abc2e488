"""Names of addresses, and crowds that lose theirs."""

import pytest

from staycurrent.links.moves import (
    MIN_SHARED_TARGET_LINKS,
    comparable_path,
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
    ],
)
def test_whether_a_name_is_kept(began: str, ended: str, *, kept: bool) -> None:
    assert keeps_name(began, ended) is kept


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
