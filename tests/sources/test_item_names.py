"""Which item an address names, and the names of renamed repositories."""

import pytest

from staycurrent.sources.item_names import item_at, other_names, renamed_repositories

SEEN = [("a/old", 1), ("a/new", 1), ("b/one", 2), ("c/two", 3), ("c/three", 3), ("a/newest", 1)]


def test_a_repository_has_every_name_that_its_number_has_had() -> None:
    found = renamed_repositories(SEEN)
    assert other_names({"a/old"}, found) == {"a/new", "a/newest"}
    assert other_names({"a/newest", "c/three"}, found) == {"a/old", "a/new", "c/two"}


def test_a_repository_that_was_not_renamed_has_no_other_name() -> None:
    found = renamed_repositories(SEEN)
    assert other_names({"b/one", "d/unseen"}, found) == frozenset()
    assert other_names(set(), found) == frozenset()


def test_a_number_with_too_many_names_is_ignored() -> None:
    page = [(f"a/{name}", 0) for name in range(25)]
    assert other_names({"a/0", "a/7"}, renamed_repositories([*SEEN, *page])) == frozenset()


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\ud800", "\u2028", "\u00a0"])
def test_an_address_hides_no_character(hidden: str) -> None:
    found = item_at(f"https://moth.test/a{hidden}b")
    assert found is None or (found.url.isprintable() and found.url.encode())
