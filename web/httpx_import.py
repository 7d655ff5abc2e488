"""httpx without its command line: `from staycurrent.web.httpx_import import httpx`.

If click and rich are installed, httpx imports them for a command that is not used here: 0.3 of the
0.4 CPU seconds that importing it takes. It does without if `httpx._main` cannot be imported, which
is what None in `sys.modules` means (docs.python.org/3/reference/import.html).
"""

import sys

_COMMAND_LINE = "httpx._main"

_is_ours = sys.modules.setdefault(_COMMAND_LINE, None) is None  # type: ignore[arg-type]
import httpx  # noqa: E402 -- the line above is for this import

if _is_ours:
    del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
