"""A write transaction: whatever it changes commits with its audit events, or not at all.

Appends are collected and written at the end. The first one takes the row lock of `audit_head`, which is held until
the commit: the log has no gaps and no forks, and whoever appends early makes others wait. So append last, after
every other row was read and written; two transactions that lock in opposite order end one of them with Conflict.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from msgspec import structs

from gateway.audit import leaves
from gateway.audit.events import Event
from gateway.audit.merkle import Frontier, leaf_hash
from gateway.errors import StoreError, UnauditedWrite
from gateway.settings import Clock
from gateway.store import subjects
from gateway.store.engines import WRITTEN
from gateway.store.keys import NONCE_BYTES, KeyRing, seal
from gateway.store.objects import Objects
from gateway.store.schema_evidence import audit_head, audit_index, audit_leaves, payloads

_HEAD = sa.select(audit_head.c.size, audit_head.c.frontier).where(audit_head.c.id == 1)
_LOCK_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = (
    sa.update(audit_head)
    .where(audit_head.c.id == 1)
    .values(size=sa.bindparam("new_size"), frontier=sa.bindparam("new_frontier"))
)
_ADD_LEAVES = sa.insert(audit_leaves)
_ADD_INDEX = sa.insert(audit_index)
_ADD_PAYLOADS = sa.insert(payloads)


def read_head(connection: sa.Connection, *, lock: bool = False) -> Frontier:
    """The log's right edge. Errors: StoreError if its row is gone or damaged."""
    row = connection.execute(_LOCK_HEAD if lock else _HEAD).first()
    if row is None:
        raise StoreError("the head of the audit log is missing")
    return Frontier.from_bytes(row.size, row.frontier)


def payload_binding(index: int) -> bytes:
    """What the encrypted payload of leaf `index` is bound to."""
    return f"isinglass audit payload 1\0{index}".encode()


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One write transaction; `now` is its time in UTC seconds. Made by `Store.write` alone."""

    connection: sa.Connection
    now: float
    clock: Clock
    boot: str
    keys: KeyRing
    objects: Objects
    policy: str | None = None
    _frontier: Frontier | None = None
    _leaves: list[dict[str, Any]] = field(default_factory=list)
    _index: list[dict[str, Any]] = field(default_factory=list)
    _payloads: list[dict[str, Any]] = field(default_factory=list)

    def append(self, event: Event) -> int:
        """The index of `event`'s leaf in the audit log. Errors: StoreError if its subject was erased."""
        if self._frontier is None:
            self._frontier = read_head(self.connection, lock=True)
        index = self._frontier.size
        if event.policy is None and self.policy is not None:
            event = replace(event, policy=self.policy)
        leaf = leaves.leaf(
            event,
            seq=index,
            time=self.now,
            monotonic=self.clock.monotonic(),
            boot=self.boot,
            node=self.keys.node,
            payload_commitment=self._keep_payload(event, index),
        )
        digest = leaf_hash(leaf)
        self._leaves.append({"index": index, "leaf": leaf, "hash": digest})
        self._index.append({"index": index, **structs.asdict(leaves.summarized(leaf))})
        self._frontier = self._frontier.append(digest)
        return index

    def subject_key(self, subject: str) -> bytes:
        """The data key of `subject`, who is made with a fresh one if new. Errors: StoreError once erased."""
        key = subjects.find_key(self.connection, self.keys, subject)
        if key is None:
            key = subjects.new_key(self.keys)
            subjects.keep_key(self.connection, self.keys, subject, key, self.now)
        return key

    def finish(self) -> None:
        """Write what was appended. Errors: UnauditedWrite if rows changed and nothing was appended."""
        if self._frontier is None:
            if self.connection.info.get(WRITTEN):
                raise UnauditedWrite("rows were changed without an audit event: nothing of it is kept")
            return
        self.connection.execute(_ADD_LEAVES, self._leaves)
        self.connection.execute(_ADD_INDEX, self._index)
        if self._payloads:
            self.connection.execute(_ADD_PAYLOADS, self._payloads)
        moved = {"new_size": self._frontier.size, "new_frontier": self._frontier.to_bytes()}
        self.connection.execute(_MOVE_HEAD, moved)

    def _keep_payload(self, event: Event, index: int) -> str | None:
        if event.payload is None:
            return None
        key = self.keys.payload
        if event.subject is not None:
            key = subjects.data_key(self.connection, self.keys, event.subject)
        content = json.dumps(event.payload, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = seal(key, self.keys.token_bytes(NONCE_BYTES), content, payload_binding(index))
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        row = {"index": index, "subject": event.subject, "nonce": nonce, "ciphertext": ciphertext}
        self._payloads.append(row)
        return leaves.payload_commitment(nonce, ciphertext)
