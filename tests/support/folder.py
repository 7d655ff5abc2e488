"""A folder with a list, settings and a recorded web, and the command line run in it."""

import base64
import fcntl
import json
import os
import pickle
import socket
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns, rmtree
from typing import Any, NoReturn, Self, TypeVar

import pytest

from staycurrent.curated.document import parse_cached
from staycurrent.flows.checking.targets import CheckScope
from staycurrent.flows.cli import main
from staycurrent.flows.commands.check import check
from staycurrent.flows.commands.demo import LED_OFF, RECORDED
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.database import open_database
from staycurrent.flows.distributed.shard import ShardTask, check_shard
from staycurrent.flows.reporter import Reporter
from staycurrent.links.link import Link, link
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.witness_lookup import dns_query
from staycurrent.sources.settings import SourceSettings
from staycurrent.warehouse.open import open_warehouse

FIRST = datetime.fromisoformat("2026-11-01T02:00:00+00:00")
CANARIES = """
first_night = 2026-11-01
[[page]]
url = ["https://www.wikipedia.org/", "https://www.python.org/", "https://www.cloudflare.com/",
       "https://www.debian.org/", "https://www.iana.org/"]
title = "Welcome"
"""
FEEDS_OFF = "".join(f"\n[sources.{name}]\nenabled = false\n" for name in SourceSettings().enabled)
NO_BACKUP = """
[warehouse]
backups = 0
"""
BACKUP = """
[warehouse]
backups = 7
"""
SETTINGS = f"""
[web]
recording = "web.toml"
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.recheck]
alive_every = 1
settled_every = 1
[links.witness]
enabled = false
{LED_OFF}"""


def dns_page(resolver: str, name: str, code: int, *address: int) -> str:
    """A rule of the played web for one question to one resolver."""
    query = dns_query(name)
    assert query is not None
    encoded = base64.urlsafe_b64encode(query).rstrip(b"=").decode()
    count = 1 if address else 0
    record = b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 60, 4) + bytes(address) if address else b""
    body = struct.pack("!6H", 0, 0x8180 | code, 1, count, 0, 0) + query[12:] + record
    text = "".join(f"\\u{byte:04x}" for byte in body)
    return f"""
[[page]]
url = "{resolver}?dns={encoded}"
headers = {{ content-type = "application/dns-message" }}
encoding = "latin-1"
body = "{text}"
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the commands run."""

    path: Path

    @property
    def list(self) -> Path:
        return self.path / "curated.md"

    @property
    def warehouse(self) -> Path:
        return self.path / ".staycurrent" / "warehouse.duckdb"

    def write(self, *, listed: str | bytes, web: str = "", settings: str = FEEDS_OFF) -> None:
        """Lay the folder out; the canaries answer, and the feeds are off unless asked for.

        Backups are too: they are a third of such a night, and few tests need them.
        """
        settings += "" if "[warehouse]" in settings else NO_BACKUP
        self.list.write_bytes(listed.encode() if isinstance(listed, str) else listed)
        (self.path / "web.toml").write_text(CANARIES + web, encoding="utf-8")
        (self.path / "staycurrent.toml").write_text(SETTINGS + settings, encoding="utf-8")

    def staycurrent(self, *argv: str, night: int = 1) -> Ended:
        """Run one command as of a night, in the folder."""
        as_of = (FIRST + timedelta(days=night - 1)).isoformat()
        return self.plainly(*argv, "--as-of", as_of)

    def plainly(self, *argv: str) -> Ended:
        """Run one command as it is, in the folder."""
        out, err = StringIO(), StringIO()
        with chdir(self.path), redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(list(argv))
            except SystemExit as left:
                code = int(left.code or 0)
        return Ended(code, out.getvalue(), err.getvalue())

    @property
    def text(self) -> str:
        """The list."""
        return self.list.read_bytes().decode()

    def files(self) -> set[str]:
        """Everything that lies in the folder, by its path from there."""
        return {str(one.relative_to(self.path)) for one in self.path.rglob("*")}

    def nights(self, first: int, last: int) -> Ended:
        """Run the nights from `first` to `last`, each of which must be judged; how that ended.

        Those before it are quiet: the hints after a night cost a fifth of it, and change nothing.
        """
        ended = Ended(0, "", "")
        for night in range(first, last + 1):
            quiet = ("--quiet",) if night < last else ()
            ended = self.staycurrent("run", *quiet, night=night)
            assert ended.code == 0, ended.err
        return ended

    def status(self, night: int = 1, *more: str) -> dict[str, Any]:
        """`status --format json`, read."""
        ended = self.staycurrent("status", "--format", "json", *more, night=night)
        assert ended.code == 0, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        return found

    def verdicts(self, night: int = 1) -> dict[str, str]:
        """The verdict of each address."""
        return {row["url"]: row["verdict"] for row in self.status(night)["links"]}

    def check_in_shards(self, night: int, vantage: str = "") -> None:
        """Check in three shards, one after the other in this process."""

        def execute(tasks: Iterable[ShardTask], done: Callable[[Path], None]) -> None:
            for task in tasks:
                done(check_shard(task))

        settings = self.path / "staycurrent.toml"
        text = settings.read_text(encoding="utf-8")
        if "[scale]" not in text:
            settings.write_text(f"{text}\n[scale]\nshards = 3\n", encoding="utf-8")
        clock = fixed_clock(FIRST + timedelta(days=night - 1))
        ctx = load_context(settings, clock, Reporter(), environment={})
        with_database(check, ctx, CheckScope(vantage=vantage), executor=execute)


T = TypeVar("T")


def once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], T]) -> T:
    """What `build` makes in a folder; the first worker to ask builds, the others wait and read.

    Nobody writes there afterwards: another worker may be reading.
    """
    own = factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, built = common / name, common / f"{name}.built"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            rmtree(folder, ignore_errors=True)  # of a worker that died over it
            folder.mkdir()
            built.write_bytes(pickle.dumps(build(folder)))
        found: T = pickle.loads(built.read_bytes())  # noqa: S301 -- written by this very run
        return found


LIST = """# A list

## Papers

- [Good](https://good.example/a) - Fine.
- [Gone](https://gone.example/a) - Says 410.
- [Missing](https://missing.example/a) - Says 404.
- [Moved](https://moved.example/a#part) - Says 301.
- [Typo](hhttps://typo.example/a) - Malformed.
- [Mail](mailto:a@example.org) - No web address.
- [Walled](https://walled.example/a) - Says 403.
- [Slow](https://slow.example/a) - Never answers.
- [Back](https://back.example/a) - Fails twice.
- [Insecure](https://insecure.example/a) - Its certificate expired.
- [Ours](https://inside.example/a) - A private address.
- [Kept](https://missing.example/a) - The same. <!-- stay:keep -->
- [Left alone](https://ignored.example/a) - Not asked. <!-- stay:ignore -->
"""
WEB = """
[[page]]
url = ["https://good.example/a", "https://moved.example/b"]
title = "Here"
[[page]]
url = "https://gone.example/a"
status = 410
[[page]]
url = "https://missing.example/a"
status = 404
[[page]]
url = "https://moved.example/a"
status = 301
location = "https://moved.example/b"
[[page]]
url = "https://walled.example/a"
status = 403
[[page]]
url = "https://slow.example/a"
fault = "hang"
[[page]]
url = "https://back.example/a"
status = 500
nights = "1-2"
[[page]]
url = ["https://back.example/a", "https://insecure.example/a", "https://inside.example/a"]
title = "Here"
[[host]]
name = "insecure.example"
tls = "expired"
[[host]]
name = "inside.example"
dns = "private"
"""


@dataclass(frozen=True, slots=True)
class Walk:
    """The mornings after each night of a walk; none of them is ever written to again."""

    path: Path
    ended: tuple[Ended, ...]
    """How `run` ended, night by night."""

    @classmethod
    def over(
        cls, path: Path, listed: str, web: str, *, nights: int, settings: str = FEEDS_OFF
    ) -> Self:
        """Walk so many nights in a folder of its own, and keep each morning."""
        folder = Folder(path / "0")
        folder.path.mkdir()
        folder.write(listed=listed, web=web, settings=settings)
        ended = []
        for night in range(1, nights + 1):
            morning = Folder(path / str(night))
            copytree(path / str(night - 1), morning.path, copy_function=_link_backup)
            ended.append(morning.staycurrent("run", night=night))
        return cls(path, tuple(ended))

    def morning(self, after: int) -> Folder:
        """The folder as that night left it: to read only."""
        return Folder(self.path / str(after))

    def copy(self, to: Path, *, after: int, backups: bool = False) -> Folder:
        """A folder of one's own, as that night left it; its backups are megabytes."""
        ignore = None if backups else WITHOUT_BACKUPS
        copytree(self.path / str(after), to, dirs_exist_ok=True, ignore=ignore)
        return Folder(to)


WITHOUT_BACKUPS = ignore_patterns("backups")


def _link_backup(source: str, to: str) -> None:
    """Nobody writes into a backup: a link is as good as a copy of its megabytes."""
    if Path(source).parent.name == "backups":
        Path(to).hardlink_to(source)
    else:
        copy2(source, to)


def no_network(*_: object, **__: object) -> NoReturn:
    """Stands where a connection would be made."""
    raise AssertionError("the demo reached for the network")


@dataclass(frozen=True, slots=True)
class Demo:
    """One showing: what was said, and what it left."""

    temporary: Path
    """The folder for temporary files in which it was played."""
    ended: Ended
    kept: Folder
    """A copy of what it left."""

    @classmethod
    def play(cls, path: Path) -> Self:
        """Play it and keep a copy of what it leaves."""
        (path / "tmp").mkdir()
        ended = played_in(path / "tmp")
        assert ended.code == 0, ended.err
        copytree(left(ended).path, path / "kept")
        return cls(path / "tmp", ended, Folder(path / "kept"))


def played_in(temporary: Path, *more: str, here: Path | None = None) -> Ended:
    """`staycurrent demo`, without a network; `here` is the current folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setattr(socket, "getaddrinfo", no_network)
        patch.setattr(socket.socket, "connect", no_network)
        patch.setattr(socket.socket, "connect_ex", no_network)
        return Folder(here or temporary).plainly("demo", *more)


def left(ended: Ended) -> Folder:
    """The folder that the demo says it leaves behind."""
    line = next(one for one in ended.out.splitlines() if one.startswith("The list, its settings"))
    return Folder(Path(line.rpartition(" are in ")[2]))


ROWS = {
    "observations": """
        SELECT l.link, o.* EXCLUDE (run_id, link_id, seen_at, elapsed_ms) FROM observations AS o
        JOIN links AS l ON l.id = o.link_id JOIN runs AS r ON r.id = o.run_id
    """,
    "verdicts": """
        SELECT l.link, v.* EXCLUDE (id, run_id, link_id) FROM verdicts AS v
        JOIN links AS l ON l.id = v.link_id
    """,
    "control_pages": "SELECT * EXCLUDE (run_id) FROM control_pages",
    "robots_txt": "SELECT * EXCLUDE (run_id) FROM robots_txt",
    "validators": """
        SELECT l.link, v.* EXCLUDE (run_id, link_id) FROM validators AS v
        JOIN links AS l ON l.id = v.link_id
    """,
    "runs": "SELECT run_date, status, reason, links, checked FROM runs",
}


def rows(folder: Folder) -> dict[str, list[tuple[Any, ...]]]:
    """All that observations and verdicts left in the warehouse, in one order."""
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        return {name: sorted(warehouse.select(sql), key=repr) for name, sql in ROWS.items()}


NIGHTS = (1, 4, 7)
"""Three checks over seven nights: what a 404 needs."""
MANY_LINKS_SETTINGS = f"""
[web]
recording = "web.toml"
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
budget_requests = 0
[links.recheck]
alive_every = 30
[links.wayback]
enabled = false
[links.witness]
enabled = false
{FEEDS_OFF}{LED_OFF}
"""
_WEB = """
first_night = 2026-11-01
{canaries}
[[host]]
name = "*"
[[page]]
url = {missing}
status = 404
[[page]]
url = "*://*.pdf*"
headers = {{ content-type = "application/pdf" }}
body = "%PDF-1.4"
[[page]]
url = "*"
title = "Here"
"""


def pages(lists: Iterable[bytes]) -> list[Link]:
    """The links that are looked at as pages, each once, in the order of the lists."""
    found: dict[str, Link] = {}
    for raw in lists:
        for place in parse_cached(raw).occurrences:
            asked = link(place.url)
            if isinstance(asked, Link):
                found.setdefault(asked.key, asked)
    return list(split_by_provider(list(found.values()))[1])


def tenth(links: Sequence[Link]) -> set[str]:
    """Keys of every tenth link, the same ones every time, and always at least one.

    An http link that is missing is alive by https, so both are chosen or neither.
    """
    by_https = {one.key: "https:" + one.key.partition(":")[2] for one in links}
    chosen = {key for key, url in by_https.items() if zlib.crc32(url.encode()) % 10 == 0}
    return chosen or {links[0].key}


def lay_out(folder: Folder, missing: Iterable[str]) -> None:
    """Settings, and a web on which everything answers but what is missing."""
    (folder.path / "staycurrent.toml").write_text(MANY_LINKS_SETTINGS, encoding="utf-8")
    canaries = "".join(
        f'[[host]]\nname = "canary-2026110{night}.invalid"\ndns = "missing"\n' for night in NIGHTS
    )
    either = {scheme + key.partition(":")[2] for key in missing for scheme in ("http:", "https:")}
    text = _WEB.format(canaries=canaries, missing=sorted(either))
    (folder.path / "web.toml").write_text(text, encoding="utf-8")


def differing(before: Path | bytes, after: bytes) -> list[tuple[bytes, bytes]]:
    """Lines that are not the same; there must be as many lines as before."""
    raw = before.read_bytes() if isinstance(before, Path) else before
    old, new = raw.split(b"\n"), after.split(b"\n")
    assert len(old) == len(new)
    return [(one, other) for one, other in zip(old, new, strict=True) if one != other]


OURS = ("github_trending", "papers_with_code", "weekly_papers")
PAGES = {
    "github_trending": [
        "https://github.com/trending*",
        "https://mshibanami.github.io/*",
        "https://api.github.com/search/*",
    ],
    "papers_with_code": ["https://paperswithcode.co/*", "https://huggingface.co/api/daily_papers*"],
    "weekly_papers": [
        "https://huggingface.co/api/daily_papers*",
        "https://raw.githubusercontent.com/*",
        "https://rss.arxiv.org/*",
        "https://arxiv.org/list/*",
    ],
}


def failing(*sources: str, nights: str) -> str:
    """Rules by which everything that these feeds ask is out of order."""
    urls = [url for source in sources for url in PAGES[source]]
    return f'[[page]]\nurl = {urls}\nnights = "{nights}"\nstatus = 503\n'.replace("'", '"')


def week(path: Path, rules: str = "") -> Folder:
    """The demo's folder, with rules of one's own before the recorded ones."""
    copytree(RECORDED, path, dirs_exist_ok=True)
    recorded = (path / "web.toml").read_text(encoding="utf-8")
    first = "first_night = 2026-11-01\n"
    assert first in recorded
    (path / "web.toml").write_text(recorded.replace(first, first + rules), encoding="utf-8")
    (path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
    return Folder(path)


def proposed(folder: Folder) -> list[str]:
    """The candidates that the list's generated part shows; its legend follows the flags."""
    inside = folder.text.partition("<!-- stay:begin current -->")[2].partition("<!-- stay:end")[0]
    return [line for line in inside.splitlines() if line.startswith("- ")]


def trending(*names: str, stars: int = 10) -> str:
    """A trending page that shows these repositories in this order."""
    rows = "".join(
        f'<article class="Box-row"><h2><a href="/{name}">x</a></h2><p>About {name}.</p>'
        f'<a href="/{name}/stargazers">{1000 - n}</a><span>{stars + n} stars today</span></article>'
        for n, name in enumerate(names)
    )
    head = "<title>Trending  repositories on GitHub today · GitHub</title>"
    return f"<html><head>{head}</head><body>{rows}</body></html>"


def with_database(stage: Callable[..., T], ctx: RunContext, *args: object, **options: object) -> T:
    """What a stage returns that is called with the context's database, released at its end."""
    with open_database(ctx) as db:
        return stage(ctx, db, *args, **options)
