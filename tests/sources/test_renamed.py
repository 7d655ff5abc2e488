"""Renamed: repositories are known under each name that stood beside the same number."""

from staycurrent.sources.item_names import other_names, renamed_repositories

SEEN = [("a/old", 1), ("a/new", 1), ("b/one", 2), ("c/two", 3), ("c/three", 3), ("a/newest", 1)]


def test_a_repository_is_known_by_every_name_that_its_number_has_had() -> None:
    found = renamed_repositories(SEEN)
    assert other_names({"a/old"}, found) == {"a/new", "a/newest"}
    assert other_names({"a/newest", "c/three"}, found) == {"a/old", "a/new", "c/two"}


def test_one_that_never_changed_its_name_has_no_other() -> None:
    found = renamed_repositories(SEEN)
    assert other_names({"b/one", "d/unseen"}, found) == frozenset()
    assert other_names(set(), found) == frozenset()


def test_a_page_that_tells_the_same_number_for_all_makes_nothing_known() -> None:
    page = [(f"a/{name}", 0) for name in range(25)]
    assert other_names({"a/0", "a/7"}, renamed_repositories([*SEEN, *page])) == frozenset()
