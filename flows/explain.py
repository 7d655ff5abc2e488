"""The verb `explain`: one link's whole story, from committed rows."""

from flows.conclude import Standing, standings
from flows.listing import key_of, read_lists
from flows.memory import remembered
from flows.night import Night
from links.outlook import outlook
from links.verdict import judge
from reports.story import Place, Story
from warehouse import decisions, observations


class UnknownLink(Exception):
    """An address that neither the lists nor the warehouse know."""


def explain(night: Night, url: str) -> Story:
    """Every observation, the rule, and what comes next; raises UnknownLink."""
    key = key_of(url)
    with remembered(night) as warehouse:
        history = observations.histories(warehouse, [key]).get(key, ())
        found = [
            (listed.name, one)
            for listed in read_lists(night)
            for one in standings(night, warehouse, listed)
            if key_of(one.place.url) == key
        ]
        if not history and not found:
            raise UnknownLink(
                f"{url}: is in no list, and nobody ever looked at it; "
                "`staycurrent status --format json` has all addresses"
            )
        rules = night.settings.links.rules
        verdict = found[0][1].verdict if found else judge(key, history, rules)
        return Story(
            url=url,
            verdict=verdict,
            places=tuple(_place(name, one) for name, one in found),
            history=history,
            set_aside=observations.set_aside(warehouse, key),
            rules=rules,
            outlook=outlook(verdict, history, rules),
            decisions=tuple(
                one for one in decisions.standing(warehouse, night.night) if key_of(one.url) == key
            ),
        )


def _place(name: str, one: Standing) -> Place:
    return Place(
        list=name,
        line=one.place.line,
        title=one.place.title,
        flag=str(one.flag.state) if one.flag else None,
        kept=one.kept,
    )
