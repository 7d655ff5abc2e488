"""Values of TOML to frozen dataclasses, by the types of their fields, with every mistake told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")
_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
"""As they are written in an environment, where there are texts only."""


class Unfit(ValueError):
    """A value of another kind; its text is what the value must be."""


def fitted(default: S, given: object, key: str, mistakes: list[str]) -> S:
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
            found[name] = fitted(old, value, below, mistakes)
        elif get_origin(kinds[name]) is Mapping:
            kind = get_args(kinds[name])[1]
            found[name] = {
                one: fitted(kind(), table, f"{key}.{one}", mistakes) for one, table in value.items()
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
        return read(kind, value)
    except Unfit as must:
        mistakes.append(f"{says} {must}, not {value!r}")
        return default


def read(kind: Any, value: object) -> Any:
    """One value as a field of that type has it; raises Unfit."""
    if isinstance(kind, UnionType):
        return _one_of([one for one in get_args(kind) if one is not NoneType], value)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise Unfit(" or ".join(map(repr, get_args(kind))))
        return value
    return _made(kind, value) if is_dataclass(kind) else _PLAIN[kind](value)


def _one_of(kinds: Sequence[Any], value: object) -> Any:
    must: list[str] = []
    for kind in kinds:
        try:
            return read(kind, value)
        except Unfit as error:
            must.append(str(error))
    raise Unfit(" or ".join(must))


def _made(kind: Any, value: object) -> Any:
    """What a table describes whole, such as an entry of `links.ignore`."""
    kinds = get_type_hints(kind)
    wanted = f"a table with {', '.join(one.name for one in fields(kind))}"
    if not isinstance(value, Mapping) or not value.keys() <= kinds.keys():
        raise Unfit(wanted)
    try:
        return kind(**{name: read(kinds[name], one) for name, one in value.items()})
    except (Unfit, TypeError) as error:
        raise Unfit(wanted) from error


def _truth(value: object) -> bool:
    found = _WORDS.get(str(value).lower())
    if found is None:
        raise Unfit("true or false")
    return found


def _number(value: object) -> float:
    try:
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise Unfit("a number")


def _whole(value: object) -> int:
    try:
        if isinstance(value, int | str) and not isinstance(value, bool):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
    except ValueError:
        pass
    raise Unfit("a whole number")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Unfit("a text")


def _day(value: object) -> date:
    try:
        if type(value) is date:  # no datetime, which is one as well
            return value
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Unfit("a date like 2027-01-01")


_PLAIN: Mapping[Any, Callable[[object], object]] = {
    bool: _truth,
    float: _number,
    int: _whole,
    str: _text,
    date: _day,
}
