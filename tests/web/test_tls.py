"""TLS over real sockets: what browsers open is opened, and only what they warn of is insecure."""

import contextlib
import hmac
import os
import socket
import ssl
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import pkcs7

from staycurrent.links.classification import classify
from staycurrent.links.observation import Outcome
from staycurrent.web.client import FRESH_CONNECTION, Client
from staycurrent.web.response import Failure, Response
from staycurrent.web.tls import TlsContexts, describe_fault, issuers_in, parse_certificate
from staycurrent.web.transport import Transport
from tests.support.certificates import TODAY, Issued, issue
from tests.support.network import Heard, listening
from tests.support.web_server import NETWORK, impatient

EVIL = "127.64.0.15"
HOST = "site.test"
PAGE = b"<title>Here</title><p>A page with a few words of its own.</p>"
WELL = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(PAGE), PAGE)
DH_1024 = b"""-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""
"""The second group of RFC 2409."""


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Root")


@dataclass(slots=True)
class Doors:
    """A server for https; what it noticed."""

    port: int = 0
    handshakes: int = 0
    """Connections, whether their handshake succeeded or not."""
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def serving(*handle: Callable[[socket.socket, Doors], None]) -> Iterator[Doors]:
    """Treat each connection as the next of these does, and all later ones as the last."""
    with socket.create_server((EVIL, 0), backlog=64) as door:
        doors = Doors(door.getsockname()[1])

        def treat(visitor: socket.socket, number: int) -> None:
            with visitor, contextlib.suppress(OSError):
                visitor.settimeout(5)
                handle[min(number, len(handle) - 1)](visitor, doors)

        def wait() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:  # shut: the test is over
                    return
                Thread(target=treat, args=(visitor, doors.handshakes), daemon=True).start()
                doors.handshakes += 1

        waiting = Thread(target=wait, daemon=True)
        waiting.start()
        try:
            yield doors
        finally:
            door.shutdown(socket.SHUT_RDWR)
            waiting.join()


def speaking(context: ssl.SSLContext) -> Callable[[socket.socket, Doors], None]:
    """TLS with this context, and then the page for every request."""

    def handle(visitor: socket.socket, doors: Doors) -> None:
        with context.wrap_socket(visitor, server_side=True) as secure:
            while request := secure.recv(1 << 16):
                doors.requests.append(request)
                secure.sendall(WELL)

    return handle


def saying(data: bytes) -> Callable[[socket.socket, Doors], None]:
    """Answer the hello with these bytes and close."""

    def handle(visitor: socket.socket, _doors: Doors) -> None:
        visitor.recv(1 << 16)
        visitor.sendall(data)

    return handle


def resetting(visitor: socket.socket, _doors: Doors) -> None:
    visitor.recv(1 << 16)
    visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Says:
    """A resolver that gives names these addresses, and every other name the server's."""

    def __init__(self, addresses: dict[str, str] | None = None) -> None:
        self._addresses = addresses or {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        return (self._addresses.get(host, EVIL),)


def client(root: Issued, doors: Doors, ca: Heard | None = None, **hosts: str) -> Client:
    own = replace(impatient(), allow_networks=(NETWORK,), timeout_s=10.0, connect_timeout_s=5.0)
    ports = {443: doors.port, 80: ca.port if ca else 1}
    transport = Transport(own, ca_certificates=root.pem.decode(), ports=ports)
    return Client(own, transport=transport, resolver=Says(hosts))


async def asked(root: Issued, doors: Doors, ca: Heard | None = None, host: str = HOST) -> Response:
    one = client(root, doors, ca)
    response = await one.request(f"https://{host}/a")
    await one.aclose()
    return response


# Ciphers


def only(context: ssl.SSLContext, ciphers: str, folder: Path) -> ssl.SSLContext:
    """Let a server have TLS 1.2 with these ciphers, in its own order."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    (folder / "dh.pem").write_bytes(DH_1024)
    context.load_dh_params(str(folder / "dh.pem"))
    return context


BROWSERS_HAVE = [
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "DHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-SHA:AES128-SHA",
]


@pytest.mark.parametrize("ciphers", BROWSERS_HAVE)
async def test_ciphers_of_browsers_are_tried_second_and_noted(
    ciphers: str, root: Issued, rsa_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    leaf = issue("Leaf", root, key=rsa_key, hosts=[HOST])
    with serving(speaking(only(leaf.server(tmp_path), ciphers, tmp_path))) as doors:
        one = client(root, doors)
        for _ in range(3):
            response = await one.request(f"https://{HOST}/a", conditions=FRESH_CONNECTION)
            assert (response.failure, response.body) == (None, PAGE)
    assert (doors.handshakes, len(doors.requests)) == (1 + 3, 3)


async def test_an_ordinary_server_costs_one_handshake(root: Issued, tmp_path: Path) -> None:
    leaf = issue("Leaf", root, hosts=[HOST])
    with serving(speaking(leaf.server(tmp_path))) as doors:
        assert (await asked(root, doors)).body == PAGE
    assert doors.handshakes == 1


@pytest.mark.parametrize("first", [resetting, saying(b"")])
async def test_a_server_that_hangs_up_at_the_first_hello_gets_another(
    first: Callable[[socket.socket, Doors], None], root: Issued, tmp_path: Path
) -> None:
    leaf = issue("Leaf", root, hosts=[HOST])
    with serving(first, speaking(leaf.server(tmp_path))) as doors:
        assert (await asked(root, doors)).body == PAGE


async def test_a_key_of_1024_bits_is_accepted_as_browsers_do(root: Issued, tmp_path: Path) -> None:
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- the point of the test
    leaf = issue("Leaf", root, key=weak, hosts=[HOST])
    with serving(speaking(leaf.server(tmp_path))) as doors:
        assert (await asked(root, doors)).body == PAGE


@pytest.mark.parametrize(
    "ciphers", ["DHE-RSA-AES128-GCM-SHA256", "AES128-SHA256", "CAMELLIA128-SHA"]
)
async def test_without_a_cipher_of_browsers_a_link_is_blocked_and_not_insecure(
    ciphers: str, root: Issued, rsa_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    leaf = issue("Leaf", root, key=rsa_key, hosts=[HOST])
    with serving(speaking(only(leaf.server(tmp_path), ciphers, tmp_path))) as doors:
        response = await asked(root, doors)
    assert (response.failure, classify(response).outcome) == (Failure.UNSUPPORTED, Outcome.BLOCKED)
    assert (doors.handshakes, doors.requests) == (2, [])


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_wants_our_certificate_is_blocked(
    version: ssl.TLSVersion, root: Issued, tmp_path: Path
) -> None:
    context = issue("Leaf", root, hosts=[HOST]).server(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    with serving(speaking(context)) as doors:
        response = await asked(root, doors)
    assert classify(response).outcome is Outcome.BLOCKED


ALERT = b"\x15\x03\x03\x00\x02\x02"


@pytest.mark.parametrize(
    ("said", "outcome", "words"),
    [
        (ALERT + b"\x28", Outcome.BLOCKED, "handshake failure"),
        (ALERT + b"\x70", Outcome.BLOCKED, "unrecognized name"),
        (ALERT + b"\x78", Outcome.BLOCKED, "no common ground in TLS"),
        (ALERT + b"\x50", Outcome.BLOCKED, "internal error"),
        (ALERT + b"\x46", Outcome.TLS, "TLS 1.1 at most"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Outcome.PROTOCOL, "does not speak TLS"),
        (b"220 mail.example ESMTP\r\n", Outcome.PROTOCOL, "does not speak TLS"),
        (b"", Outcome.RESET, "cut"),
    ],
)
async def test_other_failures_are_not_called_insecure(
    said: bytes, outcome: Outcome, words: str, root: Issued
) -> None:
    with serving(saying(said)) as doors:
        result = classify(await asked(root, doors))
    assert result.outcome is outcome
    assert words in result.evidence


def test_nothing_below_tls_1_2_is_offered_and_no_request_goes_unverified(root: Issued) -> None:
    contexts = TlsContexts(root.pem.decode())
    made = [contexts.default, contexts.like_browsers(), contexts.like_browsers((root.der,))]
    assert all(one.check_hostname for one in made)
    made.append(contexts.like_browsers((), for_any_host=True))
    assert all(one.verify_mode is ssl.CERT_REQUIRED for one in made)
    assert all(one.minimum_version is ssl.TLSVersion.TLSv1_2 for one in made)
    assert not any(one.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN for one in made)
    offered = {one["name"] for one in contexts.like_browsers().get_ciphers()}
    assert not [
        name for name in offered if name.startswith("DHE") or "DES" in name or "RC4" in name
    ]


def hanging_up(context: ssl.SSLContext) -> Callable[[socket.socket, Doors], None]:
    """As `speaking`, but nothing is said of why a handshake fails."""

    def handle(visitor: socket.socket, doors: Doors) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = context.wrap_bio(incoming, outgoing, server_side=True)
        while data := visitor.recv(1 << 16):
            incoming.write(data)
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                visitor.sendall(outgoing.read())
            except ssl.SSLError:
                return
            else:
                visitor.sendall(outgoing.read())

    return handle


async def test_a_server_of_tls_1_1_is_insecure_even_if_it_only_hangs_up(
    root: Issued, tmp_path: Path
) -> None:
    context = issue("Leaf", root, hosts=[HOST]).server(tmp_path)
    with warnings.catch_warnings():  # that it is deprecated is the point here
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    for handle in (speaking(context), hanging_up(context)):
        with serving(handle) as doors:
            result = classify(await asked(root, doors))
        assert result.outcome is Outcome.TLS
        assert result.evidence == "TLS: the server knows TLS 1.1 at most"
        assert doors.requests == []


# A server of TLS 1.2 from before RFC 5746, which OpenSSL's own always know


def old_server(
    leaf: Issued, *, begins_again: bool = False
) -> Callable[[socket.socket, Doors], None]:
    """AES128-GCM-SHA256 with RSA key exchange (RFC 5246, 5288), without any extension.

    With `begins_again` it knows RFC 5746, and wants another handshake once it got the request.
    """
    extensions = b"\x00\x05\xff\x01\x00\x01\x00" if begins_again else b""

    def handle(visitor: socket.socket, doors: Doors) -> None:
        stream = visitor.makefile("rb")

        def receive() -> tuple[bytes, bytes]:
            head = stream.read(5)
            return head[:1], stream.read(int.from_bytes(head[3:5], "big"))

        hello, own_random = receive()[1], os.urandom(32)
        chain = len(leaf.der).to_bytes(3, "big") + leaf.der
        flight = [
            message(2, b"\x03\x03" + own_random + b"\0" + b"\x00\x9c" + b"\0" + extensions),
            message(11, len(chain).to_bytes(3, "big") + chain),
            message(14, b""),
        ]
        visitor.sendall(b"".join(record(b"\x16", one) for one in flight))
        kind, exchange = receive()
        if kind == b"\x15":  # an alert: the client does not want it so
            return
        assert isinstance(leaf.key, rsa.RSAPrivateKey)
        secret = leaf.key.decrypt(exchange[6:], padding.PKCS1v15())
        randoms = hello[6:38], own_random
        master = prf(secret, b"master secret", randoms[0] + randoms[1], 48)
        block = prf(master, b"key expansion", randoms[1] + randoms[0], 40)
        theirs, ours = AESGCM(block[:16]), AESGCM(block[16:32])

        def opened(number: int, kind: bytes, data: bytes) -> bytes:
            return theirs.decrypt(
                block[32:36] + data[:8], data[8:], aad(number, kind, len(data) - 24)
            )

        def closed(number: int, kind: bytes, data: bytes) -> bytes:
            nonce = number.to_bytes(8, "big")
            return nonce + ours.encrypt(block[36:40] + nonce, data, aad(number, kind, len(data)))

        receive()  # change cipher spec
        finished = opened(0, b"\x16", receive()[1])
        seen = sha256(hello + b"".join(flight) + exchange + finished).digest()
        verify = message(20, prf(master, b"server finished", seen, 12))
        visitor.sendall(record(b"\x14", b"\1") + record(b"\x16", closed(0, b"\x16", verify)))
        doors.requests.append(opened(1, b"\x17", receive()[1]))
        if begins_again:
            visitor.sendall(record(b"\x16", closed(1, b"\x16", message(0, b""))))
            assert opened(2, b"\x16", receive()[1])[:1] == b"\1", "another hello"
        visitor.sendall(record(b"\x17", closed(1 + begins_again, b"\x17", WELL)))
        stream.read(1)

    return handle


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(kind: bytes, body: bytes) -> bytes:
    return kind + b"\x03\x03" + len(body).to_bytes(2, "big") + body


def aad(number: int, kind: bytes, size: int) -> bytes:
    return number.to_bytes(8, "big") + record(kind, b"\0" * size)[:5]


def prf(secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    made, step = b"", label + seed
    while len(made) < size:
        step = hmac.digest(secret, step, "sha256")
        made += hmac.digest(secret, step + label + seed, "sha256")
    return made[:size]


async def test_a_server_without_secure_renegotiation_is_opened_as_browsers_do(
    root: Issued, rsa_key: rsa.RSAPrivateKey
) -> None:
    leaf = issue("Leaf", root, key=rsa_key, hosts=[HOST])
    with serving(old_server(leaf)) as doors:
        response = await asked(root, doors)
    assert (response.failure, response.body) == (None, PAGE)


async def test_a_server_may_begin_another_handshake_before_it_answers(
    root: Issued, rsa_key: rsa.RSAPrivateKey
) -> None:
    leaf = issue("Leaf", root, key=rsa_key, hosts=[HOST])
    with serving(old_server(leaf, begins_again=True)) as doors:
        response = await asked(root, doors)
    assert (response.failure, response.body) == (None, PAGE)
    assert response.certificate_dates is not None


# Certificates


@pytest.mark.parametrize(
    ("host", "names", "failure"),
    [
        ("my_shop.xn--bcher-kva.example", ["my_shop.xn--bcher-kva.example"], None),
        ("my_shop.xn--bcher-kva.example", ["*.xn--bcher-kva.example"], None),
        ("a.my_shop.example", ["*.My_Shop.example"], None),
        ("xn--ls8h.example.test", ["*.example.test"], None),
        ("-shop-.example.test", ["*.example.test"], None),
        ("my_shop.example.test", ["example.test", "*.other.test"], Failure.TLS),
        ("a.my_shop.example.test", ["*.example.test"], Failure.TLS),
        ("my_shop.example", ["*.example"], Failure.TLS),
        ("my_shop.example", ["my*.example", "*"], Failure.TLS),
    ],
)
async def test_a_host_beyond_the_rules_of_dns_may_be_under_a_wildcard(
    root: Issued, tmp_path: Path, host: str, names: list[str], failure: Failure | None
) -> None:
    with serving(speaking(issue("Leaf", root, hosts=names).server(tmp_path))) as doors:
        response = await asked(root, doors, host=host)
    assert response.failure is failure
    assert len(doors.requests) == (failure is None)
    if failure:
        assert response.detail.startswith("the certificate is for ")


async def test_a_certificate_that_names_the_host_as_its_subject_only_is_insecure(
    root: Issued, tmp_path: Path
) -> None:
    with serving(speaking(issue(HOST, root).server(tmp_path))) as doors:
        response = await asked(root, doors)
    assert (response.failure, response.detail) == (Failure.TLS, "the certificate names no host")


@pytest.mark.parametrize("days", [(-30, 30), (-60, -30)])
async def test_the_chain_of_a_host_with_an_underscore_is_checked_as_any(
    root: Issued, tmp_path: Path, days: tuple[int, int]
) -> None:
    by = issue("Nobody") if days[1] > 0 else root
    leaf = issue("Leaf", by, hosts=["*.example.test"], days=days)
    with serving(speaking(leaf.server(tmp_path))) as doors:
        response = await asked(root, doors, host="my_shop.example.test")
    assert (response.failure, doors.requests) == (Failure.TLS, [])


def evidence_date(days: int) -> str:
    return (TODAY + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize(
    ("hosts", "days", "evidence"),
    [
        ([HOST], (-30, -3), f"the certificate expired on {evidence_date(-3)}"),
        ([HOST], (3, 30), f"the certificate is not valid before {evidence_date(3)}"),
        (["*.other.test"], (-3, 3), "the certificate is for *.other.test"),
        ([*"abcd"], (-3, 3), "the certificate is for a, b, c, ..."),
        (["<b>@evil"], (-3, 3), "the certificate names no host"),
    ],
)
async def test_the_evidence_names_the_fault(
    hosts: list[str], days: tuple[int, int], evidence: str, root: Issued, tmp_path: Path
) -> None:
    leaf = issue("Leaf", root, hosts=hosts, days=days)
    with serving(speaking(leaf.server(tmp_path))) as doors:
        response = await asked(root, doors)
    assert (classify(response).outcome, response.detail) == (Outcome.TLS, evidence)
    assert doors.requests == [], "no request goes to a server that was not verified"


async def test_a_page_comes_with_the_dates_of_its_servers_certificate(
    root: Issued, tmp_path: Path
) -> None:
    leaf = issue("Leaf", root, hosts=[HOST], days=(-80, 5))
    with serving(speaking(leaf.server(tmp_path))) as doors:
        response = await asked(root, doors)
    days = tuple((TODAY + timedelta(days=one)).date() for one in (-80, 5))
    assert response.certificate_dates == days


@pytest.mark.parametrize(
    ("first", "last", "fault", "evidence"),
    [
        (date(1950, 1, 1), date(1999, 12, 31), 10, "expired on 1999-12-31"),
        (date(1999, 12, 31), date(2000, 1, 1), 10, "expired on 2000-01-01"),
        (date(2049, 12, 31), date(2050, 1, 1), 9, "is not valid before 2049-12-31"),
        (date(2050, 1, 1), date(9999, 12, 31), 9, "is not valid before 2050-01-01"),
        (date(1998, 5, 20), date(9999, 12, 31), 9, "of an issuer is not valid yet"),
    ],
)
def test_the_days_of_a_certificate_are_read_whatever_the_century(
    first: date, last: date, fault: int, evidence: str
) -> None:
    # UTCTime from 1950 to 2049, and GeneralizedTime from then on (RFC 5280 section 4.1.2.5)
    days = (first - TODAY.date()).days, (last - TODAY.date()).days
    leaf = issue("Leaf", hosts=[HOST], days=days).der
    assert parse_certificate(leaf).days == (first, last)
    assert describe_fault(fault, "", leaf) == f"the certificate {evidence}"


def der(tag: int, *contents: bytes) -> bytes:
    """An element of DER that has up to 65,535 bytes."""
    content = b"".join(contents)
    return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content


NAMED = x509.ObjectIdentifier("2.5.29.17")
ACCESS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.1")
MANY_HOSTS = [b"%d.test" % number for number in range(3_000)]


@pytest.mark.parametrize("host", [HOST, "my_shop.test"])
@pytest.mark.parametrize(
    ("others", "access"),
    [
        ([], None),
        ([b"b\xfccher.test", b"\xff\x00"], None),
        (MANY_HOSTS, None),
        ([], b""),
        ([], b"\x30\x03\x04\x01\x01"),
        ([], b"\x30\x01\x30"),
        ([], der(0x30, der(0x30, b"\x06\x01\x01", b"\x86\x01a", b"\x05\x00"))),
    ],
)
async def test_an_odd_certificate_that_is_valid_does_no_harm(
    host: str, others: list[bytes], access: bytes | None, root: Issued, tmp_path: Path
) -> None:
    names = der(0x30, *(der(0x82, name) for name in (*others, host.encode())))
    extensions = [(NAMED, names), *([] if access is None else [(ACCESS, access)])]
    leaf = issue("", root, extensions=extensions)
    with serving(speaking(leaf.server(tmp_path))) as doors:
        response = await asked(root, doors, host=host)
    assert (response.failure, response.body) == (None, PAGE)
    assert response.certificate_dates == parse_certificate(issue("", root).der).days


async def test_a_self_signed_certificate_and_an_unknown_issuer_are_insecure(
    root: Issued, tmp_path: Path
) -> None:
    for leaf, others, words in (
        (issue("Leaf", hosts=[HOST]), [], "the certificate is signed by itself"),
        (
            issue("Leaf", stranger := issue("Stranger"), hosts=[HOST]),
            [stranger],
            "root of the certificate is not",
        ),
        (issue("Leaf", stranger, hosts=[HOST]), [], "the certificate's issuer is not known"),
    ):
        with serving(speaking(leaf.server(tmp_path, *others))) as doors:
            response = await asked(root, doors)
        assert response.failure is Failure.TLS
        assert words in response.detail


CA_URL = "http://ca.test/issuer.crt"


def file_of(body: bytes, status: int = 200, **headers: str) -> Callable[[], list[bytes]]:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(body)}\r\n\r\n"
    return lambda: [head.encode() + body]


def pkcs7_of(*ones: Issued) -> bytes:
    certificates = [one.certificate for one in ones]
    return pkcs7.serialize_certificates(certificates, serialization.Encoding.DER)


@pytest.mark.parametrize("form", ["DER", "PEM", "PKCS #7", "PKCS #7 in PEM"])
async def test_an_issuer_that_the_server_leaves_out_is_fetched_once(
    form: str, root: Issued, tmp_path: Path
) -> None:
    middle = issue("Middle", root)
    bodies = {
        "DER": middle.der,
        "PEM": middle.pem,
        "PKCS #7": pkcs7_of(middle),
        "PKCS #7 in PEM": pkcs7.serialize_certificates(
            [middle.certificate], serialization.Encoding.PEM
        ),
    }
    leaf = issue("Leaf", middle, hosts=[HOST, "other.test"], urls=["ldap://ca.test/x", CA_URL])
    with (
        listening(file_of(bodies[form]), EVIL) as ca,
        serving(speaking(leaf.server(tmp_path))) as doors,
    ):
        one = client(root, doors, ca)
        for host in (HOST, HOST, "other.test"):
            response = await one.request(f"https://{host}/a", conditions=FRESH_CONNECTION)
            assert (response.failure, response.body) == (None, PAGE)
    assert (ca.visits, len(doors.requests)) == (1, 3)
    assert doors.handshakes == 3 + 1 + 3, "verified, read, verified again; remembered; another host"


async def test_two_missing_issuers_are_fetched(root: Issued, tmp_path: Path) -> None:
    upper = issue("Upper", root)
    lower = issue("Lower", upper, urls=["http://ca.test/upper"])
    leaf = issue("Leaf", lower, hosts=[HOST], urls=["http://ca.test/lower"])
    files = [*file_of(lower.der)(), *file_of(upper.der)()]
    with (
        listening(lambda: [files.pop(0)], EVIL) as ca,
        serving(speaking(leaf.server(tmp_path))) as doors,
    ):
        assert (await asked(root, doors, ca)).body == PAGE
    assert ca.visits == 2


async def test_a_ca_certificate_that_expired_in_the_chain_is_replaced(
    root: Issued, tmp_path: Path
) -> None:
    middle = issue("Middle", root)
    old = issue("Middle", root, key=middle.key, days=(-30, -1))
    leaf = issue("Leaf", middle, hosts=[HOST], urls=[CA_URL])
    with (
        listening(file_of(middle.der), EVIL) as ca,
        serving(speaking(leaf.server(tmp_path, old))) as doors,
    ):
        assert (await asked(root, doors, ca)).body == PAGE
    with serving(speaking(issue("Leaf", middle, hosts=[HOST]).server(tmp_path, old))) as doors:
        response = await asked(root, doors)
    assert response.detail == "the certificate of an issuer has expired"


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (404, {}, Outcome.TLS),
        (302, {"location": "https://site.test/a"}, Outcome.TLS),
        (302, {"location": "http://private.test/issuer.crt"}, Outcome.TLS),
        (503, {}, Outcome.BLOCKED),
    ],
)
async def test_an_issuer_that_cannot_be_fetched(
    status: int, headers: dict[str, str], outcome: Outcome, root: Issued, tmp_path: Path
) -> None:
    leaf = issue("Leaf", issue("Middle", root), hosts=[HOST], urls=[CA_URL])
    with (
        listening(file_of(b"", status, **headers), EVIL) as ca,
        serving(speaking(leaf.server(tmp_path))) as doors,
    ):
        one = client(root, doors, ca, **{"private.test": "127.0.0.1"})
        response = await one.request(f"https://{HOST}/a")
    assert classify(response).outcome is outcome
    assert (ca.visits, doors.requests) == (1, [])


@pytest.mark.parametrize(
    "url",
    ["https://ca.test/issuer.crt", "file:///etc/passwd", "http://127.0.0.1/x", "http://[::1]/"],
)
async def test_an_issuer_is_fetched_through_the_guard_and_without_encryption(
    url: str, root: Issued, tmp_path: Path
) -> None:
    leaf = issue("Leaf", issue("Middle", root), hosts=[HOST], urls=[url])
    with (
        listening(file_of(b""), "127.0.0.1") as trap,
        serving(speaking(leaf.server(tmp_path))) as doors,
    ):
        response = await asked(root, doors, trap)
    assert classify(response).outcome is Outcome.TLS
    assert (trap.visits, doors.handshakes) == (0, 2)


async def test_an_issuer_that_answers_for_ever_ends_with_the_deadline(
    root: Issued, tmp_path: Path
) -> None:
    leaf = issue("Leaf", issue("Middle", root), hosts=[HOST], urls=[CA_URL])

    def nothing() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(1 << 16)

    with listening(nothing, EVIL) as ca, serving(speaking(leaf.server(tmp_path))) as doors:
        response = await asked(root, doors, ca)
    assert (ca.visits, response.failure) == (1, Failure.TLS)


# What is fetched must never be believed in: it comes from whoever names it in a certificate


@pytest.mark.parametrize(
    ("subject", "issuer"),
    [
        ("Evil", "Evil"),
        ("Evil", "EVIL"),
        ("Evil", " evil "),
        ("ev il", "ev \t il"),
        ("ev il", "Ev\til"),
    ],
)
async def test_a_fetched_root_is_not_believed_however_it_writes_its_name(
    subject: str, issuer: str, root: Issued, tmp_path: Path
) -> None:
    evil = issue(subject, issuer=issuer)
    leaf = issue("Leaf", evil, hosts=[HOST], urls=[CA_URL])
    with (
        listening(file_of(evil.der), EVIL) as ca,
        serving(speaking(leaf.server(tmp_path))) as doors,
    ):
        response = await asked(root, doors, ca)
    assert (response.failure, doors.requests) == (Failure.TLS, [])


async def test_fetched_ca_certificates_of_unknown_roots_are_not_trusted(
    root: Issued, tmp_path: Path
) -> None:
    evil = issue("Evil root")
    middle = issue("Evil middle", evil, urls=[CA_URL])
    leaf = issue("Leaf", middle, hosts=[HOST], urls=[CA_URL])
    impostor = issue("Root", evil)  # named as the root that is trusted
    below = issue("Leaf", issue("Below", impostor), hosts=[HOST], urls=[CA_URL])
    for chain in (file_of(middle.der), file_of(pkcs7_of(middle, evil)), file_of(impostor.der)):
        for one in (leaf, below):
            with listening(chain, EVIL) as ca, serving(speaking(one.server(tmp_path))) as doors:
                response = await asked(root, doors, ca)
            assert (response.failure, doors.requests) == (Failure.TLS, [])


async def test_what_one_host_led_to_is_not_used_for_another(root: Issued, tmp_path: Path) -> None:
    middle = issue("Middle", root)
    first = issue("Leaf", middle, hosts=[HOST], urls=[CA_URL])
    other = issue("Leaf", middle, hosts=["other.test"])
    with listening(file_of(middle.der), EVIL) as ca:
        with serving(speaking(first.server(tmp_path))) as doors:
            assert (await asked(root, doors, ca)).body == PAGE
        with serving(speaking(other.server(tmp_path))) as doors:
            assert (await asked(root, doors, ca, "other.test")).failure is Failure.TLS


def test_whatever_is_served_as_an_issuer_is_read_without_harm(root: Issued) -> None:
    middle = issue("Middle", root).der
    assert issuers_in(middle) == (middle,)
    assert issuers_in(root.der) == issuers_in(issue("Leaf", root, hosts=[HOST]).der) == ()
    for cut in range(len(middle)):
        assert issuers_in(middle[:cut]) == ()
        with pytest.raises(ValueError):
            parse_certificate(middle[:cut])
    for at in range(len(middle)):
        issuers_in(middle[:at] + b"\xff" + middle[at + 1 :])
    for body in (b"", b"\x30", b"\x30\x80", b"-----BEGIN CERTIFICATE-----!-----END", b"<html>"):
        assert issuers_in(body) == ()
