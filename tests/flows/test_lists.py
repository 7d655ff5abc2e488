"""Real lists, whole: a night that proves nothing changes no byte, and flags are all that does."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from staycurrent.curated.document import Document, parse
from staycurrent.flows.commands.run import run
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.lists import link_key
from staycurrent.flows.reporter import Reporter
from staycurrent.web.client import Client
from staycurrent.web.settings import WebSettings
from tests.support.documents import strip_flags
from tests.support.folder import (
    CANARIES,
    FIRST,
    NIGHTS,
    Folder,
    differing,
    lay_out,
    pages,
    tenth,
    with_database,
)
from tests.support.web_server import Played, played, written

SHARED = Path(__file__).parents[3] / "shared" / "lists"
FLAG = re.compile(
    r" \((?:💀<!--stay:dead:2026-11-01|🔧<!--stay:malformed:2026-11-01)-->\)".encode()
)
WINDOWS = """\ufeff# Tools\r
\r
| Tool | What |\r
|---|:--|\r
| [One](https://one.example/a) | Good \\| better, see [the page](https://one.example/b?x=1&y=2) |\r
| **[Two](https://two.example/a)** ([code](<https://two.example/b>)) | *Fine* |\r
\r
<p align="center"><a href="https://three.example/a"><img src="https://three.example/i.png"></a></p>\r
\r
- `[Not](https://code.example/)` but https://bare.example/a. And <https://auto.example/a>!\r
  - [Nested][ref], twice: [nested][REF] and [Ref].\r
\r
[ref]: https://ref.example/a "A title"\r
no newline at the end"""
PLAIN = "".join(
    f"## Part {part}\n\n"
    + "".join(
        f"{'*' if part % 2 else '-'} [Thing {n}](https://h{n}.example/{part}) - Text {n}.\n"
        for n in range(12)
    )
    + "\n"
    for part in range(4)
)
OWN = {"windows.md": WINDOWS.encode(), "plain.md": PLAIN.encode()}


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of each list."""

    before: Mapping[str, bytes]
    first: Mapping[str, bytes]
    """After the first night: nothing was dead yet."""
    last: Mapping[str, bytes]
    missing: set[str]


def seen(path: Path, lists: Mapping[str, bytes]) -> Seen:
    """Walk the nights over all of these lists at once, as one run would."""
    folder = Folder(path)
    missing = tenth(pages(lists.values()))
    lay_out(folder, missing)
    for name, raw in lists.items():
        (path / name).write_bytes(raw)
    named = [word for name in lists for word in ("--list", name)]
    after: list[dict[str, bytes]] = []
    for night in NIGHTS:
        assert folder.staycurrent("check", "-q", *named, night=night).code == 0
        if night in (NIGHTS[0], NIGHTS[-1]):
            assert folder.staycurrent("render", *named, night=night).code == 0
            after.append({name: (path / name).read_bytes() for name in lists})
    first, last = after
    return Seen(lists, first, last, missing)


def wanted(document: Document, keys: set[str]) -> int:
    """Spots at which a flag for one of these links can stand."""
    return len(
        {
            place.flag_offset
            for place in document.occurrences
            if link_key(place.url) in keys and place.can_carry_flag
        }
    )


def prove(result: Seen, name: str) -> None:
    """Flags are all that differs, and none is missing."""
    before, first, last = result.before[name], result.first[name], result.last[name]
    for old, new in (*differing(before, first), *differing(before, last)):
        assert new != old
        assert FLAG.sub(b"", new) == old
    assert b"stay:dead" not in first
    assert FLAG.sub(b"", last) == strip_flags(last) == before
    assert last.count(b"<!--stay:dead:") == wanted(parse(before), result.missing)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen(tmp_path_factory.mktemp("own"), OWN)


@pytest.mark.parametrize("name", OWN)
def test_of_a_small_list_only_flags_differ(own: Seen, name: str) -> None:
    prove(own, name)
    assert own.first[name] == own.before[name]
    assert own.last[name] != own.before[name]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The larger ones are rewritten in `tests/curated`: each link costs a check here."""
    lists = {path.name: path.read_bytes() for path in SHARED.glob("*__*.md")}
    lists = {name: raw for name, raw in lists.items() if len(raw) < 100_000}
    assert len(lists) == 6
    return seen(tmp_path_factory.mktemp("shared"), lists)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_of_six_lists_that_people_keep_only_flags_differ(shared: Seen) -> None:
    for name in shared.before:
        prove(shared, name)
    quiet = [name for name in shared.before if b"stay:malformed" not in shared.first[name]]
    assert len(quiet) >= 4
    assert all(shared.first[name] == shared.before[name] for name in quiet)
    assert sum(raw.count(b"stay:dead") for raw in shared.last.values()) > 50


def test_over_real_sockets_only_flags_differ(tmp_path: Path) -> None:
    found = pages([WINDOWS.encode()])
    missing = {one.key for one in found if one.host == "two.example"}
    hosts = "".join(
        f'[[page]]\nurl = "{one.key}"\nstatus = {404 if one.key in missing else 200}\n'
        f'body = "<!doctype html><title>A page</title>"\n'
        for one in found
    )
    folder = Folder(tmp_path)
    folder.write(listed=WINDOWS)
    with played(written(tmp_path, CANARIES + hosts)) as web:
        for number in NIGHTS:
            as_of = FIRST + timedelta(days=number - 1)
            path = tmp_path / "staycurrent.toml"
            night = load_context(path, fixed_clock(as_of), Reporter(), environment={})
            with_database(run, replace(night, open_client=on(web)))
        assert len({one.host for one in web.server.requests}) == 5 + len(
            {one.host for one in found}
        )
    result = Seen(
        {"": WINDOWS.encode()}, {"": WINDOWS.encode()}, {"": folder.list.read_bytes()}, missing
    )
    prove(result, "")


def on(web: Played) -> Callable[[WebSettings, date], AbstractAsyncContextManager[Client]]:
    """The real edge, aimed at the test web."""

    @asynccontextmanager
    async def opened(policy: WebSettings, day: date) -> AsyncIterator[Client]:
        web.server.play((day - FIRST.date()).days + 1)
        client = web.web(policy)
        try:
            yield client
        finally:
            await client.aclose()

    return opened


@pytest.mark.parametrize(
    "host", ["MÜNCHEN.example", "xn--mnchen-3ya.example", "http://münchen.example/b"]
)
def test_a_host_is_named_as_people_write_it(folder: Folder, host: str) -> None:
    page = (
        '[[page]]\nurl = ["https://xn--mnchen-3ya.example/a", "https://b.example/"]\ntitle = "A"\n'
    )
    folder.write(listed="- [A](https://münchen.example/a)\n- [B](https://b.example/)\n", web=page)
    ended = folder.staycurrent("check", "--host", host)
    assert (ended.code, "check: 1 link checked" in ended.err) == (0, True), ended
    links = folder.status(1, "--host", host)["links"]
    assert [one["url"] for one in links] == ["https://münchen.example/a"]


def test_what_is_not_requested_is_not_counted_as_checked(folder: Folder) -> None:
    page = '[[page]]\nurl = ["https://a.example/", "https://b.example/"]\ntitle = "A"\n'
    typo = "- [C](hhttps://c.example/)\n"
    folder.write(listed=f"- [A](https://a.example/)\n- [B](https://b.example/)\n{typo}", web=page)
    ended = folder.staycurrent("check", "--limit", "1")
    assert "check: 1 link checked, 1 not requested, 2 verdicts changed" in ended.err
    assert folder.status(1)["run"]["checked"] == 2
    assert "check: 1 link checked, 1 verdict changed" in folder.staycurrent("check").err
