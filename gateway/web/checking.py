"""The check queue: what the masker was unsure of, looked at crop by crop as it was masked, and released by two people.

Every picture here comes out of the ordinary renderer, with the checker's mark in it, and is in the audit log and in the
exposure ledger before it leaves.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec
from starlette.responses import JSONResponse, RedirectResponse, Response

from gateway.audit.events import Details, Event, EventCode
from gateway.errors import Conflict, Denied, NotFound
from gateway.intake import releasing
from gateway.sessions.budgets import judge_opening
from gateway.sessions.controls import controls_of
from gateway.store import items, listing, looks, marks, openings, projects, users
from gateway.store.items import FrameRow, ItemRow
from gateway.store.listing import Waiting
from gateway.store.sessions import SessionRow
from gateway.stream.pacing import EPOCH_S
from gateway.web.cropping import Crop, crops, legible
from gateway.web.filing import file_picture
from gateway.web.marking import Viewer, render_job
from gateway.web.pages import with_canvas
from gateway.web.paging import paging
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.actions import Action
from policies.deciding import permits
from viewer.masking.report import Report
from viewer.render.frame import Encoding
from viewer.render.view import View

LISTED = 200  # items on a page


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One picture to draw, as `marking.Wanted`."""

    view: View
    encoding: Encoding
    epoch: int


def queue(services: Services, visit: Visit) -> Response:
    """What is held and why, what waits for this person first, oldest first; of one reason if the query names it."""
    me, reason = visit.holder.user, visit.query.get("reason", "")
    every = _held(services, visit.holder)
    rows = sorted(_of(every, reason), key=lambda row: me in row.approvals)
    page = paging(visit.query, LISTED, len(rows), reason=reason)
    return services.page(
        "check.html",
        session=visit.holder,
        rows=rows[page.start : page.end],
        me=me,
        total=len(every),
        mine=sum(me not in row.approvals for row in rows),
        reasons=Counter(each for row in every for each in row.reasons).most_common(),
        reason=reason,
        paging=page,
    )


def item_page(services: Services, visit: Visit) -> Response:
    """One held item: its masked picture, why it is held, and its mask report."""
    session = visit.holder
    row, frames = _item(services, session, visit.path["item"])
    with services.store.read() as connection:
        seen = looks.of(connection, row, session.user)
    reason = visit.query.get("reason", "")
    held = _of(_held(services, session), reason)
    waiting = [each.id for each in held if session.user not in each.approvals]
    others = [each for each in waiting if each != row.id]
    after = waiting[waiting.index(row.id) + 1 :] if row.id in waiting else []
    alike = [
        each for each in releasing.of_layout(services.store, row.id) if session.user not in each.approvals
    ]
    return with_canvas(
        services,
        visit,
        "check_item.html",
        idle_s=controls_of(session).idle_lock_s,
        item=row,
        report=msgspec.convert(row.report, Report),
        frames=len(frames),
        crops=len(crops(row, frames[0].presentation)),
        seen=sorted(seen),
        mine=session.user in row.approvals,
        needed=releasing.APPROVALS,
        may_release=_may_release(session),
        alike=len(alike),
        waiting=len(waiting),
        reason=reason,
        following=(after or others or [""])[0],
    )


def crop(services: Services, visit: Visit) -> Response:
    """One crop of one frame, marked. Crop 0 is the whole frame, the others are twice its size.

    It is asked for by a script of the page alone: an address that a browser opens, or shows as an image, could be saved.
    """
    session = visit.holder
    row, frames = _item(services, session, visit.path["item"])
    position, number = int(visit.path["frame"]), int(visit.path["crop"])
    if not 0 <= position < len(frames):
        raise NotFound("there is no such frame")
    frame = frames[position]
    found = crops(row, frame.presentation)
    if not 0 <= number < len(found):
        raise NotFound("there is no such part of the picture")
    view = _view(row, position, found[number])
    asked = _Asked(
        view=view,
        encoding=legible(view, controls_of(session), overview=number == 0 and len(found) > 1),
        epoch=int(services.clock.now() // EPOCH_S),
    )
    viewer = _checked(services, session, row, position, number)
    drawn = services.renderer.draw_now(render_job(session, viewer, row, frame.object, asked))
    file_picture(services, session, row, frames, asked, drawn)
    return Response(drawn.payload, media_type="image/jpeg")


def approve(services: Services, visit: Visit) -> Response:
    """This person's word that the item shows nobody; the second person's releases it."""
    session = visit.holder
    row = _looked_at(services, session, visit.path["item"])
    done = releasing.approve(services.store, row.id, session.user, session=session.id)
    return _answer(visit, [done])


def approve_layout(services: Services, visit: Visit) -> Response:
    """The same for everything held of this scanner's layout; this one of them was looked at."""
    session = visit.holder
    row = _looked_at(services, session, visit.path["item"])
    return _answer(visit, releasing.approve_layout(services.store, row.id, session.user, session=session.id))


def _answer(visit: Visit, done: Sequence[ItemRow]) -> Response:
    if visit.wants_json:
        released = sum(row.state == items.RELEASED for row in done)
        return JSONResponse({"approved": len(done), "released": released})
    return RedirectResponse("/check", 303)


def _may_release(session: SessionRow) -> bool:
    return permits(controls_of(session), Action.ITEM_RELEASE)


def _held(services: Services, session: SessionRow) -> list[Waiting]:
    """Of the session's project, if it has one."""
    with services.store.read() as connection:
        return listing.waiting(connection, session.project)


def _of(held: Sequence[Waiting], reason: str) -> list[Waiting]:
    """Those that are held for `reason`; all without one."""
    return [row for row in held if not reason or reason in row.reasons]


def _item(services: Services, session: SessionRow, item: str) -> tuple[ItemRow, list[FrameRow]]:
    """A held item of the session's project. Errors: NotFound, Conflict."""
    with services.store.read() as connection:
        row = items.item_by_id(connection, item)
        frames = items.frames_of(connection, item) if row else []
    if row is None or not frames or (session.project is not None and row.project != session.project):
        raise NotFound("there is no such item to check")
    if row.state != items.HELD:
        raise Conflict("this item is not held any more")
    return row, frames


def _looked_at(services: Services, session: SessionRow, item: str) -> ItemRow:
    """The held item, all of which was sent to this person as it is masked now. Errors: NotFound, Conflict."""
    row, frames = _item(services, session, item)
    with services.store.read() as connection:
        seen = looks.of(connection, row, session.user)
    left = len(frames) * len(crops(row, frames[0].presentation)) - len(seen)
    if left > 0:
        raise Conflict(f"look at every part first: {left} to go")
    return row


def _view(item: ItemRow, position: int, part: Crop) -> View:
    return View(
        item=item.id,
        frame=position,
        width=part.width,
        height=part.height,
        x=part.x,
        y=part.y,
        scale=part.scale,
    )


def _checked(services: Services, session: SessionRow, item: ItemRow, position: int, part: int) -> Viewer:
    """Who looks at which part; that they do is counted and in the audit log when this returns.

    Errors: StoreError, Denied where a budget is used up; and then nothing leaves.
    """
    store = services.store
    with store.read() as connection:
        user = users.user_by_id(connection, session.user)
        project = projects.by_id(connection, item.project)
    if user is None:
        raise Denied("this account is closed")
    verdict = judge_opening(store, session, item)
    if not verdict.allowed:
        raise Denied(verdict.why)
    with store.write() as tx:
        openings.note(tx, session.user, item.id, item.subject)
        looks.note(tx, item, session.user, position, part)
        number = marks.number_for(tx, session.id, services.token_bytes)
        details = Details(first=position)
        tx.append(
            Event(
                code=EventCode.ITEM_CHECK,
                actor=session.user,
                session=session.id,
                object=item.id,
                mask=item.masked_digest,
                details=details,
            )
        )
    return Viewer(
        user=user.name,
        project=project.name if project else "",
        number=number,
        secret=store.keys.watermark[-1],
    )
