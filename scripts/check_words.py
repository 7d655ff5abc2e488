#!/usr/bin/env python3
"""Check that code and prose use the field's terms: `scripts/check_words.py [PATH...]`.

Looks at the parts of identifiers in Python, at names in SQL and TOML, and at the prose of
comments, docstrings, messages and documents. Exits with 1 and one line for each finding. A word
that is right where it is found stands in ALLOWED with the place.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ("curated", "flows", "links", "reports", "sources", "staycurrent", "warehouse", "web")
PYTHON = (*CODE, "tests", "bench", "scripts")
DOCUMENTS = (
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "staycurrent.toml",
)  # fmt: skip
GENERATED = ("tests/golden", "tests/curated", "tests/sources/fixtures", "flows/recorded")

IDENTIFIERS = frozenset(
    """
    tonight sight sights looked looks notebook parcel orphan voice chore chores lesson lessons
    remembered remembering carrier manners beats crossing shelf numbering folding folded stretches
    chronicle refusals siblings sibling doubt plausible sought namesake namesakes inert brake
    crowd rhythm outlook authority authorities told telling tells forge
    """.split()  # noqa: SIM905 -- words, to be read as such
)
"""Parts of identifiers that the standard terms have replaced."""

PROSE = {
    r"\btonight\b": "this run",
    r"\b[Nn]ightly looks?\b": "nightly check",
    r"\b(a|one|the|each|every|second|first|two|negative|last|next|its|of) looks?\b": "check",
    r"\blook(s|ed)? at (a|the|each|every|it|its|them|these|links?|pages?)\b": "check",
    r"\blooks\b(?! (like|alike|ahead))": "checks",
    r"\bas it stands\b": "as it is",
    r"\bstands? (in|on|at|behind|beside|there|here|for good|by)\b": "is in",
    r"\b(tells?|told|telling) (of|what|that|which|whether|apart|it|us|by)\b": "report, say",
    r"\b(hears?|heard)\b": "applies to",
    r"\b(rests?|resting) (for|\d|as long|while|until)": "is rechecked after",
    r"\bbeside(s)?\b": "next to, in addition to",
    r"\bauthorit(y|ies)\b": "provider",
    r"\bsiblings?\b": "control page",
    r"\bnamesakes?\b": "duplicate links",
    r"\bchores?\b": "maintenance",
    r"\blessons?\b": "feedback",
}
"""Phrases of prose, with what to write instead."""

ALLOWED = {
    ("authority", "certificate"), ("authorities", "certificate"), ("authority", "CA"),
    ("authority", "_HAS_AUTHORITY"),  # of a URL: RFC 3986
}  # fmt: skip
"""A word and another one on its line that make it an ordinary use."""


def files(*suffixes: str, under: tuple[str, ...]) -> Iterator[Path]:
    """Files of the project under these folders (or these files), without what is generated."""
    for name in under:
        path = ROOT / name
        for found in [path] if path.is_file() else sorted(path.rglob("*")):
            shown = found.relative_to(ROOT).as_posix()
            if found.suffix not in suffixes or "__pycache__" in found.parts:
                continue
            if any(part.is_symlink() for part in (found, *found.parents)):
                continue
            if not shown.startswith(GENERATED):
                yield found


def parts(identifier: str) -> Iterator[str]:
    """The words of an identifier: `LinkState_of` has `link`, `state` and `of`."""
    for part in identifier.split("_"):
        yield from (word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", part))


def is_allowed(word: str, line: str) -> bool:
    """Whether the line has what makes the word an ordinary one."""
    return any(word == one and other.lower() in line.lower() for one, other in ALLOWED)


def in_python(path: Path) -> Iterator[tuple[int, str]]:
    """What is wrong in a Python file."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        line = lines[token.start[0] - 1] if token.start[0] <= len(lines) else ""
        if token.type == tokenize.NAME:
            for word in set(parts(token.string)) & IDENTIFIERS:
                if not is_allowed(word, line):
                    yield token.start[0], f"identifier {token.string}: {word!r} has a standard term"
        elif token.type == tokenize.COMMENT:
            yield from in_prose(token.string, token.start[0])
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from in_prose(node.value, node.lineno)


def in_prose(text: str, first: int = 1) -> Iterator[tuple[int, str]]:
    """What is wrong in prose; lines are counted from `first`."""
    for number, line in enumerate(text.splitlines(), first):
        for pattern, instead in PROSE.items():
            found = re.search(pattern, line)
            if found and not is_allowed(found.group(0).lower(), line):
                yield number, f"prose {found.group(0)!r}: write {instead}"


def without_code(text: str) -> str:
    """A document without what is quoted as code."""
    return re.sub(r"`[^`\n]*`", "``", text)


def in_names(path: Path) -> Iterator[tuple[int, str]]:
    """What is wrong in SQL: its names and its comments."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for name in re.findall(r"\b[a-z_]+\b", line.partition("--")[0]):
            for word in set(parts(name)) & IDENTIFIERS:
                yield number, f"name {name}: {word!r} has a standard term"
        yield from in_prose(line.partition("--")[2], number)


def main() -> int:
    """Print every finding; 1 if there is one."""
    chosen = {(ROOT / name).resolve() for name in sys.argv[1:]}
    count = 0
    for path, check in [
        *((path, in_python) for path in files(".py", under=PYTHON)),
        *((path, in_names) for path in files(".sql", under=CODE)),
        *(
            (path, lambda path: in_prose(without_code(path.read_text(encoding="utf-8"))))
            for path in files(".md", ".toml", ".yml", ".yaml", under=DOCUMENTS)
        ),
    ]:
        if path == Path(__file__).resolve():
            continue
        if chosen and not any(path.is_relative_to(one) for one in chosen):
            continue
        for number, message in check(path):
            count += 1
            sys.stdout.write(f"{path.relative_to(ROOT)}:{number}: {message}\n")
    sys.stderr.write(f"{count} findings\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
