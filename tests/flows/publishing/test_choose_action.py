"""What is done about the standing pull request: every combination."""

import pytest

from staycurrent.flows.publishing.pull_request import BranchOwner, PullRequestAction, choose_action


@pytest.mark.parametrize(
    ("owner", "has_changes", "is_open", "action"),
    [
        (BranchOwner.NOBODY, True, False, PullRequestAction.OPEN),
        (BranchOwner.NOBODY, True, True, PullRequestAction.REFRESH),
        (BranchOwner.NOBODY, False, False, PullRequestAction.NOTHING),
        (BranchOwner.NOBODY, False, True, PullRequestAction.CLOSE),
        (BranchOwner.US, True, False, PullRequestAction.OPEN),
        (BranchOwner.US, True, True, PullRequestAction.REFRESH),
        (BranchOwner.US, False, False, PullRequestAction.NOTHING),
        (BranchOwner.US, False, True, PullRequestAction.CLOSE),
        (BranchOwner.SOMEBODY_ELSE, True, False, PullRequestAction.BLOCKED),
        (BranchOwner.SOMEBODY_ELSE, True, True, PullRequestAction.LEAVE),
        (BranchOwner.SOMEBODY_ELSE, False, False, PullRequestAction.NOTHING),
        (BranchOwner.SOMEBODY_ELSE, False, True, PullRequestAction.LEAVE),
    ],
)
def test_a_persons_branch_is_never_rewritten(
    owner: BranchOwner, *, has_changes: bool, is_open: bool, action: PullRequestAction
) -> None:
    assert choose_action(owner, has_changes=has_changes, is_open=is_open) is action
