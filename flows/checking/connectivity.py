"""Whether network and clock are to be believed: canaries, and a name that must not exist."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from staycurrent.flows.context import RunContext
from staycurrent.links.night import canaries_fine, clock_off
from staycurrent.web.client import Client
from staycurrent.web.http_dates import sent_interval
from staycurrent.web.response import Failure, Response


async def connectivity_error(web: Client, night: RunContext) -> str | None:
    """Why no look can be believed at this moment, as a sentence; None if all is well."""
    canaries = night.settings.web.canaries
    nowhere = f"http://canary-{night.run_date:%Y%m%d}.invalid/"
    *answers, lie = await asyncio.gather(*(web.request(url) for url in (*canaries, nowhere)))
    fine = [answer.failure is None and 200 <= answer.status < 400 for answer in answers]
    if not canaries_fine(fine, night.settings.links.gate):
        down = next(answer for answer, ok in zip(answers, fine, strict=True) if not ok)
        cause = str(down.failure or down.status).replace("_", " ")
        failed = f"{fine.count(False)} of {len(fine)} canaries failed"
        return f"this machine seems to be offline: {failed} ({cause})"
    if lie.failure is not Failure.DNS:
        return f"this machine's name server answers for names that cannot exist ({nowhere})"
    return _wrong_time(answers, night)


def _wrong_time(answers: Sequence[Response], night: RunContext) -> str | None:
    """Nights are counted by this machine's clock: one that is off would count them wrongly."""
    now = night.system_time()
    if now is None:
        return None
    dated = [one for one in map(sent_interval, answers) if one is not None]
    off = clock_off(dated, now, night.settings.links.gate)
    if off is None:
        return None
    way = "ahead of" if off > timedelta(0) else "behind"
    said = f"{abs(off) / timedelta(minutes=1):.0f} minutes {way} what the canaries say"
    return f"this machine's clock ({now:%Y-%m-%d %H:%M} UTC) is {said}: set it"
