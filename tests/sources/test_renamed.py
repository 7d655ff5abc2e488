"""Renamed: repositories are known under each name that stood beside the same number."""

from sources.renamed import other_names

SEEN = [("a/old", 1), ("a/new", 1), ("b/one", 2), ("c/two", 3), ("c/three", 3), ("a/newest", 1)]


def test_a_repository_is_known_by_every_name_that_its_number_has_had() -> None:
    assert other_names({"a/old"}, SEEN) == {"a/new", "a/newest"}
    assert other_names({"a/newest", "c/three"}, SEEN) == {"a/old", "a/new", "c/two"}


def test_one_that_never_changed_its_name_has_no_other() -> None:
    assert other_names({"b/one", "d/unseen"}, SEEN) == frozenset()
    assert other_names(set(), SEEN) == frozenset()
