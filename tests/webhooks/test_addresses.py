"""Which URLs webhooks may have: as text, and by the addresses that names resolve to."""

from collections.abc import Sequence
from threading import Event

import pytest

from app.webhooks import addresses
from app.webhooks.addresses import AddressRefusedError, Resolver, Target
from tests.webhooks.conftest import DEVELOPMENT, PRODUCTION

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


def resolver(*found: str) -> Resolver:
    """Return a resolver that gives these addresses for any name."""

    def resolve(_host: str, _port: int) -> Sequence[str]:
        return found

    return resolve


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/")),
        ("HTTPS://Example.COM:443/Hook?a=1", Target("https", "example.com", 443, "/Hook?a=1")),
        ("https://example.com./x", Target("https", "example.com", 443, "/x")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://[2606:2800::1]/", Target("https", "2606:2800::1", 443, "/")),
        ("https://93.184.215.14?x", Target("https", "93.184.215.14", 443, "/?x")),
    ],
)
def test_a_url_is_taken_apart(url: str, target: Target) -> None:
    assert PRODUCTION.parse(url) == target


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/", "must begin with https://"),
        ("ftp://example.com/", "must begin with"),
        ("file:///etc/passwd", "must begin with"),
        ("gopher://example.com:443/", "must begin with"),
        ("//example.com/", "must begin with"),
        ("https:///path", "not a host name"),
        ("https://user:pass@example.com/", "user name"),
        ("https://example.com@127.0.0.1/", "user name"),
        ("https://example.com/#x", "fragment"),
        ("https://example.com:22/", "port 22 is not allowed; allowed: 443"),
        ("https://example.com:0/", "port 0"),
        ("https://example.com:99999/", "cannot be read"),
        ("https://example.com:x/", "cannot be read"),
        ("https://2130706433/", "an address like"),
        ("https://0x7f000001/", "an address like"),
        ("https://0177.0.0.1/", "an address like"),
        ("https://0x7f.0.0.1/", "an address like"),
        ("https://127.1/", "an address like"),
        ("https://1.2.3.4.5/", "an address like"),
        ("https://ⓔxample.com/", "ASCII"),
        ("https://exam ple.com/", "ASCII"),
        ("https://example.com\\@127.0.0.1/", "ASCII"),
        ("https://example.com/\r\nHost: x", "ASCII"),
        ("https://exa%6dple.com/", "not a host name"),
        ("https://-example.com/", "not a host name"),
        ("https://[::1/", "cannot be read"),
        ("https://[zz::1]/", ""),
        ("https://" + "a" * 64 + ".com/", "not a host name"),
        ("https://example.com/" + "a" * 2048, "2048"),
        ("", "2048"),
    ],
)
def test_a_url_that_may_not_be_called_is_refused(url: str, words: str) -> None:
    with pytest.raises(AddressRefusedError, match=words or "."):
        PRODUCTION.parse(url)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - compared
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.19.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::7f00:1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "not an address",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not PRODUCTION.allows(address)
    with pytest.raises(AddressRefusedError, match="public internet"):
        PRODUCTION.resolve(PRODUCTION.parse("https://example.com/"), resolver(*PUBLIC, address))


@pytest.mark.parametrize(
    "address", [*PUBLIC, "100.63.255.255", "172.32.0.1", "64:ff9b::5db8:d70e", "::ffff:8.8.8.8"]
)
def test_an_address_of_the_public_internet_is_allowed(address: str) -> None:
    assert PRODUCTION.allows(address)
    assert PRODUCTION.resolve(PRODUCTION.parse("https://example.com/"), resolver(address)) == [address]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "192.168.0.9", "::1", "fd12::1", "::ffff:127.0.0.1"]
)
def test_development_may_call_private_addresses(address: str) -> None:
    assert DEVELOPMENT.allows(address)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.1", "224.0.0.1", "fe80::1", "::"],
)
def test_even_development_calls_no_metadata_and_no_multicast(address: str) -> None:
    assert not DEVELOPMENT.allows(address)


def test_development_may_call_plain_http_on_any_port() -> None:
    assert DEVELOPMENT.parse("http://localhost:8080/x") == Target("http", "localhost", 8080, "/x")


def test_a_name_without_an_address_is_refused() -> None:
    def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    target = PRODUCTION.parse("https://example.com/")
    for resolve in (unknown, resolver()):
        with pytest.raises(AddressRefusedError):
            PRODUCTION.resolve(target, resolve)


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.05)
    released = Event()

    def hang(_host: str, _port: int) -> Sequence[str]:
        released.wait(20)
        return PUBLIC

    try:
        with pytest.raises(AddressRefusedError, match="did not resolve within"):
            PRODUCTION.resolve(PRODUCTION.parse("https://example.com/"), hang)
    finally:
        released.set()


def test_the_host_header_names_a_port_that_is_not_the_schemes_own() -> None:
    assert PRODUCTION.parse("https://example.com/").host_header == "example.com"
    assert DEVELOPMENT.parse("https://example.com:8443/").host_header == "example.com:8443"
    assert DEVELOPMENT.parse("http://[::1]:81/").host_header == "[::1]:81"


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/"])
def test_an_address_as_the_host_is_not_left_to_a_resolver(url: str) -> None:
    with pytest.raises(AddressRefusedError, match="public internet"):
        PRODUCTION.resolve(PRODUCTION.parse(url), resolver(*PUBLIC))
