"""What a night leaves in the warehouse, to be compared: times and the numbers of rows left out."""

from typing import Any

from staycurrent.warehouse.open import open_warehouse
from tests.flows.played import Folder

ROWS = {
    "observations": """
        SELECT l.link, o.* EXCLUDE (run_id, link_id, seen_at, elapsed_ms) FROM observations AS o
        JOIN links AS l ON l.id = o.link_id JOIN runs AS r ON r.id = o.run_id
    """,
    "verdicts": """
        SELECT l.link, v.* EXCLUDE (id, run_id, link_id) FROM verdicts AS v
        JOIN links AS l ON l.id = v.link_id
    """,
    "siblings": "SELECT * EXCLUDE (run_id) FROM siblings",
    "robots": "SELECT * EXCLUDE (run_id) FROM robots",
    "validators": """
        SELECT l.link, v.* EXCLUDE (run_id, link_id) FROM validators AS v
        JOIN links AS l ON l.id = v.link_id
    """,
    "github_repositories": "SELECT * EXCLUDE (run_id) FROM github_repositories",
    "runs": "SELECT night, status, reason, links, looked_at FROM runs",
}


def rows(folder: Folder) -> dict[str, list[tuple[Any, ...]]]:
    """All that looks and conclusions left in the warehouse, in one order."""
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        return {name: sorted(warehouse.select(sql), key=repr) for name, sql in ROWS.items()}
