"""The people who keep the list: how they write it, edit it, and disagree with its flags."""

import re
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Literal

from tests.simulation.world import Project, Site, World

FLAG = re.compile(rb" \([^()<>]{1,30}<!--stay:([a-z]+):(\d{4}-\d\d-\d\d)-->\)")
SECTION = re.compile(
    rb"(<!-- stay:begin current -->\r?\n)(.*?)(<!-- stay:end current -->)", re.DOTALL
)
_URL = re.compile(rb"https?://[^\s)<>\]|]+")


_STRUCK = re.compile(rb"~~((?:(?!~~).)*)~~<!--stay:struck-->")
_SNAPSHOT = re.compile(rb"https://web\.archive\.org/web/\d{14}/(?=https?:)|<!--stay:snapshot-->")


def people_wrote(raw: bytes) -> bytes:
    """The list without our bytes: found by other means than those of the project."""
    return without_marks(FLAG.sub(b"", SECTION.sub(rb"\1\3", raw)))


def without_marks(raw: bytes) -> bytes:
    """Dead links as people wrote them, neither struck out nor leading to a snapshot."""
    return _SNAPSHOT.sub(b"", _STRUCK.sub(rb"\1", raw))


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said once, and what must not be seen again."""

    subject: str
    """The address of a link or a candidate."""
    state: str = ""
    """The flag that is not wanted; empty: any."""
    since: str = ""
    """The streak that the person saw; empty: any."""

    def contradicts(self, url: str, state: str, since: str) -> bool:
        """Whether the list shows what the person does not want."""
        return url == self.subject and self.state in ("", state) and self.since in ("", since)


@dataclass(slots=True)
class People:
    """They remember what they said; what they write is in the list."""

    words: list[Word] = field(default_factory=list)
    commanded: list[tuple[Literal["keep", "decline"], str]] = field(default_factory=list)
    """What they kept or declined by command, and have not taken back."""
    removed: list[Word] = field(default_factory=list)
    """Lines of ours that they took out by hand; words once a run has noticed."""

    def first_list(self, world: World) -> bytes:
        random = world.random("list")
        entries = [entry(random, one) for one in world.sites]
        entries += [entry(random, one) for one in world.projects]
        half = len(entries) // 2
        listed = "\n".join(entries[:half]), "\n".join(entries[half:])
        section = "<!-- stay:begin current -->\n<!-- stay:end current -->"
        text = f"# Machine learning\n\nAbout learning.\n\n## Papers\n\n{listed[0]}\n\n## New\n\n"
        text += f"{section}\n\n## Code\n\n{listed[1]}\n"
        if random.random() < 0.2:
            text = text.replace("\n", "\r\n")
        return text.encode()

    def edit(self, raw: bytes, world: World, confirmed: set[tuple[str, str, str]]) -> bytes:
        """The list after a person worked on it; `confirmed` are flags that two runs have seen."""
        random = world.random("edit")
        lines = raw.splitlines(keepends=True)
        edits = [
            lambda: _add(lines, world, random),
            lambda: _take_out(lines, random),
            lambda: _move(lines, random),
            lambda: _comment(lines, random),
            lambda: self._write_flag(lines, random, world.today),
            lambda: self._accept(lines, random),
            lambda: _copy(lines, random),
            lambda: self._remove_flag(lines, random, confirmed),
            lambda: self._remove_flag(lines, random, confirmed),
        ]
        random.choice(edits)()
        return b"".join(lines)

    def _write_flag(self, lines: list[bytes], random: Random, today: date) -> None:
        """A flag by hand, or of another list: text, unless the person had taken it out before."""
        if not (found := entry_lines(lines)):
            return
        at = random.choice(found)
        url = _URL.search(lines[at])
        if url and lines[at][url.end() : url.end() + 1] == b")":
            flag = f" (💀<!--stay:dead:{today}-->)".encode()
            lines[at] = lines[at][: url.end() + 1] + flag + lines[at][url.end() + 1 :]
            again = url[0].decode()
            self.words = [one for one in self.words if not (one.since and one.subject == again)]

    def _accept(self, lines: list[bytes], random: Random) -> None:
        """A candidate becomes an entry; if they had declined it, they changed their mind."""
        section = SECTION.search(b"".join(lines))
        proposed = section[2].splitlines(keepends=True) if section else []
        proposed = [line for line in proposed if _URL.search(line)]
        if proposed and (found := entry_lines(lines)):
            at, line = random.choice(found), random.choice(proposed)
            lines.insert(at, FLAG.sub(b"", line))
            taken = {url.decode() for url in _URL.findall(line)}
            self.words = [
                one for one in self.words if one.state != "new" or one.subject not in taken
            ]

    def _remove_flag(
        self, lines: list[bytes], random: Random, confirmed: set[tuple[str, str, str]]
    ) -> None:
        flagged = [
            (number, found)
            for number in entry_lines(lines)
            if len(found := flags_of(lines[number])) == 1
            and found[0] in confirmed
            and sum(found[0][0].encode() in line for line in lines) == 1
            and b"<!--stay:s" not in lines[number]
        ]
        # What removes more than half of the flags between two judged runs could be a revert.
        shown = sum(len(flags_of(lines[number])) for number in entry_lines(lines))
        if not flagged or (
            self.removed and len(self.removed) + 1 > (shown + len(self.removed)) / 2
        ):
            return
        number, found = random.choice(flagged)
        lines[number] = FLAG.sub(b"", lines[number])
        self.removed.append(Word(*found[0]))


def entry(random: Random, of: Site | Project) -> str:
    """One entry in one of the forms in which lists have them."""
    title = of.title if isinstance(of, Site) else of.name.partition("/")[2]
    forms = (
        f"- [{title}]({of.url}) - What it says about {title}.",
        f"* [{title}]({of.url}): *worth* reading.",
        f"- **[{title}](<{of.url}> 'a title')**",
        f"1. See <{of.url}>, about {title}.",
        f"- [{title}]({of.url}) and [again]({of.url}).",
    )
    return random.choice(forms)


def entry_lines(lines: list[bytes]) -> list[int]:
    """The numbers of people's lines with a link."""
    raw = b"".join(lines)
    section = SECTION.search(raw)
    inside = range(*section.span()) if section else range(0)
    found, at = [], 0
    for number, line in enumerate(lines):
        if at not in inside and _URL.search(line):
            found.append(number)
        at += len(line)
    return found


def flags_of(line: bytes) -> list[tuple[str, str, str]]:
    """Address, state and date of each flag of a line: that of the last address before it."""
    found = []
    for flag in FLAG.finditer(line):
        before = _URL.findall(without_marks(line[: flag.start()]))
        if before:
            found.append((before[-1].decode(), flag[1].decode(), flag[2].decode()))
    return found


def _add(lines: list[bytes], world: World, random: Random) -> None:
    site = world.new_site(random)
    at = random.choice(entry_lines(lines) or [len(lines)])
    end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    lines.insert(at, entry(random, site).encode() + end)


def _take_out(lines: list[bytes], random: Random) -> None:
    if len(found := entry_lines(lines)) > 3:
        del lines[random.choice(found)]


def _move(lines: list[bytes], random: Random) -> None:
    if len(found := entry_lines(lines)) > 1:
        source, target = random.sample(found, 2)
        lines.insert(target, lines.pop(source))


def _comment(lines: list[bytes], random: Random) -> None:
    """Keep or ignore a line, or no longer."""
    if not (found := entry_lines(lines)):
        return
    at = random.choice(found)
    line = lines[at]
    text = line.rstrip(b"\r\n")
    if b"<!-- stay:" in line:
        lines[at] = re.sub(rb" <!-- stay:(keep|ignore) -->", b"", line)
    else:
        what = random.choice([b"keep", b"ignore"])
        lines[at] = text + b" <!-- stay:%s -->" % what + line[len(text) :]


def _copy(lines: list[bytes], random: Random) -> None:
    """A line twice, with its flag."""
    if found := entry_lines(lines):
        at = random.choice(found)
        lines.insert(at, lines[at])
