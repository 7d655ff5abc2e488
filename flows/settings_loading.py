"""staycurrent.toml and the environment to frozen settings, with all mistakes told at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from staycurrent.flows.settings import Settings, SettingsError, SourceSettings
from staycurrent.flows.settings_constraints import constraint_errors
from staycurrent.sources.settings import CustomFeedSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


_PREFIX = "STAYCURRENT_"
_ELSEWHERE = {
    "authorities.github.token": "secrets come from the environment only: GITHUB_TOKEN",
    "authorities.github.stale_after_days": "is set as freshness.stale_after_days",
}
"""Fields of settings that have another source than the file."""


def load_settings(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a file (None: defaults) and the environment; raises BadSettings."""
    return settings_from(_parsed(path) if path else {}, environment)


def settings_from(data: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settings from parsed TOML; environment overrides win; raises BadSettings."""
    overrides = _Overrides(environment)
    mistakes = overrides.mistakes
    given = _merged(_merged({}, data), overrides.data)
    _gather_feeds(given, mistakes)
    _drop_unknown(given, Settings, "", mistakes)
    settings = converted(Settings(), given, "", mistakes)
    mistakes += constraint_errors(settings)
    if mistakes:
        raise SettingsError([overrides.traced(mistake) for mistake in mistakes])
    return settings


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError([f"{path}: there is no such settings file"]) from None
    except IsADirectoryError:
        raise SettingsError([f"{path}: is a folder, not a settings file"]) from None
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read as TOML: {error}"]) from None


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
            _drop_unknown(feed, CustomFeedSettings, f"sources.{name}.", mistakes)
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


S = TypeVar("S", bound="DataclassInstance")
_MUST_BE = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text",
    date: "a date like 2027-01-01",
}


class ValueMismatch(ValueError):
    """A value of another kind; its text is what the value must be."""


def converted(default: S, given: object, key: str, mistakes: list[str]) -> S:
    """A section with what can be used of a table of its keys; the rest stays as it is by default.

    Each mistake is a sentence that begins with the key that it was found under.
    """
    if not isinstance(given, Mapping):
        mistakes.append(f"{key}: must be a table, not {given!r}")
        return default
    kinds: dict[str, Any] = get_type_hints(type(default))
    found: dict[str, Any] = {}
    for name, value in given.items():
        below, old = f"{key}.{name}" if key else name, getattr(default, name)
        if is_dataclass(old) and not isinstance(old, type):
            found[name] = converted(old, value, below, mistakes)
        elif get_origin(kinds[name]) is Mapping:
            kind = get_args(kinds[name])[1]
            found[name] = {
                one: converted(kind(), table, f"{key}.{one}", mistakes)
                for one, table in value.items()
            }
        else:
            found[name] = _or(old, kinds[name], value, below, mistakes)
    return replace(default, **found)


def _or(default: Any, kind: Any, value: object, key: str, mistakes: list[str]) -> Any:
    """The value as the type has it; the default where it, or something in it, does not fit."""
    if get_origin(kind) is not tuple:
        return _read(kind, value, f"{key}: must be", mistakes, default)
    if not isinstance(value, list | tuple):
        mistakes.append(f"{key}: must be a list, not {value!r}")
        return default
    each, _ = get_args(kind)
    before = len(mistakes)
    found = [
        _read(each, one, f"{key}: number {number} must be", mistakes, default)
        for number, one in enumerate(value, 1)
    ]
    return tuple(found) if len(mistakes) == before else default


def _read(kind: Any, value: object, says: str, mistakes: list[str], default: Any) -> Any:
    try:
        return convert_value(kind, value)
    except ValueMismatch as must:
        mistakes.append(f"{says} {must}, not {value!r}")
        return default


def convert_value(kind: Any, value: object) -> Any:
    """One value as a field of that type has it, texts of an environment too; raises Unfit."""
    known = [one.name for each in _each(kind) if is_dataclass(each) for one in fields(each)]
    if isinstance(value, Mapping) and not value.keys() <= set(known):
        raise ValueMismatch(_must_be(kind))
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueMismatch(_must_be(kind)) from error


def _must_be(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if is_dataclass(kind):
        return f"a table with {', '.join(one.name for one in fields(kind))}"
    return _MUST_BE.get(kind) or " or ".join(map(_must_be, _each(kind)))


def _each(kind: Any) -> list[Any]:
    """The types that a value may have."""
    every = get_args(kind) if isinstance(kind, UnionType) else [kind]
    return [one for one in every if one is not NoneType]
