"""The played list: behaviours many times over, on sites of their own or of others, by a seed."""

import random
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from staycurrent.web.address import Address, join, parse
from staycurrent.web.replay.scenario import (
    HostRule,
    PageRule,
    Ranges,
    ReplayResponse,
    Scenario,
    parse_scenario,
)
from tests.support.behaviours import FILES, NIGHTS, NOT_JUDGED, Case, Played

_AT_ONCE = 0.5
SHARES = Path(__file__).parent / "shares.toml"
# lychee leaves out `.test`, as RFC 2606 reserves it; names that it asks for must end otherwise.
# `issuer.test` is written in a certificate.
_NAME = re.compile(r"(?<![a-z0-9-])(?!issuer\.)([a-z0-9-]+)\.test\b")
_PDF = ReplayResponse(200, (("content-type", "application/pdf"),), b"%PDF-1.7\n%%EOF\n")
_HTML = (("content-type", "text/html; charset=utf-8"),)
_WORDS = (
    *("attention", "gradient", "tensor", "corpus", "token", "layer", "kernel", "prompt", "agent"),
    *("vector", "cache", "metric", "beam", "encoder", "latent", "graph", "policy", "reward"),
    *("sample", "schema", "index", "shard", "survey", "lecture", "library", "notebook", "compiler"),
    *("browser", "river", "meadow", "harbour", "lantern", "copper", "walnut", "granite", "saffron"),
    *("orchard", "pencil", "violin", "compass", "anchor", "ladder", "mirror", "window", "candle"),
)


@dataclass(frozen=True, slots=True)
class Shares:
    """How often each behaviour is in the list."""

    links: int
    seed: int
    sites: int
    outage: tuple[int, str]
    """Rank of a site that is down, and the nights."""
    on_sites: Mapping[str, int]
    alone: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlayedList:
    """All parts in the order of the list, and what lies over all of them."""

    parts: tuple[Played, ...]
    above: Scenario
    """Rules that stand before every other one."""


def played_list(seed: int | None = None) -> PlayedList:
    """The list of `shares.toml`, the same every time for a seed (None: the one of the file)."""
    text = tomllib.loads(SHARES.read_text(encoding="utf-8"))
    own = {"case": text.pop("case")}
    shares = TypeAdapter(Shares).validate_python(text)
    drawn = shares if seed is None else replace(shares, seed=seed)
    return _Maker(drawn, _tables(own)).made()


def _tables(own: Mapping[str, Any]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Family and TOML table of every behaviour that is judged."""
    files = [
        (file.stem, tomllib.loads(file.read_text(encoding="utf-8")))
        for file in sorted(FILES.glob("*.toml"))
    ]
    return {
        table["id"]: (family, table)
        for family, file in [*files, ("answers", own)]
        for table in file["case"]
        if table["verdict"] != NOT_JUDGED
    }


class _Maker:
    """One drawing of the list; every number comes from the seed."""

    def __init__(self, shares: Shares, tables: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        self._shares = shares
        self._tables = tables
        self._draw = random.Random(shares.seed)  # noqa: S311 -- a play, not a secret
        self._ranks = range(1, shares.sites + 1)
        self._weights = list(accumulate(1 / rank for rank in self._ranks))
        self._number = 0

    def made(self) -> PlayedList:
        parts = [*self._behaving(self._shares.on_sites), *self._behaving(self._shares.alone)]
        left = self._shares.links - sum(len(part.case.urls) for part in parts)
        parts += [self._page() for _ in range(left)]
        self._draw.shuffle(parts)
        rank, nights = self._shares.outage
        down = PageRule(f"*://{_site(rank)}/*", ReplayResponse(503), Ranges.parse(nights))
        return PlayedList(tuple(parts), Scenario((), (down,)))

    def _behaving(self, counts: Mapping[str, int]) -> Iterator[Played]:
        on_site = counts is self._shares.on_sites
        for name, count in counts.items():
            for _ in range(count):
                yield self._instance(name, on_site=on_site)

    def _instance(self, name: str, *, on_site: bool) -> Played:
        self._number += 1
        family, table = self._tables[name]
        rename = _Rename(self._number, self._any_site() if on_site else "")
        fields = rename.table(table)
        web: dict[str, Any] = {key: fields.pop(key) for key in ("host", "page") if key in fields}
        case = TypeAdapter(Case).validate_python(fields)
        scenario = parse_scenario(web, name=name, folder=FILES)
        there = tuple(HostRule(host) for host in sorted(case.hosts))
        part = Played(case, Scenario((*scenario.hosts, *there), scenario.pages), family)
        return self._begun_later(part)

    def _begun_later(self, part: Played) -> Played:
        """Half of what is not simply there begins on a later night, early enough to be judged."""
        there = part.family in ("answers", "providers") or "host_without_home" in part.case.id
        if there or part.case.then or self._draw.random() < _AT_ONCE:
            return part
        nights = self._draw.randrange(_room(part) + 1)
        return _later(part, nights, self._article()) if nights else part

    def _page(self) -> Played:
        self._number += 1
        site = self._any_site()
        url = f"{'http' if site.endswith('7.played') else 'https'}://{site}/{self._number}"
        case = Case(f"page#{self._number}", "a page", "alive", (url,))
        return Played(
            case, Scenario((HostRule(site),), (PageRule(url, self._article()),)), "answers"
        )

    def _any_site(self) -> str:
        return _site(self._draw.choices(self._ranks, cum_weights=self._weights)[0])

    def _article(self) -> ReplayResponse:
        title = " ".join(self._draw.sample(_WORDS, 4)).capitalize()
        text = " ".join(self._draw.choices(_WORDS, k=60))
        body = f"<!doctype html><title>{title}</title><main><h1>{title}</h1><p>{text}.</main>"
        return ReplayResponse(200, _HTML, body.encode())


@dataclass(frozen=True, slots=True)
class _Rename:
    """A behaviour's table under other names: of hosts, of paths on a site, of repositories."""

    number: int
    site: str
    """The site that its first host becomes; empty: hosts of its own."""

    def table(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """The whole table, its number behind its id."""
        first = _NAME.search(table["links"][0])
        fields = {
            key: self._value(key, value, first.group(0) if first and self.site else "")
            for key, value in table.items()
            if key != "id"
        }
        return {**fields, "id": f"{table['id']}#{self.number}"}

    def _value(self, key: str, value: Any, first: str) -> Any:
        if isinstance(value, dict):
            return {name: self._value(name, one, first) for name, one in value.items()}
        if isinstance(value, list):
            return [self._value(key, one, first) for one in value]
        if isinstance(value, str):
            return self._text(key, value, first)
        return value + 1000 * self.number if key == "id" else value

    def _text(self, key: str, text: str, first: str) -> str:
        if first:
            text = text.replace(f"//{first}/", f"//{self.site}/{self.number}/")
            if text == f"https://{self.site}/{self.number}/":
                text = f"https://{self.site}/"
            if key == "refresh":
                text = text.replace("url=/", f"url=/{self.number}/")
            if key == "location" and text.startswith("/") and text != "/":
                text = f"/{self.number}{text}"
        text = text.replace("truth-lab", f"lab-{self.number}")
        text = text.replace("R_truth", f"R_{self.number}_")
        text = text.replace("/repositories/", f"/repositories/{self.number}")
        text = _NAME.sub(rf"\1-{self.number}.played", text)
        return f"{text} | part {self.number}" if key == "title" else text


def _site(rank: int) -> str:
    return f"site-{rank}.played"


def _room(part: Played) -> int:
    """Nights by which a behaviour can be put off so that all of it is still seen."""
    nights = (rule.nights for rules in (part.scenario.pages, part.scenario.hosts) for rule in rules)
    ends = [last for one in nights for _, last in one.spans if last is not None]
    return max(0, NIGHTS - max(part.case.latest, *ends, 3))


def _later(part: Played, nights: int, article: ReplayResponse) -> Played:
    """The behaviour so many nights later; until then its links are there."""
    case, until = part.case, Ranges(((1, nights),))
    urls = [url.partition("#")[0] for url in case.urls]
    pages = (
        *(
            PageRule(url, _PDF if url.endswith(".pdf") else _own(part, url, article), until)
            for url in urls
        ),
        *(replace(page, nights=_shifted(page.nights, nights)) for page in part.scenario.pages),
    )
    hosts = (
        *(HostRule(name, until) for name in sorted(case.hosts)),
        *(replace(host, nights=_shifted(host.nights, nights)) for host in part.scenario.hosts),
    )
    stands = ",".join(_span(*span) for span in _shifted(Ranges.parse(case.stands), nights).spans)
    moved = replace(case, begins=case.begins + nights, stands=stands if case.stands else "")
    return Played(moved, Scenario(hosts, pages), part.family)


def _own(part: Played, url: str, otherwise: ReplayResponse) -> ReplayResponse:
    """The page that the behaviour itself brings: what was there before must not be a stranger."""
    if part.case.verdict in ("dead", "blocked", "usurped") and part.case.begins == 1:
        return otherwise
    good = {
        page.url: page.response
        for page in part.scenario.pages
        if page.response.status == 200 and page.response.fault is None and page.response.body
    }
    moved = {page.url: dict(page.response.headers).get("location") for page in part.scenario.pages}
    start = parse(url)
    target = moved.get(url)
    if target and isinstance(start, Address) and isinstance(there := join(start, target), Address):
        for known, response in good.items():
            if parse(known) == replace(there, fragment=""):
                return response
    pages = list(good.values())
    return pages[0 if part.case.begins > 1 else -1] if pages else otherwise


def _shifted(ranges: Ranges, nights: int) -> Ranges:
    return Ranges(tuple((a + nights, b and b + nights) for a, b in ranges.spans))


def _span(first: int, last: int | None) -> str:
    return f"{first}-{last or ''}"
