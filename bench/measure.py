"""Runs one command from a small process; prints its seconds, CPU seconds and peak megabytes."""

import os
import sys
import time

began = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], dict(os.environ))
_, status, usage = os.wait4(child, 0)
cpu = usage.ru_utime + usage.ru_stime
print(time.perf_counter() - began, cpu, usage.ru_maxrss / 1024, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
