"""A cron line is refused in the settings if and only if Prefect's own library refuses it."""

from importlib import import_module
from typing import Any

import pytest

from staycurrent.flows.settings.loading import cron_mistake

GOOD = (
    "17 2 * * *", "0 0 1,15 * *", "*/15 9-17 * * mon-fri", "0 22-2 * * *", "0 0 * NOV-feb 0-7",
    "5/10 * * * 7", "00 02 * * *", "0 0 L * ?", "0 0 * * 5#2", "0 0 * * L5", "0 0 29 2 *",
    "0  0\t* * *", "0 0 31 3,4 *", "0 0 1-31/40 * *",
)  # fmt: skip
BAD = (
    "61 2 * * *", "-1 2 * * *", "0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 13 *", "0 0 * 0 *",
    "0 0 * * 8", "0 0 * jam *", "0 0 * * mon-", "*/0 * * * *", "1,,2 * * * *", "0 0 15W * *",
    "0 0 30 2 *", "0 0 31 4,6 *", "0 0 * * mon,5#1", "R 2 * * *", "* * * * 5#6",
)  # fmt: skip


def croniter_accepts(line: str) -> bool:
    """As Prefect: it refuses `R`, and its scheduler fails where there is no next date."""
    library: Any = import_module("prefect._vendor.croniter")  # a second, not in each worker
    try:
        library.croniter(line).get_next()
    except library.CroniterError:
        return False
    return library.croniter.is_valid(line) and "R" not in line.split()


@pytest.mark.parametrize("line", GOOD + BAD)
def test_a_cron_line_is_judged_as_prefect_judges_it(line: str) -> None:
    assert croniter_accepts(line) == (line in GOOD)
    assert (cron_mistake(line) is None) == (line in GOOD)


@pytest.mark.parametrize("line", ["", "17 2 * *", "0 17 2 * * *", "@daily"])
def test_a_line_of_other_than_five_fields_is_refused(line: str) -> None:
    assert "five fields" in str(cron_mistake(line))
