"""What fails for want of descriptors or memory says nothing about a name, and is asked again."""

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
