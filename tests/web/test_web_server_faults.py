"""Faults of the test web: each one that it promises really happens on the wire."""

import socket
import ssl
import zlib
from collections.abc import Iterator

import pytest

from tests.support.web_server import HEAD_END, Played, ask, dial, fetched, heard, played, status


@pytest.fixture(scope="module")
def basics() -> Iterator[Played]:
    with played("basics") as web:
        yield web


def test_reset_sends_rst_and_the_second_try_succeeds_every_night() -> None:
    with played("basics") as web:
        for night in (1, 2):
            web.server.play(night)
            with pytest.raises(ConnectionResetError):
                fetched(web, "http://ok.test/second-try")
            assert status(fetched(web, "http://ok.test/second-try")) == 200


def test_hang_sends_nothing_and_keeps_the_connection(basics: Played) -> None:
    with dial(basics, "faults.test") as own:
        ask(own, "faults.test", "/hang")
        own.settimeout(0.3)
        with pytest.raises(TimeoutError):
            own.recv(1)


def test_close_ends_the_connection_without_a_byte(basics: Played) -> None:
    assert fetched(basics, "http://faults.test/close") == b""


def test_garbage_is_no_http(basics: Played) -> None:
    response = fetched(basics, "http://faults.test/garbage")
    assert response
    assert b"HTTP/1" not in response


def test_a_drip_never_finishes_its_headers(basics: Played) -> None:
    with dial(basics, "faults.test") as own:
        ask(own, "faults.test", "/drip")
        response = heard(own, for_s=0.5)
    assert response.startswith(b"HTTP/1.1 200 OK\r\nx-drip: ..")
    assert HEAD_END not in response
    assert response.count(b".") < 20


def test_a_dripping_body_follows_whole_headers(basics: Played) -> None:
    with dial(basics, "faults.test") as own:
        ask(own, "faults.test", "/drip-body")
        head, _, body = heard(own, for_s=0.5).partition(HEAD_END)
    assert b"content-length: 1000000" in head
    assert body.endswith(b"...")


def test_a_truncated_body_is_shorter_than_its_content_length(basics: Played) -> None:
    head, _, body = fetched(basics, "http://faults.test/truncate").partition(HEAD_END)
    promised = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert 0 < len(body) < promised


@pytest.mark.parametrize("path", ["/endless", "/giant-headers", "/flood"])
def test_endless_faults_exceed_every_limit(basics: Played, path: str) -> None:
    with dial(basics, "faults.test") as own:
        ask(own, "faults.test", path)
        response = heard(own, at_most=2_000_000, for_s=20.0)
    assert len(response) >= 2_000_000
    ends = response.count(HEAD_END)
    assert {"/endless": ends == 1, "/giant-headers": ends == 0, "/flood": ends > 1000}[path]


def test_a_bomb_is_small_on_the_wire_and_large_behind_it(basics: Played) -> None:
    head, _, packed = fetched(basics, "http://faults.test/bomb").partition(HEAD_END)
    assert b"content-encoding: gzip" in head
    unpacker = zlib.decompressobj(wbits=31)
    size = 0
    while packed:
        size += len(unpacker.decompress(packed, 1 << 20))
        packed = unpacker.unconsumed_tail
    assert unpacker.eof
    assert size == 256 << 20


def test_a_stacked_bomb_is_smaller_still(basics: Played) -> None:
    head, _, packed = fetched(basics, "http://faults.test/stacked-bomb").partition(HEAD_END)
    assert b"content-encoding: gzip, gzip, gzip" in head
    assert len(packed) < 2_000


def test_a_forged_response_follows_the_real_one(basics: Played) -> None:
    with dial(basics, "faults.test") as own:
        ask(own, "faults.test", "/stray", "HEAD")
        response = heard(own, for_s=0.3)
    assert response.startswith(b"HTTP/1.1 200 OK")
    assert response.endswith(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n")


def test_a_refused_host_refuses_and_a_silent_one_lets_the_connection_time_out(
    basics: Played,
) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(ConnectionRefusedError):
            dial(basics, "refused.test", scheme)
    silent = (basics.server.addresses["silent.test"], basics.server.ports[80])
    with pytest.raises(TimeoutError):
        socket.create_connection(silent, timeout=0.5)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("expired.test", "certificate has expired"),
        ("untrusted.test", "unable to get local issuer certificate"),
        ("wrong-name.test", "Hostname mismatch"),
    ],
)
def test_bad_certificates_fail_for_their_own_reason(basics: Played, host: str, words: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        dial(basics, host, "https")
    assert status(fetched(basics, f"http://{host}/")) == 200


def test_an_old_tls_server_shares_no_version_with_us(basics: Played) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol|version|EOF"):
        dial(basics, "old-tls.test", "https")


def test_a_host_without_tls_refuses_443_only(basics: Played) -> None:
    assert status(fetched(basics, "http://plain-only.test/")) == 200
    with pytest.raises(ConnectionRefusedError):
        dial(basics, "plain-only.test", "https")
