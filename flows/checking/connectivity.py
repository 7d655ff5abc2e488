"""Whether network and clock can be trusted: canaries, and a name that cannot exist."""

import asyncio
from datetime import timedelta

from staycurrent.flows.context import RunContext
from staycurrent.links.run_gate import clock_error, enough_canaries
from staycurrent.web.client import Client
from staycurrent.web.http_dates import sent_interval
from staycurrent.web.response import Failure


async def connectivity_error(client: Client, ctx: RunContext) -> str | None:
    """Why no observation can be trusted at this moment, as a sentence; None if all is well."""
    gate, canaries = ctx.settings.links.run_gate, ctx.settings.web.canaries
    impossible = f"http://canary-{ctx.run_date:%Y%m%d}.invalid/"
    *responses, lie = await asyncio.gather(
        *(client.request(url) for url in (*canaries, impossible))
    )
    fine = [response.failure is None and 200 <= response.status < 400 for response in responses]
    if not enough_canaries(fine, gate):
        down = next(response for response, ok in zip(responses, fine, strict=True) if not ok)
        cause = str(down.failure or down.status).replace("_", " ")
        failed = f"{fine.count(False)} of {len(fine)} canaries failed"
        return f"this machine seems to be offline: {failed} ({cause})"
    if lie.failure is not Failure.DNS:
        return f"this machine's name server answers for names that cannot exist ({impossible})"
    now = ctx.system_time()
    if now is None:
        return None
    # run dates are counted by this machine's clock
    dates = [interval for interval in map(sent_interval, responses) if interval is not None]
    off = clock_error(dates, now, gate)
    if off is None:
        return None
    direction = "ahead of" if off > timedelta(0) else "behind"
    minutes = f"{abs(off) / timedelta(minutes=1):.0f} minutes {direction} the canaries"
    return f"this machine's clock ({now:%Y-%m-%d %H:%M} UTC) is {minutes}: set it"
