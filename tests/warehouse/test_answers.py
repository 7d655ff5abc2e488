"""Answers that are kept until something is written: those of a list, never those of a registry."""

import tracemalloc

from staycurrent.warehouse.open import open_in_memory

ECHO = "SELECT * FROM unnest(?::VARCHAR[])"
BATCH = 5_000


def question(number: int) -> list[str]:
    """As many keys as a stage asks about at once."""
    return [f"https://host{number}.example/{each}" for each in range(BATCH)]


def held(batches: range) -> int:
    """Bytes that a warehouse has grown by when it was asked about these batches, one by one."""
    with open_in_memory() as warehouse:
        warehouse.select(ECHO, question(0))
        tracemalloc.start()
        for number in batches:
            assert len(warehouse.select(ECHO, question(number))) == BATCH
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return size


def test_what_is_kept_does_not_grow_with_what_was_asked() -> None:
    assert held(range(1, 41)) < 1.5 * held(range(1, 11))


def test_the_latest_answers_hold_until_something_is_written() -> None:
    with open_in_memory() as warehouse:
        keys = question(0)
        (row, *_) = warehouse.select(ECHO, keys)
        assert warehouse.select(ECHO, list(keys))[0] is row
        warehouse.execute("CREATE TABLE other (id INTEGER)")
        assert warehouse.select(ECHO, keys)[0] is not row
