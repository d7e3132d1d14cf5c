"""Over the shoulder: what a session is shown now, as the exposure ledger has it, and the word of it to the audit log.

The ledger is asked, not the other stream: it serves every process alike, and knows what was sent, not what was wished for.
"""

from dataclasses import dataclass

import msgspec

from gateway.audit.events import Details, Event, EventCode
from gateway.errors import Denied, NotFound
from gateway.sessions.budgets import count_opening
from gateway.sessions.controls import controls_of
from gateway.store import exposures, items, sessions
from gateway.store.framelists import FrameList, frame_list
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from gateway.store.sessions import LiveSession, SessionRow
from gateway.stream.viewlog import Carried, Gone, read
from gateway.stream.viewstate import Shown
from policies.deciding import may_open
from policies.delivering import keeps_views
from viewer.render.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What `live` is shown: `view` of `item`, whose `frames` these are; None of them where it is shown nothing."""

    live: LiveSession
    item: ItemRow | None = None
    frames: FrameList | None = None
    view: View | None = None


def others(store: Store, admin: SessionRow) -> list[LiveSession]:
    """The sessions with an open stream whose views are kept, but for `admin`'s own, the oldest first."""
    with store.read() as connection:
        live = sessions.live(connection, store.clock.now())
    return [
        row
        for row in live
        if row.session.id != admin.id and row.session.streaming and keeps_views(controls_of(row.session))
    ]


def glimpse(store: Store, admin: SessionRow, watched: str, until: float) -> Glimpse:
    """What `watched` is shown now; `admin` is noted as looking on `until` (UTC seconds).

    Errors: NotFound if the session is over; Denied for one's own, for one whose views are not kept, and for an item that is not
    masked as the admin's policies want.
    """
    if watched == admin.id:
        raise Denied("this is your own session")
    with store.upkeep() as connection:
        sessions.watch(connection, watched, until)
    with store.read() as connection:
        found = [row for row in sessions.live(connection, store.clock.now()) if row.session.id == watched]
        if not found:
            raise NotFound("that session is over")
        live = found[0]
        if not keeps_views(controls_of(live.session)):
            raise Denied(
                "the policies of that session keep no record of its views, so there is nothing to look at"
            )
        segment = exposures.last_of(connection, watched) if live.session.streaming else None
        shown = standing(segment.data) if segment and live.session.state == sessions.ACTIVE else None
        if segment is None or shown is None:
            return Glimpse(live=live)
        item, frames = items.item_by_id(connection, segment.item), frame_list(connection, segment.item)
    if item is None or frames is None:
        return Glimpse(live=live)
    if item.state != items.RELEASED or not may_open(controls_of(admin), str(item.report.get("profile", ""))):
        raise Denied("what they look at is not masked as your session's policies require")
    return Glimpse(live=live, item=item, frames=frames, view=msgspec.structs.replace(shown.view, pane=0))


def standing(data: bytes) -> Shown | None:
    """The frame that a segment leaves on screen: the last of the first pane, unless the picture was taken away since."""
    shown: Shown | None = None
    for entry in read(data)[1]:
        match entry:
            case Shown() if entry.view.pane == 0:
                shown = entry
            case Carried(shown=carried) if carried.view.pane == 0:
                shown = carried
            case Gone():
                shown = None
            case _:
                pass
    return shown


def begin(store: Store, admin: SessionRow, watched: SessionRow) -> None:
    """Record that `admin` looks over the shoulder of `watched`, and whether the person is told."""
    told = controls_of(watched).shadow_notice
    details: Details = {"notice": "shown" if told else "withheld"}
    with store.write() as tx:
        tx.append(
            Event(
                code=EventCode.SESSION_SHADOW,
                actor=admin.user,
                session=admin.id,
                object=watched.id,
                policy=watched.policy_digest,
                details=details,
            )
        )


def open_item(store: Store, admin: SessionRow, item: ItemRow) -> None:
    """Count `item` as one that `admin` is shown: their own budgets hold here too."""
    with store.write() as tx:
        count_opening(tx, admin, item)
