"""What the visible mark says, and how strong the invisible one is."""

from datetime import UTC, datetime
from functools import lru_cache

from gateway.sessions.controls import controls_of
from gateway.store.sessions import SessionRow
from gateway.stream.pacing import EPOCH_S
from policies.values import Forensic as Strictness
from viewer.errors import MarkError
from viewer.render.mark import Forensic
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength

# A grey level of these can be a finding, and mottling was seen on them: they carry the mark in colour unless the
# policy wants the strong one (PS3.3 C.7.3.1.1.1).
_DIAGNOSTIC = frozenset(("CR", "DX", "IO", "MG", "PX", "RG"))


def mark_text(session: SessionRow, *, user: str, project: str, epoch: int) -> str:
    """The session's watermark template with its fields filled in; the time is the epoch's start, UTC."""
    return _filled(controls_of(session).watermark_visible, user, session.id, project, epoch)


def forensic_mark(session: SessionRow, number: int | None, secret: bytes, modality: str) -> Forensic | None:
    """The invisible mark in `session`'s frames of a picture of `modality`; None where its policy wants none.

    Errors: MarkError where the session has no number: then nothing is drawn.
    """
    strictness = controls_of(session).forensic
    if strictness is Strictness.OFF:
        return None
    if number is None:
        raise MarkError("a session without a number can't be marked")
    strength = Strength(strictness.value)
    if strength is Strength.STANDARD and modality in _DIAGNOSTIC:
        strength = Strength.LIGHT
    return Forensic(key=Key(secret), session=number, strength=strength)


@lru_cache(maxsize=1024)
def _filled(template: str, user: str, session: str, project: str, epoch: int) -> str:
    time = datetime.fromtimestamp(epoch * EPOCH_S, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    text = template
    for field, value in (("user", user), ("session", session), ("time", time), ("project", project)):
        text = text.replace("{" + field + "}", value)
    return text
