"""httpx without the command line that it brings along, which nobody here runs."""

import sys

_COMMAND_LINE = "httpx._main"

# Where click and rich are installed it costs each process 80 ms and 5 MB to import. httpx goes
# without where it cannot be imported, which None says (docs.python.org/3/reference/import.html).
_is_ours = sys.modules.setdefault(_COMMAND_LINE, None) is None  # type: ignore[arg-type]
import httpx  # noqa: E402 -- what stands above is for this line alone

if _is_ours:
    del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
