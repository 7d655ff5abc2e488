"""What holds for every test: no deadline for an example, little work for the garbage collector."""

import gc

from hypothesis import settings

settings.register_profile("staycurrent", deadline=None, print_blob=True)
settings.load_profile("staycurrent")


def pytest_collection_finish() -> None:
    """Let Python no more look for garbage among what stays to the end: 7,000 tests and modules."""
    gc.collect()
    gc.freeze()
