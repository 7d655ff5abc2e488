"""What is done about the standing pull request, as a whole table."""

import pytest

from staycurrent.flows.pull_request.steps import Step, Whose, step


@pytest.mark.parametrize(
    ("whose", "wanted", "is_open", "does"),
    [
        (Whose.NOBODYS, True, False, Step.OPEN),
        (Whose.NOBODYS, True, True, Step.REFRESH),
        (Whose.NOBODYS, False, False, Step.NOTHING),
        (Whose.NOBODYS, False, True, Step.CLOSE),
        (Whose.OURS, True, False, Step.OPEN),
        (Whose.OURS, True, True, Step.REFRESH),
        (Whose.OURS, False, False, Step.NOTHING),
        (Whose.OURS, False, True, Step.CLOSE),
        (Whose.THEIRS, True, False, Step.HELD),
        (Whose.THEIRS, True, True, Step.WAIT),
        (Whose.THEIRS, False, False, Step.NOTHING),
        (Whose.THEIRS, False, True, Step.WAIT),
    ],
)
def test_a_persons_branch_is_never_rewritten(
    whose: Whose, *, wanted: bool, is_open: bool, does: Step
) -> None:
    assert step(whose, wanted=wanted, is_open=is_open) is does
