"""The console's search of the audit log: who did what to what, under which policies."""

import json
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from gateway.audit.events import EventCode
from gateway.store import auditing, sessions, users
from gateway.store.auditing import Recalled
from gateway.web.routing import Visit
from gateway.web.services import Services

LISTED = 300
DAYS = (1, 7, 30, 365)


def search(services: Services, visit: Visit) -> Response:
    """The newest events that fit: kind, person or session or object, and how many days back."""
    action, text = visit.query.get("action", ""), visit.query.get("q", "").strip()
    days = int(visit.query.get("days", "1")) if visit.query.get("days", "1") in {str(d) for d in DAYS} else 1
    since = services.clock.now() - timedelta(days=days).total_seconds()
    kinds = [code.value for code in EventCode if code.value.startswith(action)] if action else []
    found = auditing.events_since(services.store, since, kinds or ([action] if action else []))
    with services.store.read() as conn:
        names = {user.id: user.name for user in users.all_users(conn)}
        rows = sessions.by_ids(conn, sorted({e.session for e in found if e.session})) if text else []
    owners = {row.id: names.get(row.user, "") for row in rows}
    fitting = [event for event in reversed(found) if not text or _fits(event, text, {**names, **owners})]
    return services.page(
        "audit.html",
        session=visit.holder,
        at="audit",
        rows=[_shown(event, names) for event in fitting[:LISTED]],
        total=len(fitting),
        listed=LISTED,
        actions=sorted({code.value.partition(".")[0] for code in EventCode}),
        action=action,
        text=text,
        days=days,
        choices=DAYS,
    )


def _fits(event: Recalled, text: str, names: dict[str, str]) -> bool:
    """Whether `text` is in a name or id of `event`; `names`: of people, and of sessions their people's."""
    known = (
        event.actor,
        names.get(event.actor, ""),
        event.session,
        names.get(event.session or "", ""),
        event.object,
        names.get(event.object or "", ""),
    )
    return any(value and text.lower() in value.lower() for value in (*known, event.policy, event.action))


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
