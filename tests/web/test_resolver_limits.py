"""What fails for want of descriptors or memory says nothing about a name, and is asked again."""

import asyncio
import errno
import socket

import pytest

from staycurrent.web.resolver import SystemResolver
from staycurrent.web.response import Failure, TransportError

OURS = [
    socket.gaierror(socket.EAI_SYSTEM, "system"),
    socket.gaierror(socket.EAI_MEMORY, "memory"),
    OSError(errno.EMFILE, "files"),
    OSError(errno.ENFILE, "files"),
    OSError(errno.ENOMEM, "memory"),
]


@pytest.mark.parametrize("error", OURS, ids=repr)
async def test_a_fault_of_ours_is_no_answer_and_is_not_cached(
    monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    answers = iter([error])

    def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        for one in answers:
            raise one
        return [(0, 0, 0, "", ("192.0.2.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolver = SystemResolver(5)
    with pytest.raises(TransportError) as raised:
        await resolver.resolve("name.example")
    assert raised.value.failure is Failure.DEFERRED
    assert await resolver.resolve("name.example") == ("192.0.2.1",)
    resolver.close()


@pytest.mark.parametrize("code", [socket.EAI_NONAME, socket.EAI_AGAIN])
async def test_a_failed_lookup_is_kept_for_the_first_checks_and_not_for_the_second(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    rows: list[tuple[object, ...]] = [(0, 0, 0, "", ("192.0.2.1", 0))]
    answers: list[socket.gaierror | None] = [socket.gaierror(code, "trouble"), None]

    def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        if (error := answers.pop(0)) is not None:
            raise error
        return rows

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    resolver = SystemResolver(5, failure_s=0)
    first = [resolver.resolve("name.example") for _ in range(10)]
    failures = await asyncio.gather(*first, return_exceptions=True)
    assert all(isinstance(one, TransportError) for one in failures)
    assert len(answers) == 1
    await asyncio.sleep(0)
    assert await resolver.resolve("name.example") == ("192.0.2.1",)
    assert await resolver.resolve("name.example") == ("192.0.2.1",)
    resolver.close()
