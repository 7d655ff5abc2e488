"""Compare a text with the file that was frozen for it, or write that file anew."""

import os
from pathlib import Path

EXPECTED = Path(__file__).parent / "expected"


def assert_golden(name: str, text: str) -> None:
    """Assert that `text` is what `tests/golden/expected/NAME` holds.

    With `GOLDEN=renew` in the environment the file is written instead.
    """
    path = EXPECTED / name
    if os.environ.get("GOLDEN") == "renew":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    assert path.exists(), f"{path} does not exist; run the test with GOLDEN=renew"
    assert text == path.read_bytes().decode("utf-8")
