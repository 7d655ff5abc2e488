"""The document cache."""

from staycurrent.curated.document import MAX_CACHED, parse_cached

LIST = b"# List\n\n- [A](https://a.example/x) - Text.\n"


def test_an_unchanged_list_is_parsed_once() -> None:
    assert parse_cached(LIST) is parse_cached(bytes(bytearray(LIST)))


def test_the_cache_is_bounded() -> None:
    first = parse_cached(LIST)
    for count in range(1, MAX_CACHED + 1):
        parse_cached(LIST + b"\n" * count)
    assert parse_cached(LIST) is not first
