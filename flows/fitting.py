"""Values of TOML to frozen dataclasses, by the types of their fields, with every mistake told."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")
_MUST_BE = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    str: "a text",
    date: "a date like 2027-01-01",
}


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
    """One value as a field of that type has it, texts of an environment too; raises Unfit."""
    known = [one.name for each in _each(kind) if is_dataclass(each) for one in fields(each)]
    if isinstance(value, Mapping) and not value.keys() <= set(known):
        raise Unfit(_must_be(kind))
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Unfit(_must_be(kind)) from error


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
