"""Why git failed: in the words of git, ssh or the remote, and whether a later run may succeed."""

import re
from enum import Enum
from typing import Final

from staycurrent.flows.errors import ExternalError
from staycurrent.reports.text import sanitise

_MAX_REASON: Final = 400
"""Characters; a hook of the remote may print pages."""
_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_PREFIX = re.compile(r"^(?:(?:remote|fatal|error|ERROR):\s*)+")
_REJECTED = re.compile(r"^!\t[^\t]*\t\[(?P<by>remote )?rejected\](?: \((?P<why>.*)\))?")
_NOISE = re.compile(
    r"hint:|warning:|Warning: Permanently added|\*\* |To \S+$|Done$|[=*+-]\t|Everything up-to-date"
    r"|Please make sure you have the correct access rights|and the repository exists\."
    r"|error: failed to push some refs|remote:\s*$"
    r"|Another git process seems|an editor opened by|are terminated then|may have crashed in"
    r"|remove the file manually"
)
_LOCKED = re.compile(r"\.lock': File exists")
_LOCKED_HINT = "another git is at work there, or one that was killed left the file: then remove it"
_VAGUE = re.compile(
    r"fatal: (?:Could not read from remote repository|[Tt]he remote end hung up unexpectedly)"
)
"""Printed after what ssh or the remote has said, which is the reason."""


class _Cause(Enum):
    """What git, ssh, GitHub and other hosts have printed for years; the first that matches."""

    PROTECTED = r"protected branch|gh006|gh013|rule violation"
    CONFLICT = r"' exists; cannot create '|directory file conflict"
    DENIED = (
        r"error: 40[13]|\bdenied|authentication failed|could not read (?:username|password)"
        r"|not granted|host key verification failed|repository not found|invalid username"
    )
    MOVED = r"returned error: 30[1278]|unable to update url base from redirection"
    OUTDATED = (
        r"stale info|fetch first|non-fast-forward|already exists|failed to lock|incorrect old value"
        r"|\.lock': file exists|cannot lock ref(?!.*(?:unable to create directory|': read-only file"
        r"|': no space left|': disk quota|': operation not))"
    )
    UNREACHABLE = (
        r"could(?: not|n't) (?:resolve|connect)|failed to connect|timed out|temporary failure"
        r"|connection (?:re|was|closed|aborted|died|timed)|closed by remote|(?:network|host) is un"
        r"|no route to host|empty reply|early eof|hung up|rpc failed|not closed cleanly|gnutls"
        r"|ssl_|tls connect|unexpected disconnect|internal (?:server )?error|service unavailable"
        r"|error: (?:408|425|429|5\d\d)|failed to update ref|fatal error in|rejected \(failure"
        r"|\(failure\)|curl (?:5|6|7|16|18|28|35|52|55|56|92)\b"
    )


_TEMPORARY = (_Cause.OUTDATED, _Cause.UNREACHABLE)


def reason_of(text: str) -> str:
    """What git, ssh and the remote printed about a failure, in one safe line without secrets.

    Advice and what git prints after every failure is left out.
    """
    lines = [line.rstrip() for line in _COLOURS.sub("", text).splitlines() if line.strip()]
    relevant = [line for line in lines if not _NOISE.match(line)]
    relevant = [line for line in relevant if not _VAGUE.match(line)] or relevant or lines
    sentences = dict.fromkeys(_plain(line) for line in relevant)
    joined = "; ".join(filter(None, sentences)).replace(":; ", ": ")
    reason = sanitise(_USERINFO.sub("", joined))
    reason = reason if len(reason) <= _MAX_REASON else f"{reason[:_MAX_REASON]}..."
    return f"{reason}: {_LOCKED_HINT}" if _LOCKED.search(joined) else reason


def _plain(line: str) -> str:
    rejected = _REJECTED.match(line)
    if rejected:
        return rejected["why"] or "rejected"
    return _PREFIX.sub("", line.strip()).rstrip(".")


def git_error(sentence: str) -> ExternalError:
    """An error whose sentence has no secrets; temporary if the remote could not be reached."""
    cause = _cause_of(sentence)
    if cause is _Cause.MOVED:
        sentence += (
            "; the repository was renamed or moved, and a token does not follow: "
            "`git remote set-url` sets its new URL"
        )
    return ExternalError(sentence, is_temporary=cause in _TEMPORARY)


def push_error(output: str, errors: str, *, rename_hint: str) -> ExternalError:
    """Why a push was refused; `output` is that of `push --porcelain`.

    `rename_hint` says how to choose another branch, where this one is protected.
    """
    reason = reason_of(f"{output}\n{errors}") or "git gave no reason"
    remote_rejected = any(
        match and match["by"] for match in map(_REJECTED.match, output.splitlines())
    )
    cause = _cause_of(reason)
    if cause is _Cause.OUTDATED and remote_rejected and "non-fast-forward" in reason:
        cause = None  # the remote never lets a branch be rewritten
    is_ssh = "publickey" in reason or "host key" in reason.lower()
    sentences = {
        _Cause.PROTECTED: f"the branch is protected: let staycurrent push to it, or {rename_hint}",
        _Cause.CONFLICT: f"another branch of the remote is in the way: delete it, or {rename_hint}",
        _Cause.DENIED: "the remote refused the push"
        + ("" if is_ssh else ": GITHUB_TOKEN needs the right to write contents"),
        _Cause.MOVED: "the repository was renamed or moved: `git remote set-url` sets its new URL",
        _Cause.OUTDATED: (
            "somebody pushed to the branch meanwhile: nothing was overwritten, run again"
        ),
        _Cause.UNREACHABLE: "the remote could not be reached: run again",
        None: "the remote refused the push" if remote_rejected else "the push failed",
    }
    return ExternalError(f"{sentences[cause]} ({reason})", is_temporary=cause in _TEMPORARY)


def _cause_of(reason: str) -> _Cause | None:
    found = (cause for cause in _Cause if re.search(cause.value, reason, re.IGNORECASE))
    return next(found, None)
