"""An answer under way: its head, and a body that is still to be read."""

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from staycurrent.web.http import httpx
from staycurrent.web.outgoing import Headers, Outgoing


class Incoming(Protocol):
    """What a request brought so far."""

    @property
    def status(self) -> int:
        """As the server has it."""
        ...

    @property
    def headers(self) -> Headers:
        """As they came."""
        ...

    async def more(self) -> bytes:
        """The next bytes of the body, not decoded; empty at its end. Raises `Broken`."""
        ...

    async def close(self) -> None:
        """Read no more of it."""
        ...


@runtime_checkable
class Carrier(Protocol):
    """A transport without httpx's requests and responses, which are a tenth of a look's cost."""

    async def carry(self, outgoing: Outgoing) -> Incoming:
        """Send one request, and hear the head of its answer."""
        ...


async def heard(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> Incoming:
    """What any transport of httpx's brings."""
    return _OfHttpx(await transport.handle_async_request(request))


class _OfHttpx:
    """A response whose body is read as it came: httpx would decode it without a limit."""

    def __init__(self, response: httpx.Response) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 -- of them all
        self.status = response.status_code
        self.headers: Headers = response.headers.raw
        self._stream = response.stream
        self._rest = aiter(response.stream)

    async def more(self) -> bytes:
        """As in `Incoming`."""
        async for chunk in self._rest:
            if chunk:
                return chunk
        return b""

    async def close(self) -> None:
        """As in `Incoming`."""
        await self._stream.aclose()


def for_httpx(answer: Incoming) -> httpx.Response:
    """The same as httpx has it."""
    return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, answer: Incoming) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while data := await self._answer.more():
            yield data

    async def aclose(self) -> None:
        await self._answer.close()
