"""Documents that are remembered: the latest few, within bounds, and always the last one."""

from staycurrent.curated.document import KEPT, KEPT_BYTES, parsed

LIST = b"# List\n\n- [A](https://a.example/x) - Text.\n"


def lists(count: int) -> list[bytes]:
    """So many lists, of which no two are alike."""
    return [LIST + b"\n" * number for number in range(1, count + 1)]


def test_a_list_that_did_not_change_is_taken_apart_once() -> None:
    assert parsed(LIST) is parsed(bytes(bytearray(LIST)))


def test_as_many_lists_are_kept_as_it_says() -> None:
    first, *others = lists(KEPT + 1)
    before = parsed(first)
    for one in others[:-1]:
        parsed(one)
    assert parsed(first) is before
    for one in others:
        parsed(one)
    assert parsed(first) is not before


def test_what_was_asked_for_last_stays_longest() -> None:
    first, second, *others = lists(KEPT + 1)
    kept, gone = parsed(first), parsed(second)
    for one in others[:-1]:
        parsed(one)
    parsed(first)
    parsed(others[-1])
    assert parsed(first) is kept
    assert parsed(second) is not gone


def test_large_lists_are_kept_one_at_a_time() -> None:
    first, second = (one + b"word " * (KEPT_BYTES // 5) for one in lists(2))
    before = parsed(first)
    assert parsed(first) is before
    after = parsed(second)
    assert parsed(second) is after
    assert parsed(first) is not before
