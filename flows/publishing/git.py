"""Git as a subprocess: its own words only, no prompt, no hook, and the token where none sees it."""

import re
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from staycurrent.flows.errors import ExternalError, ExternalProblem
from staycurrent.flows.settings.sections import environment

_PATIENCE_S = 300
_INERT = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "gc.auto=0")
_QUIET = {
    "GIT_ASKPASS": "",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "",
}
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_OF_ANOTHER_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_TRACE")
"""Set where a hook of git's runs us; `GIT_TRACE_CURL` would show the token."""


_PASSING = re.compile(
    r"Could not resolve|timed out|Connection (refused|reset)|returned error: (429|5..)|early EOF"
)


def git_error(sentence: str) -> ExternalError:
    """Git could not do what it was to do; the sentence has no secrets."""
    return ExternalError(
        ExternalProblem(sentence, is_temporary=_PASSING.search(sentence) is not None)
    )


@dataclass(frozen=True, slots=True)
class GitResult:
    """How a git command ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Its output, without the line end."""
        return self.out.decode("utf-8", "surrogateescape").strip()


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one checkout."""

    folder: Path
    credentials: Mapping[str, str]
    """Variables that give git the token; see `with_token`."""
    aside: Mapping[str, str] = field(default_factory=dict)
    """Variables that let new objects be kept elsewhere than in the checkout."""

    def run(
        self, *argv: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> GitResult:
        """Run a command whichever way it ends; raises NotDone where there is no git."""
        try:
            ended = subprocess.run(  # noqa: S603 -- no shell, and no stranger's word is an option
                ["git", *_INERT, *argv],  # noqa: S607 -- the user's own git
                cwd=self.folder,
                env={**_surroundings(), **self.credentials, **self.aside, **(variables or {})},
                input=stdin,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except FileNotFoundError:
            raise git_error("there is no git on this machine: install it, and run again") from None
        except subprocess.TimeoutExpired:
            raise git_error(f"git {argv[0]} took longer than {_PATIENCE_S} s") from None
        return GitResult(ended.returncode, ended.stdout, self._without_secrets(ended.stderr))

    def must(
        self, *argv: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> GitResult:
        """As `run`; raises NotDone where it does not end well."""
        said = self.run(*argv, stdin=stdin, variables=variables)
        if said.code:
            raise git_error(f"git {argv[0]} failed: {error_line(said.err) or said.code}")
        return said

    def _without_secrets(self, raw: bytes) -> str:
        text = _USERINFO.sub("", raw.decode("utf-8", "replace"))
        for secret in (word for value in self.credentials.values() for word in value.split()):
            text = text.replace(secret, "...") if len(secret) > 8 else text
        return text


def token_variables(token: str, site: str) -> dict[str, str]:
    """Variables that let git show a token to the host `site` (`https://github.com`), and no other.

    Neither in the arguments, which every user of the machine can read, nor in the remote's address,
    which is stored; an empty value first, for a header of the checkout's own would be sent beside.
    """
    if not token:
        return {}
    shown = b64encode(f"x-access-token:{token}".encode()).decode()
    name = f"http.{site}/.extraheader"
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": name,
        "GIT_CONFIG_VALUE_0": "",
        "GIT_CONFIG_KEY_1": name,
        "GIT_CONFIG_VALUE_1": f"Authorization: Basic {shown}",
    }


def error_line(text: str) -> str:
    """The line in which git says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote: error:"))]
    return (telling or lines or [""])[0]


def _surroundings() -> dict[str, str]:
    known = {
        name: value
        for name, value in environment().items()
        if not name.startswith(_OF_ANOTHER_REPOSITORY) and not name.endswith("_TOKEN")
    }
    return {**known, **_QUIET}
