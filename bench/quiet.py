"""What second witnesses, registries and the archive's former pages add to the requests of a night.

`python -m bench.quiet [NIGHTS]` plays a made-up list of 300 links with and without them.
"""

import argparse
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote, urlsplit

from staycurrent.web.client import Client
from tests.support.folder import (
    CANARIES,
    FEEDS_OFF,
    FIRST,
    NO_BACKUP,
    SETTINGS,
    Folder,
    dns_page,
)

_LINKS = {
    "alive": 250,
    "doubtful": 12,
    "elsewhere": 3,
    "dead": 14,
    "lost": 4,
    "weak": 6,
    "hidden": 5,
    "unnamed": 2,
    "blocked": 4,
}
"""How many links there are of each kind; `hidden` and `unnamed` fail for this machine only."""
_SETTLED = 15
"""The night from which on all that is dead is flagged."""
_OFF = """
[links.witness]
enabled = false
[links.rdap]
enabled = false
[links.wayback]
former_per_run = 0
"""
_ABOUT = "<title>Gadget</title><h1>Gadget</h1>Measures wind and waves for sailors. "
_OTHER = f"<title>Pralines</title><h1>Truffles</h1>{' '.join(f'nougat{n}' for n in range(99))}"
_RESOLVER = "https://dns.google/dns-query"
_CDX = "https://web.archive.org/cdx/search/cdx"


def _urls() -> Iterator[tuple[str, str]]:
    for kind, count in _LINKS.items():
        for number in range(count):
            yield kind, f"https://{kind}{number // (2 if kind == 'alive' else 1)}.com/p{number}"


def _page(url: str, body: str = "", **more: object) -> str:
    lines = [f"{key} = {value!r}" for key, value in {"url": url, **more}.items()]
    return "\n".join(["[[page]]", *lines, f"body = '''{body}'''\n"])


def _registry(name: str, *, free: bool) -> str:
    url = f"https://rdap.verisign.com/com/v1/domain/{name}"
    head = f'[[page]]\nurl = "{url}"\nheaders = {{ content-type = "application/rdap+json" }}\n'
    event = '[{"eventAction":"registration","eventDate":"2005-08-01T00:00:00Z"}]'
    found = f'{{"objectClassName":"domain","ldhName":"{name}","events":{event}}}'
    return head + ("status = 404\nbody = '{}'\n" if free else f"body = '{found}'\n")


def _captures(url: str, days: list[int], nights: str) -> str:
    times = [f"{FIRST + timedelta(day):%Y%m%d}120000" for day in days]
    rows = ",".join(f'["{time}","{url}","200"]' for time in times)
    table = f'[["timestamp","original","statuscode"],{rows}]'
    index = _page(f"{_CDX}?url={quote(url, safe='')}*", table, nights=nights)
    replay = f"https://web.archive.org/web/{times[-1]}id_/{url}"
    return index + _page(replay, _ABOUT)


def _web(nights: int) -> str:
    """Rules for all links, and for what others know of them."""
    canaries = (f"canary-{FIRST + timedelta(n):%Y%m%d}.invalid" for n in range(nights))
    rules = [dns_page(_RESOLVER, name, 3) for name in canaries]
    for kind, url in _urls():
        host = urlsplit(url).hostname or ""
        match kind:
            case "alive":
                rules.append(_page(url, _ABOUT))
            case "doubtful":
                rules += [_page(url, _OTHER), _registry(host, free=False)]
            case "elsewhere":
                target = f"https://sweets-{host}/"
                rules += [_page(url, status=301, location=target), _page(target, _OTHER)]
                rules.append(_registry(host, free=False))
            case "dead" | "hidden":
                rules += [_page(url, status=404), _page(f"https://{host}/", _ABOUT)]
            case "lost" | "unnamed":
                rules.append(f'[[host]]\nname = "{host}"\ndns = "missing"\n')
                known = (93, 184, 216, 34) if kind == "unnamed" else ()
                rules.append(dns_page(_RESOLVER, host, 0 if known else 3, *known))
                rules.append(_registry(host, free=kind == "lost"))
            case _:
                rules.append(_page(url, status=500 if kind == "weak" else 403))
        if kind == "hidden":
            for day in range(0, nights, 12):
                rules.append(_captures(url, [*range(0, day + 1, 12)], f"{day + 2}-{day + 13}"))
    return "".join([*rules, _page(f"{_CDX}*", "[]")])


def _kind(url: str, listed: frozenset[str]) -> str:
    host = urlsplit(url).hostname or ""
    if host == "web.archive.org":
        return "archive"
    if host.startswith("dns."):
        return "resolver"
    if host.startswith(("rdap.", "data.iana")):
        return "registry"
    return "check" if url in listed else "other"


def play(nights: int, *, with_witnesses: bool) -> list[Counter[str]]:
    """The requests of each night by kind; redirects count as the check that they end."""
    listed, found = frozenset(url for _, url in _urls()), list[Counter[str]]()
    real = Client.request

    async def counted(client: Client, url: str, **options: object) -> object:
        response = await real(client, url, **options)  # type: ignore[arg-type]
        found[-1][_kind(url, listed)] += response.requests
        return response

    with tempfile.TemporaryDirectory() as path, patch.object(Client, "request", counted):
        folder = Folder(Path(path))
        entries = (f"- [Gadget]({url}) - Measures wind and waves for sailors.\n" for url in listed)
        folder.write(listed="".join(sorted(entries)))
        settings = SETTINGS.partition("[links.recheck]")[0] + ("" if with_witnesses else _OFF)
        (folder.path / "web.toml").write_text(CANARIES + _web(nights))
        (folder.path / "staycurrent.toml").write_text(settings + FEEDS_OFF + NO_BACKUP)
        long_ago = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2023-01-05T00:00:00Z")
        env = {"PATH": "/usr/bin:/bin"} | long_ago
        named = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        for command in (("init", "-q"), ("add", "."), (*named, "commit", "-qm", "list")):
            subprocess.run(["git", *command], cwd=path, env=env, check=True)
        for night in range(1, nights + 1):
            found.append(Counter())
            ended = folder.staycurrent("run", "-q", night=night)
            if ended.code:
                raise RuntimeError(ended.err)
    return found


def main() -> None:
    """Print the requests of the first night, the next ones, and the settled ones."""
    parser = argparse.ArgumentParser(prog="python -m bench.quiet")
    parser.add_argument("nights", nargs="?", type=int, default=45, help=f"{_SETTLED} or more")
    nights = parser.parse_args().nights
    if nights < _SETTLED:
        parser.error(f"NIGHTS must be {_SETTLED} or more: the last ones are the quiet nights")
    both = {what: play(nights, with_witnesses=what == "with") for what in ("with", "without")}
    for first, last in ((1, 1), (2, _SETTLED - 1), (_SETTLED, nights)):
        sums = {what: sum(found[first - 1 : last], Counter[str]()) for what, found in both.items()}
        more = sums["with"].total() / max(1, sums["without"].total()) - 1
        pairs = zip(both["with"], both["without"], strict=True)
        added = [one.total() - other.total() for one, other in pairs]
        most = max(range(first, last + 1), key=lambda night: added[night - 1])
        print(f"nights {first} to {last}: {more:+.1%}, at most {added[most - 1]} on night {most}")
        for what, kinds in sums.items():
            print(f"  {what:8}{kinds.total():6}  {dict(kinds.most_common())}")


if __name__ == "__main__":
    main()
