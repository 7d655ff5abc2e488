"""What we allow ourselves on the network: every limit of the edge, with its default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The `[web]` section of the settings."""

    user_agent: str = "staycurrent/0.1 (+https://github.com/staycurrent/staycurrent)"
    """Says who asks and where to complain; some hosts refuse agents that hide."""
    timeout_s: float = 20.0
    """Deadline of a whole look, redirects and body included, in seconds."""
    connect_timeout_s: float = 8.0
    """Deadline of one connection, TLS handshake included, in seconds."""
    dns_timeout_s: float = 8.0
    """Deadline for one name, in seconds; a silent name server costs no connection."""
    concurrency: int = 512
    """Looks under way at once, over all hosts."""
    per_host: int = 4
    """Looks under way at once at one host."""
    pause_s: float = 0.25
    """Least time between two requests to one host, in seconds."""
    slow_hosts: tuple[str, ...] = (
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
    retry_after_max_s: float = 60.0
    """A `Retry-After` up to this many seconds is waited for; a longer one means not tonight."""
    max_redirects: int = 20
    """Redirects followed in one look; browsers follow twenty."""
    body_bytes: int = 262_144
    """Bytes of a decoded body that are kept; what is behind is not read."""
    wire_bytes: int = 1_048_576
    """Bytes read from the network in one request, headers and framing included."""
    allow_networks: tuple[str, ...] = ()
    """CIDRs that may be reached although they are not public, on any port (test networks)."""
    allow_ports: tuple[int, ...] = (80, 443, 8080, 8443)
    """Ports that may be reached."""
    canaries: tuple[str, ...] = (
        "https://www.wikipedia.org/",
        "https://www.python.org/",
        "https://www.cloudflare.com/",
        "https://www.debian.org/",
        "https://www.iana.org/",
    )
    """Addresses of five operators that always answer; if most do not, it is us."""
    recording: str = ""
    """A scenario file that is played instead of the network (demos, tests); empty: the network."""
