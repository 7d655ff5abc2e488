"""Runs one command from a small process, so that its peak memory is its own; prints both."""

import os
import sys
import time

began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], dict(os.environ))
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - began, usage.ru_maxrss / 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
