"""Numbers with their nouns."""


def plural(count: int, noun: str) -> str:
    """`1 look`, `2 looks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
