"""Checks links without any history, as `lint` and the Python API do."""

import asyncio
from collections.abc import Iterable, Mapping

from staycurrent.flows.checking.connectivity import connectivity_error
from staycurrent.flows.checking.runner import check_with_providers
from staycurrent.flows.context import RunContext
from staycurrent.links.checker import Checker, CheckOptions, CollectingSink
from staycurrent.links.link import Link
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.web.address import UnusableUrl, UrlProblem
from staycurrent.web.client import Client
from staycurrent.web.robots_policy import RobotsPolicy


def refused_observation(ctx: RunContext, url: str, unusable: UnusableUrl) -> Observation:
    """The observation of a URL that is never requested."""
    is_malformed = unusable.problem is UrlProblem.MALFORMED
    return Observation(
        link=url,
        run_date=ctx.run_date,
        seen_at=ctx.now(),
        outcome=Outcome.MALFORMED if is_malformed else Outcome.REFUSED_BY_POLICY,
        checked_by="nobody",
        evidence=unusable.reason,
    )


async def check_once(
    ctx: RunContext, command: str, links: Mapping[str, Link]
) -> tuple[str | None, dict[str, Observation]]:
    """Check each link by its provider or its page; negative checks are confirmed, as in a run.

    Returns why no observation can be trusted now (offline, a wrong clock), or None, and the
    observations by key. `command` begins the messages. Reads and writes no warehouse.
    """
    observed: dict[str, Observation] = {}

    def record(observations: Iterable[Observation]) -> None:
        observed.update((observation.link, observation) for observation in observations)

    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        error = await connectivity_error(client, ctx)
        if error is None:
            by_provider, pages = split_by_provider(links.values())
            checker = _checker(ctx, client, sink := CollectingSink())
            await asyncio.gather(
                check_with_providers(ctx, command, by_provider, lambda _: client.request, record),
                checker.check(pages),
            )
            record(sink.observations)
    return error, observed


def _checker(ctx: RunContext, client: Client, sink: CollectingSink) -> Checker:
    robots = RobotsPolicy(client, ctx.run_date, cached={}, save=lambda _: None)
    settings = ctx.settings
    return Checker(
        fetch=robots.fetch if settings.web.robots else client.request,
        options=CheckOptions(ctx.run_date, settings.web.concurrency, settings.links.second_look_s),
        now=ctx.now,
        sleep=ctx.sleep,
        limiter=client.limiter,
        sink=sink,
    )
