"""A fast local server on many loopback addresses: each path says when and what it answers."""

import asyncio
import ssl
import sys
from pathlib import Path

import trustme

BODY = b"<!doctype html><title>Here</title><p>" + b" ".join(b"word%d is" % n for n in range(150))
HEAD = b"HTTP/1.1 %d Said\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
GREETING = HEAD % (200, len(BODY)) + BODY


class Visit(asyncio.Protocol):
    """One connection; `/MILLISECONDS/STATUS/...` is answered so, status 0 never, others at once."""

    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep whom to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request whose head is complete."""
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for head in heads:
            parts = head.split(b" ", 2)[1].split(b"/")
            well = len(parts) > 3 and parts[1].isdigit() and parts[2].isdigit()
            delay_ms, status = (int(parts[1]), int(parts[2])) if well else (0, 200)
            if status:
                last = b"onnection: close" in head
                asyncio.get_running_loop().call_later(delay_ms / 1000, self._answer, status, last)

    def _answer(self, status: int, last: bool) -> None:  # noqa: FBT001 -- for call_later
        self._transport.write(GREETING if status == 200 else HEAD % (status, 0))
        if last:
            self._transport.close()


def address(number: int) -> str:
    """The loopback address of the host of that number, from 0."""
    second, rest = divmod(number, 62_500)
    return f"127.{64 + second}.{rest // 250}.{rest % 250 + 1}"


def contexts(hosts: int, papers: Path) -> list[ssl.SSLContext]:
    """A context with a certificate of its own for each host; that of their CA goes to a file."""
    ca = trustme.CA()
    papers.write_bytes(ca.cert_pem.bytes())
    found = [ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(hosts)]
    for number, own in enumerate(found):
        ca.issue_cert(address(number)).configure_cert(own)
    return found


async def serve(port: int, secured: list[ssl.SSLContext]) -> None:
    """Serve on every address of 127/8, or with papers on those that have some, until killed."""
    loop = asyncio.get_running_loop()
    if not secured:
        await loop.create_server(Visit, "0.0.0.0", port, backlog=4096)  # noqa: S104
    for number, own in enumerate(secured):
        await loop.create_server(Visit, address(number), port, ssl=own, backlog=512)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    papers = sys.argv[3:]
    asyncio.run(
        serve(int(sys.argv[1]), contexts(int(sys.argv[2]), Path(papers[0])) if papers else [])
    )
