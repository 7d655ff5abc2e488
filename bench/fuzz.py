"""Splices of lists and fragments, as many as asked for: what must hold of each is tested."""

import sys
import time
from random import Random

from tests.support.documents import OWN_LISTS, SHARED_LISTS, assert_holds, documents, lines_of

_EVERY = 5000


def main(argv: list[str]) -> int:
    """`python -m bench.fuzz [COUNT [SEED]]`; 1 if a promise was broken, the document is printed."""
    count = int(argv[0]) if argv else 100_000
    seed = int(argv[1]) if len(argv) > 1 else int(time.time())
    random = Random(seed)  # noqa: S311 - no secret
    lines = lines_of([*OWN_LISTS, *SHARED_LISTS])
    refused = broken = 0
    print(f"seed {seed}, {count} documents from {len(lines)} lines", flush=True)
    for number, raw in enumerate(documents(random, count, lines), start=1):
        try:
            refused += not assert_holds(raw, random)
        except Exception as error:  # noqa: BLE001 - a crash is what is looked for
            broken += 1
            print(f"document {number}: {type(error).__name__}: {error}", flush=True)
        if number % _EVERY == 0:
            print(f"{number} documents, {refused} refused, {broken} broken", flush=True)
    print(f"{count} documents: {refused} refused in words, {broken} broken a promise")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
