"""The progress of intake, and the mask report of any item: counts and closed words, never a picture."""

from dataclasses import asdict

import msgspec
from starlette.responses import JSONResponse, Response

from gateway.errors import Denied, NotFound
from gateway.sessions.controls import controls_of
from gateway.store import items, listing, progress, projects
from gateway.store.items import ItemRow
from gateway.store.progress import Tally
from gateway.web.paging import paging
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.actions import Action
from policies.deciding import permits
from viewer.masking.report import Report

RATE_S = 60.0  # a rate is what was done in so long
_READERS = (Action.QUEUE_CHECK, Action.AUDIT_READ)
STATES = (items.RELEASED, items.HELD, items.REJECTED)
LISTED = 200  # items on a page


def page(services: Services, visit: Visit) -> Response:
    """Every project's stages; they fill themselves."""
    _admit(visit)
    return services.page("intake.html", session=visit.holder, at="intake")


def figures(services: Services, visit: Visit) -> Response:
    """How far each project is, with rates a minute and the time left in seconds (null: not moving)."""
    _admit(visit)
    now = services.clock.now()
    with services.store.read() as connection:
        found = progress.tallies(connection, now, RATE_S, visit.holder.project)
    return JSONResponse({"now": now, "projects": [_shown(tally) for tally in found]})


def _shown(tally: Tally) -> dict[str, object]:
    rate = tally.masked_lately / RATE_S
    left = tally.waiting / rate if rate and tally.waiting else None
    return asdict(tally) | {
        "left_s": left,
        "received_rate": tally.received_lately,
        "masked_rate": tally.masked_lately,
    }


def project_page(services: Services, visit: Visit) -> Response:
    """The items of one project by state and words, each with its state and its mask report."""
    _admit(visit)
    wanted, words = visit.path["project"], visit.query.get("q", "").strip()
    state = visit.query.get("state", "") if visit.query.get("state") in STATES else ""
    with services.store.read() as connection:
        row = projects.by_id(connection, wanted)
        counts = listing.states(connection, wanted, words)
        total = counts.get(state, 0) if state else sum(counts.values())
        page = paging(visit.query, LISTED, total, q=words, state=state)
        found = listing.listed(connection, wanted, state=state, words=words, start=page.start, count=LISTED)
    if row is None or visit.holder.project not in {None, row.id}:
        raise NotFound("there is no such project")
    return services.page(
        "intake_project.html",
        session=visit.holder,
        at="intake",
        project=row,
        rows=found,
        counts=counts,
        states=STATES,
        state=state,
        words=words,
        paging=page,
    )


def report_page(services: Services, visit: Visit) -> Response:
    """What masking did to one item: the 18 identifiers one by one, the header's actions, the filled boxes."""
    row = _item(services, visit)
    with services.store.read() as connection:
        project = projects.by_id(connection, row.project)
        frames = items.frame_count(connection, row.id)
    return services.page(
        "report.html",
        session=visit.holder,
        at="intake",
        item=row,
        project=project,
        frames=frames,
        report=msgspec.convert(row.report, Report),
    )


def report(services: Services, visit: Visit) -> Response:
    """The same as JSON."""
    row = _item(services, visit)
    return JSONResponse(
        {"item": row.id, "state": row.state, "masked_digest": row.masked_digest, "report": row.report}
    )


def _admit(visit: Visit) -> None:
    """Errors: Denied for whoever neither checks what is held nor reads the audit log."""
    controls = controls_of(visit.holder)
    if not any(permits(controls, action) for action in _READERS):
        raise Denied("your session's policies allow neither `queue.check` nor `audit.read`")


def _item(services: Services, visit: Visit) -> ItemRow:
    _admit(visit)
    with services.store.read() as connection:
        row = items.item_by_id(connection, visit.path["item"])
    if row is None or visit.holder.project not in {None, row.project}:
        raise NotFound("there is no such item")
    return row
