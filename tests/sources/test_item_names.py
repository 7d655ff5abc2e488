"""Which item an address names, and the names of renamed repositories."""

import pytest

from staycurrent.sources.item import item_at, other_names, renamed_items

SEEN = [("a/old", 1), ("a/new", 1), ("b/one", 2), ("c/two", 3), ("c/three", 3), ("a/newest", 1)]


def test_a_repository_has_every_name_that_its_number_has_had() -> None:
    found = renamed_items(SEEN)
    assert other_names({"a/old"}, found) == {"a/new", "a/newest"}
    assert other_names({"a/newest", "c/three"}, found) == {"a/old", "a/new", "c/two"}


def test_a_repository_that_was_not_renamed_has_no_other_name() -> None:
    found = renamed_items(SEEN)
    assert other_names({"b/one", "d/unseen"}, found) == frozenset()
    assert other_names(set(), found) == frozenset()


def test_a_number_with_too_many_names_is_ignored() -> None:
    page = [(f"a/{name}", 0) for name in range(25)]
    assert other_names({"a/0", "a/7"}, renamed_items([*SEEN, *page])) == frozenset()


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\ud800", "\u2028", "\u00a0"])
def test_an_address_hides_no_character(hidden: str) -> None:
    found = item_at(f"https://moth.test/a{hidden}b")
    assert found is None or (found.url.isprintable() and found.url.encode())


WRAPPED = [
    "https://www.google.com/url?rct=j&sa=t&url=https://moth.test/a%3Fid%3D1%26b%3D2&ct=ga&cd=x&usg=y",
    "https://www.google.co.uk/url?q=https%3A%2F%2Fmoth.test%2Fa%3Fid%3D1%26b%3D2&sa=D",
    "http://news.google.com/news/url?sa=t&url=https%3A%2F%2Fmoth.test%2Fa%3Fid%3D1%26b%3D2",
    "http://www.bing.com/news/apiclick.aspx?ref=FexRss&url=https%3a%2f%2fmoth.test%2fa%3fid%3d1%26b%3d2&c=1",
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fmoth.test%2Fa%3Fid%3D1%26b%3D2%26fbclid%3Dx&h=y",
    "https://www.youtube.com/redirect?event=video&q=https%3A%2F%2Fmoth.test%2Fa%3Fid%3D1%26b%3D2",
    "https://moth.test/a?utm_source=feedburner&id=1&utm_medium=feed&b=2&utm_campaign=Feed%3A+m+%28M%29",
    "https://moth.test/a?id=1&b=2&mc_cid=1a&mc_eid=2b", "https://moth.test/a?fbclid=x&id=1&b=2",
    "https://moth.test/a?id=1&gclid=x&b=2&ref_src=rss", "https://moth.test/a?id=1&b=2&source=rss----1a--2",
    "https://moth.test/a?id=1&b=2&ref=a-newsletter.example", "https://moth.test/a?id=1&b=2#utm_source=rss",
    "https://www.google.com/url?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A//moth.test/a%253Fid%253D1%2526b%253D2",
]  # fmt: skip


@pytest.mark.parametrize("url", WRAPPED)
def test_wrappers_and_tracking_parameters_are_taken_off(url: str) -> None:
    found = item_at(url)
    assert found is not None
    assert found.url == "https://moth.test/a?id=1&b=2"


@pytest.mark.parametrize(
    "url",
    [
        "https://moth.test/a?source=lamp&ref=main&spmid=1&q=", "https://moth.test/a?",
        "https://moth.test/search?url=https://lamp.test/", "https://www.google.com/url?q=moths",
        "https://moth.test/a?b=%7Ec&d=%2f#e?utm_source=x", "https://www.google.com/url",
        "https://git.test/a?ref=v1.2", "https://moth.test/?from=2026&to=2027",
    ],
)  # fmt: skip
def test_other_addresses_are_kept_as_written(url: str) -> None:
    found = item_at(url)
    assert found is not None
    assert found.url == url
