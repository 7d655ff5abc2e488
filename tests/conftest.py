"""What holds for every test: no deadline for an example, little work for the garbage collector."""

import asyncio
import gc
import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage

import pytest
from hypothesis import settings

settings.register_profile("staycurrent", deadline=None, print_blob=True)
settings.load_profile("staycurrent")


_MEMORY = Path("/dev/shm")  # noqa: S108
"""Files in memory, on Linux. A busy disk is waited for twenty times a night: tests with git took
183 s under a load of 12, and 100 s here; on an idle machine 86 s and 84 s."""
_NEEDED = 3 << 30
if os.access(_MEMORY, os.W_OK) and disk_usage(_MEMORY).free > _NEEDED:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

gc.disable()  # until all modules are imported: what is made meanwhile stays


def pytest_collection_finish() -> None:
    """Let Python no more look for garbage among what stays to the end: 9,000 tests and modules."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Each new warehouse is a copy of this one."""
    from tests.support.one_duckdb import copied_warehouses, make_warehouse

    template = tmp_path_factory.mktemp("template") / "warehouse.duckdb"
    make_warehouse(template)
    with copied_warehouses(template):
        yield template


class ParsedHere:
    """A child process that has parsed a feed and ended well."""

    returncode = 0

    def __init__(self, url: str) -> None:
        self._url = url

    async def communicate(self, body: bytes) -> tuple[bytes, None]:
        """What the child would print."""
        from staycurrent.sources.feed_parser_process import parse_body

        with warnings.catch_warnings(action="ignore"):  # as in the child
            return json.dumps(parse_body(body, self._url)).encode(), None


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds are parsed in this process: a child of its own imports the parser for each of them."""

    async def exec_here(
        _python: str, _isolated: str, _child: str, url: str, **_: int
    ) -> ParsedHere:
        return ParsedHere(url)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", exec_here)
