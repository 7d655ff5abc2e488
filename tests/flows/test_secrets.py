"""Tokens of the environment: sent to whom they are for, and found nowhere after whole nights."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import duckdb
import httpx
import pytest

from staycurrent.web.replay.scenario import ScenarioNight
from staycurrent.web.replay.transport import ReplayTransport
from tests.support.folder import FEEDS_OFF, Ended, Folder

GITHUB = "ghs_CANARY+github/2026~secret"
HUGGING_FACE = "hf_CANARY+models/2026~secret"
SIGNED = (
    "https://files.example/a.zip?token=listed-canary&X-Amz-Signature=5ecre7&X-Amz-Expires=60#part"
)
LIST = f"""# A list

- [Repository](https://github.com/owner/name) - Asked by GraphQL.
- [Lines](https://github.com/owner/name/actions/runs/1) - Asked as a page.
- [Model](https://huggingface.co/owner/model) - Asked of Hugging Face.
- [Gone](https://gone.example/a) - Says 410.
- [Signed]({SIGNED}) - An address with secrets of its own.
"""
NODE = {
    "id": "R_1", "nameWithOwner": "owner/name", "isArchived": True, "isDisabled": False,
    "isPrivate": False, "pushedAt": "2026-10-01T00:00:00Z",
}  # fmt: skip
REPOSITORIES = {
    "data": {"r0": NODE},
    "errors": [{"type": "WARNING", "path": ["r9"], "message": f"not for Bearer {GITHUB}"}],
}
# An angry API: what it was sent comes back in every place that an answer has.
WEB = f"""
[[page]]
url = "https://api.github.com/graphql"
nights = "1"
status = 401
headers = {{ x-echo = "Bearer {GITHUB}" }}
json = {{ message = "Bad credentials: Bearer {GITHUB}" }}
[[page]]
url = "https://api.github.com/graphql"
nights = "2"
status = 500
headers = {{ www-authenticate = "Bearer {GITHUB}", retry-after = "Bearer {GITHUB}" }}
body = "authorization: Bearer {GITHUB}"
[[page]]
url = "https://api.github.com/graphql"
nights = "3"
status = 302
location = "https://elsewhere.example/?authorization={quote(GITHUB)}"
[[page]]
url = "https://api.github.com/graphql"
nights = "4"
json = {{ errors = [{{ message = "rate limit of Bearer {GITHUB}" }}] }}
[[page]]
url = "https://api.github.com/graphql"
headers = {{ x-echo = "Bearer {GITHUB}" }}
body = {json.dumps(json.dumps(REPOSITORIES))}
[[page]]
url = ["https://github.com/owner/name/actions/runs/1", "https://huggingface.co/owner/model"]
title = "Here"
[[page]]
url = "https://gone.example/a"
status = 410
[[page]]
url = "https://files.example/*"
status = 403
title = "The signature has expired"
"""
NIGHTS = 5


def spellings(secret: str) -> set[bytes]:
    """The secret as it is, for URLs, and inside of base64 whatever stands before it."""
    packed = (b64encode(b"x" * before + secret.encode())[4:-4] for before in range(3))
    return {secret.encode(), quote(secret, safe="").encode(), quote(secret).encode(), *packed}


LEAKS = spellings(GITHUB) | spellings(HUGGING_FACE)


def leaks(reported: str | bytes) -> set[bytes]:
    """Which spellings of a token are in something."""
    data = reported.encode() if isinstance(reported, str) else reported
    return {one for one in LEAKS if one in data}


def kept(folder: Folder) -> Iterator[tuple[str, bytes]]:
    """Every file that the nights left, but the recording, which knows the tokens from us."""
    for name in sorted(folder.files() - {"web.toml"}):
        if (folder.path / name).is_file():
            yield name, (folder.path / name).read_bytes()


def rows(warehouse: Path) -> str:
    """Every row of every table: on disk, strings may be compressed."""
    with duckdb.connect(str(warehouse), read_only=True) as own:
        names = own.sql("select table_schema || '.' || table_name from information_schema.tables")
        return repr([own.sql(f"from {name}").fetchall() for (name,) in names.fetchall()])


def parts(request: httpx.Request) -> Iterator[bytes]:
    """All the bytes that a server is told."""
    yield str(request.url).encode() + request.extensions["target"]
    yield request.content
    for pair in request.headers.raw:
        yield from pair


class Wiretap:
    """What was sent in the nights, and what stood in the write-ahead log meanwhile."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.sent: list[httpx.Request] = []
        self.wal: set[bytes] = set()
        self.wal_seen = False
        self.crash = False

    def transport(self, view: ScenarioNight) -> httpx.AsyncBaseTransport:
        """The recording, with an ear on it."""
        tap = self

        class Tapped(ReplayTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                tap.note(request)
                return await super().handle_async_request(request)

        return Tapped(view)

    def note(self, request: httpx.Request) -> None:
        self.sent.append(request)
        if self.crash and request.url.host == "api.github.com":
            raise RuntimeError(f"cannot send {request!r} with {request.headers!r}")
        for log in self.folder.path.rglob("*.wal"):
            self.wal |= leaks(log.read_bytes())
            self.wal_seen = True

    def contacted_hosts(self, secret: str) -> set[str]:
        """Who was sent a secret, in a header, an address or a body."""
        return {
            request.url.host
            for request in self.sent
            if any(one in data for one in spellings(secret) for data in parts(request))
        }


@contextmanager
def tapped(path: Path) -> Iterator[Wiretap]:
    """A folder with its list, in an environment with both tokens."""
    tap = Wiretap(Folder(path))
    tap.folder.write(listed=LIST, web=WEB, settings=FEEDS_OFF)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("staycurrent.web.client.ReplayTransport", tap.transport)
        patch.setenv("GITHUB_TOKEN", GITHUB)
        patch.setenv("HF_TOKEN", HUGGING_FACE)
        yield tap


@contextmanager
def logged() -> Iterator[StringIO]:
    """Everything that anybody logs, from DEBUG on."""
    root, heard = logging.getLogger(), StringIO()
    handler, level = logging.StreamHandler(heard), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def reported_of(folder: Folder) -> Iterator[Ended]:
    """Everything that can be asked when the nights are over."""
    for form in ("json", "text", "markdown"):
        yield folder.staycurrent("status", "--format", form, "-v", night=NIGHTS)
    for row in folder.status(NIGHTS)["links"]:
        yield folder.staycurrent("explain", row["url"], night=NIGHTS)
    yield folder.staycurrent("render", "--diff", night=NIGHTS)


@dataclass(frozen=True, slots=True)
class Morning:
    """What there is to search when the nights are over."""

    tap: Wiretap
    ended: tuple[Ended, ...]
    log: str

    @property
    def folder(self) -> Folder:
        return self.tap.folder


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    with tapped(tmp_path_factory.mktemp("nights")) as tap, logged() as log:
        nights = [tap.folder.staycurrent("run", "-v", night=1 + n) for n in range(NIGHTS)]
        logging.getLogger("any").debug("the log is written")
        return Morning(tap, (*nights, *reported_of(tap.folder)), log.getvalue())


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[Wiretap]:
    with tapped(tmp_path) as tap:
        yield tap


def test_a_token_is_sent_to_its_own_api_and_to_nobody_else(morning: Morning) -> None:
    assert {one.code for one in morning.ended} == {0}
    assert morning.tap.contacted_hosts(GITHUB) == {"api.github.com"}
    assert morning.tap.contacted_hosts(HUGGING_FACE) == set()


def test_the_token_of_an_enterprise_server_is_not_sent_to_github(
    tap: Wiretap, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tap.folder.path / "staycurrent.toml").open("a", encoding="utf-8") as settings:
        settings.write('[pull_request]\napi = "https://git.example/api/v3"\n')
    assert tap.folder.staycurrent("run", night=NIGHTS).code == 0
    assert tap.contacted_hosts(GITHUB) == set()
    api = "https://api.github.com"  # for whoever has one token for both
    monkeypatch.setenv("STAYCURRENT_LINKS__PROVIDERS__GITHUB__API", api)
    assert tap.folder.staycurrent("run", night=NIGHTS + 1).code == 0
    assert tap.contacted_hosts(GITHUB) == {"api.github.com"}


def test_no_token_is_found_anywhere_after_whole_nights(morning: Morning) -> None:
    assert [leaks(one.out + one.err) for one in morning.ended] == [set()] * len(morning.ended)
    assert {name: leaks(data) for name, data in kept(morning.folder) if leaks(data)} == {}
    assert leaks(rows(morning.folder.warehouse)) == set()
    assert leaks(morning.log) == set()
    assert morning.tap.wal == set()


def test_the_search_for_tokens_finds_what_there_is(morning: Morning) -> None:
    first, *_, last = morning.ended[:NIGHTS]
    assert "github: GitHub refused the token (401)" in first.err
    assert "+- [Repository](https://github.com/owner/name) (📦<!--stay:archived:" in last.out
    assert "gone.example" in rows(morning.folder.warehouse)
    assert "the log is written" in morning.log
    assert morning.tap.wal_seen
    assert leaks(b64encode(f"Bearer {GITHUB}".encode()))
    assert leaks(quote(HUGGING_FACE, safe=""))
    assert leaks((morning.folder.path / "web.toml").read_bytes())


def test_a_crash_does_not_tell_the_token(tap: Wiretap) -> None:
    tap.crash = True
    with logged() as log:
        ended = tap.folder.staycurrent("run")
    assert ended.code == 70
    assert "cannot send <Request('POST', 'https://api.github.com')>" in ended.err
    assert leaks(ended.out + ended.err + log.getvalue() + rows(tap.folder.warehouse)) == set()


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_token_in_the_wrong_place_is_refused_without_repeating_it(
    tap: Wiretap, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "environment":
        monkeypatch.setenv("STAYCURRENT_LINKS__PROVIDERS__GITHUB__TOKEN", GITHUB)
    else:
        settings = f'[links.providers.github]\ntoken = "{GITHUB}"\n'
        (tap.folder.path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    ended = tap.folder.staycurrent("run")
    assert (ended.code, tap.sent, leaks(ended.out + ended.err)) == (2, [], set())
    assert "GITHUB_TOKEN" in ended.err


def test_secrets_in_an_address_are_the_lists_own_and_go_to_its_host(morning: Morning) -> None:
    """Kept word for word, on purpose: `url` in reports is the address as it is in the list.

    A list is text for readers. Who writes a signed address into it has told them all, and a
    report that names another address cannot be found in the list, nor its flag be explained.
    So such an address is stored and shown like any other, and sent to its own host.
    """
    (row,) = [one for one in morning.folder.status(NIGHTS)["links"] if one["title"] == "Signed"]
    assert (row["url"], row["verdict"]) == (SIGNED, "blocked")
    assert SIGNED in morning.folder.text
    assert "listed-canary" in rows(morning.folder.warehouse)
    assert sent_the_listed_secret(morning.tap) == {"https://files.example"}


def sent_the_listed_secret(tap: Wiretap) -> set[str]:
    """Who was sent the secret that is in the list, and by which scheme."""
    reported = [one.url for one in tap.sent if b"listed-canary" in b"".join(parts(one))]
    return {f"{url.scheme}://{url.host}" for url in reported}


def test_nobody_else_hears_of_a_signed_address_that_fails(tap: Wiretap) -> None:
    web = WEB.replace(
        'status = 403\ntitle = "The signature', 'status = 404\ntitle = "The signature'
    )
    tap.folder.write(listed=LIST, web=web, settings=FEEDS_OFF)
    tap.folder.nights(1, 1)
    assert sent_the_listed_secret(tap) == {"https://files.example"}
