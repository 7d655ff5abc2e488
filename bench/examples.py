"""The examples of a specification in eight wrappings: which links are not as GitHub shows them."""

import re
import sys
from collections import Counter
from pathlib import Path

from tests.support.documents import WRAPPINGS, unlike, unproved

_EXAMPLE = re.compile(r"(?ms)^`{32} example[^\n]*\n(.*?)^\.\n.*?^`{32}$")


def main(argv: list[str]) -> int:
    """`python -m bench.examples SPEC.TXT...`: CommonMark's own text or GFM's, which we do not hold.

    1 if a span is not proved.
    """
    counted: Counter[str] = Counter()
    for path in argv:
        for found in _EXAMPLE.finditer(Path(path).read_text("utf-8")):
            text = found.group(1).replace("→", "\t").removesuffix("\n")
            for name, wrapped in WRAPPINGS.items():
                raw = wrapped(text).encode()
                counted["documents"] += 1
                counted["unproved spans"] += len(unproved(raw)) if b"\0" not in raw else 0
                ours, shown = unlike(raw)
                if ours or shown:
                    counted[f"otherwise on GitHub, {name}"] += 1
                    print(f"{name}: {raw!r}\n    only ours {ours}, only GitHub's {shown}")
    for what, count in counted.items():
        print(f"{count:6}  {what}")
    return 1 if counted["unproved spans"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
