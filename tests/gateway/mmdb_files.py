"""Writes small country databases, after MaxMind DB File Format Specification 2.0: a binary trie of networks, then their data."""

import ipaddress
from pathlib import Path

_MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
Node = list["Node | str | None"]


def write(path: Path, networks: dict[str, str], *, version: int = 4) -> None:
    """A database that knows the country of `networks` of IP `version`."""
    root: Node = [None, None]
    for text, country in networks.items():
        network = ipaddress.ip_network(text)
        width = 32 if version == 4 else 128
        bits = f"{int(network.network_address):0{width}b}"[: network.prefixlen]
        node = root
        for bit in bits[:-1]:
            if not isinstance(node[int(bit)], list):
                node[int(bit)] = [None, None]
            following = node[int(bit)]
            assert isinstance(following, list)
            node = following
        node[int(bits[-1])] = country
    nodes = [root]
    for node in nodes:  # grows while it is walked
        nodes += [each for each in node if isinstance(each, list)]
    data, places = b"", {}
    for country in networks.values():
        places[country] = len(data)
        data += _encoded({"country": {"iso_code": country}})
    tree = b""
    for node in nodes:
        for each in node:
            if isinstance(each, list):
                record = next(k for k, other in enumerate(nodes) if other is each)
            elif each is None:
                record = len(nodes)
            else:
                record = len(nodes) + len(_SEPARATOR) + places[each]
            tree += record.to_bytes(3)
    about = {
        "node_count": _number(6, len(nodes)),
        "record_size": _number(5, 24),
        "ip_version": _number(5, version),
        "database_type": "Test-Country",
        "languages": _head(11, 0),
        "binary_format_major_version": _number(5, 2),
        "binary_format_minor_version": _number(5, 0),
        "build_epoch": _number(9, 1),
        "description": {},
    }
    path.write_bytes(tree + _SEPARATOR + data + _MARKER + _encoded(about))


def _encoded(value: object) -> bytes:
    match value:
        case str():
            return _head(2, len(value)) + value.encode()
        case bytes():
            return value
        case dict():
            parts = [_encoded(each) for pair in value.items() for each in pair]
            return _head(7, len(value)) + b"".join(parts)
    raise TypeError(value)


def _number(kind: int, value: int) -> bytes:
    """Of type 5, 6 or 9: an unsigned integer of 2, 4 or 8 bytes, without leading zeros."""
    raw = value.to_bytes((value.bit_length() + 7) // 8)
    return _head(kind, len(raw)) + raw


def _head(kind: int, size: int) -> bytes:
    assert size < 29, "larger ones are written in another way"
    return bytes([kind << 5 | size]) if kind <= 7 else bytes([size, kind - 7])
