"""The same address by the other scheme: information for a person, never an outcome."""

from staycurrent.links.observation import Outcome
from staycurrent.links.outcome import read
from staycurrent.web.address import WEB_SCHEMES, Address
from staycurrent.web.response import Response

_WORTH_IT = frozenset(
    (
        Outcome.GONE,
        Outcome.MISSING,
        Outcome.SERVER_ERROR,
        Outcome.REFUSED,
        Outcome.RESET,
        Outcome.TIMEOUT,
        Outcome.TLS,
        Outcome.REDIRECT_LOOP,
        Outcome.PROTOCOL,
    )
)
"""What may be the scheme's fault; a name that does not exist has none, nor has a parked page."""


def other_scheme(address: Address, outcome: Outcome) -> str | None:
    """`http://...` for `https://...` and the other way round; None where that tells nothing."""
    if outcome not in _WORTH_IT or address.port != WEB_SCHEMES[address.scheme]:
        return None
    if address.is_signed:
        return None
    scheme = "http" if address.scheme == "https" else "https"
    return f"{scheme}://{address.netloc}{address.target}"


def told(asked: str, answer: Response) -> str | None:
    """`http answers 200`, where the other scheme does better; None where it does not."""
    if not read(answer).outcome.is_success:
        return None
    return f"{asked.partition(':')[0]} answers {answer.status}"
