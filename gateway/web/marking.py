"""What the visible mark says."""

from datetime import UTC, datetime

from gateway.sessions.controls import controls_of
from gateway.store.sessions import SessionRow
from gateway.stream.pacing import EPOCH_S


def mark_text(session: SessionRow, *, user: str, project: str, epoch: int) -> str:
    """The session's watermark template with its fields filled in; the time is the epoch's start, UTC."""
    time = datetime.fromtimestamp(epoch * EPOCH_S, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    text = controls_of(session).watermark_visible
    for field, value in (("user", user), ("session", session.id), ("time", time), ("project", project)):
        text = text.replace("{" + field + "}", value)
    return text
