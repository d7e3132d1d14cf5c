"""Whether a log is what it says: every leaf, every stored hash and every signed checkpoint, in one pass."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.checkpoint import verify as verify_note
from gateway.audit.leaves import parse
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.errors import Invalid

MAX_PROBLEMS = 100  # a log that is damaged throughout is not worth a longer report


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome. `size`, `root`: of the tree the leaves make; `signed`: how many a checkpoint covers."""

    ok: bool
    size: int
    root: bytes
    signed: int
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Findings:
    problems: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(text)


def verify(
    leaves: Iterable[bytes],
    stored_hashes: Iterable[bytes],
    checkpoints: Iterable[str],
    public_key: Ed25519PublicKey,
    *,
    origin: str,
) -> Report:
    """The report on a whole log, leaf 0 first. It never raises for what it reads.

    A log with leaves needs at least one checkpoint. Leaves after the last one (less than a second's, on a
    live server) are checked against their stored hashes only: `signed` < `size` says so.
    """
    findings = _Findings()
    signed = _read_checkpoints(checkpoints, public_key, origin, findings)
    frontier = Frontier()
    _compare_root(frontier, signed, findings)
    for index, (leaf, stored) in enumerate(zip_longest(leaves, stored_hashes)):
        if leaf is None or stored is None:
            findings.add(f"leaf `{index}`: there are not as many leaves as hashes")
            break
        _check_leaf(index, leaf, findings)
        digest = leaf_hash(leaf)
        if digest != stored:
            findings.add(f"leaf `{index}` does not have the hash that is stored for it")
        frontier = frontier.append(digest)
        _compare_root(frontier, signed, findings)
    covered = max((size for size in signed if size <= frontier.size), default=0)
    for size in sorted(size for size in signed if size > frontier.size):
        findings.add(f"a checkpoint was signed for `{size}` leaves, but only `{frontier.size}` are here")
    if frontier.size and not covered:
        findings.add("no signed checkpoint covers any leaf")
    return Report(
        ok=not findings.problems,
        size=frontier.size,
        root=frontier.root(),
        signed=covered,
        problems=tuple(findings.problems),
    )


def _read_checkpoints(
    notes: Iterable[str], public_key: Ed25519PublicKey, origin: str, findings: _Findings
) -> dict[int, bytes]:
    """Size → root of all notes whose signature holds."""
    signed: dict[int, bytes] = {}
    for position, note in enumerate(notes):
        try:
            checkpoint = verify_note(note, origin, public_key)
        except Invalid as error:
            findings.add(f"checkpoint number `{position}`: {error}")
            continue
        if signed.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            findings.add(f"two checkpoints were signed for `{checkpoint.size}` leaves with different roots")
    return signed


def _check_leaf(index: int, leaf: bytes, findings: _Findings) -> None:
    try:
        found = parse(leaf)["seq"]
    except Invalid as error:
        findings.add(f"leaf `{index}`: {error}")
        return
    if found != index:
        findings.add(f"leaf `{index}` says that it is number `{found}`")


def _compare_root(frontier: Frontier, signed: dict[int, bytes], findings: _Findings) -> None:
    root = signed.get(frontier.size)
    if root is not None and root != frontier.root():
        findings.add(f"the first `{frontier.size}` leaves are not those that the checkpoint was signed for")
