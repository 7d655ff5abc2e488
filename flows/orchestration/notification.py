"""What a run says about itself on Prefect's pages and in notifications; needs no Prefect."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.flows.context import find_lists, list_name
from staycurrent.flows.orchestration.deployments import distinct_names
from staycurrent.flows.settings.loading import usable_settings
from staycurrent.flows.settings.sections import PrefectSettings
from staycurrent.reports.model import FlagDifference
from staycurrent.reports.text import plural, sanitise
from staycurrent.reports.text_report import changes_text
from staycurrent.reports.wording import changes_summary

# Without the punctuation that follows a URL in a sentence.
_URL = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")


@dataclass(frozen=True, slots=True)
class RunLabel:
    """What a run works on; known before its settings are valid."""

    prefect: PrefectSettings
    lists: tuple[str, ...]
    """Their names."""
    named: tuple[str, ...] = ()
    """The names of all lists of the settings, from which a key must differ."""

    @property
    def title(self) -> str:
        """The lists in few words."""
        return ", ".join(self.lists) if len(self.lists) < 3 else plural(len(self.lists), "list")

    def key(self, kind: str) -> str:
        """The key of an artifact, under which Prefect shows its history: `readme-md-changes`."""
        names = distinct_names((*self.named, *self.lists), artifact_key)
        name = names[self.lists[0]] if len(self.lists) == 1 else ""
        return artifact_key(self.prefect.project, name, kind)


def label_run(settings: Path, environment: Mapping[str, str], lists: Sequence[Path]) -> RunLabel:
    """The label of a run with this settings file and these lists (none: the settings')."""
    usable = usable_settings(settings, environment)
    folder = settings.resolve().parent
    try:
        found = find_lists(usable, folder, lists), find_lists(usable, folder)
    except OSError:  # the run itself says what it cannot read
        found = (), ()
    own, named = (tuple(list_name(path, folder) for path in paths) for paths in found)
    return RunLabel(usable.prefect, own, named)


def artifact_key(*parts: str) -> str:
    """Parts as Prefect accepts them in a key: lowercase letters, digits and dashes."""
    slugs = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
    return "-".join(filter(None, slugs))


def links_markdown(links: Mapping[str, str]) -> str:
    """The links of a run in one line: the published report, the pull request."""
    return " · ".join(f"[{name}]({escape_destination(url)})" for name, url in links.items())


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to people, in plain text."""

    subject: str
    body: str


def changes_notification(
    label: RunLabel, run_date: date, changes: Sequence[FlagDifference], links: Mapping[str, str]
) -> Notification:
    """Which flags a run changed, and where to read more."""
    heading = f"The run of {run_date} changed {plural(len(changes), 'flag')}:"
    lines = [heading, "", *changes_text(changes)]
    subject = f"staycurrent: {label.title}: {changes_summary(changes)}"
    return Notification(subject, _body(lines, links))


def failure_notification(
    label: RunLabel, flow: str, sentence: str, links: Mapping[str, str]
) -> Notification:
    """That a run failed, why, and where to read more."""
    lines = [sanitise(line) for line in sentence.splitlines()]
    return Notification(f"staycurrent: {label.title}: {flow} failed", _body(lines, links))


def missed_sentence(deployment: str, hours: int) -> str:
    """That no run of a deployment completed for so long, and where to look."""
    return (
        f"no run of {deployment} completed for {hours} hours: "
        "is its schedule active, its worker up, the last run stuck or failed?"
    )


def _body(lines: Sequence[str], links: Mapping[str, str]) -> str:
    return "\n".join([*lines, "", *(f"{name}: {url}" for name, url in links.items())]).strip()


def find_url(text: str) -> str:
    """The first URL that is a link's text or destination; empty without one."""
    found = re.search(r"(?<=]\()https?://[^\s)]+", text)
    return found.group() if found else ""


def markdown_links(text: str) -> str:
    """The text as markdown in which URLs are links and everything else is escaped."""
    words = []
    for word in text.split():
        match = _URL.search(word)
        if match is None:
            words.append(escape_text(word))
            continue
        url = match.group()
        link = f"[{escape_text(url)}]({escape_destination(url)})"
        before, after = word[: match.start()], word[match.end() :]
        words.append(f"{escape_text(before)}{link}{escape_text(after)}")
    return " ".join(words)
