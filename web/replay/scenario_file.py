"""Scenario files: TOML with the hosts and pages of a small web, parsed into a `Scenario`."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

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

_CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".pdf": "application/pdf",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
}
_Texts = str | list[str]


class ScenarioError(ValueError):
    """The mistakes of a scenario file, one sentence a line; at most one for each table."""


class _HostTable(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    nights: str | int = ""
    dns: Dns = Dns.OK
    tcp: Tcp = Tcp.OPEN
    tls: Tls = Tls.GOOD
    addresses: _Texts = SELF


class _PageTable(msgspec.Struct, forbid_unknown_fields=True):
    url: _Texts
    nights: str | int = ""
    methods: _Texts = []
    tries: str | int = ""
    needs: dict[str, _Texts] = {}
    status: int = 200
    location: str = ""
    headers: dict[str, _Texts] = {}
    title: str | None = None
    body: str | None = None
    body_file: str | None = None
    json: object = None
    encoding: str = "utf-8"
    body_size: int = 0
    """The body is filled up with blanks to so many bytes."""
    fault: Fault | None = None
    delay_s: float = 0.0
    keep_by: str = ""


def load_scenario(path: Path) -> Scenario:
    """Read a file; raises ScenarioError with its mistakes, OSError if there is no file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name}: it is not TOML: {error}") from None
    return parse_scenario(table, name=path.name, folder=path.parent)


def parse_scenario(table: Mapping[str, object], *, name: str, folder: Path) -> Scenario:
    """Parse a table whose `body_file`s are in `folder`; raises ScenarioError with `name`."""
    hosts: list[HostRule] = []
    pages: list[PageRule] = []
    mistakes = [
        f"{name}: `{key}` is not a key of a scenario"
        for key in sorted(table.keys() - {"first_night", "host", "page"})
    ]
    first_night = table.get("first_night", date(2026, 11, 1))
    if type(first_night) is not date:
        mistakes.append(f"{name}: `first_night` must be a date like 2026-11-01")
        first_night = date.min
    for key in ("host", "page"):
        rows = table.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            mistakes.append(f"{name}: `{key}` must be written as [[{key}]]")
            continue
        for number, row in enumerate(rows, 1):
            try:
                if key == "host":
                    hosts.append(_host_rule(msgspec.convert(row, _HostTable)))
                else:
                    pages += _page_rules(msgspec.convert(row, _PageTable), folder)
            except ValueError as error:
                label = row.get("name") or row.get("url") or "without a name"
                mistakes.append(f"{name}: {key} {number} ({label}): {error}")
    if mistakes:
        raise ScenarioError("\n".join(mistakes))
    return Scenario(tuple(hosts), tuple(pages), first_night)


def _host_rule(table: _HostTable) -> HostRule:
    return HostRule(
        table.name.lower(),
        Ranges.parse(str(table.nights)),
        table.dns,
        table.tcp,
        table.tls,
        _as_tuple(table.addresses),
    )


def _page_rules(table: _PageTable, folder: Path) -> list[PageRule]:
    """One rule for each URL of the table."""
    urls = _as_tuple(table.url)
    if not urls or not all("://" in url or url == "*" for url in urls):
        raise ValueError("`url` must be one absolute URL or several")
    if table.location and not 300 <= table.status < 400:
        raise ValueError("`location` needs a status of 3xx")
    headers = _pairs(table.headers)
    content_type, body = _body(table, folder)
    if table.location:
        headers = (("location", table.location), *headers)
    if content_type and "content-type" not in {name.lower() for name, _ in headers}:
        headers = (("content-type", content_type), *headers)
    response = ReplayResponse(
        table.status,
        headers,
        body.ljust(table.body_size, b" "),
        table.fault,
        table.delay_s,
        table.keep_by,
    )
    return [
        PageRule(
            url,
            response,
            Ranges.parse(str(table.nights)),
            _as_tuple(table.methods),
            Ranges.parse(str(table.tries)),
            tuple((name.lower(), text) for name, text in _pairs(table.needs)),
        )
        for url in urls
    ]


def _body(table: _PageTable, folder: Path) -> tuple[str, bytes]:
    """The content type and the bytes, from at most one of the four keys for it."""
    given = [
        key for key in ("title", "body", "body_file", "json") if getattr(table, key) is not None
    ]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} must not be given together")
    if table.json is not None:
        text = json.dumps(table.json, ensure_ascii=False, default=str)
        return _CONTENT_TYPES[".json"], text.encode()
    if table.body_file is not None:
        file = folder / table.body_file
        if not file.is_file():
            raise ValueError(f"`body_file` names {file.name!r}, which is not in the file's folder")
        content_type = _CONTENT_TYPES.get(file.suffix, "application/octet-stream")
        return content_type, file.read_bytes()
    text = table.body or ""
    if table.title is not None:
        text = (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{table.title}</title></head>\n<body><main><h1>{table.title}</h1>"
            f"<p>What this page has to say on {table.title.lower()}.</p></main></body></html>\n"
        )
    try:
        return _CONTENT_TYPES[".html"] if text else "", text.encode(table.encoding)
    except (LookupError, UnicodeEncodeError) as error:
        raise ValueError(f"`encoding` cannot write this body: {error}") from None


def _as_tuple(texts: _Texts) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _pairs(table: Mapping[str, _Texts]) -> tuple[tuple[str, str], ...]:
    """Names with their values; a list of values repeats the name."""
    return tuple((name, text) for name, texts in table.items() for text in _as_tuple(texts))
