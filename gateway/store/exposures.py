"""The exposure ledger's rows: segments of the view log (`stream.viewlog`), and the tail that has not become one yet.

A frame's record is in the journal before the frame leaves, and in the tail half a second later. Within a minute the tail is
sealed: one row, whose digest an audit leaf holds.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gateway.audit.events import SYSTEM, Event, EventCode
from gateway.errors import Denied, StoreError
from gateway.store.engines import UPKEEP, insert_new
from gateway.store.schema import items, sessions, users
from gateway.store.schema_evidence import exposure_segments, exposure_tail, exposure_terms, frame_numbers
from gateway.store.segments import Piece, Segment, Term, assembled, inflated, packed
from gateway.store.transaction import Transaction

RESERVED = 1 << 22  # frame numbers of one stream: 19 hours at 60 a second
MAX_SEQ = (1 << 32) - 1  # the wire's


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A segment with the people and the item that it is about. `subject`: keyed pseudonym."""

    segment: Segment
    user: str
    user_name: str
    subject: str
    title: str
    rows: int
    columns: int


_ADD_PIECES = sa.insert(exposure_tail).execution_options(**UPKEEP)
_ADD_SEGMENTS = sa.insert(exposure_segments)
_DROP_PIECES = sa.delete(exposure_tail).where(
    exposure_tail.c.session == sa.bindparam("of_session"),
    exposure_tail.c.writer == sa.bindparam("of_writer"),
    exposure_tail.c.number <= sa.bindparam("up_to"),
)
_TAIL = sa.select(exposure_tail).order_by(
    exposure_tail.c.session, exposure_tail.c.writer, exposure_tail.c.number
)


# --- writing
def add_pieces(connection: sa.Connection, pieces: Sequence[Piece]) -> None:
    """Make `pieces` durable; needs no audit event of its own. Errors: Conflict if a session's number is there already."""
    if pieces:
        names = ("session", "writer", "number", "data")  # `asdict` takes five times as long, for each frame
        connection.execute(_ADD_PIECES, [{name: getattr(each, name) for name in names} for each in pieces])


def keep_terms(connection: sa.Connection, terms: Sequence[Term]) -> None:
    """Keep the content of `terms`, for good; what is there stays."""
    for term in terms:
        statement = insert_new(connection, exposure_terms, {"id": term.id, "content": term.content})
        connection.execute(statement.execution_options(**UPKEEP))


def seal(tx: Transaction, segment: Segment, *, actor: str, policy: str | None, last: Piece) -> int:
    """Keep `segment` with its digest in the audit log, and drop its pieces, of which `last` is one; the leaf's index."""
    gone = {"of_session": segment.session, "of_writer": last.writer, "up_to": last.number}
    tx.connection.execute(_DROP_PIECES, gone)
    index = tx.append(
        Event(
            code=EventCode.EXPOSURE_BATCH,
            actor=actor,
            session=segment.session,
            object=segment.item,
            policy=policy,
            details={
                "count": segment.frames,
                "first": segment.first,
                "last": segment.last,
                "lossless": segment.exact,
                "segment": hashlib.sha256(segment.data).hexdigest(),
            },
        )
    )
    tx.connection.execute(_ADD_SEGMENTS, [_columns(segment, index, last)])
    return index


def seal_left(tx: Transaction, *, writers: Collection[str] = (), before: float = 0.0) -> int:
    """Seal what a crash left in the tail: all of dead `writers`, and what was written `before` (UTC seconds); how many segments."""
    left = [
        (segment, last)
        for segment, last in open_segments(tx.connection)
        if last.writer in writers or last.number < before * 1e6
    ]
    for segment, last in left:
        actor = tx.connection.scalar(sa.select(sessions.c.user).where(sessions.c.id == segment.session))
        seal(tx, segment, actor=actor or SYSTEM, policy=None, last=last)
    return len(left)


def missing(connection: sa.Connection, pieces: Sequence[Piece]) -> list[Piece]:
    """Those of `pieces` that are neither in the tail nor in a segment."""
    found = []
    for piece in pieces:
        of = (piece.session, piece.writer, piece.number)
        tail, segment = exposure_tail.c, exposure_segments.c
        there = sa.or_(
            sa.exists().where(tail.session == of[0], tail.writer == of[1], tail.number == of[2]),
            sa.exists().where(segment.session == of[0], segment.writer == of[1], segment.number >= of[2]),
        )
        if not connection.scalar(sa.select(there)):
            found.append(piece)
    return found


def reserve(tx: Transaction, session: str, count: int = RESERVED) -> int:
    """The number of the first frame of another stream of `session`, from 1; `count` numbers from there on are its own.

    Numbers are never used again, not even by another stream. Errors: Denied once there are none left.
    """
    wanted = sa.select(frame_numbers.c.next).where(frame_numbers.c.session == session).with_for_update()
    first = tx.connection.scalar(wanted)
    if first is None:
        first = 1
        tx.connection.execute(sa.insert(frame_numbers), {"session": session, "next": first + count})
    else:
        if first + count > MAX_SEQ:
            raise Denied("this session was opened too often: sign in again")
        moved = sa.update(frame_numbers).where(frame_numbers.c.session == session)
        tx.connection.execute(moved.values(next=first + count))
    return first


# --- reading
def seen(
    connection: sa.Connection,
    *,
    user: str | None = None,
    subject: str | None = None,
    item: str | None = None,
    session: str | None = None,
) -> list[Seen]:
    """Every segment of a user (id), a subject (pseudonym), an item or a session, oldest first; open ones last."""
    wanted = [
        column == value
        for column, value in (
            (sessions.c.user, user),
            (items.c.subject, subject),
            (items.c.id, item),
            (sessions.c.id, session),
        )
        if value is not None
    ]
    about = (
        sessions.c.user,
        users.c.name.label("user_name"),
        items.c.subject,
        items.c.title,
        items.c.rows,
        items.c.columns,
    )
    closed = (
        sa.select(exposure_segments, *about)
        .join(sessions, sessions.c.id == exposure_segments.c.session)
        .join(users, users.c.id == sessions.c.user)
        .join(items, items.c.id == exposure_segments.c.item)
        .where(*wanted)
        .order_by(exposure_segments.c.audit_index)
    )
    found = [_seen(row, _segment(row)) for row in connection.execute(closed).mappings()]
    for segment, _ in open_segments(connection, session):
        named = (
            sa.select(*about)
            .select_from(sessions.join(users, users.c.id == sessions.c.user))
            .join(items, items.c.id == segment.item)
            .where(sessions.c.id == segment.session, *wanted)
        )
        row = connection.execute(named).mappings().first()
        if row is not None:
            found.append(_seen(row, segment))
    return found


def of_session(connection: sa.Connection, session: str) -> list[Segment]:
    """What `session` was shown, in order, the open segment last."""
    wanted = (
        sa.select(exposure_segments)
        .where(exposure_segments.c.session == session)
        .order_by(exposure_segments.c.audit_index)
    )
    closed = [_segment(row) for row in connection.execute(wanted).mappings()]
    return closed + [segment for segment, _ in open_segments(connection, session)]


def last_of(connection: sa.Connection, session: str) -> Segment | None:
    """What `session` was shown last; None if that is nothing."""
    still_open = [segment for segment, _ in open_segments(connection, session)]
    if still_open:
        return still_open[-1]
    wanted = sa.select(exposure_segments).where(exposure_segments.c.session == session)
    last = connection.execute(wanted.order_by(exposure_segments.c.audit_index.desc()).limit(1)).mappings()
    row = last.first()
    return _segment(row) if row is not None else None


def items_shown(connection: sa.Connection, most: int) -> list[str]:
    """The ids of the `most` items that anybody was shown last, the last first."""
    last = sa.func.max(exposure_segments.c.ended)
    wanted = sa.select(exposure_segments.c.item).group_by(exposure_segments.c.item)
    closed = connection.scalars(wanted.order_by(last.desc()).limit(most))
    still_open = [segment.item for segment, _ in reversed(open_segments(connection))]
    return list(dict.fromkeys((*still_open, *closed)))[:most]


def terms(connection: sa.Connection, wanted: Sequence[str]) -> dict[str, bytes]:
    """The contents of the terms `wanted`. Errors: StoreError if one is missing or not what its name says."""
    rows = connection.execute(sa.select(exposure_terms).where(exposure_terms.c.id.in_(set(wanted))))
    found = {row.id: row.content for row in rows}
    for name in wanted:
        if name not in found or Term.of(found[name]).id != name:
            raise StoreError(f"what the exposure ledger calls `{name}` is missing or damaged")
    return found


def digests(connection: sa.Connection) -> Mapping[int, str]:
    """Audit index → SHA-256, hex, of each sealed segment as it is stored."""
    rows = connection.execute(sa.select(exposure_segments.c.audit_index, exposure_segments.c.data))
    return {row.audit_index: hashlib.sha256(inflated(row.data)).hexdigest() for row in rows}


def open_segments(connection: sa.Connection, session: str | None = None) -> list[tuple[Segment, Piece]]:
    """The segments in the tail, and the last piece of each."""
    wanted = _TAIL if session is None else _TAIL.where(exposure_tail.c.session == session)
    return assembled(Piece(**row) for row in connection.execute(wanted).mappings())


def _columns(segment: Segment, index: int, last: Piece) -> dict[str, object]:
    return {
        "audit_index": index,
        "session": segment.session,
        "item": segment.item,
        "first": segment.first,
        "last": segment.last,
        "frames": segment.frames,
        "exact": segment.exact,
        "began": segment.began,
        "ended": segment.ended,
        "writer": last.writer,
        "number": last.number,
        "data": packed(segment),
    }


def _segment(row: sa.RowMapping) -> Segment:
    return Segment(
        session=row["session"],
        item=row["item"],
        first=row["first"],
        last=row["last"],
        frames=row["frames"],
        exact=row["exact"],
        began=row["began"],
        ended=row["ended"],
        data=inflated(row["data"]),
        audit_index=row["audit_index"],
    )


def _seen(row: sa.RowMapping, segment: Segment) -> Seen:
    return Seen(
        segment=segment,
        user=row["user"],
        user_name=row["user_name"],
        subject=row["subject"],
        title=row["title"],
        rows=row["rows"],
        columns=row["columns"],
    )
