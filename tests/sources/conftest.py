"""Feeds are parsed in this process, where the child that parses them is not the subject."""

import pytest


@pytest.fixture(autouse=True)
def parsed_unless_the_child_is_tested(request: pytest.FixtureRequest) -> None:
    if request.node.path.stem != "test_feed_parser":
        request.getfixturevalue("parsed_here")
