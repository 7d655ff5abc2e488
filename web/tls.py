"""TLS as browsers do it: which ciphers and certificates are accepted.

No request is sent below TLS 1.2, nor before the certificate was verified. The reasons are in
docs/decisions/0018-what-browsers-take.md.
"""

import ssl
from functools import cached_property

_BROWSER_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA:@SECLEVEL=1"
)
"""What Chrome and Firefox offer for TLS 1.2. It has no DHE: servers that prefer it, in a weak
group, then choose another. Level 1 admits keys of 1,024 bits, as browsers do, and still no SHA-1.
"""
_LEGACY_SERVER_CONNECT = 0x4
"""`ssl.OP_LEGACY_SERVER_CONNECT` of Python 3.12: servers without RFC 5746 may be talked to."""
_MAX_CONTEXTS = 16
"""Contexts with issuers that are kept: each holds the system's root certificates, about 1 MB."""


class TlsContexts:
    """The contexts of one run, each made when it is first needed: that takes 30 ms."""

    def __init__(self, ca_certificates: str | None = None) -> None:
        self._ca_certificates = ca_certificates
        """Certificates (PEM) that are trusted in place of the system's."""
        self._with_issuers: dict[tuple[tuple[bytes, ...], bool], ssl.SSLContext] = {}

    @cached_property
    def default(self) -> ssl.SSLContext:
        """Python's own choice of ciphers."""
        return self._context()

    @cached_property
    def like_browsers(self) -> ssl.SSLContext:
        """What browsers offer, where the default fails."""
        return self._like_browsers()

    @cached_property
    def unverified(self) -> ssl.SSLContext:
        """Accepts everything: to find out what a server has, never to send it a request."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.options |= _LEGACY_SERVER_CONNECT
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def with_issuers(
        self, issuers: tuple[bytes, ...], *, for_any_host: bool = False
    ) -> ssl.SSLContext:
        """As `like_browsers`, with these certificates (DER) to complete a chain.

        None of them may be its own issuer (`issuers_in`), since it would be trusted. `for_any_host`
        leaves it to the caller to check for which host the certificate is.
        """
        key = issuers, for_any_host
        if key not in self._with_issuers:
            if len(self._with_issuers) >= _MAX_CONTEXTS:
                self._with_issuers.clear()
            context = self._like_browsers()
            context.check_hostname = not for_any_host
            for issuer in issuers:
                context.load_verify_locations(cadata=issuer)
            self._with_issuers[key] = context
        return self._with_issuers[key]

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self._ca_certificates)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # browsers want alternative names since 2017 (RFC 9525 section 2)
        context.hostname_checks_common_name = False
        # Python 3.13 sets both. Browsers take certificates that RFC 5280 would have more complete;
        # and with partial chains whatever completes a chain would end it.
        context.verify_flags &= ~(ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN)
        return context

    def _like_browsers(self) -> ssl.SSLContext:
        context = self._context()
        context.set_ciphers(_BROWSER_CIPHERS)
        context.options |= _LEGACY_SERVER_CONNECT
        return context
