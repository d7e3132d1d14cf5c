"""What leaks were traced before, for the Trace page: from the audit log, which keeps every case and no picture."""

from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.audit.events import EventCode
from gateway.store import recalling, users
from gateway.store.opening import Store
from gateway.store.recalling import Recalled, Search

LISTED = 30


def earlier(store: Store) -> list[dict[str, object]]:
    """The newest cases: `names` of people are empty where nobody was named."""
    found = recalling.newest(store, Search(actions=[EventCode.TRACE_RUN]), LISTED)
    with store.read() as conn:
        names = users.names_of(conn, {event.actor for event in found})
    return [_told(event, names) for event in found if isinstance(event.payload, dict)]


def _told(event: Recalled, names: Mapping[str, str]) -> dict[str, object]:
    case = event.payload
    named = case["named"]
    return {
        "index": event.index,
        "time": datetime.fromtimestamp(event.time, UTC).strftime("%Y-%m-%d %H:%M"),
        "by": names.get(event.actor, event.actor),
        "leak": str(case["leak"])[:16],
        "names": [each["user"] or f"session {each['number']}" for each in named],
        "sessions": [each["session"] for each in named if each["session"]],
        "what": named[0]["title"] or "" if named else "",
        "false_accusation": f"{case['false_accusation']:.0e}" if named else "",
    }
