"""The ledger of frames that were handed to a socket: who could see which pixels, when, and for how long."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from gateway.errors import Denied
from gateway.store.engines import UPKEEP
from gateway.store.schema import exposures, frame_numbers
from gateway.store.transaction import Transaction
from viewer.render.view import View

RESERVED = 1 << 22  # frame numbers of one stream: 19 hours at 60 a second
MAX_SEQ = (1 << 32) - 1  # the wire's


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRow:
    """A frame that was handed over. `digest`: of the masked pixels; `epoch`: of the watermark.

    `time`, `drawn` (when the client said that it stood on screen): UTC seconds.
    """

    session: str
    seq: int
    item: str
    time: float
    view: View
    digest: str
    lossless: bool
    epoch: int
    drawn: float | None = None


_ADD = sa.insert(exposures)
_MARK_DRAWN = (
    sa.update(exposures)
    .where(exposures.c.session == sa.bindparam("of_session"), exposures.c.seq == sa.bindparam("of_seq"))
    .values(drawn=sa.bindparam("at"))
    .execution_options(**UPKEEP)
)


def add_batch(tx: Transaction, rows: Sequence[ExposureRow]) -> None:
    """Add `rows`. Errors: Conflict if a session's `seq` is there already."""
    if rows:
        tx.connection.execute(_ADD, [_columns(row) for row in rows])


def mark_drawn(connection: sa.Connection, drawn: Mapping[tuple[str, int], float]) -> None:
    """Note when frames stood on screen: (session, seq) → UTC seconds; needs no audit event (`Store.upkeep`)."""
    if drawn:
        connection.execute(
            _MARK_DRAWN,
            [{"of_session": session, "of_seq": seq, "at": at} for (session, seq), at in drawn.items()],
        )


def by_seq(connection: sa.Connection, session: str, seq: int) -> ExposureRow | None:
    """Frame `seq` of `session`."""
    wanted = sa.select(exposures).where(exposures.c.session == session, exposures.c.seq == seq)
    row = connection.execute(wanted).mappings().first()
    return _row(row) if row else None


def of_session(connection: sa.Connection, session: str) -> list[ExposureRow]:
    """Everything that `session` was shown, in order."""
    wanted = sa.select(exposures).where(exposures.c.session == session).order_by(exposures.c.seq)
    return [_row(row) for row in connection.execute(wanted).mappings()]


def known(connection: sa.Connection, session: str, seqs: Iterable[int]) -> set[int]:
    """Those of `seqs` that `session` has in the ledger already."""
    wanted = sa.select(exposures.c.seq).where(exposures.c.session == session, exposures.c.seq.in_(list(seqs)))
    return set(connection.scalars(wanted))


def reserve(tx: Transaction, session: str) -> int:
    """The number of the first frame of another stream of `session`, from 1; `RESERVED` numbers from there on are its own.

    Numbers are never used again, not even by another stream. Errors: Denied once there are none left.
    """
    wanted = sa.select(frame_numbers.c.next).where(frame_numbers.c.session == session).with_for_update()
    first = tx.connection.scalar(wanted)
    if first is None:
        first = 1
        tx.connection.execute(sa.insert(frame_numbers), {"session": session, "next": first + RESERVED})
    else:
        if first + RESERVED > MAX_SEQ:
            raise Denied("this session was opened too often: sign in again")
        moved = sa.update(frame_numbers).where(frame_numbers.c.session == session)
        tx.connection.execute(moved.values(next=first + RESERVED))
    return first


def _columns(row: ExposureRow) -> dict[str, object]:
    return {
        "session": row.session,
        "seq": row.seq,
        "item": row.item,
        "time": row.time,
        "view": row.view,
        "digest": row.digest,
        "lossless": row.lossless,
        "epoch": row.epoch,
        "drawn": row.drawn,
    }


def _row(row: sa.RowMapping) -> ExposureRow:
    columns: dict[str, Any] = {**row}
    return ExposureRow(**{**columns, "view": msgspec.convert(row["view"], View)})
