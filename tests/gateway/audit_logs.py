"""Small audit logs, made and judged."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import sign, write_key
from gateway.audit.events import Event, EventCode
from gateway.audit.leaves import leaf
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.audit.verifying import Report, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "isinglass.example.org/audit"
VKEY = write_key(ORIGIN, KEY.public_key())
CODES = list(EventCode)


def make_leaf(seq: int, actor: str = "a1") -> bytes:
    event = Event(
        code=CODES[seq % len(CODES)],
        actor=actor,
        object=f"item-{seq}",
        decision="allow",
        details={"revision": seq},
    )
    where = {"time": 1795000000.0 + seq / 7, "monotonic": seq / 7}
    return leaf(
        event, seq=seq, boot="b1", node="n1", payload_commitment="ab" * 32 if seq % 3 else None, **where
    )


def make_notes(leaves: Sequence[bytes], sizes: Sequence[int]) -> list[str]:
    frontier, notes = Frontier(), []
    if 0 in sizes:
        notes.append(sign(ORIGIN, 0, frontier.root(), KEY))
    for one in leaves:
        frontier = frontier.append(leaf_hash(one))
        if frontier.size in sizes:
            notes.append(sign(ORIGIN, frontier.size, frontier.root(), KEY))
    return notes


LEAVES = [make_leaf(i) for i in range(20)]
HASHES = [leaf_hash(one) for one in LEAVES]
NOTES = make_notes(LEAVES, [0, 1, 7, 16, 20])


def judged(
    leaves: Sequence[bytes] = LEAVES, hashes: Sequence[bytes] = HASHES, notes: Sequence[str] = NOTES
) -> Report:
    return verify(iter(leaves), iter(hashes), iter(notes), KEY.public_key(), origin=ORIGIN)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
