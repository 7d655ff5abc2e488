"""A certificate authority of our own, and the TLS contexts of hosts with good and bad papers."""

import ssl
import warnings
from datetime import UTC, datetime
from functools import cached_property

import trustme

from staycurrent.web.play import Tls

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)


class Certificates:
    """Contexts for the server, made when a host is first shown, and one for its clients."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self._stranger = trustme.CA()
        self._made: dict[tuple[str, Tls], ssl.SSLContext] = {}

    @cached_property
    def client(self) -> ssl.SSLContext:
        """Trusts our authority and nobody else; hand it to the client under test."""
        context = ssl.create_default_context(cadata=self.pem)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    @property
    def pem(self) -> str:
        """Our authority's certificate, for clients that take a file."""
        return self._authority.cert_pem.bytes().decode()

    def of(self, host: str, kind: Tls) -> ssl.SSLContext:
        """The server's context for a host that shows papers of this kind."""
        if (host, kind) not in self._made:
            self._made[host, kind] = self._context(host, kind)
        return self._made[host, kind]

    def _context(self, host: str, kind: Tls) -> ssl.SSLContext:
        issuer = self._stranger if kind is Tls.UNTRUSTED else self._authority
        name = "somebody-else.invalid" if kind is Tls.WRONG_NAME else host
        begins, ends = _LONG_AGO if kind is Tls.EXPIRED else (None, None)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(name, not_before=begins, not_after=ends).configure_cert(context)
        if kind is Tls.OLD:
            _only_old(context)
        return context


def _only_old(context: ssl.SSLContext) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():  # that it is deprecated is the point here
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_1
