"""What GitHub cached, by entity tag: the last answer of each name, of nights that count."""

from datetime import UTC, datetime

import pytest

from staycurrent.links.providers.github.observations import Repository
from staycurrent.links.providers.github.rest import CachedRepository
from staycurrent.warehouse import lookups
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import began, ended, night

FULL = Repository(
    "psf/requests",
    "R_1",
    archived=True,
    disabled=False,
    private=True,
    pushed_at=datetime(2026, 11, 1, 2, 3, 4, tzinfo=UTC),
)
BARE = Repository("a/b", None, archived=False, disabled=True, private=False, pushed_at=None)


def cached(
    n: int, etag: str = '"1"', repository: Repository = FULL, asked: str = "a/b"
) -> CachedRepository:
    return CachedRepository(asked, night(n), etag, repository)


def learned(
    w: Warehouse, n: int, *those: CachedRepository, status: RunStatus = RunStatus.JUDGED
) -> None:
    run_id = began(w, n, {})
    lookups.add_repositories(w, run_id, those)
    ended(w, run_id, n, status)


def test_a_repository_comes_back_as_it_was(w: Warehouse) -> None:
    full, bare = cached(1, 'W/"x"', asked="PSF/requests"), cached(1, repository=BARE)
    learned(w, 1, full, bare)
    assert lookups.repositories(w, night(400)) == {"PSF/requests": full, "a/b": bare}


def test_the_last_answer_counts_and_none_of_a_later_night(w: Warehouse) -> None:
    learned(w, 1, cached(1))
    learned(w, 3, cached(3, '"3"'))
    assert lookups.repositories(w, night(2)) == {"a/b": cached(1)}
    assert lookups.repositories(w, night(4)) == {"a/b": cached(3, '"3"')}


def test_a_night_that_was_not_judged_taught_nothing(w: Warehouse) -> None:
    learned(w, 1, cached(1), status=RunStatus.NOT_JUDGED)
    assert lookups.repositories(w, night(2)) == {}


def test_nothing_is_added_to_a_run_that_ended(w: Warehouse) -> None:
    run_id = ended(w, began(w, 1, {}), 1)
    with pytest.raises(ValueError, match=f"run {run_id} has ended"):
        lookups.add_repositories(w, run_id, [cached(1)])
