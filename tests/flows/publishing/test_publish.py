"""What is done about the standing pull request: every combination."""

import asyncio
from unittest.mock import AsyncMock, Mock

import pytest

from staycurrent.flows.errors import ExternalError
from staycurrent.flows.publishing.branch import Checkout, ForeignCommit, StandingBranch
from staycurrent.flows.publishing.git import Remote
from staycurrent.flows.publishing.github import Account, PullRequest, RepositoryApi
from staycurrent.flows.publishing.proposal import Proposal
from staycurrent.flows.publishing.pull_request import Publisher, RemoteState
from staycurrent.flows.settings.sections import PullRequestSettings
from staycurrent.reports.proposal import PullRequestContent
from tests.support.values import MOMENT

PUSHED = ForeignCommit("c", "Ada", MOMENT)
REMOTE = Remote("origin", "https://github.com", "o/n")


def pull(head: str, *, is_open: bool, is_merged: bool = False) -> PullRequest:
    return PullRequest(
        1, "URL", "Title", "", head, "main", is_open, is_merged, MOMENT, None, Account("us"),
        is_by_writer=True, labels=frozenset(),
    )  # fmt: skip


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("has_changes", [False, True])
@pytest.mark.parametrize("owner", ["nobody", "merged", "us", "somebody"])
def test_a_persons_branch_is_never_rewritten(
    owner: str, *, has_changes: bool, is_open: bool
) -> None:
    others = (PUSHED,) if owner in ("merged", "somebody") else ()
    branch = None if owner == "nobody" else StandingBranch("head", None, others)
    pulls = [pull("ours", is_open=True)] if is_open else []
    pulls += [pull("head", is_open=False, is_merged=True)] if owner == "merged" else []
    checkout, github = Mock(spec=Checkout), AsyncMock(spec=RepositoryApi)
    github.open_pull_request.return_value = pull("ours", is_open=True)
    publisher = Publisher(checkout, REMOTE, github, PullRequestSettings(), "main")
    files = {"a.md": b""} if has_changes else {}
    proposal = Proposal(files, PullRequestContent())
    done = publisher.publish(RemoteState(branch, tuple(pulls)), proposal, "commit")
    if owner == "somebody" and has_changes and not is_open:
        with pytest.raises(ExternalError, match="1 commit of Ada and no open pull request"):
            asyncio.run(done)
    else:
        expected = {
            (True, True): "refreshed URL",
            (True, False): "opened URL",
            (False, True): "closed URL: nothing is left to change",
            (False, False): "nothing to propose, and no pull request is open",
        }[has_changes, is_open]
        is_left = owner == "somebody" and is_open
        left = "URL is left alone: Ada pushed to its branch"
        assert asyncio.run(done) == (left if is_left else expected)
    assert checkout.push.called <= (owner != "somebody")


def test_a_branch_that_cannot_be_deleted_is_named() -> None:
    checkout = Mock(spec=Checkout, lists=("a.md",))
    checkout.push.side_effect = ExternalError("git push timed out after 300 s")
    publisher = Publisher(
        checkout, REMOTE, AsyncMock(spec=RepositoryApi), PullRequestSettings(branch="up"), "main"
    )
    state = RemoteState(StandingBranch("head", "head", ()), (pull("head", is_open=True),))
    checkout.changed_files.return_value = frozenset({"a.md"})
    done = asyncio.run(publisher.publish(state, Proposal({}, PullRequestContent()), "commit"))
    assert done == (
        "closed URL: nothing is left to change; "
        "the branch up is still there: git push timed out after 300 s"
    )
