"""Address ranges: the networks that a session may come from."""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from policies.errors import shown
from policies.raw import typed

MAX_NETWORKS = 256
_BITS = {4: 32, 6: 128}

Range = tuple[int, int, int]
"""IP version, first and last address as numbers."""
Ranges = tuple[Range, ...]
"""Sorted, disjoint and not adjacent: one set of addresses has one spelling."""


@dataclass(frozen=True, slots=True)
class Networks:
    """A set of addresses as CIDR blocks; fewer addresses are stricter. Everywhere is `["0.0.0.0/0", "::/0"]`."""

    describe = 'list of CIDR blocks; `["0.0.0.0/0", "::/0"]`: anywhere'
    order = "fewer addresses < more"
    combined = "only addresses that are in all of them"
    schema = MappingProxyType(
        {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]+)?$"}}
    )
    ranked = False

    def read(self, raw: object) -> Ranges:
        blocks = typed(raw, list, "a list of networks such as `198.51.100.0/24`")
        if len(blocks) > MAX_NETWORKS:
            raise ValueError(f"has {len(blocks)} networks; a list may have {MAX_NETWORKS}")
        return _joined(_range(block) for block in blocks)

    def spell(self, value: Ranges) -> list[str]:
        blocks: list[str] = []
        for version, first, last in value:
            kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
            blocks += map(str, ipaddress.summarize_address_range(kind(first), kind(last)))
        return blocks

    def meet(self, one: Ranges, other: Ranges) -> Ranges:
        return one if one == other else _shared(one, other)


def holds(networks: Ranges, address: str | None) -> bool:
    """Whether `address` is in `networks`. Text that is no address is in none; an IPv4-mapped one counts as IPv4."""
    number = _number(address) if address else None
    if number is None:
        return False
    k = bisect_right(networks, (*number, 1 << 129)) - 1
    return k >= 0 and networks[k][0] == number[0] and networks[k][1] <= number[1] <= networks[k][2]


@lru_cache(maxsize=4096)
def _number(address: str) -> tuple[int, int] | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return (4, int(mapped)) if mapped else (parsed.version, int(parsed))


def _range(block: object) -> Range:
    if not isinstance(block, str):
        raise ValueError(f"{shown(block)} is not a network in quotes, such as `198.51.100.0/24`")  # noqa: TRY004 - the reader's contract
    try:
        network = ipaddress.ip_network(block)
    except ValueError as error:
        cause = (
            "has bits set beyond its mask"
            if "host bits" in str(error)
            else "is not a network such as `198.51.100.0/24`"
        )
        raise ValueError(f"{shown(block)} {cause}") from error
    first, last = network.network_address, network.broadcast_address
    if isinstance(first, ipaddress.IPv6Address) and isinstance(last, ipaddress.IPv6Address):
        mapped, end = first.ipv4_mapped, last.ipv4_mapped
        if mapped is not None and end is not None:  # as `holds` takes the addresses in it
            return (4, int(mapped), int(end))
    return (network.version, int(first), int(last))


def _joined(ranges: Iterable[Range]) -> Ranges:
    joined: list[Range] = []
    for version, first, last in sorted(ranges):
        if joined and joined[-1][0] == version and first <= joined[-1][2] + 1:
            joined[-1] = (version, joined[-1][1], max(last, joined[-1][2]))
        else:
            joined.append((version, first, last))
    return tuple(joined)


@lru_cache(maxsize=4096)  # a meet is on the way of every decision, and policies are few
def _shared(one: Ranges, other: Ranges) -> Ranges:
    found = [
        (version, max(first, again), min(last, end))
        for version, first, last in one
        for same, again, end in other
        if same == version and max(first, again) <= min(last, end)
    ]
    return _joined(found)
