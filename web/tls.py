"""TLS as browsers do it: which ciphers and certificates are accepted.

No request is sent below TLS 1.2, nor before the certificate was verified. The reasons are in
docs/decisions/0018-what-browsers-take.md. Certificates (X.509, RFC 5280) are read for evidence and
to find their issuer; nothing but OpenSSL decides about trust. A library that reads them would be
16 MB (cryptography) or one without releases since 2022 (asn1crypto).
"""

import base64
import binascii
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast

from staycurrent.web.deadline import Deadline
from staycurrent.web.response import Failure, Response

_FIRST_CIPHERS = (
    "ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM:@SECLEVEL=2"
)
"""Python's own choice since 3.10, written out: Debian's Python takes OpenSSL's, and a verdict must
not depend on who built it."""
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
        self._like_browsers: dict[tuple[tuple[bytes, ...], bool], ssl.SSLContext] = {}

    @cached_property
    def default(self) -> ssl.SSLContext:
        """What nearly every server takes."""
        return self._context()

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

    def like_browsers(
        self, issuers: tuple[bytes, ...] = (), *, for_any_host: bool = False
    ) -> ssl.SSLContext:
        """What browsers offer, where the default fails; `issuers` (DER) complete a chain.

        None of them may be its own issuer (`issuers_in`), since it would be trusted. `for_any_host`
        leaves it to the caller to check for which host the certificate is.
        """
        key = issuers, for_any_host
        if key not in self._like_browsers:
            if len(self._like_browsers) >= _MAX_CONTEXTS:
                self._like_browsers.clear()
            context = self._context()
            context.set_ciphers(_BROWSER_CIPHERS)
            context.options |= _LEGACY_SERVER_CONNECT
            context.check_hostname = not for_any_host
            for issuer in issuers:
                context.load_verify_locations(cadata=issuer)
            self._like_browsers[key] = context
        return self._like_browsers[key]

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self._ca_certificates)
        context.set_ciphers(_FIRST_CIPHERS)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # browsers want alternative names since 2017 (RFC 9525 section 2)
        context.hostname_checks_common_name = False
        # Python 3.13 sets both. Browsers take certificates that RFC 5280 would have more complete;
        # and with partial chains whatever completes a chain would end it.
        context.verify_flags &= ~(ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN)
        return context


_Name = tuple[tuple[tuple[str, str], ...], ...]

_SEQUENCE, _OID, _OCTETS, _UTC_TIME = 0x30, 0x06, 0x04, 0x17
_CONTEXT_0, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _URI = 0x82, 0x86
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_INFORMATION_ACCESS = bytes.fromhex("2b06010505070101")
_CA_ISSUERS = bytes.fromhex("2b06010505073002")
_PEM = re.compile(rb"-----BEGIN (?:CERTIFICATE|PKCS7)-----([^-]*)-----END")
_HOST_PATTERN = re.compile(r"[A-Za-z0-9*._-]{1,80}")
MAX_ISSUER_BYTES = 65_536
"""Bytes of a file of certificates that are read."""
_MAX_ISSUERS = 4
"""Files that are fetched to complete one chain, and addresses that are tried for each."""
_LATER = (
    Failure.DNS_TROUBLE,
    Failure.REFUSED,
    Failure.UNREACHABLE,
    Failure.RESET,
    Failure.TIMEOUT,
    Failure.DEFERRED,
)
"""Failures that may be over the next time."""
_MAX_CERTIFICATES = 8
"""Certificates that are read from one file."""
_MAX_NAMES = 3
"""Names that are quoted as evidence."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The fields that are needed of a certificate; nothing of it is verified."""

    not_before: str
    """As 20260801235959."""
    not_after: str
    names: tuple[str, ...]
    """The host names that it is for, wildcards included."""
    issuer_urls: tuple[str, ...]
    """Where its issuer's certificate is (`caIssuers` of RFC 5280 section 4.2.2.1)."""

    @property
    def is_current(self) -> bool:
        """Whether it is valid by the system's clock, which is OpenSSL's too."""
        now = time.strftime("%Y%m%d%H%M%S", time.gmtime())
        return self.not_before <= now <= self.not_after

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day on which it is valid; raises ValueError if there are none."""
        return date.fromisoformat(self.not_before[:8]), date.fromisoformat(self.not_after[:8])

    def is_for(self, host: str) -> bool:
        """Whether one of its names is `host`, or a wildcard for the first part (RFC 9525, 6.3)."""
        _, _, parent = host.partition(".")
        wildcard = f"*.{parent}" if "." in parent else host
        return any(name.lower() in (host, wildcard) for name in self.names)


def parse_certificate(der: bytes) -> Certificate:
    """Read a certificate; raises ValueError if it cannot be read."""
    try:
        fields = [*_elements(_only(_only(der)))]
        if fields[0][0] == _CONTEXT_0:  # the version, which v1 lacks
            del fields[0]
        validity = [_time(tag, value) for tag, value, _ in _elements(fields[3][1])]
        extensions = next((value for tag, value, _ in fields if tag == _EXTENSIONS), b"")
        names, urls = list[str](), list[str]()
        for _, extension, _ in _elements(_only(extensions)) if extensions else ():
            parts = [*_elements(extension)]
            if parts[0][1] == _ALTERNATIVE_NAMES:
                general_names = _elements(_only(parts[-1][1]))
                names = [_text(name) for tag, name, _ in general_names if tag == _DNS_NAME]
            elif parts[0][1] == _INFORMATION_ACCESS:
                with suppress(ValueError, IndexError):  # OpenSSL takes anything here
                    for _, access, _ in _elements(_only(parts[-1][1])):
                        (_, method, _), (tag, url, _) = _elements(access)
                        if (method, tag) == (_CA_ISSUERS, _URI):
                            urls.append(_text(url))
        return Certificate(validity[0], validity[1], tuple(names), tuple(urls))
    except (IndexError, TypeError) as error:
        raise ValueError("the certificate cannot be read") from error


def describe_fault(code: int, message: str, der: bytes | None) -> str:
    """Why a certificate was refused, in words; `code` is OpenSSL's (X509_V_ERR_*).

    `message` is OpenSSL's text, for faults without words of ours; `der` the certificate, if known.
    """
    words = _WORDS.get(code, message.lower())
    try:
        certificate = parse_certificate(der or b"")
        first, last = certificate.days
    except ValueError:
        return words
    names = [name for name in certificate.names if _HOST_PATTERN.fullmatch(name)]
    match code:
        case 9 | 10 if certificate.is_current:
            return words.replace("the certificate", "the certificate of an issuer")
        case 9:
            return f"the certificate is not valid before {first}"
        case 10:
            return f"the certificate expired on {last}"
        case 62 if names:
            more = ", ..." if len(names) > _MAX_NAMES else ""
            return f"the certificate is for {', '.join(names[:_MAX_NAMES])}{more}"
        case 62:
            return "the certificate names no host"
    return words


_WORDS = {
    2: "the certificate's issuer is not known",
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is signed by itself",
    19: "the root of the certificate is not trusted",
    20: "the certificate's issuer is not known",
    21: "the certificate's issuer is not known",
    23: "the certificate was revoked",
    62: "the certificate is for another host",
    66: "the certificate's key is too short",
    67: "the key of an issuer is too short",
    68: "the certificate is signed with a broken hash",
}


def issuers_in(body: bytes) -> tuple[bytes, ...]:
    """The issuers' certificates in a file at an issuer's URL: DER, PEM or PKCS #7.

    Left out are those that are their own issuer: OpenSSL would believe in them.
    """
    try:
        blobs = [base64.b64decode(match[1]) for match in _PEM.finditer(body)] or [body]
        found = [der for blob in blobs for der in _certificates_of(blob)]
        return tuple(der for der in found[:_MAX_CERTIFICATES] if _is_intermediate(der))
    except (ValueError, IndexError, TypeError, binascii.Error):
        return ()


class Issuers:
    """What servers leave out of their chains, fetched as browsers do; each file once a run."""

    def __init__(self, fetch: Callable[[str, Deadline], Awaitable[Response]]) -> None:
        self._fetch = fetch
        self._files: dict[str, tuple[bytes, ...]] = {}
        self.by_host: dict[str, tuple[bytes, ...]] = {}
        """The certificates (DER) that complete the chain of a host."""

    async def find(self, urls: tuple[str, ...], deadline: Deadline) -> tuple[bytes, ...] | None:
        """The certificates at these addresses and up from there; None if that fails for now."""
        found: tuple[bytes, ...] = ()
        for _ in range(_MAX_ISSUERS):
            issuers: tuple[bytes, ...] | None = ()
            for url in [url for url in urls if url.startswith("http://")][:_MAX_ISSUERS]:
                issuers = await self._read(url, deadline)
                if issuers:
                    break
            if not issuers or issuers[0] in found:
                return found or issuers
            found += issuers
            urls = parse_certificate(issuers[0]).issuer_urls
        return found

    async def _read(self, url: str, deadline: Deadline) -> tuple[bytes, ...] | None:
        if url not in self._files:
            response = await self._fetch(url, deadline)
            if response.failure in _LATER or response.status == 429 or response.status >= 500:
                return None
            is_found = response.failure is None and response.status == 200
            self._files[url] = issuers_in(response.body) if is_found else ()
        return self._files[url]


def _certificates_of(blob: bytes) -> Iterator[bytes]:
    """A certificate, or those of a `certs-only` message (RFC 5652 section 5)."""
    _, content, whole = next(_elements(blob), (0, b"", b""))
    parts = [*_elements(content)]
    if parts[0][0] != _OID:
        yield whole
        return
    for tag, value, _ in _elements(_only(parts[1][1])):
        if tag == _CONTEXT_0:
            yield from (certificate for _, _, certificate in _elements(value))


def _is_intermediate(der: bytes) -> bool:
    """Whether it is a CA certificate that somebody else issued.

    OpenSSL trusts whatever is in its store and has one name as subject and issuer. It compares
    names without case, blanks and the order of equal ranks, so this does at least that, with what
    OpenSSL itself has decoded.
    """
    probe = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        probe.load_verify_locations(cadata=der)
        (certificate,) = probe.get_ca_certs()
        parse_certificate(der)
    except (ssl.SSLError, ValueError):
        return False
    subject, issuer = (
        sorted(
            (kind, "".join(value.split()).casefold())
            for part in cast("_Name", certificate[key])
            for kind, value in part
        )
        for key in ("subject", "issuer")
    )
    return subject != issuer


def _elements(der: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The elements of DER, one after the other: tag, content, and the whole of it."""
    at = 0
    while at < len(der):
        tag, size, start = der[at], der[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[at + 2 : start], "big")
        end = start + size
        if end > len(der):
            raise ValueError("the element is cut short")
        yield tag, der[start:end], der[at:end]
        at = end


def _only(der: bytes) -> bytes:
    """The content of the first element, which must hold others."""
    tag, content, _ = next(_elements(der), (0, b"", b""))
    if tag not in (_SEQUENCE, _CONTEXT_0):
        raise ValueError("not a sequence")
    return content


def _text(value: bytes) -> str:
    return value.decode("ascii", errors="replace")


def _time(tag: int, value: bytes) -> str:
    """A time as 20260801235959; UTCTime has two digits for the year (RFC 5280 section 4.1.2.5)."""
    digits = _text(value).rstrip("Z")
    if not digits.isdecimal():
        raise ValueError("not a time")
    return ("20" if digits < "50" else "19") + digits if tag == _UTC_TIME else digits
