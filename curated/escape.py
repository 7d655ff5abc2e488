"""Strangers' text made inert in markdown: it can show itself and do nothing else."""

import html
import re
from urllib.parse import quote

_PUNCTUATION = re.compile(r"([!\"#$%'()*+,\-./:;=?@\[\\\]^_`{|}~])")
# GitHub's mention and reference filters read the text after unescaping (a backslash does not
# stop them), so an invisible blank stands behind each @ and # outside link texts.
_CALLS = re.compile(r"([@#])|\b(GH)-(?=\d)", re.IGNORECASE)
_CALMED = {"@": "@\u200b", "#": "#\u200b"}


def text(stranger: str) -> str:
    """One line of plain text that renders as itself wherever inline markdown may stand."""
    line = " ".join(stranger.split())
    calm = _CALLS.sub(lambda found: _CALMED.get(found.group(0), f"{found.group(0)}\u200b"), line)
    return _PUNCTUATION.sub(r"\\\1", html.escape(calm, quote=False))


def destination(url: str) -> str:
    """A link destination that cannot end early, open a tag or break a table cell."""
    return quote(url, safe="/?#@!$&'*+,;=:%~-._")
