"""The console's search of the audit log: who did what to what, under which policies."""

import json
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from gateway.audit.events import EventCode
from gateway.store import recalling, users
from gateway.store.recalling import Recalled, Search
from gateway.web.paging import paging
from gateway.web.routing import Visit
from gateway.web.services import Services

LISTED = 200
DAYS = (1, 7, 30, 365)


def search(services: Services, visit: Visit) -> Response:
    """The events that fit, newest first: kind, person or session or object, and how many days back."""
    action, text = visit.query.get("action", ""), visit.query.get("q", "").strip()
    days = int(visit.query.get("days", "1")) if visit.query.get("days", "1") in {str(d) for d in DAYS} else 1
    with services.store.read() as conn:
        people = users.ids_named(conn, text) if text else []
    wanted = Search(
        since=services.clock.now() - timedelta(days=days).total_seconds(),
        actions=([code for code in EventCode if code.startswith(action)] or [action]) if action else (),
        text=text,
        people=people,
    )
    page = paging(
        visit.query, LISTED, recalling.count(services.store, wanted), q=text, action=action, days=str(days)
    )
    found = recalling.newest(services.store, wanted, LISTED, page.start)
    with services.store.read() as conn:
        names = users.names_of(conn, {who for event in found for who in (event.actor, event.object) if who})
    return services.page(
        "audit.html",
        session=visit.holder,
        at="audit",
        rows=[_shown(event, names) for event in found],
        paging=page,
        actions=sorted({code.value.partition(".")[0] for code in EventCode}),
        action=action,
        text=text,
        days=days,
        choices=DAYS,
    )


def _shown(event: Recalled, names: dict[str, str]) -> dict[str, object]:
    return {
        "index": event.index,
        "time": datetime.fromtimestamp(event.time, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "action": event.action,
        "actor": names.get(event.actor, event.actor),
        "session": event.session or "",
        "object": names.get(event.object or "", event.object or ""),
        "decision": event.decision or "",
        "policy": (event.policy or "")[:12],
        "more": json.dumps(event.payload, ensure_ascii=False, indent=1) if event.payload is not None else "",
    }
