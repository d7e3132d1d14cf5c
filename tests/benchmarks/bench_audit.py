"""What the audit log costs beside the least that any such log must do: JSON and one SHA-256 of the same bytes."""

import hashlib
import json
import statistics
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import sign
from gateway.audit.events import Event, EventCode
from gateway.audit.leaves import leaf
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.audit.verifying import verify

LEAVES = 2000
REPEATS = 7
ORIGIN = "isinglass.example.org/audit"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
COMMIT_US = (
    1e6 / 5700
)  # one durable SQLite commit (WAL, synchronous=FULL), as measured when the store was chosen
APPEND_GOAL = 8.0  # rfc8785 is written in Python, the json module in C: that alone is a factor of 4
VERIFY_GOAL = 9.0  # a leaf is parsed, written again, compared field by field, and hashed twice


def run() -> list[dict[str, object]]:
    """Medians of seven interleaved repeats of CPU time, 2,000 leaves each."""
    leaves, frontier = _append()
    hashes = [leaf_hash(one) for one in leaves]
    contents = [json.loads(one) for one in leaves]
    note = sign(ORIGIN, frontier.size, frontier.root(), KEY)
    spent = _interleaved(
        {
            "write": lambda: [hashlib.sha256(_dump(content)).digest() for content in contents],
            "append": _append,
            "read": lambda: [(json.loads(one), hashlib.sha256(one).digest()) for one in leaves],
            "verify": lambda: verify(leaves, hashes, [note], KEY.public_key(), origin=ORIGIN),
            "sign": lambda: [sign(ORIGIN, frontier.size, frontier.root(), KEY) for _ in range(100)],
        }
    )
    append_us, verify_us = (spent[name] / LEAVES * 1e6 for name in ("append", "verify"))
    size = statistics.mean(map(len, leaves))
    return [
        _figure(
            "audit: event to leaf to tree / bare JSON + SHA-256",
            spent["append"] / spent["write"],
            "x",
            APPEND_GOAL,
            f"CPU {append_us:.0f} µs an event, leaves of {size:.0f} B; closed schema checked, RFC 8785 written",
        ),
        _figure(
            "audit: CPU of an append / one durable commit",
            append_us / COMMIT_US,
            "x",
            0.5,
            f"a commit taken as {COMMIT_US:.0f} µs: a third more, for a log that can be checked",
        ),
        _figure(
            "audit: verify / bare JSON read + SHA-256",
            spent["verify"] / spent["read"],
            "x",
            VERIFY_GOAL,
            f"CPU {verify_us:.0f} µs a leaf: a million leaves in {verify_us:.0f} s",
        ),
        _figure(
            "audit: root and signed checkpoint",
            spent["sign"] / 100 * 1e3,
            "ms CPU",
            0.5,
            "at most one a second: less than a thousandth of one processor",
        ),
    ]


def _append() -> tuple[list[bytes], Frontier]:
    """What a transaction does for each event, without the database."""
    leaves, frontier = [], Frontier()
    for seq in range(LEAVES):
        event = Event(
            code=EventCode.OP_COMMIT,
            actor="k3f9a2m4x7q1",
            session="abcdefghijkm",
            object="7c0e6f2a-9a55-4d8b-8a39-3f0a1c9b1d11",
            policy="ab" * 32,
            mask="cd" * 32,
            decision="allow",
            details={"revision": seq, "op": "create"},
        )
        one = leaf(
            event,
            seq=seq,
            time=1795000000.0 + seq / 7,
            monotonic=seq / 7,
            boot="5f0c9a3b7d21e864",
            node="n1",
            payload_commitment="ef" * 32,
        )
        frontier = frontier.append(leaf_hash(one))
        leaves.append(one)
    return leaves, frontier


def _dump(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _interleaved(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median CPU seconds of each work; they take turns, so that a slow moment of the machine hits all."""
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(REPEATS):
        for name, work in works.items():
            start = time.process_time()
            work()
            spent[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in spent.items()}


def _figure(name: str, value: float, unit: str, goal: float, detail: str) -> dict[str, object]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "goal": f"≤ {goal:g}",
        "holds": value <= goal,
        "detail": detail,
    }
