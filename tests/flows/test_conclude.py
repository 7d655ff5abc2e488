"""What a verdict looks like in a list: a flag for what people must see, and none for the rest."""

import pytest

from staycurrent.curated.flags import FlagState
from staycurrent.flows.link_states import flag_state
from staycurrent.links.verdict import State, Verdict


@pytest.mark.parametrize(
    ("state", "reason", "flag"),
    [
        (State.DEAD, "missing", FlagState.DEAD),
        (State.MOVED, "redirected", FlagState.MOVED),
        (State.MOVED, "renamed", FlagState.MOVED),
        (State.MOVED, "upgraded", FlagState.MOVED),
        (State.INSECURE, "tls", FlagState.INSECURE),
        (State.STALE, "archived", FlagState.ARCHIVED),
        (State.STALE, "disabled", FlagState.ARCHIVED),
        (State.STALE, "idle", FlagState.IDLE),
        (State.STALE, "withdrawn", FlagState.WITHDRAWN),
        # Who pins a version may have a reason: that there is a newer one is for reports.
        (State.STALE, "superseded", None),
        (State.REFUSED, "malformed", FlagState.MALFORMED),
        (State.REFUSED, "refused_by_policy", None),
        (State.SUSPECT, "missing", None),
        (State.BLOCKED, "blocked", None),
        (State.ALIVE, "ok", None),
        (State.UNCHECKED, "", None),
    ],
)
def test_a_flag_is_for_what_people_must_see(
    state: State, reason: str, flag: FlagState | None
) -> None:
    assert flag_state(Verdict("https://a.test/", state, reason)) is flag
