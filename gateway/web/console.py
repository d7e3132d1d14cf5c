"""The security admin's console: who looks at what, ending it, the check queue, the audit log's state."""

from starlette.responses import JSONResponse, Response

from gateway.audit.events import Event, EventCode
from gateway.errors import Invalid, NotFound
from gateway.sessions.controls import controls_of
from gateway.store import auditing, listing, sessions
from gateway.web.pages import with_canvas
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.actions import Action
from policies.deciding import permits
from policies.fields import FIELDS

MAX_MESSAGE = 500  # characters
_CONTROLS = [
    {"field": field.path, "kind": field.kind.value, "how": field.by, "test": field.shown_by}
    for field in FIELDS
]


def console(services: Services, visit: Visit) -> Response:
    """The page; its tables fill themselves."""
    return with_canvas(services, visit, "admin.html", at="live", controls_table=_CONTROLS)


def watch_session(services: Services, visit: Visit) -> Response:
    """The page over one person's shoulder; the picture comes over the stream."""
    watched = visit.path["id"]
    with services.store.read() as conn:
        found = [r for r in sessions.live(conn, services.clock.now()) if r.session.id == watched]
    if not found:
        raise NotFound("that session is over")
    if watched == visit.holder.id:
        raise Invalid("this is your own session")
    controls = controls_of(visit.holder)
    return with_canvas(
        services,
        visit,
        "shoulder.html",
        at="live",
        watched=found[0],
        told=controls_of(found[0].session).shadow_notice,
        may_end=permits(controls, Action.SESSION_END),
    )


def live_sessions(services: Services, visit: Visit) -> Response:
    """Live sessions: user, role, project, item, policies, address, times."""
    with services.store.read() as conn:
        rows = sessions.live(conn, services.clock.now())
    return JSONResponse(
        {
            "now": services.clock.now(),
            "me": visit.holder.id,
            "sessions": [
                {
                    "id": row.session.id,
                    "user": row.user_name,
                    "role": row.session.role,
                    "project": row.project_name,
                    "item": row.item_title,
                    "policies": row.session.policies,
                    "address": row.session.address,
                    "state": row.session.state,
                    "streaming": row.session.streaming,
                    "started": row.session.started,
                    "last_input": row.session.last_input,
                    "idle_lock_s": controls_of(row.session).idle_lock_s,
                }
                for row in rows
            ],
        }
    )


def end_session(services: Services, visit: Visit) -> Response:
    """End one session; its picture goes with it."""
    ended = services.sessions.end(visit.path["id"], "ended by an admin", by=visit.holder.user)
    return JSONResponse({"ended": ended})


def tell_session(services: Services, visit: Visit) -> Response:
    """A line for the person of one session; it stands on their screen within a second."""
    text = visit.form.get("text", "").strip()
    if not 0 < len(text) <= MAX_MESSAGE:
        raise Invalid(f"a message has 1 to {MAX_MESSAGE} characters")
    with services.store.write() as tx:
        told = sessions.tell(tx, visit.path["id"], text)
        event = Event(
            code=EventCode.SESSION_MESSAGE,
            actor=visit.holder.user,
            session=visit.path["id"],
            payload={"text": text},
        )
        tx.append(event)
    return JSONResponse({"told": told})


def blank_session(services: Services, visit: Visit) -> Response:
    """The picture goes at once, and the person proves who they are before it comes back."""
    by = visit.holder.user
    row = services.sessions.lock(visit.path["id"], "an admin blanked the picture")
    with services.store.write() as tx:
        tx.append(Event(code=EventCode.SESSION_BLANK, actor=by, session=visit.path["id"]))
    return JSONResponse({"blanked": row is not None and row.state == "locked"})


def held_items(services: Services, visit: Visit) -> Response:
    """What the masker was unsure of, with its reasons; nothing of the picture itself."""
    with services.store.read() as conn:
        held = listing.waiting(conn)
    return JSONResponse(
        {
            "items": [
                {"id": row.id, "title": row.title, "project": row.project_name, "reasons": row.reasons}
                for row in held
            ]
        }
    )


def audit_state(services: Services, visit: Visit) -> Response:
    """Size, root and last checkpoint of the audit log."""
    head = auditing.head(services.store)
    return JSONResponse(
        {
            "size": head.size,
            "root": head.root.hex(),
            "checkpoint_size": head.checkpoint_size,
            "checkpoint_time": head.checkpoint_time,
        }
    )
