"""The lines that we write into lists (flags and candidates), recorded so that edits are noticed."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from staycurrent.curated.annotations import match_flags
from staycurrent.curated.document import Document
from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import link_key
from staycurrent.identity import identify
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.published import PublishedLine


def published_lines(
    ctx: RunContext, name: str, document: Document, first_seen: Mapping[str, date]
) -> tuple[PublishedLine, ...]:
    """Each of our lines once: the flags by occurrence, then the candidates.

    `first_seen` is the date on which each candidate was first chosen, by its identity.
    """
    lines: list[PublishedLine] = []
    place = ctx.settings.curated.place
    for index, flags in match_flags(document, place).items():
        url = document.occurrences[index].url
        lines += [
            PublishedLine(name, "flag", link_key(url), url, str(flag.state), flag.since, place)
            for flag in sorted(flags, key=lambda flag: (flag.state, flag.since))
        ]
    section = ctx.settings.curated.section
    for occurrence in document.occurrences:
        if section and occurrence.generated_section == section:
            identity = str(identify(occurrence.url))
            if identity in first_seen:
                since = first_seen[identity]
                lines.append(
                    PublishedLine(name, "candidate", identity, occurrence.url, "new", since)
                )
    return tuple(dict.fromkeys(lines))


def overridden_line(override: Override) -> tuple[str, str, str]:
    """Kind, subject and state of the line that an edit removed, of the override it made."""
    if override.kind == "decline":
        return ("candidate", str(identify(override.url)), "new")
    return ("flag", link_key(override.url), str(override.verdict))


def credible_time(claimed: datetime, since: date | None, now: datetime) -> datetime:
    """The time that a commit or a host claims, or `now` where that cannot be true.

    It cannot be in the future, nor before the streak that the person decided on (`since`): such
    an override would not apply to the streak.
    """
    when = claimed.astimezone(UTC)
    return when if (since is None or since <= when.date()) and when <= now else now
