"""What settings must keep to beyond their types: bounds of numbers, and texts that are read."""

import math
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from ipaddress import ip_network
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from staycurrent.flows.settings import PullRequestSettings, Settings
from staycurrent.links.ignore import covers
from staycurrent.web.address import Address, UnusableUrl, parse

# fmt: off
_SHARES = frozenset([
    "canaries_share", "failing_share", "floor", "requests_share", "reserve", "same_target_share",
])
_MAY_BE_ZERO = frozenset([
    "backups", "body_nights", "budget_minutes", "budget_requests", "jitter_s", "least",
    "max_redirects",
    "new_days", "parts", "pause_s", "per_kind", "per_night", "processes", "retry_after_max_s",
    "search_stars", "second_look_s", "second_looks", "total", "trending", "wait_s", "weekly",
])
# fmt: on
"""Numbers for which zero means something; no other may be zero, and none is negative."""
# fmt: off
_ADDRESSES = frozenset([
    "api", "arxiv_url", "dair_url", "hf_url", "listing_url", "rss_url", "search_url", "site",
    "thumbnails", "url",
])
# fmt: on
_SLOW_HOST = re.compile(r"[^=\s]+=\d+(\.\d+)?")
_CRON = re.compile(r"[\d*/,A-Za-z#LW-]+( [\d*/,A-Za-z#LW-]+){4}")
_HOUR_S = 3600
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9]")
_NO_BRANCH = re.compile(r"\.\.|//|/\.|\./|\.lock(/|$)|@\{")
"""git-check-ref-format(1), and no character that means something in markdown or a shell."""
_MOST_LINES = 500
"""More would not fit into the body of a pull request."""
_PART = re.compile(r"[A-Za-z0-9_.-]*")


def constraint_errors(settings: Settings) -> list[str]:
    """Every value that cannot be meant, one sentence each, with its key."""
    return [*_of_values(settings, ""), *_of_feeds(settings), *_of_texts(settings)]


def _of_values(section: object, path: str) -> Iterator[str]:
    if not is_dataclass(section):
        return
    for one in fields(section):
        key, value = f"{path}{one.name}", getattr(section, one.name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            wanted = _wanted(one.name, value)
            if wanted:
                yield f"{key}: must be {wanted}, not {value}"
        elif one.name in _ADDRESSES and isinstance(value, str):
            yield from _of_address(key, value)
        else:
            yield from _of_values(value, f"{key}.")


def _wanted(name: str, value: float) -> str | None:
    """What a number should have been; None where it is well."""
    if name in _SHARES:
        return None if 0 <= value <= 1 else "a share from 0 to 1"
    least_is_zero = name in _MAY_BE_ZERO
    if math.isfinite(value) and (value > 0 or (least_is_zero and value == 0)):
        return None
    return "0 or more" if least_is_zero else "more than 0"


def _of_address(key: str, text: str) -> Iterator[str]:
    address = parse(text)
    if isinstance(address, UnusableUrl):
        yield f"{key}: must be a web address, not {text!r}: {address.reason}"


def _of_feeds(settings: Settings) -> Iterator[str]:
    for name, feed in settings.sources.feeds.items():
        yield from _of_values(feed, f"sources.{name}.")


def _of_texts(settings: Settings) -> Iterator[str]:
    web = settings.web
    for one in settings.links.patterns:
        yield from _of_pattern(one.pattern)
    for url in web.canaries:
        yield from _of_address("web.canaries", url)
    if not web.canaries:
        yield "web.canaries: must name at least one address, or no night could be believed"
    for network in web.allow_networks:
        yield from _of_network(network)
    for host in web.slow_hosts:
        if not _SLOW_HOST.fullmatch(host):
            yield f'web.slow_hosts: must be like "github.com=1.0", not {host!r}'
    if not web.user_agent.isprintable() or not web.user_agent.isascii():
        yield "web.user_agent: must be printable ASCII, for it goes into a header"
    if not _PART.fullmatch(settings.curated.part):
        yield f"curated.part: must be letters, digits, _ . and -, not {settings.curated.part!r}"
    yield from _of_schedule(settings)
    yield from _of_pull_request(settings.pull_request)
    if not settings.list.paths:
        yield "list.paths: must name at least one markdown file"


def _of_schedule(settings: Settings) -> Iterator[str]:
    when = settings.schedule
    for name, cron in (("cron", when.cron), ("report_cron", when.report_cron)):
        if not _CRON.fullmatch(cron):
            yield f'schedule.{name}: must be five fields like "17 2 * * *", not {cron!r}'
    try:
        ZoneInfo(when.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f'schedule.timezone: must be like "Europe/Lisbon", not {when.timezone!r}'
    if when.jitter_s > _HOUR_S:
        yield f"schedule.jitter_s: must be at most {_HOUR_S}, not {when.jitter_s}"
    if not re.fullmatch(r"[\w-]+", when.pool):
        yield f"schedule.pool: must be letters, digits, _ and -, not {when.pool!r}"


def _of_pull_request(section: PullRequestSettings) -> Iterator[str]:
    for key, name in (("branch", section.branch), ("base", section.base or "main")):
        if not _BRANCH.fullmatch(name) or _NO_BRANCH.search(name):
            yield f"pull_request.{key}: must be a plain branch name, not {name!r}"
    if section.most_lines > _MOST_LINES:
        yield f"pull_request.most_lines: must be at most {_MOST_LINES}, not {section.most_lines}"
    address = parse(section.api)
    if isinstance(address, Address) and address.scheme == "http" and not _is_here(address.host):
        yield "pull_request.api: must be https, for the token goes there"


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _of_pattern(pattern: str) -> Iterator[str]:
    try:
        covers(pattern, "")
    except re.error as error:
        yield f"links.ignore: {pattern!r} is no pattern: {error}"


def _of_network(text: str) -> Iterator[str]:
    try:
        ip_network(text)
    except ValueError as error:
        yield f'web.allow_networks: must be like "10.0.0.0/8": {error}'
