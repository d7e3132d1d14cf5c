"""Events of the audit log read back: found by its index, their payloads opened."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gateway.store.keys import unseal
from gateway.store.opening import Store
from gateway.store.schema import sessions
from gateway.store.schema_evidence import audit_index, audit_leaves, payloads
from gateway.store.transaction import payload_binding

_LAST_S = 9e12  # UTC: no event is later


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """An event read back: `time` in UTC seconds; `payload` is None where it had none or was erased."""

    index: int
    time: float
    action: str
    actor: str
    session: str | None
    object: str | None
    policy: str | None
    decision: str | None
    details: dict[str, Any]
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Events from `since` (UTC seconds) on, of `actions` (of every kind if empty), in which `text` stands, if any.

    It stands in a kind, an id or a digest, in any case; or the event is by, of or in a session of one of `people` (ids), whose names
    hold it.
    """

    since: float = 0.0
    actions: Collection[str] = ()
    text: str = ""
    people: Collection[str] = ()


def events_since(store: Store, since: float, actions: Collection[str] = ()) -> list[Recalled]:
    """Events of `actions` (of every kind if empty) from `since` (UTC seconds) on, oldest first. Errors: StoreError."""
    with store.read() as connection:
        found = connection.execute(_rows(Search(since=since, actions=actions)).order_by(audit_index.c.index))
        return [_recalled(store, row) for row in found.mappings()]


def newest(store: Store, wanted: Search, most: int, start: int = 0) -> Sequence[Recalled]:
    """At most `most` of the events that fit, newest first, but for the first `start` of them. Errors: StoreError."""
    rows = _rows(wanted).order_by(audit_index.c.index.desc()).limit(most).offset(start)
    with store.read() as connection:
        return [_recalled(store, row) for row in connection.execute(rows).mappings()]


def count(store: Store, wanted: Search) -> int:
    """How many events fit. Errors: StoreError."""
    with store.read() as connection:
        return int(
            connection.scalar(sa.select(sa.func.count()).select_from(audit_index).where(_fits(wanted))) or 0
        )


def _rows(wanted: Search) -> sa.Select[Any]:
    return (
        sa.select(
            audit_index.c.index,
            audit_leaves.c.leaf,
            payloads.c.subject,
            payloads.c.nonce,
            payloads.c.ciphertext,
        )
        .join(audit_leaves, audit_leaves.c.index == audit_index.c.index)
        .outerjoin(payloads, payloads.c.index == audit_index.c.index)
        .where(_fits(wanted))
    )


def _fits(wanted: Search) -> sa.ColumnElement[bool]:
    row = audit_index.c
    since = min(max(wanted.since, 0.0), _LAST_S)  # whatever was asked for, it fits in a column
    parts = [row.time_us >= round(since * 1e6)]
    if wanted.actions:
        parts.append(row.action.in_(sorted(wanted.actions)))
    if wanted.text:
        named = (row.action, row.actor, row.session, row.object, row.policy)
        theirs = sa.select(sessions.c.id).where(sessions.c.user.in_(wanted.people))
        parts.append(
            sa.or_(
                *(column.icontains(wanted.text, autoescape=True) for column in named),
                row.actor.in_(wanted.people),
                row.object.in_(wanted.people),
                row.session.in_(theirs),
            )
        )
    return sa.and_(*parts)


def _recalled(store: Store, row: sa.RowMapping) -> Recalled:
    leaf = json.loads(row["leaf"])
    content: object = None
    if (
        row["ciphertext"] is not None and row["subject"] is None
    ):  # what belongs to a person in a scan stays shut
        sealed = row["nonce"] + row["ciphertext"]
        content = json.loads(unseal(store.keys.payload, sealed, payload_binding(row["index"])))
    return Recalled(
        index=row["index"],
        time=leaf["time_us"] / 1e6,
        action=leaf["action"],
        actor=leaf["actor"],
        session=leaf["session"],
        object=leaf["object"],
        policy=leaf["policy"],
        decision=leaf["decision"],
        details=leaf["details"],
        payload=content,
    )
