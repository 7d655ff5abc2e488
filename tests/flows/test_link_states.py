"""What a verdict looks like in a list: a flag for what people must see, and none for the rest."""

import pytest

from staycurrent.links.verdict import FlagState, Verdict, VerdictState, flag_state


@pytest.mark.parametrize(
    ("state", "reason", "flag"),
    [
        (VerdictState.DEAD, "missing", FlagState.DEAD),
        (VerdictState.MOVED, "redirected", FlagState.MOVED),
        (VerdictState.MOVED, "renamed", FlagState.MOVED),
        (VerdictState.MOVED, "upgraded", FlagState.MOVED),
        (VerdictState.INSECURE, "tls", FlagState.INSECURE),
        (VerdictState.STALE, "archived", FlagState.ARCHIVED),
        (VerdictState.STALE, "disabled", FlagState.ARCHIVED),
        (VerdictState.STALE, "idle", FlagState.IDLE),
        (VerdictState.STALE, "withdrawn", FlagState.WITHDRAWN),
        # Who pins a version may have a reason: that there is a newer one is for reports.
        (VerdictState.STALE, "superseded", None),
        (VerdictState.REFUSED, "malformed", FlagState.MALFORMED),
        (VerdictState.REFUSED, "refused_by_policy", None),
        (VerdictState.SUSPECT, "missing", None),
        (VerdictState.BLOCKED, "blocked", None),
        (VerdictState.ALIVE, "ok", None),
        (VerdictState.UNCHECKED, "", None),
    ],
)
def test_a_flag_is_for_what_people_must_see(
    state: VerdictState, reason: str, flag: FlagState | None
) -> None:
    assert flag_state(Verdict("https://a.test/", state, reason)) is flag
