"""Settings from `staycurrent.toml` and the environment; all mistakes are reported at once.

Cron lines are checked as Prefect's server will check them, but without Prefect.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec

from staycurrent.flows.errors import SettingsError
from staycurrent.flows.settings.sections import (
    SECRETS,
    PrefectSettings,
    Secrets,
    Settings,
    exclude_each_other,
    read_secrets,
)
from staycurrent.links.settings import covers
from staycurrent.sources.settings import SourceSettings
from staycurrent.web.address import Address, parse

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


S = TypeVar("S", bound="DataclassInstance")
_PREFIX = "STAYCURRENT_"
_ENDS = " \t\r\n"
_NOT_IN_TOKENS = re.compile(r"""[^!-~]|["']""")
_PROVIDER_API = "links.providers.github.api"
_NOT_IN_FILE = {
    "links.providers.github.token": "secrets never come from the settings: set GITHUB_TOKEN",
}
"""Fields of the settings that are filled from elsewhere."""
_TYPE_NAMES = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text",
    date: "a date like 2027-01-01",
}


def load_settings(
    path: Path | None,
    environment: Mapping[str, str],
    overrides: Mapping[str, Any] = MappingProxyType({}),
) -> Settings:
    """Settings from a file (None: defaults), overrides and the environment.

    The later ones win. Raises SettingsError.
    """
    data = _merge(_parse_file(path) if path else {}, overrides)
    variables = _Variables(environment)
    mistakes = [*variables.mistakes, *_secret_mistakes(environment)]
    settings = _convert(data, variables, mistakes)
    mistakes += _semantic_mistakes(settings)
    api = parse(settings.links.providers.github.api)
    is_own = isinstance(api, Address) and (api.scheme, api.host) == ("https", "api.github.com")
    if read_secrets(environment).github_token and not (is_own or variables.sets(_PROVIDER_API)):
        mistakes.append(
            f"{_PROVIDER_API}: {settings.links.providers.github.api} would get GITHUB_TOKEN, and a "
            "settings file, which a contributor may have changed, does not choose who does: set "
            "STAYCURRENT_LINKS__PROVIDERS__GITHUB__API, or unset GITHUB_TOKEN"
        )
    if mistakes:
        raise SettingsError([variables.with_variable(mistake) for mistake in mistakes])
    return settings


def load_secrets(settings: Settings, environment: Mapping[str, str]) -> Secrets:
    """The tokens of the environment.

    That of an Enterprise server (`pull_request.api`) is not for github.com. Who has one for both
    sets the provider's API in the environment.
    """
    secrets = read_secrets(environment)
    apis = settings.pull_request.api, settings.links.providers.github.api
    is_one_host = len({urlsplit(api).netloc for api in apis}) == 1
    is_for_both = is_one_host or _Variables(environment).sets(_PROVIDER_API)
    return replace(secrets, provider_token=secrets.github_token if is_for_both else "")


def usable_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """The settings, with the default instead of whatever is wrong; for reports on a failed run."""
    try:
        data = _parse_file(path)
    except SettingsError:
        data = {}
    return _convert(data, _Variables(environment), [])


def _convert(data: Mapping[str, Any], variables: "_Variables", mistakes: list[str]) -> Settings:
    given = _merge(data, variables.data)
    _gather_feeds(given, mistakes)
    return convert_section(Settings(), given, "", mistakes)


def _parse_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError([f"{path}: there is no such settings file"]) from None
    except IsADirectoryError:
        raise SettingsError([f"{path}: is a folder, not a settings file"]) from None
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from None
    except (ValueError, RecursionError) as error:  # also of a number with 5,000 digits
        raise SettingsError([f"{path}: cannot be read as TOML: {error}"]) from None


class _Variables:
    """`STAYCURRENT_WEB__TIMEOUT_S=5` over `[web] timeout_s`; values are TOML, or plain text."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.data: dict[str, Any] = {}
        self.mistakes: list[str] = []
        self._variables: dict[str, str] = {}
        for name, text in sorted(environment.items()):
            if name.startswith(_PREFIX):
                self._add(name, text)

    def with_variable(self, mistake: str) -> str:
        """The mistake, with the variable that it came from, if it came from one."""
        key, colon, message = mistake.partition(":")
        name = self._variables.get(key)
        return f"{key} (from {name}){colon}{message}" if name else mistake

    def sets(self, key: str) -> bool:
        """Whether the environment, and not only the file, sets a key."""
        value: Any = self.data  # which may have it in a table that one variable holds
        for name in key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return value is not None

    def _add(self, name: str, text: str) -> None:
        path = name.removeprefix(_PREFIX).lower().split("__")
        if len(path) < 2 or not all(path):
            self.mistakes.append(f"{name}: write {_PREFIX}SECTION__KEY, with two underscores")
            return
        for depth in range(1, len(path) + 1):
            self._variables[".".join(path[:depth])] = name
        try:
            value: Any = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            value = text = text.strip(_ENDS)
        else:
            text = re.sub(r"[\r\n]", "", text)  # between the items of a list, or at the end
            if _is_text(path) and not isinstance(value, str | list | dict):
                value = text.strip(_ENDS)  # a branch may be called 2026
        if not text.isprintable():
            odd = next(character for character in text if not character.isprintable())
            self.mistakes.append(f"{name}: holds {_describe(odd)}, which cannot be seen")
            return
        for key in reversed(path):
            value = {key: value}
        self.data = _merge(self.data, value)


def _is_text(path: list[str]) -> bool:
    """Whether the setting at a path is a text."""
    kind: Any = Settings
    for name in path:
        kind = get_type_hints(kind).get(name) if is_dataclass(kind) else None
    return kind is str


def _secret_mistakes(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each token that cannot be sent as it is; none shows the token."""
    for name in SECRETS:
        odd = _NOT_IN_TOKENS.search(environment.get(name, "").strip(_ENDS))
        if odd:
            what = _describe(odd.group())
            yield f"{name}: holds {what}, which no token has; set the variable without it"


def _describe(character: str) -> str:
    from unicodedata import name  # rarely needed

    return f"U+{ord(character):04X} {name(character, '')}".rstrip()


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key, everything else is replaced; neither argument is changed."""
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = _merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def _gather_feeds(data: dict[str, Any], mistakes: list[str]) -> None:
    """Put `[sources.NAME]` with `kind = "rss"` under `feeds`, where it is typed."""
    sources = data.get("sources")
    if not isinstance(sources, dict):
        return
    known = [field.name for field in fields(SourceSettings) if field.name != "feeds"]
    own = {name: sources.pop(name) for name in list(sources) if name not in known}
    for name, feed in own.items():
        if not isinstance(feed, dict) or feed.pop("kind", None) != "rss":
            near = _did_you_mean(name, known)
            mistakes.append(f'sources.{name}: unknown feed; kind = "rss" adds one{near}')
        elif not feed.get("url"):
            mistakes.append(f"sources.{name}.url: the feed's address is missing")
        else:
            sources.setdefault("feeds", {})[name] = feed


def _did_you_mean(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; choose from {', '.join(known)}"


def convert_section(default: S, given: object, key: str, mistakes: list[str]) -> S:
    """A section with the usable values of a table; the others keep their defaults.

    Each mistake is a sentence that begins with the key that it was found under.
    """
    if not isinstance(given, Mapping):
        mistakes.append(f"{key}: must be a table, not {given!r}")
        return default
    kinds: dict[str, Any] = get_type_hints(type(default), include_extras=True)
    known = [one.name for one in fields(default) if f"{key}.{one.name}" not in _NOT_IN_FILE]
    converted: dict[str, Any] = {}
    for name, value in given.items():
        below = f"{key}.{name}" if key else name
        if name not in known:
            why = _NOT_IN_FILE.get(below) or f"is not a setting{_did_you_mean(name, known)}"
            mistakes.append(f"{below}: {why}")
            continue
        old = getattr(default, name)
        if is_dataclass(old) and not isinstance(old, type):
            converted[name] = convert_section(old, value, below, mistakes)
        elif get_origin(kinds[name]) is Mapping:  # sources.feeds, the custom feeds
            kind = get_args(kinds[name])[1]
            converted[name] = {
                feed: convert_section(kind(), table, f"{key}.{feed}", mistakes)
                for feed, table in value.items()
            }
        else:
            converted[name] = _convert_field(old, kinds[name], value, below, mistakes)
    return replace(default, **converted)


def _convert_field(default: Any, kind: Any, value: object, key: str, mistakes: list[str]) -> Any:
    """The value in the field's type; the default where the value, or an item of it, is wrong."""
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(base) is not tuple:
        try:
            return convert_value(kind, value)
        except ValueMismatch as mismatch:
            mistakes.append(f"{key}: must be {mismatch}, not {value!r}")
            return default
    if not isinstance(value, list | tuple):
        example = ""
        if isinstance(value, str):  # unescaped: TOML refuses the surrogates of JSON's escapes
            example = f" such as [{json.dumps(value, ensure_ascii=False)}]"
        mistakes.append(f"{key}: must be a list{example}, not {value!r}")
        return default
    if not value and any(one.min_length for one in _constraints(kind)):
        mistakes.append(f"{key}: must not be empty")
        return default
    items = []
    for number, item in enumerate(value, 1):
        try:
            items.append(convert_value(get_args(base)[0], item))
        except ValueMismatch as mismatch:
            mistakes.append(f"{key}: item {number} must be {mismatch}, not {item!r}")
    return tuple(items) if len(items) == len(value) else default


def _semantic_mistakes(settings: Settings) -> Iterator[str]:
    """What no type can say of a value, one sentence each, with its key."""
    for ignore in settings.links.ignore_patterns:
        try:
            covers(ignore.pattern, "")
        except ValueError as error:
            yield (
                f"links.ignore: {ignore.pattern!r} is not a valid pattern of RE2, which knows no "
                f"look-ahead and no back references: {error}"
            )
    for network in settings.web.allow_networks:
        try:
            ip_network(network)
        except ValueError as error:
            yield f'web.allow_networks: must be like "10.0.0.0/8": {error}'
    yield from _prefect_mistakes(settings.prefect)
    branches = (
        ("warehouse.branch", settings.warehouse.branch),
        ("pull_request.branch", settings.pull_request.branch),
        ("pull_request.base", settings.pull_request.base),
    )
    for (key, branch), (other_key, other) in combinations(branches, 2):
        if other and exclude_each_other(branch, other):
            yield f"{key}: cannot exist next to {other_key}, {other}"
    api = parse(settings.pull_request.api)
    is_own = isinstance(api, Address) and re.fullmatch(r"localhost|::1|127\..*", api.host)
    if isinstance(api, Address) and api.scheme == "http" and not is_own:
        yield "pull_request.api: must be https, because the token is sent there"


def _prefect_mistakes(prefect: PrefectSettings) -> Iterator[str]:
    """None shows a block's name, because it may be the secret itself."""
    for key, line in (("cron", prefect.cron), ("report_cron", prefect.report_cron)):
        mistake = cron_mistake(line)
        if mistake:
            yield f"prefect.{key}: {mistake}"
    name = prefect.timezone
    if prefect.notify and not re.fullmatch("[a-z0-9-]+/[a-z0-9-]+", prefect.notify):
        yield 'prefect.notify: must be type and name of a block, like "slack-webhook/my-block"'
    for secret, block in prefect.token_blocks.items():
        if not re.fullmatch("[a-z0-9-]*", block):
            yield (
                f"prefect.{secret.lower()}_block: must be the name of a Secret block (lowercase "
                "letters, digits and -); the token itself is stored in the block only"
            )
    if name != "UTC" and name not in available_timezones():  # it reads many files
        yield f'prefect.timezone: must be like "Europe/Lisbon", not {name!r}'


class ValueMismatch(ValueError):
    """A value of another type or out of bounds; the text says what the value must be."""


def convert_value(kind: Any, value: object) -> Any:
    """One value in a field's type; texts are read as numbers. Raises ValueMismatch."""
    keys = {
        field.name for option in _options(kind) if is_dataclass(option) for field in fields(option)
    }
    if isinstance(value, Mapping) and not value.keys() <= keys:
        raise ValueMismatch(_expected(kind, value))
    try:
        converted = msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise ValueMismatch(_expected(kind, value)) from error
    if isinstance(converted, float) and not math.isfinite(converted):
        raise ValueMismatch(_expected(kind, value))
    return converted


def _expected(kind: Any, value: object) -> str:
    """A type and its constraints in words; of a pattern only if the value is a text at all."""
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if is_dataclass(kind):
        hints = get_type_hints(kind, include_extras=True)
        keys = (f"{name} ({_expected(hint, value)})" for name, hint in hints.items())
        return f"a table with {', '.join(keys)}"
    if get_origin(kind) is UnionType:
        return " or ".join(_expected(option, value) for option in _options(kind))
    for constraint in _constraints(kind):
        base = _expected(get_args(kind)[0], value)
        if constraint.description:
            return constraint.description if isinstance(value, str) else base
        if constraint.gt is not None:
            most = "" if constraint.le is None else f", at most {constraint.le}"
            return f"{base} greater than {constraint.gt}{most}"
        if constraint.le is not None:
            return f"{base} from {constraint.ge} to {constraint.le}"
        return f"{base}, {constraint.ge} or more"
    return _TYPE_NAMES[kind]


def _constraints(kind: Any) -> list[msgspec.Meta]:
    if get_origin(kind) is not Annotated:
        return []
    return [one for one in get_args(kind)[1:] if isinstance(one, msgspec.Meta)]


def _options(kind: Any) -> list[Any]:
    """The types that a value may have."""
    options = get_args(kind) if isinstance(kind, UnionType) else [kind]
    return [option for option in options if option is not NoneType]


class _Field(NamedTuple):
    name: str
    first: int
    last: int
    names: str = ""
    special: str = ""
    """What croniter, which Prefect uses, accepts in addition to values, as a pattern."""

    def value(self, text: str) -> int | None:
        """A value in numbers; None if it is none of this field."""
        known = self.names.split()
        if text in known:
            return self.first + known.index(text)
        number = int(text) if re.fullmatch(r"[0-9]{1,4}", text) else -1
        return number if self.first <= number <= self.last else None


_DAYS = "sun mon tue wed thu fri sat"
_DAY = rf"(?:[0-7]|{_DAYS.replace(' ', '|')})"
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, special=r"l|\?"),
    _Field("month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    _Field("day of the week", 0, 7, _DAYS, rf"\?|l[0-7]|{_DAY}#[1-5]"),
)
_ITEM = re.compile(r"(?:\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/0*([1-9][0-9]{0,3}))?")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def cron_mistake(text: str) -> str | None:
    """What is wrong with a cron line, as a clause; None if nothing is."""
    fields = text.lower().split()
    if len(fields) != len(_FIELDS):
        return f'must be five fields like "17 2 * * *", not {text!r}'
    for field, given in zip(_FIELDS, fields, strict=True):
        items = given.split(",")
        special = [bool(field.special and re.fullmatch(field.special, item)) for item in items]
        if not all(special) and (any(special) or not all(_is_item(field, item) for item in items)):
            return f"the {field.name} must be from {field.first} to {field.last}, not {given!r}"
    days, months = _values(_FIELDS[2], fields[2]), _values(_FIELDS[3], fields[3])
    if days and min(days) > max(_MONTH_DAYS[month - 1] for month in months or range(1, 13)):
        return f"no month of these has a day {min(days)}: {text!r}"
    return None


def _is_item(field: _Field, item: str) -> bool:
    match = _ITEM.fullmatch(item)
    return match is not None and all(
        field.value(one) is not None for one in match.groups()[:2] if one
    )


def _values(field: _Field, given: str) -> set[int]:
    """The first values of each item; empty if one item has no lower bound."""
    firsts = [field.value(re.split("[-/]", item)[0]) for item in given.split(",")]
    return set() if None in firsts else {first for first in firsts if first is not None}
