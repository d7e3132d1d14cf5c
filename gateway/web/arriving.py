"""From where a request comes: address, country and machine, as far as somebody whom we trust says so.

A header counts only if the peer is a proxy that the operator named. It must be a proxy that sets or removes these headers itself.
"""

import contextlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import maxminddb
from starlette.requests import HTTPConnection

from gateway.errors import Unconfigured
from gateway.identity.signing import BadSignature, Signer
from gateway.sessions.placing import Visitor
from gateway.store import devices
from gateway.store.opening import Store
from policies.values import Device

FORWARDED_FOR = "x-forwarded-for"
CERTIFICATE = "x-client-cert-sha256"  # hex fingerprint of a client certificate that the proxy has verified
DEVICE = (
    "x-isinglass-device"  # "<fingerprint>.<signature>", made by `isinglass device sign`; good from anywhere
)
_MAX_HEADER = 512

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe about a visitor. `country_header`: lower case, as the proxy sends it."""

    proxies: tuple[Network, ...] = ()
    country_header: str | None = None
    countries: maxminddb.Reader | None = None


def trust(proxies: tuple[str, ...], country_header: str | None, country_database: Path | None) -> Trust:
    """The trust that the settings ask for. Errors: Unconfigured."""
    try:
        networks = tuple(ipaddress.ip_network(proxy) for proxy in proxies)
    except ValueError as error:
        raise Unconfigured(f"`--trusted-proxy`: {error}") from error
    if country_header and not networks:
        raise Unconfigured("`--country-header` needs a `--trusted-proxy`: anybody else could send it")
    reader = None
    if country_database is not None:
        try:
            reader = maxminddb.open_database(str(country_database), maxminddb.MODE_AUTO)
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise Unconfigured(f"`{country_database}` is no MMDB file: {error}") from error
    return Trust(proxies=networks, country_header=(country_header or "").lower() or None, countries=reader)


def visitor(trusted: Trust, store: Store, signer: Signer, connection: HTTPConnection) -> Visitor:
    """Where `connection` comes from."""
    peer = connection.client.host if connection.client else ""
    headers = connection.headers
    behind = _trusted(trusted, peer)
    address = _forwarded(trusted, headers.get(FORWARDED_FOR, ""), peer) if behind else peer
    return Visitor(
        address=address,
        agent=headers.get("user-agent", "")[:200],
        country=_country(trusted, headers if behind else {}, address),
        device=_device(store, signer, headers, behind=behind),
    )


def _trusted(trusted: Trust, address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted.proxies)


def _forwarded(trusted: Trust, header: str, peer: str) -> str:
    """The last address of the chain that no trusted proxy has: what stands before it, anybody may have written."""
    address = peer
    for hop in reversed([hop.strip() for hop in header[:_MAX_HEADER].split(",") if hop.strip()]):
        address = hop
        if not _trusted(trusted, hop):
            break
    return address


def _country(trusted: Trust, headers: Mapping[str, str], address: str) -> str | None:
    if trusted.country_header and (said := headers.get(trusted.country_header, "")):
        return said if len(said) == 2 and said.isascii() and said.isupper() else None
    if trusted.countries is None:
        return None
    try:
        record = trusted.countries.get(address)
    except ValueError:  # no address, or IPv6 in a database of IPv4
        return None
    country = record.get("country") if isinstance(record, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else None
    return code if isinstance(code, str) else None


def _device(store: Store, signer: Signer, headers: Mapping[str, str], *, behind: bool) -> Device:
    fingerprints = [headers.get(CERTIFICATE, "").lower().replace(":", "")] if behind else []
    if signed := headers.get(DEVICE, "")[:_MAX_HEADER]:
        with contextlib.suppress(BadSignature, ValueError):  # then as if it had not been sent
            fingerprints.append(signer.unsign(signed.encode()).decode())
    found = Device.ANY
    for fingerprint in filter(None, fingerprints):
        with store.read() as conn:
            row = devices.by_fingerprint(conn, fingerprint)
        if row is not None and row.valid(store.clock.now()):
            found = min(found, Device(row.level), key=list(Device).index)
    return found
