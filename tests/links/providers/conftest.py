"""What the tests of providers are given."""

from pathlib import Path

import pytest

from tests.support.values import Replay


@pytest.fixture
def replay() -> Replay:
    return Replay()


@pytest.fixture
def recorded() -> Path:
    folder = Path(__file__).parents[4] / "shared" / "recorded"
    if not folder.is_dir():
        pytest.skip("../shared is absent")
    return folder
