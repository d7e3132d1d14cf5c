"""What was shown lately, to whom and of whom: the newest records of the exposure ledger, without opening them."""

from dataclasses import dataclass

import sqlalchemy as sa

from gateway.store import exposures
from gateway.store.schema import items, sessions, users
from gateway.store.schema_evidence import exposure_segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One segment of the ledger: `frames` of `item`, which is of `subject` (keyed pseudonym), until `ended` (UTC seconds)."""

    user: str
    session: str
    item: str
    title: str
    subject: str
    frames: int
    ended: float


def lately(connection: sa.Connection, most: int) -> list[Record]:
    """The newest records, `most` of the sealed ones and all that are still open; the newest first."""
    segments = exposure_segments.c
    newest = (
        sa.select(segments.session, segments.item, segments.frames, segments.ended)
        .order_by(segments.audit_index.desc())
        .limit(most)
    )
    rows = [tuple(row) for row in connection.execute(newest)]
    rows += [
        (each.session, each.item, each.frames, each.ended) for each, _ in exposures.open_segments(connection)
    ]
    who = dict(
        connection.execute(
            sa.select(sessions.c.id, users.c.name)
            .join(users, users.c.id == sessions.c.user)
            .where(sessions.c.id.in_({row[0] for row in rows}))
        )
        .tuples()
        .all()
    )
    what = {
        row.id: row
        for row in connection.execute(
            sa.select(items.c.id, items.c.title, items.c.subject).where(
                items.c.id.in_({row[1] for row in rows})
            )
        )
    }
    found = [
        Record(
            user=who[session],
            session=session,
            item=item,
            title=what[item].title,
            subject=what[item].subject,
            frames=frames,
            ended=ended,
        )
        for session, item, frames, ended in rows
    ]
    return sorted(found, key=lambda each: each.ended, reverse=True)
