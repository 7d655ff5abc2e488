"""staycurrent.toml and the environment to frozen settings, with all mistakes told at once."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass, make_dataclass, replace
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

from flows.bounds import beyond
from flows.settings import BadSettings, Settings, SourceSettings
from links.ignore import Ignore
from sources.settings import Feed

_PREFIX = "STAYCURRENT_"
_ELSEWHERE = {
    "authorities.github.token": "secrets come from the environment only: GITHUB_TOKEN",
    "authorities.github.stale_after_days": "is set as freshness.stale_after_days",
}
"""Fields of settings that have another source than the file."""
_MUST_BE = {
    "bool": "true or false",
    "dataclass": "a table",
    "date": "a date like 2027-01-01",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "string": "a text",
    "tuple": "a list",
}
"""Beginnings of pydantic's error types, in words that a user of TOML knows."""


def read(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a file (None: defaults) and the environment; raises BadSettings."""
    return from_data(_parsed(path) if path else {}, environment)


def from_data(data: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settings from parsed TOML; environment overrides win; raises BadSettings."""
    overrides = _Overrides(environment)
    mistakes = overrides.mistakes
    given = _merged(_merged({}, data), overrides.data)
    _gather_feeds(given, mistakes)
    _drop_unknown(given, Settings, "", mistakes)
    settings = _validated(given, mistakes)
    mistakes += beyond(settings)
    if mistakes:
        raise BadSettings([overrides.traced(mistake) for mistake in mistakes])
    return settings


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadSettings([f"{path}: there is no such settings file"]) from None
    except IsADirectoryError:
        raise BadSettings([f"{path}: is a folder, not a settings file"]) from None
    except OSError as error:
        raise BadSettings([f"{path}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings([f"{path}: cannot be read as TOML: {error}"]) from None


class _Overrides:
    """`STAYCURRENT_WEB__TIMEOUT_S=5` over `[web] timeout_s`; values are TOML, or plain text."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.data: dict[str, Any] = {}
        self.mistakes: list[str] = []
        self._names: dict[str, str] = {}
        for name, text in sorted(environment.items()):
            if name.startswith(_PREFIX):
                self._take(name, text)

    def traced(self, mistake: str) -> str:
        """The mistake, with the variable that it came from, if it came from one."""
        key, colon, says = mistake.partition(":")
        name = self._names.get(key)
        return f"{key} (from {name}){colon}{says}" if name else mistake

    def _take(self, name: str, text: str) -> None:
        path = name.removeprefix(_PREFIX).lower().split("__")
        if len(path) < 2 or not all(path):
            self.mistakes.append(f"{name}: wants {_PREFIX}SECTION__KEY, with two underscores")
            return
        for depth in range(1, len(path) + 1):
            self._names[".".join(path[:depth])] = name
        value: Any = _value(text)
        for part in reversed(path):
            value = {part: value}
        self.data = _merged(self.data, value)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key, everything else is replaced; neither argument is changed."""
    merged = dict(under)
    for key, value in over.items():
        if isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = _merged(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def _gather_feeds(data: dict[str, Any], mistakes: list[str]) -> None:
    """Put `[sources.NAME]` with `kind = "rss"` under `feeds`, where it is typed."""
    sources = data.get("sources")
    if not isinstance(sources, dict):
        return
    known = [one.name for one in fields(SourceSettings) if one.name != "feeds"]
    own = {name: sources.pop(name) for name in list(sources) if name not in known}
    for name, feed in own.items():
        if not isinstance(feed, dict) or feed.pop("kind", None) != "rss":
            near = _did_you_mean(name, known)
            mistakes.append(f'sources.{name}: is no feed that we know; kind = "rss" adds one{near}')
        elif not feed.get("url"):
            mistakes.append(f"sources.{name}.url: the feed's address is missing")
        else:
            _drop_unknown(feed, Feed, f"sources.{name}.", mistakes)
            sources.setdefault("feeds", {})[name] = feed


def _drop_unknown(data: Any, kind: Any, path: str, mistakes: list[str]) -> None:
    """Take out the keys that cannot be set, with the nearest one that can."""
    if not isinstance(data, dict) or not is_dataclass(kind):
        return
    hints = get_type_hints(kind)
    known = [one.name for one in fields(kind) if f"{path}{one.name}" not in _ELSEWHERE]
    for key in list(data):
        elsewhere = _ELSEWHERE.get(f"{path}{key}")
        if key in known:
            _drop_unknown(data[key], hints[key], f"{path}{key}.", mistakes)
            continue
        mistakes.append(
            f"{path}{key}: {elsewhere or 'is not a setting' + _did_you_mean(key, known)}"
        )
        del data[key]


def _did_you_mean(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _validated(given: dict[str, Any], mistakes: list[str]) -> Settings:
    """Settings from what can be used of `given`: one mistake must not hide the others."""
    if not given:
        return Settings()
    from pydantic import ValidationError  # late, as in `_typed`

    mistakes += _bad_ignores(given)
    try:
        return _typed(given)
    except ValidationError as error:
        mistakes += _worded(error.errors())
        for one in error.errors():
            _drop(given, one["loc"])
        return _typed(given)


def _typed(given: Mapping[str, Any]) -> Settings:
    """Settings with these sections; a schema of all would cost each command a tenth of a second."""
    from pydantic import TypeAdapter

    settings, kinds = Settings(), get_type_hints(Settings)
    defaults = {name: asdict(getattr(settings, name)) for name in given}
    sections = make_dataclass("sections", [(name, kinds[name]) for name in given])
    found: Any = TypeAdapter(sections).validate_python(_merged(defaults, given))
    return replace(settings, **{name: getattr(found, name) for name in given})


def _drop(data: dict[str, Any], where: Sequence[str | int]) -> None:
    """Take out the deepest key of tables on the way to a value."""
    table: Any = data
    for key, deeper in pairwise((*where, "")):
        if not isinstance(table.get(key), dict) or deeper == "":
            table.pop(key, None)
            return
        table = table[key]


def _worded(errors: Iterable[Any]) -> list[str]:
    """Pydantic's findings with the keys as they stand in the file; `links.ignore` is told apart."""
    return [
        f"{'.'.join(map(str, one['loc'])).replace('sources.feeds.', 'sources.')}: "
        f"{_must_be(one)}, not {one['input']!r}"
        for one in errors
        if one["loc"][:2] != ("links", "ignore") or len(one["loc"]) == 2
    ]


def _must_be(error: Any) -> str:
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected']}"
    kind = str(error["type"]).partition("_")[0]
    return f"must be {_MUST_BE[kind]}" if kind in _MUST_BE else str(error["msg"]).lower()


def _bad_ignores(data: Mapping[str, Any]) -> list[str]:
    """Entries of `links.ignore` that are neither a text nor a table with a pattern."""
    links = data.get("links")
    entries = links.get("ignore") if isinstance(links, Mapping) else None
    if not isinstance(entries, list):
        return []
    return [
        f"links.ignore: number {number} must be a text or a table with pattern, until (a date) "
        f"and reason, not {entry!r}"
        for number, entry in enumerate(entries, 1)
        if not isinstance(entry, str) and not _is_ignore(entry)
    ]


def _is_ignore(entry: Any) -> bool:
    if not isinstance(entry, dict) or not entry.keys() <= {one.name for one in fields(Ignore)}:
        return False
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(Ignore).validate_python(entry)
    except ValidationError:
        return False
    return True
