"""The `[web]` section of the settings: every limit of the HTTP client, with its default.

The types with bounds are those of the other sections too; `flows.settings.loading` checks them.
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

PositiveInt = Annotated[int, Meta(ge=1)]
NonNegativeInt = Annotated[int, Meta(ge=0)]
Days = Annotated[int, Meta(ge=1, le=36_500)]
"""Of a date, more would lead out of the calendar; a hundred years are never."""
PositiveFloat = Annotated[float, Meta(gt=0, le=1_000_000_000)]
NonNegativeFloat = Annotated[float, Meta(ge=0, le=1_000_000_000)]
"""Of minutes, many more would lead out of the calendar; of days, a rate of changes would be 0."""
Seconds = Annotated[float, Meta(ge=0, le=3600)]
Deadline = Annotated[float, Meta(gt=0, le=3600)]
Share = Annotated[float, Meta(ge=0, le=1)]
WebUrl = Annotated[str, Meta(pattern=r"^https?://[^\s/]", description="a web address")]
SlowHost = Annotated[
    str, Meta(pattern=r"^[^=\s]+=\d+(\.\d+)?$", description='like "github.com=1.0"')
]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Limits of requests; times are in seconds, sizes in bytes."""

    user_agent: Annotated[
        str, Meta(pattern="^[ -~]+$", description="printable ASCII, for it goes into a header")
    ] = "staycurrent/0.1 (+https://github.com/staycurrent/staycurrent)"
    """Says who is asking and where to complain; some hosts refuse agents that do not."""
    timeout_s: Deadline = 20.0
    """Deadline of a request with its redirects and bodies, without waiting for hosts."""
    connect_timeout_s: Deadline = 8.0
    """Deadline of one connection, TLS handshake included."""
    dns_timeout_s: Deadline = 8.0
    """Deadline of one DNS lookup."""
    concurrency: Annotated[int, Meta(ge=1, le=10_000)] = 512
    """Requests at once, over all hosts."""
    per_host: Annotated[int, Meta(ge=1, le=1_000)] = 4
    """Requests at once to one host."""
    pause_s: Seconds = 0.25
    """Pause between two requests to one host."""
    slow_hosts: tuple[SlowHost, ...] = (
        "export.arxiv.org=3.0",
        "rss.arxiv.org=3.0",
        "arxiv.org=3.0",
        "crates.io=1.0",
        "github.com=1.0",
        "huggingface.co=0.6",
        "web.archive.org=2.5",
    )
    """`host=seconds` for hosts that ask for a longer pause; they get one request at a time."""
    robots: bool = True
    """Whether pages are requested only if the host's robots.txt allows it (RFC 9309)."""
    retry_after_max_s: Seconds = 60.0
    """The longest `Retry-After` that is waited for; a longer one closes the host for this run."""
    max_redirects: Annotated[int, Meta(ge=0, le=100)] = 20
    """Redirects followed; browsers follow twenty."""
    body_bytes: Annotated[int, Meta(ge=1, le=67_108_864)] = 262_144
    """Bytes of a decoded body that are kept; the rest is not read."""
    wire_bytes: Annotated[int, Meta(ge=1, le=268_435_456)] = 1_048_576
    """Bytes read from the network in one request, headers and framing included."""
    allow_networks: tuple[str, ...] = ()
    """CIDRs that may be reached on any port although they are not public (test networks)."""
    allow_ports: tuple[Annotated[int, Meta(ge=1, le=65_535)], ...] = (80, 443, 8080, 8443)
    """Ports that may be reached."""
    canaries: Annotated[tuple[WebUrl, ...], Meta(min_length=1)] = (
        "https://www.wikipedia.org/",
        "https://www.python.org/",
        "https://www.cloudflare.com/",
        "https://www.debian.org/",
        "https://www.iana.org/",
    )
    """Pages of five operators that are always up: if most fail, this machine is offline."""
    recording: str = ""
    """A scenario file to replay instead of using the network (demo, tests); empty: the network."""
