"""Strangers' text made inert in markdown: it can show itself and do nothing else."""

import re
from urllib.parse import quote

# What opens, closes or joins inline markup; a lone underscore within a word does neither.
_MARKUP = re.compile(r"[\\`*\[\]<>!|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?=#|[A-Za-z])")
# GFM makes links of bare addresses; GitHub's mention and reference filters read the text after
# unescaping, so that a backslash does not stop them: an invisible blank does.
_CALLS = re.compile(r"(?i)(?<=[@])(?=\w)|(?<=#)(?=\d)|(?<=GH-)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)")
_SHA = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])")
_BLANK = "\u200b"


def text(stranger: str) -> str:
    """One line of plain text that renders as itself wherever inline markdown may stand."""
    line = _SHA.sub(_broken, _CALLS.sub(_BLANK, " ".join(stranger.split())))
    return _MARKUP.sub(_inert, _ENTITY.sub("&amp;", line))


def destination(url: str) -> str:
    """A link destination that cannot end early, open a tag or break a table cell."""
    return quote(url, safe="/?#@!$&'*+,;=:%~-._")


def _broken(found: re.Match[str]) -> str:
    """A commit's name in pieces of six: seven digits are enough to name one."""
    return _BLANK.join(re.findall(".{1,6}", found.group()))


def _inert(found: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;"}.get(found.group(), f"\\{found.group()}")
