"""RFC 6962 / RFC 9162 Merkle tree over SHA-256: the growing right edge, proofs, and their verification.

Leaves are numbered from 0. A leaf's hash is SHA-256(0x00 ‖ leaf), a node's SHA-256(0x01 ‖ left ‖ right) (RFC
9162, 2.1.1). Every verifying function is total: whatever it is given, it answers yes or no.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.errors import Invalid

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()  # RFC 9162, 2.1.1: the root of a tree of no leaves

LeafHashes = Sequence[bytes] | Callable[[int], bytes]  # all of them, or a function from index to hash


def leaf_hash(leaf: bytes) -> bytes:
    """The 32-byte hash of one leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves, kept as the roots of its perfect subtrees, largest first.

    There is one for each 1 in binary `size`; an append or the root needs no more, so both cost O(log size).
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise Invalid(f"a tree of `{self.size}` leaves can't have `{len(self.hashes)}` perfect subtrees")
        if any(len(digest) != HASH_BYTES for digest in self.hashes):
            raise Invalid("a subtree's hash is not 32 bytes long")

    def append(self, leaf_hash: bytes) -> "Frontier":
        """The tree with one more leaf."""
        hashes, carry, bits = list(self.hashes), leaf_hash, self.size
        while bits & 1:  # as in binary addition, each trailing 1 is a subtree as large as what is carried
            carry = node_hash(hashes.pop(), carry)
            bits >>= 1
        return Frontier(self.size + 1, (*hashes, carry))

    def root(self) -> bytes:
        """The tree's 32-byte root; `EMPTY_ROOT` without a leaf."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        """The hashes one after the other; the size is kept beside them."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "Frontier":
        """The inverse of `to_bytes`. Raises `Invalid` if `data` can't belong to `size` leaves."""
        if len(data) % HASH_BYTES:
            raise Invalid(f"`{len(data)}` bytes are not a whole number of hashes")
        return cls(size, tuple(data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)))


def inclusion_proof(index: int, size: int, leaf_hashes: LeafHashes) -> tuple[bytes, ...]:
    """The path from leaf `index` to the root of the first `size` leaves, lowest first (RFC 9162, 2.1.3.1).

    It reads each leaf hash at most once: O(size). Raises `Invalid` if the leaf is not in that tree.
    """
    if not 0 <= index < size:
        raise Invalid(f"leaf `{index}` is not in a log of `{size}`")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_root(middle, high, leaf_hashes))
            high = middle
        else:
            proof.append(_root(low, middle, leaf_hashes))
            low = middle
    return tuple(reversed(proof))


def consistency_proof(first: int, second: int, leaf_hashes: LeafHashes) -> tuple[bytes, ...]:
    """The proof that the log of `first` leaves begins that of `second`, lowest first (RFC 9162, 2.1.4.1).

    Raises `Invalid` unless 1 ≤ `first` ≤ `second`: from nothing, everything follows.
    """
    if not 1 <= first <= second:
        raise Invalid(f"no consistency can be shown between logs of `{first}` and `{second}` leaves")
    proof: list[bytes] = []
    low, high, whole = (
        0,
        second,
        True,
    )  # whole: the verifier has this subtree's root already, as the first tree's
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            proof.append(_root(middle, high, leaf_hashes))
            high = middle
        else:
            proof.append(_root(low, middle, leaf_hashes))
            low, whole = middle, False
    if not whole:
        proof.append(_root(low, high, leaf_hashes))
    return tuple(reversed(proof))


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that leaf `index` of `size` under `root` has this hash (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _all_hashes((leaf_hash, *proof)):
        return False
    node, last, digest = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            digest = node_hash(sibling, digest)
            while not node & 1 and node:  # a node without a right sibling is its own parent
                node, last = node >> 1, last >> 1
        else:
            digest = node_hash(digest, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and hmac.compare_digest(digest, root)


def verify_subtree_inclusion(
    index: int, bounds: tuple[int, int], leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """`verify_inclusion` in the subtree of the leaves `bounds` = [start, end): a slice, checked alone."""
    start, end = bounds
    return _is_subtree(start, end) and verify_inclusion(index - start, end - start, leaf_hash, proof, root)


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that a log of `first` ≥ 1 leaves grew to `second` (RFC 9162, 2.1.4.2).

    The empty log begins every log, which shows nothing: `first` = 0 is always a no.
    """
    return first >= 1 and verify_subtree_consistency((0, first), second, first_root, second_root, proof)


def verify_subtree_consistency(
    bounds: tuple[int, int], size: int, subtree_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether `proof` shows that leaves `bounds` = [start, end) of `size` under `root` have this root.

    draft-ietf-plants-merkle-tree-certs, 4.4; with start = 0 it is RFC 9162's consistency proof.
    """
    start, end = bounds
    if 0 <= start == end <= size:
        return not proof and hmac.compare_digest(subtree_root, EMPTY_ROOT)
    if not _is_subtree(start, end) or end > size or not _all_hashes(proof):
        return False
    roots = _subtree_and_tree(start, end - 1, size - 1, subtree_root, proof)
    return (
        roots is not None
        and hmac.compare_digest(roots[0], subtree_root)
        and hmac.compare_digest(roots[1], root)
    )


def _subtree_and_tree(
    first: int, inner: int, last: int, subtree_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """The two roots that a subtree's `proof` leads to, or None if it is too short or too long.

    `first`, `inner`: the subtree's outermost leaves; `last`: the tree's last. Each step goes up one level in
    all three.
    """
    while first != inner and (
        inner & 1 or inner == last
    ):  # up to the largest node that ends where the subtree ends
        first, inner, last = first >> 1, inner >> 1, last >> 1
    nodes = list(proof)
    if first != inner and not nodes:
        return None
    old = new = subtree_root if first == inner else nodes.pop(0)
    for sibling in nodes:
        if last == 0:
            return None
        if inner & 1 or inner == last:
            old = node_hash(sibling, old) if first < inner else old
            new = node_hash(sibling, new)
            while not inner & 1 and inner:
                first, inner, last = first >> 1, inner >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        first, inner, last = first >> 1, inner >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(count: int) -> int:
    """The largest power of two below `count` ≥ 2: how many leaves lie in the left branch."""
    return 1 << ((count - 1).bit_length() - 1)


def _root(low: int, high: int, leaf_hashes: LeafHashes) -> bytes:
    """The root of the leaves [low, high)."""
    at = leaf_hashes if callable(leaf_hashes) else leaf_hashes.__getitem__
    frontier = Frontier()
    for index in range(low, high):
        frontier = frontier.append(at(index))
    return frontier.root()


def _is_subtree(start: int, end: int) -> bool:
    """Whether [start, end) is one piece of a tree: start is a multiple of its length's next power of two."""
    return 0 <= start < end and start % (1 << (end - start - 1).bit_length()) == 0


def _all_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
