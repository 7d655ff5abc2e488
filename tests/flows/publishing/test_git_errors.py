"""What git, ssh and hosts print about a failure: the reason, and whether it may pass."""

import pytest

from staycurrent.flows.publishing.git_errors import git_error, push_error, reason_of

ACCESS = (
    "fatal: Could not read from remote repository.\n\n"
    "Please make sure you have the correct access rights\nand the repository exists.\n"
)


@pytest.mark.parametrize(
    ("text", "reason", "is_temporary"),
    [
        (
            "git@github.com: Permission denied (publickey).\n" + ACCESS,
            "git@github.com: Permission denied (publickey)",
            False,
        ),
        (
            "Warning: Permanently added 'h' (ED25519) to the list of known hosts.\n"
            "Host key verification failed.\n" + ACCESS,
            "Host key verification failed",
            False,
        ),
        ("ERROR: Repository not found.\n" + ACCESS, "Repository not found", False),
        (
            "ssh: Could not resolve hostname h.example: Name or service not known\n" + ACCESS,
            "ssh: Could not resolve hostname h.example: Name or service not known",
            True,
        ),
        (
            "kex_exchange_identification: Connection closed by remote host\n" + ACCESS,
            "kex_exchange_identification: Connection closed by remote host",
            True,
        ),
        (
            "ssh: connect to host h.example port 22: Connection refused\n" + ACCESS,
            "ssh: connect to host h.example port 22: Connection refused",
            True,
        ),
        (ACCESS, "Could not read from remote repository", False),
        (
            (
                "remote: Invalid username or password.\n"
                "fatal: Authentication failed for 'https://u:pw@h.example/o/n/'\n"
            ),
            "Invalid username or password; Authentication failed for 'https://h.example/o/n/'",
            False,
        ),
        (
            (
                "fatal: unable to access 'https://h.example/o/403.git/': "
                "The requested URL returned error: 503\n"
            ),
            (
                "unable to access 'https://h.example/o/403.git/': "
                "The requested URL returned error: 503"
            ),
            True,
        ),
        (
            "\x1b[31mfatal: the remote end hung up unexpectedly\x1b[m\n",
            "the remote end hung up unexpectedly",
            True,
        ),
        ("hint: only advice\n", "hint: only advice", False),
        (
            "error: cannot lock ref 'refs/heads/read-only': is at 1 but expected 2\n",
            "cannot lock ref 'refs/heads/read-only': is at 1 but expected 2",
            True,
        ),
        *(
            (f"error: cannot lock ref 'refs/x': {why}\n", f"cannot lock ref 'refs/x': {why}", False)
            for why in (
                "Unable to create 'x.lock': Read-only file system",
                "Unable to create 'x.lock': No space left on device",
                "unable to create directory for .git/refs/x",
            )
        ),
        (
            (
                "error: cannot lock ref 'refs/x': Unable to create '/l/refs/x.lock': File exists.\n"
                "\nAnother git process seems to be running in this repository, e.g.\n"
                "an editor opened by 'git commit'. Please make sure all processes\n"
                "are terminated then try again. If it still fails, a git process\n"
                "may have crashed in this repository earlier:\n"
                "remove the file manually to continue.\n"
            ),
            (
                "cannot lock ref 'refs/x': Unable to create '/l/refs/x.lock': File exists: another "
                "git is at work there, or one that was killed left the file: then remove it"
            ),
            True,
        ),
    ],
)
def test_the_line_that_says_why_is_shown(text: str, reason: str, *, is_temporary: bool) -> None:
    assert reason_of(text) == reason
    assert git_error(f"git fetch failed: {reason}").is_temporary is is_temporary


def rejected(why: str, by: str = "remote ") -> str:
    sha = "4031" * 10  # a digest is no status
    ref = f"{sha}:refs/heads/staycurrent/update"
    return f"To https://github.com/o/n\n!\t{ref}\t[{by}rejected] ({why})\nDone\n"


@pytest.mark.parametrize(
    ("output", "errors", "words", "is_temporary"),
    [
        (
            rejected(
                "refusing to allow a GitHub App to create or update workflow "
                "`.github/workflows/x.yml` without `workflows` permission"
            ),
            "error: failed to push some refs to 'https://github.com/o/n'\n",
            (
                "the remote refused the push (refusing to allow a GitHub App to create or update "
                "workflow `.github/workflows/x.yml` without `workflows` permission)"
            ),
            False,
        ),
        (
            rejected("protected branch hook declined"),
            (
                "remote: error: GH006: Protected branch update failed for refs/heads/x.        \n"
                "remote: \nremote: - Changes must be made through a pull request.        \n"
            ),
            (
                "GH006: Protected branch update failed for refs/heads/x; "
                "- Changes must be made through a pull request"
            ),
            False,
        ),
        (rejected("stale info", ""), "", "somebody pushed to the branch meanwhile", True),
        (rejected("fetch first", ""), "", "somebody pushed to the branch meanwhile", True),
        (rejected("incorrect old value provided"), "", "somebody pushed", True),
        (rejected("non-fast-forward"), "", "the remote refused the push (non-fast", False),
        (rejected("directory file conflict"), "", "another branch of the remote is in", False),
        (rejected("failure"), "remote: Internal Server Error\n", "could not be reached", True),
        (
            rejected("pre-receive hook declined"),
            "remote: \x1b[1;31mThe list is frozen until Monday.\x1b[m\nremote: \x1b]0;x\x07\n",
            "The list is frozen until Monday",
            False,
        ),
        (
            "",
            "ERROR: Permission to o/n.git denied to deploy key\n" + ACCESS,
            "Permission to o/n.git denied to deploy key",
            False,
        ),
        ("", "fatal: The requested URL returned error: 429\n", "could not be reached", True),
        ("", "", "git gave no reason", False),
    ],
)
def test_the_remotes_own_reason_of_a_refused_push_is_shown(
    output: str, errors: str, words: str, *, is_temporary: bool
) -> None:
    problem = push_error(output, errors, rename_hint="name another branch")
    assert words in str(problem)
    assert problem.is_temporary is is_temporary
    assert str(problem).isprintable()


def test_a_long_reason_is_cut() -> None:
    assert len(reason_of("remote: x" * 1000)) < 500
