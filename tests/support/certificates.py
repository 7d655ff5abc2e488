"""Certificates of all kinds, chains of them, and the contexts of servers that show them."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_CA_ISSUERS = x509.ObjectIdentifier("1.3.6.1.5.5.7.48.2")
TODAY = datetime.now(UTC)  # certificates are judged by the system's clock
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def server(self, folder: Path, *others: "Issued") -> ssl.SSLContext:
        """A server's context that shows this certificate and these others."""
        file = folder / f"{self.certificate.serial_number}.pem"
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.write_bytes(key + self.pem + b"".join(other.pem for other in others))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(file)
        return context


def issue(
    subject: str,
    by: Issued | None = None,
    *,
    key: Key | None = None,
    hosts: Sequence[str] = (),
    urls: Sequence[str] = (),
    days: tuple[int, int] = (-30, 30),
    issuer: str = "",
    extensions: Sequence[tuple[x509.ObjectIdentifier, bytes]] = (),
) -> Issued:
    """A certificate: of a CA unless it is for `hosts`; by itself unless `by` issued it.

    `extensions` are more of them, as they are written.
    """
    own = key or ec.generate_private_key(ec.SECP256R1())

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(by.certificate.subject if by else named(issuer or subject))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(TODAY + timedelta(days=days[0]))
        .not_valid_after(TODAY + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    if urls:
        access = [
            x509.AccessDescription(_CA_ISSUERS, x509.UniformResourceIdentifier(url)) for url in urls
        ]
        builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
    for oid, value in extensions:
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
    return Issued(builder.sign(by.key if by else own, hashes.SHA256()), own)
