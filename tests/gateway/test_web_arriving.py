"""From where a request comes: only a trusted proxy's headers count, and a machine only while it is known."""

from pathlib import Path

import pytest
from starlette.requests import Request

from gateway.audit.events import EventCode
from gateway.errors import Unconfigured
from gateway.identity.signing import Signer
from gateway.sessions.placing import Visitor
from gateway.store import devices
from gateway.store.devices import DeviceRow
from gateway.store.opening import Store
from gateway.web.arriving import Trust, trust, visitor
from policies.values import Device
from tests.gateway import mmdb_files
from tests.gateway.stores import START, HandClock, note

PROXY = trust(("192.0.2.0/24", "2001:db8::/64"), "X-Country", None)
MINE, OTHERS = "aa" * 32, "bb" * 32


@pytest.fixture
def signer(store: Store) -> Signer:
    with store.write() as tx:
        for fingerprint, level in ((MINE, "managed"), (OTHERS, "known")):
            devices.put(
                tx,
                DeviceRow(
                    fingerprint=fingerprint,
                    name=level,
                    level=level,
                    added=START,
                    expires=START + 60,
                    revoked=None,
                ),
            )
        tx.append(note(EventCode.DEVICE_ADD))
    return Signer(store.keys.signing, "device")


def _from(store: Store, signer: Signer, peer: str, trusted: Trust = PROXY, **headers: str) -> Visitor:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "headers": raw,
        "client": (peer, 1),
        "path": "/",
        "query_string": b"",
        "method": "GET",
    }
    return visitor(trusted, store, signer, Request(scope))


ADDRESSES = [
    ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # not a proxy of ours: what it says counts for nothing
    ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
    ("192.0.2.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"),  # the first may be anybody's invention
    ("192.0.2.1", "198.51.100.1, 192.0.2.9", "198.51.100.1"),
    ("192.0.2.1", "", "192.0.2.1"),
    ("192.0.2.1", "nonsense", "nonsense"),
    ("2001:db8::1", "2001:db8:1::7", "2001:db8:1::7"),
]


def test_the_address_is_the_last_that_no_proxy_of_ours_has(store: Store, signer: Signer) -> None:
    for peer, forwarded, address in ADDRESSES:
        assert _from(store, signer, peer, x_forwarded_for=forwarded).address == address


def test_the_country_comes_from_a_trusted_proxy_alone(store: Store, signer: Signer) -> None:
    assert _from(store, signer, "192.0.2.1", x_country="DE").country == "DE"
    assert _from(store, signer, "203.0.113.5", x_country="DE").country is None
    assert _from(store, signer, "192.0.2.1", x_country="Germany").country is None
    assert _from(store, signer, "192.0.2.1", trusted=Trust(), x_country="DE").country is None


def test_a_machine_is_known_by_its_certificate_or_by_a_signed_name(
    store: Store, signer: Signer, clock: HandClock
) -> None:
    def level(peer: str, **headers: str) -> Device:
        return _from(store, signer, peer, **headers).device

    colons = ":".join(MINE[k : k + 2].upper() for k in range(0, 64, 2))
    signed = signer.sign(OTHERS.encode()).decode()
    assert level("192.0.2.1", x_client_cert_sha256=colons) is Device.MANAGED
    assert level("203.0.113.5", x_client_cert_sha256=MINE) is Device.ANY
    assert level("203.0.113.5", x_isinglass_device=signed) is Device.KNOWN
    assert level("192.0.2.1", x_isinglass_device=signed, x_client_cert_sha256=MINE) is Device.MANAGED
    assert level("203.0.113.5", x_isinglass_device=signed[:-1] + "A") is Device.ANY
    assert level(
        "203.0.113.5", x_isinglass_device=Signer(store.keys.signing, "csrf").sign(MINE.encode()).decode()
    ) is (Device.ANY)
    assert level("192.0.2.1", x_client_cert_sha256="cc" * 32) is Device.ANY
    clock.time += 60
    assert level("192.0.2.1", x_client_cert_sha256=MINE) is Device.ANY
    clock.time -= 60
    with store.write() as tx:
        assert devices.revoke(tx, "managed") == 1
        tx.append(note(EventCode.DEVICE_REVOKE))
    assert level("192.0.2.1", x_client_cert_sha256=MINE) is Device.ANY


def test_settings_that_trust_nobody_or_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unconfigured, match="needs a `--trusted-proxy`"):
        trust((), "X-Country", None)
    with pytest.raises(Unconfigured, match="trusted-proxy"):
        trust(("proxy.example",), None, None)
    (tmp_path / "x.mmdb").write_bytes(b"no database")
    with pytest.raises(Unconfigured, match="is no MMDB file"):
        trust((), None, tmp_path / "x.mmdb")


@pytest.mark.parametrize(
    ("version", "networks", "expected"),
    [
        (
            4,
            {"198.51.100.0/25": "DE", "198.51.100.128/25": "FR", "203.0.113.7/32": "US"},
            {
                "198.51.100.127": "DE",
                "198.51.100.128": "FR",
                "203.0.113.7": "US",
                "203.0.113.6": None,
                "2001:db8::1": None,
                "nonsense": None,
            },
        ),
        (6, {"2001:db8::/32": "SE"}, {"2001:db8:ffff::1": "SE", "2001:db9::1": None}),
    ],
)
def test_the_country_is_looked_up_in_a_real_database(
    store: Store,
    signer: Signer,
    tmp_path: Path,
    version: int,
    networks: dict[str, str],
    expected: dict[str, str | None],
) -> None:
    database = tmp_path / "countries.mmdb"
    mmdb_files.write(database, networks, version=version)
    trusted = trust((), None, database)
    assert {
        address: _from(store, signer, address, trusted=trusted).country for address in expected
    } == expected


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no database", bytes(400)])
def test_what_is_no_database_stops_the_start_with_its_name(tmp_path: Path, content: bytes) -> None:
    database = tmp_path / "countries.mmdb"
    database.write_bytes(content)
    with pytest.raises(Unconfigured, match=r"countries\.mmdb. is no MMDB file"):
        trust((), None, database)
