"""Our addresses compared with lychee's on the lists that are named; each difference in a class."""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from staycurrent.curated.document import Document, parse
from staycurrent.curated.occurrence import Occurrence

LYCHEE = Path(sys.executable).with_name("lychee")
_BARE = re.compile(r"\b(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+")


def main(argv: list[str]) -> int:
    """`python -m bench.dump LIST...`: how many addresses only one of the two sees, and why."""
    total: Counter[str] = Counter()
    for path in map(Path, argv):
        found = Counter(why for why, _address in differences(path))
        agreed = len(ours(path) & theirs(path))
        total += found + Counter({"both": agreed})
        print(f"{path.stem}: both {agreed}, {dict(found)}")
        if len(argv) == 1:
            for why, address in differences(path):
                print(f"  {why}: {address}")
    for why, count in total.most_common():
        print(f"{count:6}  {why}")
    return 0


def normal(address: str) -> str:
    """As both would write it: lychee resolves relative ones and writes what a URL parser makes."""
    address = unquote(address.strip()).replace("\\", "/")
    found = re.fullmatch(r"(?i)([a-z][a-z0-9+.-]*)://([^/?#]*)(.*)", address)
    if found is None:
        return address
    scheme, host, rest = found.groups()
    host = host.lower().removesuffix(":80" if scheme.lower() == "http" else ":443")
    host = host.encode("ascii", "ignore").decode() and host
    rest = rest if rest.startswith("/") else f"/{rest}"
    return f"{scheme.lower()}://{_punycoded(host)}{rest}"


def _punycoded(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def ours(path: Path) -> set[str]:
    """The addresses that we would look at."""
    return {normal(place.url) for place in _web(parse(path.read_bytes()))}


def _web(document: Document) -> Iterator[Occurrence]:
    yield from (place for place in document.occurrences if re.match(r"(?i)https?://", place.url))


def theirs(path: Path) -> set[str]:
    """The addresses that lychee would look at, mail left out."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        copy.write_bytes(path.read_bytes())
        said = subprocess.run(
            [LYCHEE, "--dump", "--no-progress", "--config", "/dev/null", copy],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    lines = (line.split(" (")[0] for line in said.splitlines())
    return {normal(line) for line in lines if re.match(r"(?i)https?://", line)}


def differences(path: Path) -> Iterator[tuple[str, str]]:
    """A word for each address that only one of the two sees, and the address."""
    mine, peer = ours(path), theirs(path)
    document = parse(path.read_bytes())
    for address in sorted(peer - mine):
        yield f"lychee only: {_why_theirs(document, address, mine)}", address
    kinds = {normal(place.url): place for place in _web(document)}
    for address in sorted(mine - peer):
        yield f"we only: {_why_ours(kinds[address], peer)}", address


def _why_theirs(document: Document, address: str, mine: set[str]) -> str:
    if any(each.startswith(address) or address.startswith(each) for each in mine):
        return "ends elsewhere"
    spans = [block.span for block in document.markup.html]
    text = b"".join(document.raw[slice(*span)] for span in spans).decode("utf-8", "replace")
    known = address.split("//", 1)[-1].rstrip("/")
    return "in raw HTML" if known in unquote(text) else "other"


def _why_ours(place: Occurrence, peer: set[str]) -> str:
    address = normal(place.url)
    if re.match(r"https?://([a-z]+\.)?twitter\.com/", address):
        return "twitter.com, which lychee leaves out by default"
    if any(each.startswith(address) or address.startswith(each) for each in peer):
        return "ends elsewhere"
    return str(place.kind)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
