"""A pull request that is open: it is proposed once, and each test has a copy of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder import Walk
from tests.support.github import Keeper, Proposed


@pytest.fixture(scope="session")
def proposed_once(walk: Walk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proposed]:
    with Proposed.by(tmp_path_factory.mktemp("proposed"), walk) as found:
        yield found


@pytest.fixture
def proposed(proposed_once: Proposed, tmp_path: Path) -> Keeper:
    """The list's keeper after the first `pr`, and the hub that it was proposed to."""
    return proposed_once.copy(tmp_path)
