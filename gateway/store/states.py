"""Presentation states: kept masked, and found by the pictures that they speak of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from gateway.store.schema import frames, items
from gateway.store.schema_masking import state_pictures, states
from gateway.store.transaction import Transaction
from viewer.masking.state import Appearance, State

MAX_OF_ITEM = 64  # that a person may choose from; the newest
Looks = dict[int, Appearance]  # by position


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A state as it is chosen for an item. `looks`: how the frames that it speaks of are to look, by position."""

    id: str
    state: State
    looks: Looks


def add(tx: Transaction, state: State, *, name: str, project: str, subject: str, original: str) -> None:
    """Keep a state of `subject` that the file `original` holds."""
    tx.connection.execute(
        sa.insert(states),
        {
            "id": name,
            "project": project,
            "subject": subject,
            "original": original,
            "content": msgspec.to_builtins(state),
            "created": tx.now,
        },
    )
    pictures = sorted({picture.instance for picture in state.pictures})
    tx.connection.execute(
        sa.insert(state_pictures), [{"state": name, "instance": instance} for instance in pictures]
    )


def of_item(connection: sa.Connection, item: str) -> list[Shown]:
    """The newest states that speak of a frame of `item`, oldest first."""
    project = sa.select(items.c.project).where(items.c.id == item).scalar_subquery()
    if connection.scalar(sa.select(states.c.id).where(states.c.project == project).limit(1)) is None:
        return []
    instances = sa.select(frames.c.instance).where(frames.c.item == item)
    speaking = sa.select(state_pictures.c.state).where(state_pictures.c.instance.in_(instances))
    newest = (
        sa.select(states.c.id, states.c.content)
        .where(states.c.project == project, states.c.id.in_(speaking))
        .order_by(states.c.created.desc(), states.c.id)
        .limit(MAX_OF_ITEM)
    )
    found = list(reversed(connection.execute(newest).all()))
    if not found:
        return []
    names = _names(connection, item)
    shown = [_shown(row.id, msgspec.convert(row.content, State), names) for row in found]
    return [each for each in shown if each.looks]


def by_id(connection: sa.Connection, state: str) -> State | None:
    """The state `state`; None if it was erased."""
    content = connection.scalar(sa.select(states.c.content).where(states.c.id == state))
    return None if content is None else msgspec.convert(content, State)


def _names(connection: sa.Connection, item: str) -> Sequence[Any]:
    wanted = sa.select(frames.c.position, frames.c.instance, frames.c.number).where(
        frames.c.item == item, frames.c.instance.is_not(None)
    )
    return connection.execute(wanted.order_by(frames.c.position)).all()


def _shown(name: str, state: State, names: Sequence[Any]) -> Shown:
    instances = {picture.instance for picture in state.pictures}
    looks = {
        each.position: look
        for each in names
        if each.instance in instances and (look := state.look_of(each.instance, each.number or 1)) is not None
    }
    return Shown(id=name, state=state, looks=looks)
