"""What an item says: all of it, and where it says what it is about."""

import re

from staycurrent.sources.item import Item

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def name(item: Item) -> str:
    """Its title; of a repository the name alone, `CamelCase` taken apart."""
    called = item.title.rpartition("/")[2] if item.kind == "repository" else item.title
    return _CAMEL.sub(" ", called)


def text(item: Item) -> str:
    """Its name and its description."""
    return f"{name(item)} . {item.summary}"


def subject(item: Item) -> str:
    """Where it says what it is about: abstracts are full of words that mean nothing."""
    return item.title if item.kind == "paper" else text(item)
