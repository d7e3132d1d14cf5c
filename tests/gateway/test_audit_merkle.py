"""The Merkle tree: RFC 6962's own test tree, 518 foreign proofs, and its laws against a naive tree."""

import base64
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from gateway.errors import Invalid

MOST = 65  # past 64, so that every shape up to a seventh level occurs
HASHES = [leaf_hash(bytes([i])) for i in range(MOST)]

# The eight leaves and roots of certificate-transparency-go's reference tree.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, as it is written there."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


def grown(hashes: list[bytes]) -> Frontier:
    frontier = Frontier()
    for digest in hashes:
        frontier = frontier.append(digest)
    return frontier


ROOTS = [naive_root(HASHES[:size]) for size in range(MOST + 1)]


def test_reference_tree() -> None:
    roots = [grown([leaf_hash(leaf) for leaf in CT_LEAVES[: i + 1]]).root().hex() for i in range(8)]
    assert roots == CT_ROOTS


@pytest.mark.parametrize(
    ("kind", "count"),
    [("inclusion", 98), ("consistency", 98), ("subtreeinclusion", 204), ("subtreeconsistency", 118)],
)
def test_foreign_proofs(shared: Path, kind: str, count: int) -> None:
    outcomes: Counter[bool] = Counter()
    for path in sorted((shared / "conformance" / "merkle" / kind).rglob("*.json")):
        vector = json.loads(path.read_text())
        holds = judge(kind, vector)
        assert holds is not vector["wantErr"], f"{path}: {vector['desc']}"
        outcomes[holds] += 1
    assert sum(outcomes.values()) == count
    assert min(outcomes[True], outcomes[False]) > 0


def judge(kind: str, vector: dict[str, object]) -> bool:
    def raw(name: str) -> bytes:
        return base64.b64decode(str(vector[name]))

    def number(name: str) -> int:
        return int(str(vector[name]))

    found = vector["proof"]
    proof = [base64.b64decode(text) for text in found] if isinstance(found, list) else []
    match kind:
        case "inclusion":
            return verify_inclusion(
                number("leafIdx"), number("treeSize"), raw("leafHash"), proof, raw("root")
            )
        case "consistency":
            return verify_consistency(number("size1"), number("size2"), raw("root1"), raw("root2"), proof)
    bounds = (number("start"), number("end"))
    if kind == "subtreeinclusion":
        return verify_subtree_inclusion(number("leafIdx"), bounds, raw("leafHash"), proof, raw("root"))
    return verify_subtree_consistency(bounds, number("size"), raw("root1"), raw("root2"), proof)


def test_frontier_is_the_naive_tree_at_every_size() -> None:
    frontier = Frontier()
    assert frontier.root() == ROOTS[0]
    for index, digest in enumerate(HASHES):
        frontier = frontier.append(digest)
        assert (frontier.size, frontier.root()) == (index + 1, ROOTS[index + 1])
        assert Frontier.from_bytes(frontier.size, frontier.to_bytes()) == frontier
        assert len(frontier.hashes) == (index + 1).bit_count()


@given(st.lists(st.binary(max_size=40), max_size=200))
def test_frontier_is_the_naive_tree(leaves: list[bytes]) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    assert grown(hashes).root() == naive_root(hashes)


@pytest.mark.parametrize(
    ("size", "data"),
    [(1, b""), (0, HASHES[0]), (2, HASHES[0] * 2), (1, HASHES[0][:-1]), (-1, b""), (3, HASHES[0])],
)
def test_a_frontier_of_another_size_is_refused(size: int, data: bytes) -> None:
    with pytest.raises(Invalid):
        Frontier.from_bytes(size, data)


def test_every_inclusion_proof_up_to_65_verifies_and_only_there() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, HASHES)
            assert verify_inclusion(index, size, HASHES[index], proof, ROOTS[size])
            assert not verify_inclusion(index, size, HASHES[(index + 1) % MOST], proof, ROOTS[size])
            assert not verify_inclusion(index + 1, size, HASHES[index], proof, ROOTS[size])
            assert not verify_inclusion(index, size, HASHES[index], proof, ROOTS[size - 1])
            assert not verify_inclusion(index, size, HASHES[index], (*proof, HASHES[0]), ROOTS[size])
            assert size == 1 or not verify_inclusion(index, size, HASHES[index], proof[:-1], ROOTS[size])


def test_every_consistency_proof_up_to_65_verifies_and_only_there() -> None:
    for second in range(1, MOST + 1):
        for first in range(1, second + 1):
            proof = consistency_proof(first, second, HASHES.__getitem__)
            assert verify_consistency(first, second, ROOTS[first], ROOTS[second], proof)
            assert not verify_consistency(first, second, ROOTS[first], ROOTS[second], (*proof, HASHES[0]))
            assert not verify_consistency(first, second, ROOTS[first - 1], ROOTS[second], proof)
            assert not verify_consistency(first, second, ROOTS[first], ROOTS[second - 1], proof)
            if proof:
                assert not verify_consistency(first, second, ROOTS[first], ROOTS[second], proof[:-1])


def subtree_proof(start: int, end: int, hashes: list[bytes], *, known: bool = True) -> list[bytes]:
    """SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs, 4.4.1, as it is written there."""
    if (start, end) == (0, len(hashes)):
        return [] if known else [naive_root(hashes)]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = hashes[:split], hashes[split:]
    if end <= split:
        return [*subtree_proof(start, end, left, known=known), naive_root(right)]
    if split <= start:
        return [*subtree_proof(start - split, end - split, right, known=known), naive_root(left)]
    return [*subtree_proof(0, end - split, right, known=False), naive_root(left)]


CUTS = [
    (start, end, size)
    for size in range(1, 21)
    for start in range(size)
    for end in range(start + 1, size + 1)
    if start % (1 << (end - start - 1).bit_length()) == 0
]


def test_every_subtree_up_to_20_is_consistent_and_only_there() -> None:
    for start, end, size in CUTS:
        bounds, inner = (start, end), naive_root(HASHES[start:end])
        proof = subtree_proof(start, end, HASHES[:size])
        assert verify_subtree_consistency(bounds, size, inner, ROOTS[size], proof)
        assert not verify_subtree_consistency(bounds, size, inner, ROOTS[size - 1], proof)
        assert not verify_subtree_consistency(bounds, size, HASHES[-1], ROOTS[size], proof)
        path = inclusion_proof(end - 1 - start, end - start, HASHES[start:end])
        assert verify_subtree_inclusion(end - 1, bounds, HASHES[end - 1], path, inner)
        assert not verify_subtree_inclusion(end, bounds, HASHES[end - 1], path, inner)
    assert len(CUTS) > 400


def test_a_larger_log_is_no_part_of_a_smaller() -> None:
    for size in range(1, 9):
        for more in range(size + 1, 17):
            assert not verify_consistency(more, size, ROOTS[size], ROOTS[size], ())


@given(st.data())
def test_a_flipped_bit_breaks_a_proof(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, MOST))
    first = data.draw(st.integers(1, second - 1))
    proof = list(consistency_proof(first, second, HASHES))
    where, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    proof[where] = flip(proof[where], bit)
    assert not verify_consistency(first, second, ROOTS[first], ROOTS[second], proof)
    index = data.draw(st.integers(0, second - 1))
    path = list(inclusion_proof(index, second, HASHES))
    where = data.draw(st.integers(0, len(path) - 1))
    path[where] = flip(path[where], bit)
    assert not verify_inclusion(index, second, HASHES[index], path, ROOTS[second])


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(
    st.tuples(*[st.integers(-3, 2**70)] * 3),
    st.lists(st.binary(max_size=33), max_size=80),
    st.binary(max_size=33),
    st.binary(max_size=33),
)
def test_verifying_is_total(
    sizes: tuple[int, int, int], proof: list[bytes], one: bytes, other: bytes
) -> None:
    first, second, third = sizes
    assert verify_inclusion(first, second, one, proof, other) in (True, False)
    assert verify_subtree_consistency((first, second), third, one, other, proof) in (True, False)
    assert verify_subtree_inclusion(first, (second, third), one, proof, other) in (True, False)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (4, 3)])
def test_no_inclusion_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Invalid):
        inclusion_proof(index, size, HASHES)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (4, 3), (-1, 3)])
def test_no_consistency_proof_from_nothing_or_backwards(first: int, second: int) -> None:
    with pytest.raises(Invalid):
        consistency_proof(first, second, HASHES)
