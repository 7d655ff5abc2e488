"""One look under way: its hops, its cookies, and what is left of its deadline."""

from dataclasses import dataclass, field
from typing import NamedTuple

from staycurrent.web.address import Address
from staycurrent.web.answer import Answer, Failure, Hop
from staycurrent.web.cookies import Jar
from staycurrent.web.outgoing import Headers


class Came(NamedTuple):
    """What a server sent: as in `web.answer.Answer`."""

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool


@dataclass(slots=True)
class Look:
    """What is known so far; the client writes it, hop by hop."""

    began: Address
    left_s: float
    hops: list[Hop] = field(default_factory=list)
    requests: int = 0
    spent_s: float = 0.0
    retried: bool = False
    anchor: str = ""
    """The last fragment that a redirect named."""
    jar: Jar = field(default_factory=Jar)
    seen: dict[str, str] = field(default_factory=dict)
    """Each address that was asked, with the cookies that it got."""

    def answer(
        self,
        here: str,
        failure: Failure | None = None,
        detail: str = "",
        *,
        came: Came | None = None,
    ) -> Answer:
        """The look's end as the caller sees it."""
        return Answer(
            self.began.url,
            here,
            tuple(self.hops),
            self.spent_s,
            failure,
            detail,
            *(came or Came(0, {}, b"", False)),  # noqa: FBT003 -- as its fields are named
            requests=self.requests,
            anchor=self.anchor,
        )

    def may_return(self, here: Address, step: Address) -> bool:
        """Whether an address may be asked again: it gets other cookies, by way of another page.

        A page that only opens to who keeps its cookie is a wall; a journey to log in silently
        leads over other pages, and back with what they gave.
        """
        return here.url != step.url and self.jar.sent_to(step) != self.seen[step.url]

    def loop(self, *, again: bool) -> tuple[Failure, str]:
        """What it is that the redirects do not end; `again`: they came to a known address."""
        circle = again or len({hop.url for hop in self.hops}) < len(self.hops)
        if circle and self.jar:
            return Failure.COOKIE_WALL, "it redirects to itself until a cookie is kept"
        detail = "it redirects in a circle" if again else "it redirects for ever"
        return Failure.REDIRECT_LOOP, detail


def merged(headers: Headers) -> dict[str, str]:
    """Headers as came, by name in lower case; repeated ones joined by `, `."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), _text(raw_value)
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def set_cookies(headers: Headers) -> list[str]:
    """The `Set-Cookie` lines, which cannot be told apart once they are joined."""
    return [_text(value) for name, value in headers if name.lower() == b"set-cookie"]


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
