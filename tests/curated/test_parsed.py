"""Documents that are remembered: the latest few, within bounds, and always the last one."""

from staycurrent.curated.document import MAX_CACHED, MAX_CACHED_BYTES, parse_cached

LIST = b"# List\n\n- [A](https://a.example/x) - Text.\n"


def lists(count: int) -> list[bytes]:
    """So many lists, of which no two are alike."""
    return [LIST + b"\n" * number for number in range(1, count + 1)]


def test_a_list_that_did_not_change_is_taken_apart_once() -> None:
    assert parse_cached(LIST) is parse_cached(bytes(bytearray(LIST)))


def test_as_many_lists_are_kept_as_it_says() -> None:
    first, *others = lists(MAX_CACHED + 1)
    before = parse_cached(first)
    for one in others[:-1]:
        parse_cached(one)
    assert parse_cached(first) is before
    for one in others:
        parse_cached(one)
    assert parse_cached(first) is not before


def test_what_was_asked_for_last_stays_longest() -> None:
    first, second, *others = lists(MAX_CACHED + 1)
    kept, gone = parse_cached(first), parse_cached(second)
    for one in others[:-1]:
        parse_cached(one)
    parse_cached(first)
    parse_cached(others[-1])
    assert parse_cached(first) is kept
    assert parse_cached(second) is not gone


def test_large_lists_are_kept_one_at_a_time() -> None:
    first, second = (one + b"word " * (MAX_CACHED_BYTES // 5) for one in lists(2))
    before = parse_cached(first)
    assert parse_cached(first) is before
    after = parse_cached(second)
    assert parse_cached(second) is after
    assert parse_cached(first) is not before
