"""Whether the network is to be believed right now: canaries, and a name that must not exist."""

import asyncio

from flows.night import Night
from links.night import canaries_fine
from web.answer import Failure
from web.client import Web


async def trouble(web: Web, night: Night) -> str | None:
    """Why no look can be believed at this moment, as a sentence; None if all is well."""
    canaries = night.settings.web.canaries
    nowhere = f"http://canary-{night.night:%Y%m%d}.invalid/"
    *answers, lie = await asyncio.gather(*(web.ask(url) for url in (*canaries, nowhere)))
    fine = [answer.failure is None and 200 <= answer.status < 400 for answer in answers]
    if not canaries_fine(fine, night.settings.links.gate):
        down = next(answer for answer, ok in zip(answers, fine, strict=True) if not ok)
        cause = str(down.failure or down.status).replace("_", " ")
        failed = f"{fine.count(False)} of {len(fine)} canaries failed"
        return f"this machine seems to be offline: {failed} ({cause})"
    if lie.failure is not Failure.DNS:
        return f"this machine's name server answers for names that cannot exist ({nowhere})"
    return None
