"""Numbers with their nouns."""


def plural(count: int, noun: str, ending: str = "s") -> str:
    """`1 look`, `2 looks`; with another ending, `2 stretches`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{ending}"
