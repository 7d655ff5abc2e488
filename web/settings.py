"""What we allow ourselves on the network: every limit of the edge, with its default."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from staycurrent.constraints import (
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    WebUrl,
)

SlowHost = Annotated[
    str, Meta(pattern=r"^[^=\s]+=\d+(\.\d+)?$", description='like "github.com=1.0"')
]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The `[web]` section of the settings."""

    user_agent: Annotated[
        str, Meta(pattern="^[ -~]+$", description="printable ASCII, for it goes into a header")
    ] = "staycurrent/0.1 (+https://github.com/staycurrent/staycurrent)"
    """Says who asks and where to complain; some hosts refuse agents that hide."""
    timeout_s: PositiveFloat = 20.0
    """Deadline of a whole look, redirects and body included, in seconds."""
    connect_timeout_s: PositiveFloat = 8.0
    """Deadline of one connection, TLS handshake included, in seconds."""
    dns_timeout_s: PositiveFloat = 8.0
    """Deadline for one name, in seconds; a silent name server costs no connection."""
    concurrency: PositiveInt = 512
    """Looks under way at once, over all hosts."""
    per_host: PositiveInt = 4
    """Looks under way at once at one host."""
    pause_s: NonNegativeFloat = 0.25
    """Least time between two requests to one host, in seconds."""
    slow_hosts: tuple[SlowHost, ...] = (
        "export.arxiv.org=3.0",
        "rss.arxiv.org=3.0",
        "arxiv.org=3.0",
        "github.com=1.0",
        "huggingface.co=0.6",
        "web.archive.org=2.5",
    )
    """`host=seconds` for hosts that ask for a longer pause; they are asked one at a time."""
    robots: bool = True
    """Whether pages are asked for only where the host's robots.txt allows it (RFC 9309)."""
    retry_after_max_s: NonNegativeFloat = 60.0
    """A `Retry-After` up to this many seconds is waited for; a longer one means not tonight."""
    max_redirects: NonNegativeInt = 20
    """Redirects followed in one look; browsers follow twenty."""
    body_bytes: PositiveInt = 262_144
    """Bytes of a decoded body that are kept; what is behind is not read."""
    wire_bytes: PositiveInt = 1_048_576
    """Bytes read from the network in one request, headers and framing included."""
    allow_networks: tuple[str, ...] = ()
    """CIDRs that may be reached although they are not public, on any port (test networks)."""
    allow_ports: tuple[int, ...] = (80, 443, 8080, 8443)
    """Ports that may be reached."""
    canaries: Annotated[tuple[WebUrl, ...], Meta(min_length=1)] = (
        "https://www.wikipedia.org/",
        "https://www.python.org/",
        "https://www.cloudflare.com/",
        "https://www.debian.org/",
        "https://www.iana.org/",
    )
    """Addresses of five operators that always answer; if most do not, it is us."""
    recording: str = ""
    """A scenario file that is played instead of the network (demos, tests); empty: the network."""
