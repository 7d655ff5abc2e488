"""The Wayback Machine's index (CDX): how it is asked for one page, and what its answers say."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from urllib.parse import urlencode

from staycurrent.links.authorities.body import is_whole
from staycurrent.links.authorities.turn import silence
from staycurrent.links.link import Link, link
from staycurrent.links.snapshot import Said
from staycurrent.web.response import Failure, Response

_REPLAY = "https://web.archive.org/web"
_ROWS = 10
_TIMESTAMP = re.compile(r"(?:19|20)\d{12}", re.ASCII)
_FIELDS = ("timestamp", "original", "statuscode")
_ALL_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_UNREACHED = (Failure.DNS, Failure.DNS_TROUBLE, Failure.REFUSED, Failure.TLS)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the index, read."""

    said: Said | None
    """None where the archive was not reached, or asked us to stop: no more questions tonight."""
    address: str | None = None
    """Of the snapshot, where one was found."""
    why: str = ""
    """Why the answer cannot be used; empty where it can."""


def question(api: str, key: str, before: date, *, tries: int) -> str:
    """The address to ask: a few good snapshots of earlier days, the nearest among them.

    Ten rows, as a limit of one switches on a short cut that brings much older ones
    (remy/unrot.link#7), and `closest` means nothing without `sort` (internetarchive/wayback#237).
    Every second try takes the index's other road to the same rows.
    """
    last = (before - timedelta(days=1)).strftime("%Y%m%d")
    asked = {
        "url": key,
        "matchType": "exact",  # else an address that ends with `*` asks for a whole folder
        "output": "json",
        "fl": ",".join(_FIELDS),
        "filter": "statuscode:200",
        "to": last,
    }
    if tries % 2:
        asked |= {"limit": f"-{_ROWS}"}
    else:
        asked |= {"limit": f"{_ROWS}", "closest": f"{last}235959", "sort": "closest"}
    return f"{api}?{urlencode(asked)}"


def read(answer: Response, key: str, before: date) -> Reply:
    """Conclude from an answer: the newest row that can be believed is the snapshot.

    The snapshot's address is made of the row's time and of the link's own key: nothing that the
    archive wrote gets into a report or a list.
    """
    unheard = _unheard(answer)
    if unheard is not None:
        return unheard
    captures = _captures(answer)
    if captures is None:
        return Reply(Said.NOTHING, why=f"an answer that cannot be read (status {answer.status})")
    good = [capture.timestamp for capture in captures if capture.is_good(key, before)]
    if not good:
        return Reply(Said.NOTHING)
    return Reply(Said.FOUND, f"{_REPLAY}/{max(good)}/{key}")


def _unheard(answer: Response) -> Reply | None:
    """What an answer without rows amounts to; None where there should be rows."""
    if answer.failure in _UNREACHED:
        return Reply(None, why=f"the archive was not reached ({answer.failure})")
    silent = silence(answer)
    if silent is not None:
        return Reply(None if silent.stop else Said.NOTHING, why=silent.why)
    if answer.status == 403 and b"AccessControlException" in answer.body:
        return Reply(Said.BLOCKED)
    return None


@dataclass(frozen=True, slots=True)
class _Capture:
    """A row of the index."""

    timestamp: str
    original: str
    statuscode: str

    def is_good(self, key: str, before: date) -> bool:
        """A page of the site that was asked for, as it was when all was well."""
        return (
            self.statuscode == "200"
            and _TIMESTAMP.fullmatch(self.timestamp) is not None
            and self.timestamp[:8] < before.strftime("%Y%m%d")
            and _site(self.original) == _site(key)
        )


def _site(url: str) -> str | None:
    """The host as the index files it: it knows no `www.`, no port and no scheme."""
    found = link(url)
    return re.sub(r"^www\d*\.", "", found.host) if isinstance(found, Link) else None


def _captures(answer: Response) -> list[_Capture] | None:
    """The rows of an answer; None where it is cut, of another host, or no list of captures."""
    if answer.status != 200 or not is_whole(answer):
        return None
    table = _table(answer)
    captures = [_capture(names, row) for names, row in table or ()]
    if table is None or None in captures:
        return None
    return [capture for capture in captures if capture is not None]


def _table(answer: Response) -> list[tuple[Sequence[str], Sequence[str]]] | None:
    """Each row with the names of its columns, from JSON or from lines of words.

    What stands behind an empty row is the key of a next page.
    """
    try:
        data: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        lines = takewhile(bool, answer.text.splitlines())
        return [(_names(row), row) for row in (line.split(" ") for line in lines)]
    if not isinstance(data, list) or not all(_is_row(row) for row in data):
        return None
    return [(data[0], row) for row in takewhile(bool, data[1:])]


def _names(row: Sequence[str]) -> Sequence[str]:
    return _FIELDS if len(row) == len(_FIELDS) else _ALL_FIELDS


def _is_row(row: object) -> bool:
    return isinstance(row, list) and all(isinstance(cell, str) for cell in row)


def _capture(names: Sequence[str], row: Sequence[str]) -> _Capture | None:
    cells = dict(zip(names, row, strict=False)) if len(names) == len(row) else {}
    found = [cells[name] for name in _FIELDS if name in cells]
    return _Capture(*found) if len(found) == len(_FIELDS) else None
