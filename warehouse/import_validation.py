"""What an imported history may hold: strangers may have written the files.

Whoever may push to the branch with the history could otherwise put text into pull requests, an
address into the list, or a date into the warehouse after which no run is the newest one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args

import duckdb

from staycurrent.links.moves import HTTPS_UPGRADE
from staycurrent.links.observation import VANTAGE, Freshness, Outcome
from staycurrent.links.providers.registry import PROVIDERS
from staycurrent.links.revalidation import ValidatorTrust
from staycurrent.links.verdict import ELSEWHERE_REASON, FlagState
from staycurrent.sources.item import CandidateGroup
from staycurrent.sources.validation import refusal, unreachable
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.migrations import columns_by_table
from staycurrent.warehouse.published import LinePosition
from staycurrent.web.address import Address, parse
from staycurrent.web.response import ETAG, HTTP_DATE
from staycurrent.web.settings import WebSettings

_MAX_ID = 2_000_000_000
_MAX_TEXT = 10_000
_FIRST_DATE, _LAST_DATE = date(1970, 1, 1), date(2999, 12, 31)
"""Of any clock; `--as-of` takes no other either."""
_CLOCK_SKEW = timedelta(days=2)
_CONTROLS = r"[\x00-\x1f\x7f-\x9f]"
_AS_WRITTEN = frozenset(
    {
        ("candidate_selections", "about"),
        ("candidates", "section"),
        ("domain_registrations", "name_servers"),
        ("links", "link"),
        ("overrides", "author"),
        ("overrides", "reason"),
        ("overrides", "url"),
        ("published_lines", "list"),
        ("published_lines", "subject"),
        ("published_lines", "url"),
        ("robots_txt", "rules"),
    }
)
"""What lists, people and servers write, which may be any text: an embedded image, a title with a
tab, a reason of two lines. Reports sanitise it."""
_MAX_LENGTHS = dict.fromkeys(
    ("archive", "final_url", "folder", "snapshot_url", "suggestion"), 50 << 20
)
"""Of addresses that follow from one in a list, which may be as long as the list."""
_TEXTS = {
    "VARCHAR": ("{}", "length({})"),
    "VARCHAR[]": (
        "array_to_string({}, '')",
        "list_max(list_transform({}, lambda one: length(one)))",
    ),
}
"""All of a column's text, and the length of its longest text, by the type of the column."""
_WORDS = {
    ("verdicts", "reason"): frozenset(
        ("", "renamed", HTTPS_UPGRADE, ELSEWHERE_REASON, *Outcome, *Freshness)
    ),
    ("candidates", "candidate_group"): frozenset(CandidateGroup),
    ("published_lines", "position"): frozenset(get_args(LinePosition)),
    ("published_lines", "state"): frozenset(FlagState),
    ("validators", "trust"): frozenset(ValidatorTrust),
} | dict.fromkeys(
    (("observations", "checked_by"), ("compacted_observations", "checked_by")),
    frozenset(("page", "nobody", *(one.name for one in PROVIDERS))),
)
_PATTERNS = {
    ("runs", "vantage"): f"({VANTAGE})?",
    ("validators", "etag"): ETAG.pattern,
    ("validators", "last_modified"): HTTP_DATE.pattern,
    ("verdicts", "witness"): r"([a-z_]+ [a-z]+ \d{4}-\d\d-\d\d)?",
}
_IMPOSSIBLE = {
    ("candidate_selections", "names"): "(t.about IS NULL) <> (t.names IS NULL)",
    ("kind_statistics", "changes"): "NOT t.changes BETWEEN 0 AND t.checks",
    ("kind_statistics", "cost"): "NOT t.cost BETWEEN 1e-6 AND 1e6",
    ("kind_statistics", "days"): "t.days < 0",
    ("published_lines", "position"): "(t.kind = 'flag') = (t.position = '')",
}
"""Values that make what is computed or chosen from them fail."""
_REFERENCES = {
    "run_id": "SELECT id FROM runs UNION ALL SELECT 0",
    "adopted_by": "SELECT id FROM runs",
    "link_id": "SELECT id FROM links",
    "pull_id": "SELECT id FROM pulls",
    "text_id": "SELECT id FROM item_texts",
    "selection_id": "SELECT id FROM candidate_selections",
}
_NOT_JUDGED = "t.run_id NOT IN (SELECT id FROM runs WHERE status = 'not_judged')"
_JUDGED = {"runs": "t.status <> 'not_judged'"} | dict.fromkeys(
    ("observations", "control_pages", "robots_txt", "validators"), _NOT_JUDGED
)
"""Rows whose run date is bounded: a run with a clock that is a year ahead is kept, not judged."""
_CHECKED_ADDRESSES = (
    ("verdicts", "suggestion"),
    ("verdicts", "archive"),
    ("snapshot_lookups", "snapshot_url"),
)
"""Where links lead to: to whatever a listed address may, such as one with a key."""
_PROPOSED_ADDRESSES = (("candidates", "url"),)
_KEPT_ADDRESSES = tuple(
    (table, "final_url") for table in ("observations", "compacted_observations", "control_pages")
)


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """What an import is compared with."""

    run_date: date
    """No observation is later, but for clocks that differ by a day or two."""
    web: WebSettings


def refuse_invalid_rows(con: duckdb.DuckDBPyConnection, limits: ImportLimits) -> None:
    """Raise WarehouseUnusable, with table and column, for what no run of ours has written."""
    for table, columns in columns_by_table(con).items():
        found = [
            (column, condition, what)
            for column, data_type in columns.items()
            for condition, what in (
                *_conditions_of_type(table, column, data_type, limits),
                *_conditions_of_column(table, column, data_type),
            )
        ]
        if not found:
            continue
        counts = ", ".join(f"count(*) FILTER ({condition})" for _, condition, _ in found)
        (counted,) = con.execute(f'SELECT {counts} FROM "{table}" AS t').fetchall()  # noqa: S608
        for (column, _, what), rows in zip(found, counted, strict=True):
            if rows:
                raise WarehouseUnusable(
                    f"the history was not written by staycurrent: {table}.{column} has {what} "
                    f"({rows} rows); nothing was imported"
                )
    for table, column, reason in _refused_addresses(con, limits.web):
        raise WarehouseUnusable(
            f"the history was not written by staycurrent: {table}.{column} has an address that no "
            f"run would write ({reason}); nothing was imported"
        )


def _conditions_of_type(
    table: str, column: str, data_type: str, limits: ImportLimits
) -> Iterator[tuple[str, str]]:
    """What a column of its type must not hold: a condition in SQL, and what it finds."""
    name = f't."{column}"'
    if data_type in _TEXTS and (table, column) not in _AS_WRITTEN:
        text, length = (form.format(name) for form in _TEXTS[data_type])
        yield f"regexp_matches({text}, '{_CONTROLS}')", "control characters"
        yield f"{length} > {_MAX_LENGTHS.get(column, _MAX_TEXT)}", "very long texts"
    elif data_type.startswith(("DATE", "TIMESTAMP")):
        # A clock may be set during a run, whose times are then beyond its date.
        is_date = data_type.startswith("DATE")
        earliest, latest = _date_bounds(table, column, limits.run_date)
        until = f"DATE '{latest if is_date else _LAST_DATE}'"
        if column == "run_date" and table in _JUDGED:
            until = f"if({_JUDGED[table]}, {until}, DATE '{_LAST_DATE}')"
        first, last = name, name
        if data_type.endswith("[]"):
            first, last = f"list_min({name})", f"list_max({name})"
        condition = f"{first} < DATE '{earliest}' OR {last} > {until}"
        bounds = f"before {earliest} or after {latest}; today is {limits.run_date}"
        yield condition, f"dates that cannot be ({bounds})"
    elif data_type == "DOUBLE":
        yield f"NOT isfinite({name})", "numbers that are not finite"
    elif column == "id" and data_type == "INTEGER":
        yield f"NOT {name} BETWEEN 0 AND {_MAX_ID}", f"numbers beyond {_MAX_ID}"


def _conditions_of_column(table: str, column: str, data_type: str) -> Iterator[tuple[str, str]]:
    name = f't."{column}"'
    if data_type.endswith("[]") and column != "fingerprints":
        yield f"list_count({name}) < len({name})", "values that are missing"
    if data_type.endswith("[]") and table == "compacted_observations":
        yield f"len({name}) <> t.observations", "more or fewer values than observations"
    if column in _REFERENCES:
        yield f"{name} NOT IN ({_REFERENCES[column]})", "references to rows that are missing"
    elif column == "run_ids":
        # list_has_all(runs, run_ids) takes a minute for five years of 3,000 links
        each = f'SELECT rowid AS of_row, unnest(run_ids) AS run_id FROM "{table}"'  # noqa: S608
        missing = f"SELECT of_row FROM ({each}) WHERE run_id NOT IN (SELECT id FROM runs)"  # noqa: S608
        yield f"t.rowid IN ({missing})", "references to rows that are missing"
    elif pattern := _PATTERNS.get((table, column)):
        yield f"NOT regexp_full_match({name}, '{pattern}')", "words that are unknown"
    elif words := _WORDS.get((table, column)):
        listed = ", ".join(f"'{word}'" for word in sorted(words))
        yield f"{name} NOT IN ({listed})", "words that are unknown"
    if impossible := _IMPOSSIBLE.get((table, column)):
        yield impossible, "values that cannot be"


def _date_bounds(table: str, column: str, run_date: date) -> tuple[date, date]:
    # Registries and feeds write what they like: the year 1 for none, 9999 for never.
    if column in ("expires_on", "published"):
        return date.min, date.max
    if column == "until":
        return _FIRST_DATE, date.max
    # `render` needs no network, and so cannot know that a clock is ahead
    is_rendered = table == "published_lines"
    return _FIRST_DATE, _LAST_DATE if is_rendered else run_date + _CLOCK_SKEW


def _refused_addresses(
    con: duckdb.DuckDBPyConnection, web: WebSettings
) -> Iterator[tuple[str, str, str]]:
    """Addresses that no run would have written, with table, column and reason."""
    for table, column in (*_CHECKED_ADDRESSES, *_PROPOSED_ADDRESSES, *_KEPT_ADDRESSES):
        query = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608
        for (url,) in con.execute(query).fetchall():
            address = parse(url)
            if not isinstance(address, Address):
                reason = address.reason
            elif (table, column) in _CHECKED_ADDRESSES:
                reason = unreachable(address, web)
            else:
                reason = refusal(url, web) if (table, column) in _PROPOSED_ADDRESSES else ""
            if reason:
                yield table, column, reason
