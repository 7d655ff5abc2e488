"""Bodies: kept compressed by address and night, the same one once, and let go of in time."""

from staycurrent.sources.cache import CachedResponse
from staycurrent.warehouse import lookups
from staycurrent.warehouse.open import Warehouse
from tests.support.values import night

PAGE = b"<p>" + bytes(range(256)) * 40


def body(n: int, name: str = "a", content: bytes = PAGE, etag: str = '"x"') -> CachedResponse:
    url = f"https://feed.test/{name}"
    return CachedResponse(url, night(n), url, 200, "text/html; charset=utf-8", etag, "", content)


def test_a_body_comes_back_byte_for_byte(w: Warehouse) -> None:
    kept = [body(1), body(1, "b", b""), body(1, "c", "naïve 🔦".encode())]
    lookups.add_responses(w, kept)
    assert list(lookups.responses_of(w, night(1))) == kept
    assert lookups.responses_of(w, night(2)) == ()


def test_the_newest_is_the_last_up_to_a_night(w: Warehouse) -> None:
    lookups.add_responses(w, [body(1, content=b"1"), body(2, content=b"2"), body(4, content=b"4")])
    url = body(1).url
    found = [lookups.latest_response(w, url, night(n)) for n in (1, 2, 3, 4)]
    assert [one.content for one in found if one] == [b"1", b"2", b"2", b"4"]
    assert lookups.latest_response(w, "https://feed.test/other", night(4)) is None


def test_a_body_of_the_same_night_and_address_is_replaced(w: Warehouse) -> None:
    lookups.add_responses(w, [body(1, content=b"old"), body(1, "b")])
    lookups.add_responses(w, [body(1, content=b"new")])
    assert [one.content for one in lookups.responses_of(w, night(1))] == [b"new", PAGE]


def test_the_same_content_is_stored_once_and_packed(w: Warehouse) -> None:
    lookups.add_responses(w, [body(1), body(1, "b"), body(2)])
    ((count, size),) = w.select(
        "SELECT count(*), sum(octet_length(compressed)) FROM response_bodies"
    )
    assert count == 1
    assert size < len(PAGE) / 10


def test_nights_that_are_over_are_dropped_with_what_only_they_had(w: Warehouse) -> None:
    lookups.add_responses(w, [body(1, content=b"gone"), body(1, "b"), body(2, "b"), body(3)])
    lookups.drop_responses_before(w, night(2))
    assert lookups.response_dates(w) == (night(2), night(3))
    assert w.select("SELECT count(*) FROM response_bodies") == [(1,)]
    assert lookups.latest_response(w, body(3).url, night(9)) == body(3)


def test_a_header_that_is_no_unicode_does_not_stop_the_night(w: Warehouse) -> None:
    lookups.add_responses(w, [body(1, etag="\ud800")])
    assert [one.etag for one in lookups.responses_of(w, night(1))] == ["\ufffd"]
