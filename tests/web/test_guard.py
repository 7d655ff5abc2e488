"""Which addresses are reached: no spelling of a private one, and nothing that embeds one."""

import pytest

from staycurrent.web.guard import allowed_ips, ip_literal, is_in_networks, is_public

PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "168.63.129.16", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "fc00::1",
    "fd00::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "5f00::1",
    "fe80::1%eth0", "100::1", "not an address", "", "192.88.99.1",
    # the edges of every range, and what two spellings of one address have in common
    "0.255.255.255", "10.255.255.255", "100.127.255.255", "169.254.0.1", "172.31.0.1",
    "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.88.99.255", "192.168.255.255",
    "198.19.255.255", "233.252.0.1", "255.255.255.254", "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001", "::ffff:7f00:1", "::FFFF:127.0.0.1",
    "::ffff:192.88.99.1", "::ffff:8.8.8.8", "::8.8.8.8", "::ffff:0:8.8.8.8",
    "64:ff9b::8.8.8.8", "64:ff9b::10.0.0.1", "64:ff9b:1:ffff::10.0.0.1", "2002:0a00:0001::1",
    "2002:c058:6301::", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:db8:ffff::1", "3fff:fff::1", "fc00::", "fdff:ffff::1", "febf::1", "feff::1", "ff0e::1",
    "fd00:ec2::254", "::1%lo", "100:0:0:1::1",
    # outside of what is assigned, and tunnels to an IPv4 address under a public prefix (ISATAP)
    "200::1", "1fff::1", "4000::1", "8000::1", "e000::1", "::2:1", "2a00:1450::5efe:127.0.0.1",
    "2a00:1450::200:5efe:127.0.0.1", "2606:4700:1:2:0:5efe:0a00:0001", "2a00::200:5efe:8.8.8.8",
    "2001:1ff:ffff::1", "2001:3::1", "2001:4:112::1", "2001:30::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "140.82.121.4", "2606:4700::1111", "2a00:1450:4001:80b::200e",
    "2001:200::1", "2000::1", "3ffe::1", "2620:4f:8000::1", "2a00:1450::5eff:7f00:1"]  # fmt: skip


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_private_address_is_never_public(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_address_is_public(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0x7f.1", "0177.0.0.1", "0"],
)
def test_every_spelling_of_an_ip_is_recognised(host: str) -> None:
    found = ip_literal(host)
    assert found is not None
    assert not is_public(found)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("0", "0.0.0.0"),
        ("00", "0.0.0.0"),
        ("1.2.3", "1.2.0.3"),
        ("1.2", "1.0.0.2"),
        ("10.1.0x102", "10.1.1.2"),
        ("0X7F.1", "127.0.0.1"),
        ("011.1", "9.0.0.1"),
        ("255.1", "255.0.0.1"),
        ("1.255.255.0377", "1.255.255.255"),
        ("1.16777215", "1.255.255.255"),
        ("4294967295", "255.255.255.255"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("2606:4700:0:0:0:0:0:1111", "2606:4700::1111"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("::no", "::no"),
    ],
)
def test_an_ip_literal_is_read_as_resolvers_read_it(host: str, address: str) -> None:
    assert ip_literal(host) == address


@pytest.mark.parametrize(
    "host",
    [
        *("example.org", "a.b.c.d", "1.2.3.4.5", "256.1.1.1", "0x", "1..2", "1.2.3.4.0"),
        *("1.2.3.256", "1.2.65536", "1.16777216", "4294967296", "08", "0x1.0.0.256", "1.256.1"),
        *("1_0", "-1", "+1", "\u0661\u0662"),
    ],
)
def test_a_name_is_not_an_ip_literal(host: str) -> None:
    assert ip_literal(host) is None


def test_of_mixed_ips_only_the_public_ones_are_allowed() -> None:
    ips = ("10.0.0.1", "2606:4700::1111", "1.1.1.1")
    assert allowed_ips(ips, 443, networks=(), ports=(443,)) == ("1.1.1.1", "2606:4700::1111")


def test_ips_keep_the_resolvers_order_but_ipv4_comes_first() -> None:
    ips = ("2606:4700::1111", "9.9.9.9", "2001:4860:4860::8888", "1.1.1.1")
    vetted = ("9.9.9.9", "1.1.1.1", "2606:4700::1111", "2001:4860:4860::8888")
    assert allowed_ips(ips, 443, networks=(), ports=(443,)) == vetted


def test_an_unusual_port_is_refused_outside_of_allowed_networks() -> None:
    assert allowed_ips(("1.1.1.1",), 22, networks=(), ports=(80, 443)) == ()
    assert allowed_ips(("127.0.0.1",), 5000, networks=("127.0.0.0/8",), ports=(80,)) == (
        "127.0.0.1",
    )


def test_an_allowed_network_allows_nothing_else() -> None:
    assert is_in_networks("127.0.0.9", ["127.0.0.0/8"])
    assert not is_in_networks("10.0.0.1", ["127.0.0.0/8"])
    assert not is_in_networks("::1", ["127.0.0.0/8"])
    assert not is_in_networks("no address", ["0.0.0.0/0", "::/0"])


def test_a_network_may_be_named_by_one_of_its_addresses() -> None:
    assert is_in_networks("127.0.0.9", ["127.0.0.1/8"])
