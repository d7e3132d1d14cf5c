"""What the visible mark says."""

from datetime import UTC, datetime
from functools import lru_cache

from gateway.sessions.controls import controls_of
from gateway.store.sessions import SessionRow
from gateway.stream.pacing import EPOCH_S


def mark_text(session: SessionRow, *, user: str, project: str, epoch: int) -> str:
    """The session's watermark template with its fields filled in; the time is the epoch's start, UTC."""
    return _filled(controls_of(session).watermark_visible, user, session.id, project, epoch)


@lru_cache(maxsize=1024)
def _filled(template: str, user: str, session: str, project: str, epoch: int) -> str:
    time = datetime.fromtimestamp(epoch * EPOCH_S, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    text = template
    for field, value in (("user", user), ("session", session), ("time", time), ("project", project)):
        text = text.replace("{" + field + "}", value)
    return text
