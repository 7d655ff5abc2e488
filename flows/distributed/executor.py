"""A process that ends with the one that started it: who runs the night anew must ask alone."""

import os
from multiprocessing import parent_process
from threading import Thread

# In a module of its own: at the end of a process a thread that waits keeps what its module knows,
# and if that is DuckDB, its binding prints forty lines on what it takes for leaks.


def exit_with_parent() -> None:
    """Have this process end as soon as the one that started it has."""
    Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
