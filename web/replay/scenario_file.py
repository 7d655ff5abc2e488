"""The file of a played web: TOML with hosts and pages, read into a scenario or refused."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from staycurrent.web.replay.scenario import (
    SELF,
    Dns,
    Fault,
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
    Tcp,
    Tls,
)

_Choice = TypeVar("_Choice", bound=StrEnum)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
}
_BODIES = ("title", "body", "body_file", "json")


class ScenarioError(ValueError):
    """All mistakes of a scenario file, one sentence a line."""


def load_scenario(path: Path) -> Scenario:
    """Read a scenario; raises ScenarioError with every mistake, OSError where there is no file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name}: it is not TOML: {error}") from None
    return parse_scenario(table, name=path.name, folder=path.parent)


def parse_scenario(table: Mapping[str, object], *, name: str, folder: Path) -> Scenario:
    """Read a parsed scenario whose bodies lie in `folder`; raises ScenarioError, told of `name`."""
    mistakes: list[str] = []
    top = _Table(name, table, mistakes)
    first_night = top.day("first_night", date(2026, 11, 1))
    hosts = tuple(_host(host) for host in top.tables("host"))
    pages = tuple(page for rule in top.tables("page") for page in _pages(rule, folder))
    top.end()
    if mistakes:
        raise ScenarioError("\n".join(mistakes))
    return Scenario(hosts, pages, first_night)


def _host(table: "_Table") -> HostRule:
    host = HostRule(
        table.text("name").lower(),
        table.ranges("nights"),
        table.choice("dns", Dns.OK),
        table.choice("tcp", Tcp.OPEN),
        table.choice("tls", Tls.GOOD),
        table.texts("addresses") or (SELF,),
    )
    if not host.name:
        table.wrong("name", "is needed")
    table.end()
    return host


def _pages(table: "_Table", folder: Path) -> tuple[PageRule, ...]:
    """One rule for each address that the table names."""
    urls = table.texts("url")
    if not urls or not all("://" in url or url == "*" for url in urls):
        table.wrong("url", "must be an absolute address, or several")
    page = PageRule(
        "",
        _reply(table, folder),
        table.ranges("nights"),
        table.texts("methods"),
        table.ranges("tries"),
        tuple((name.lower(), text) for name, text in table.pairs("needs")),
    )
    table.end()
    return tuple(
        PageRule(url, page.response, page.nights, page.methods, page.tries, page.needs)
        for url in urls
    )


def _reply(table: "_Table", folder: Path) -> ReplayResponse:
    given = {name.lower() for name, _ in table.pairs("headers")}
    location = table.text("location")
    status = table.whole("status", 200)
    if location and not 300 <= status < 400:
        table.wrong("location", "needs a status of 3xx")
    kind, body = _body(table, folder)
    own = (("content-type", kind),) if kind and "content-type" not in given else ()
    to = (("location", location),) if location else ()
    fault = table.choice("fault", Fault.CLOSE) if "fault" in table.left else None
    return ReplayResponse(
        status,
        (*own, *to, *table.pairs("headers")),
        body.ljust(table.whole("body_size", 0), b" "),
        fault,
        table.number("delay_s", 0.0),
        table.text("keep_by"),
    )


def _body(table: "_Table", folder: Path) -> tuple[str, bytes]:
    """Content type and bytes; at most one of the four ways to give a body."""
    if sum(table.get(key) is not None for key in _BODIES) > 1:
        table.wrong(" or ".join(_BODIES), "must not be given together")
    structure = table.structure("json")
    if structure is not None:
        return _TYPES[".json"], json.dumps(structure, ensure_ascii=False, default=str).encode()
    if table.get("body_file") is not None:
        file = folder / table.text("body_file")
        if not file.is_file():
            table.wrong("body_file", f"names {file.name!r}, which does not lie beside the scenario")
            return "", b""
        return _TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()
    if table.get("title") is not None:
        return _TYPES[".html"], _encoded(table, _article(table.text("title")))
    text = table.text("body")
    return _TYPES[".html"] if text else "", _encoded(table, text)


def _encoded(table: "_Table", text: str) -> bytes:
    """In the charset that `encoding` names, whatever the headers say."""
    try:
        return text.encode(table.text("encoding") or "utf-8")
    except (LookupError, UnicodeEncodeError) as error:
        table.wrong("encoding", f"cannot write this body: {error}")
        return b""


def _article(title: str) -> str:
    said = f"What this page has to say on {title.lower()}."
    head = f'<meta charset="utf-8"><title>{title}</title>'
    body = f"<main><h1>{title}</h1><p>{said}</p></main>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


class _Table:
    """One TOML table, read key by key; what is wrong or left over becomes a sentence."""

    def __init__(self, where: str, table: Mapping[str, object], mistakes: list[str]) -> None:
        self._where = where
        self._table = table
        self._mistakes = mistakes
        self.left = set(table)

    def wrong(self, key: str, sentence: str) -> None:
        """Note a mistake at a key."""
        self._mistakes.append(f"{self._where}: `{key}` {sentence}")

    def get(self, key: str) -> object:
        """The raw value, or None."""
        return self._table.get(key)

    def text(self, key: str) -> str:
        value = self._take(key, "")
        return value if isinstance(value, str) else str(self._wrong(key, "a text", ""))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key, ())
        listed = (value,) if isinstance(value, str) else value
        if isinstance(listed, list | tuple) and all(isinstance(item, str) for item in listed):
            return tuple(str(item) for item in listed)
        self._wrong(key, "a text or a list of texts", ())
        return ()

    def whole(self, key: str, default: int) -> int:
        value = self._take(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._wrong(key, "a whole number", default)
        return default

    def number(self, key: str, default: float) -> float:
        value = self._take(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        self._wrong(key, "a number", default)
        return default

    def day(self, key: str, default: date) -> date:
        value = self._take(key, default)
        if type(value) is date:
            return value
        self._wrong(key, "a date like 2026-11-01", default)
        return default

    def ranges(self, key: str) -> Ranges:
        value = self._take(key, "")
        try:
            return Ranges.parse(str(value))
        except ValueError as error:
            self.wrong(key, f"cannot be read: {error}")
            return Ranges()

    def choice(self, key: str, default: _Choice) -> _Choice:
        value = self._take(key, default)
        known = {choice.value: choice for choice in type(default)}
        if isinstance(value, str) and value in known:
            return known[value]
        self._wrong(key, f"one of {', '.join(known)}", default)
        return default

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Headers: each value a text, or a list of texts for a header that is repeated."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            self._wrong(key, "a table of texts", ())
            return ()
        listed = ((n, one if isinstance(one, list) else [one]) for n, one in value.items())
        return tuple((str(name), str(text)) for name, texts in listed for text in texts)

    def structure(self, key: str) -> object:
        """A value of any shape, or None."""
        return self._take(key, None)

    def tables(self, key: str) -> tuple["_Table", ...]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong(key, f"written as [[{key}]]", ())
            return ()
        return tuple(
            _Table(f"{self._where}: {key} {number} ({_name(item)})", item, self._mistakes)
            for number, item in enumerate(value, 1)
        )

    def end(self) -> None:
        """Nothing else may stand in this table."""
        for key in sorted(self.left):
            self.wrong(key, "is no key of this table")

    def _take(self, key: str, default: object) -> object:
        self.left.discard(key)
        return self._table.get(key, default)

    def _wrong(self, key: str, shape: str, instead: object) -> object:
        self.wrong(key, f"must be {shape}, not {self._table.get(key)!r}")
        return instead


def _name(item: Mapping[str, object]) -> object:
    return item.get("name") or item.get("url") or "without a name"
