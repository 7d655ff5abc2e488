"""What is done about the standing pull request, as a whole table."""

import pytest

from staycurrent.flows.publishing.pull_request import BranchOwner, PullRequestAction, choose_action


@pytest.mark.parametrize(
    ("whose", "wanted", "is_open", "does"),
    [
        (BranchOwner.NOBODYS, True, False, PullRequestAction.OPEN),
        (BranchOwner.NOBODYS, True, True, PullRequestAction.REFRESH),
        (BranchOwner.NOBODYS, False, False, PullRequestAction.NOTHING),
        (BranchOwner.NOBODYS, False, True, PullRequestAction.CLOSE),
        (BranchOwner.OURS, True, False, PullRequestAction.OPEN),
        (BranchOwner.OURS, True, True, PullRequestAction.REFRESH),
        (BranchOwner.OURS, False, False, PullRequestAction.NOTHING),
        (BranchOwner.OURS, False, True, PullRequestAction.CLOSE),
        (BranchOwner.THEIRS, True, False, PullRequestAction.HELD),
        (BranchOwner.THEIRS, True, True, PullRequestAction.WAIT),
        (BranchOwner.THEIRS, False, False, PullRequestAction.NOTHING),
        (BranchOwner.THEIRS, False, True, PullRequestAction.WAIT),
    ],
)
def test_a_persons_branch_is_never_rewritten(
    whose: BranchOwner, *, wanted: bool, is_open: bool, does: PullRequestAction
) -> None:
    assert choose_action(whose, wanted=wanted, is_open=is_open) is does
