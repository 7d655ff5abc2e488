"""The behaviours of links as data: what a server does night after night, and what we must say."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from staycurrent.web.address import Address, parse
from staycurrent.web.play import Host, Page, Ranges, Reply, Scenario
from staycurrent.web.scenario import read

FILES = Path(__file__).parent / "behaviours"
NOT_JUDGED = "not judged"
NIGHTS = 15


@dataclass(frozen=True)
class Case:
    """One behaviour and the right conclusion from it; `behaviours/*.toml` has them all."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    what: str
    """What the server does, for the table in the docs."""
    verdict: str
    """Of every link of the case; `not judged` where the whole night must be dropped."""
    links: tuple[str, ...]
    """As they stand in the list; `*` stands for the numbers 1 to `many`."""
    many: int = 1
    filler: int = 0
    """`*` stands for so many letters instead."""
    flag: str | None = None
    """What the list shows; None: never anything."""
    begins: int = 1
    """The night on which the behaviour begins; `not_before` and `by` are counted from it."""
    not_before: int | None = None
    """First night of the behaviour on which the verdict may stand."""
    by: int | None = None
    """Night of the behaviour from which on it must stand."""
    stands: str = ""
    """Nights of the play on which it must stand; empty: from `by` on."""
    before: str | None = None
    """A flag that is right before this one."""
    then: str | None = None
    """The verdict in the end, where it is another one."""
    suggestion: str | None = None
    rest_is_judged: bool = False
    """Not judged are these links only, and not the night."""

    @cached_property
    def urls(self) -> tuple[str, ...]:
        """The links written out."""
        return tuple(url for link in self.links for url in self._written_out(link))

    def _written_out(self, link: str) -> Iterator[str]:
        if "*" not in link:
            yield link
        elif self.filler:
            yield link.replace("*", "x" * self.filler)
        else:
            yield from (link.replace("*", str(number)) for number in range(1, self.many + 1))

    @property
    def hosts(self) -> frozenset[str]:
        """Names that the links go to."""
        found = (parse(url) for url in self.urls)
        return frozenset(one.host for one in found if isinstance(one, Address))

    @property
    def earliest(self) -> int:
        """First night of the play on which the verdict may stand."""
        return self.begins + (self.not_before or 1) - 1

    @property
    def latest(self) -> int:
        """Night of the play from which on it must stand."""
        return self.begins + (self.by or 1) - 1

    def must_stand_on(self, night: int) -> bool:
        """Whether the verdict must be right on this night of the play."""
        return night in Ranges.read(self.stands) if self.stands else night >= self.latest


@dataclass(frozen=True, slots=True)
class Played:
    """A case with the web that it is played on."""

    case: Case
    scenario: Scenario
    family: str
    """Name of the file that it stands in."""


def load_cases() -> tuple[Played, ...]:
    """Every case of every file; raises ScenarioError and pydantic's ValidationError."""
    return tuple(
        _played(table, file)
        for file in sorted(FILES.glob("*.toml"))
        for table in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
    )


def introduction(family: str) -> str:
    """What the first lines of a family's file say of it."""
    lines = (FILES / f"{family}.toml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.removeprefix("# ") for line in takewhile(bool, lines))


def together(parts: tuple[Played, ...], more: Scenario) -> Scenario:
    """One web of many; `more` comes last, so that a rule of a case can stand before it.

    A robots.txt is there only where a case gives it: a rule for all of a host's addresses is
    about its pages.
    """
    scenarios = (*(part.scenario for part in parts), more)
    pages = tuple(page for one in scenarios for page in one.pages)
    given = tuple(page for page in pages if page.url.endswith("/robots.txt"))
    return Scenario(
        tuple(host for one in scenarios for host in one.hosts),
        (*given, Page("*/robots.txt", Reply(404)), *pages),
    )


def _played(table: Mapping[str, Any], file: Path) -> Played:
    web = {key: table[key] for key in ("host", "page") if key in table}
    told = {key: value for key, value in table.items() if key not in web}
    case = TypeAdapter(Case).validate_python(told)
    scenario = read(web, name=f"{file.name}: {case.id}", folder=file.parent)
    there = tuple(Host(name) for name in sorted(case.hosts))
    return Played(case, Scenario((*scenario.hosts, *there), scenario.pages), file.stem)
