"""Sharing out: no host is parted from its other names, nor an provider from its hosts."""

import random

import pytest

from staycurrent.flows.distributed.coordinator import divide
from staycurrent.links.link import Link, link
from staycurrent.links.providers.registry import PROVIDERS

PARTS = 7
URLS = [
    *(f"https://host-{n % 90}.example/{n}" for n in range(900)),
    *(f"https://big.example/{n}" for n in range(60)),
    *(f"https://www.big.example/{n}" for n in range(60)),
    "https://github.com/owner/name",
    "https://www.github.com/owner/other",
    "https://github.com/owner/name/actions",
    "https://arxiv.org/abs/2601.00001",
    "https://export.arxiv.org/abs/2601.00002",
    "https://youtu.be/dQw4w9WgXcQ",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
]


def links(urls: list[str]) -> list[Link]:
    return [one for one in map(link, urls) if isinstance(one, Link)]


def parts(urls: list[str], count: int) -> dict[str, int]:
    """The part of each host."""
    divided = divide(links(urls), count)
    return {one.host: number for number, part in enumerate(divided) for one in part}


def weight(one: Link) -> float:
    return 0.1 if any(provider.claims(one) for provider in PROVIDERS) else 1.0


def test_a_host_and_its_www_are_in_one_part() -> None:
    found = parts(URLS, PARTS)
    assert found["big.example"] == found["www.big.example"]
    assert set(found.values()) == set(range(PARTS))


def test_all_hosts_of_providers_are_in_the_part_that_asks_them() -> None:
    found = parts(URLS, PARTS)
    claimed = ("github.com", "arxiv.org", "export.arxiv.org", "youtu.be", "www.youtube.com")
    assert {found[host] for host in claimed} == {0}


def test_who_is_asked_for_many_at_once_weighs_little() -> None:
    pages = [f"https://{name}.example/" for name in "abc"]
    providers = [f"https://github.com/owner/{n}" for n in range(19)]
    assert [len(part) for part in divide(links(providers + pages), 2)] == [20, 2]


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_are_the_same_in_whatever_order_the_links_come(seed: int) -> None:
    shuffled = list(URLS)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 -- an order, not a secret
    assert parts(shuffled, PARTS) == parts(URLS, PARTS)


@pytest.mark.parametrize("count", [1, 2, 10, 50])
def test_no_part_has_more_than_the_bound_of_the_rule(count: int) -> None:
    loads = [sum(map(weight, part)) for part in divide(links(URLS), count)]
    heaviest = 120.0  # big.example with and without `www.`
    # Graham 1969: at most 4/3 of the best, which is no less than the mean or the heaviest.
    assert max(loads) <= 4 / 3 * max(sum(loads) / count, heaviest)
    assert sum(loads) == pytest.approx(sum(map(weight, links(URLS))))


def test_without_providers_the_first_part_is_as_any_other() -> None:
    assert parts(["https://a.example/"], 1) == {"a.example": 0}
    assert parts(["https://b.example/", "https://a.example/"], 2) == {
        "a.example": 0,
        "b.example": 1,
    }
