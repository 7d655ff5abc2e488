"""A client that speaks bytes: what the test web says, before any library reads it."""

import socket
import time

from tests.web_of_tests.fixture import Played

HEAD_END = b"\r\n\r\n"


def dial(web: Played, host: str, scheme: str = "http") -> socket.socket:
    """Connect to a host's own address; for https the handshake is done too, or raises."""
    port = web.server.ports[443 if scheme == "https" else 80]
    plain = socket.create_connection((web.server.addresses[host], port), timeout=1.0)
    if scheme == "http":
        return plain
    return web.server.certificates.client.wrap_socket(plain, server_hostname=host)


def ask(own: socket.socket, host: str, path: str, method: str = "GET", more: str = "") -> None:
    """Send a request without body; `more` are further header lines."""
    own.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode())


def heard(own: socket.socket, at_most: int = 1 << 26, for_s: float = 1.0) -> bytes:
    """What comes until the end, `at_most` bytes, or `for_s` seconds; a reset raises."""
    until = time.monotonic() + for_s
    data = bytearray()
    while len(data) < at_most and (left := until - time.monotonic()) > 0:
        own.settimeout(left)
        try:
            chunk = own.recv(1 << 16)
        except TimeoutError:
            break
        if not chunk:
            break
        data += chunk
    return bytes(data)


def fetched(web: Played, url: str, method: str = "GET", more: str = "") -> bytes:
    """Everything that comes in answer to one request on a connection of its own."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    with dial(web, host, scheme) as own:
        ask(own, host, slash + path, method, more + "Connection: close\r\n")
        return heard(own)


def status(answer: bytes) -> int:
    """The code in an answer's status line."""
    return int(answer.split(b" ", 2)[1])
