"""From a leaked picture to a case: who, when, what, how sure, and who else could have seen it. Audited, found or not."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gateway.audit.events import Event, EventCode
from gateway.store import exposures, items, marks, sessions, users
from gateway.store.opening import Store
from gateway.stream.pacing import EPOCH_S
from gateway.tracing import exposing
from gateway.tracing.exposing import Sent
from viewer.watermark.evidence import agreement, laid_out, sent_part
from viewer.watermark.keying import Key
from viewer.watermark.tracing import Score, Trace, trace

BLIND_S = 16.0
LEDGER_S = 30.0  # besides, to look through what was shown
INFORMED_S = 4.0  # for each view that is tried, and what was begun by then: 5 at most

Picture = NDArray[np.uint8]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A session that the leak names. `begins`: UTC seconds of the half-minute's start.

    `session`, `user`, `item`, `title`, `frame` (from 0) are None where this store does not know them.
    """

    number: int
    epoch: int
    begins: float
    false_accusation: float
    deviations: float
    session: str | None
    user: str | None
    item: str | None
    title: str | None
    frame: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who was sent the picture: how many frames of it, first and last, UTC seconds."""

    session: str
    user: str
    frames: int
    first: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Pictures of one size: the leak as the frame was, the frame that was sent (None: not known), the agreement."""

    leak: Picture
    sent: Picture | None
    agreement: Picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """The outcome. `named`: best first, more than one where leaks were mixed. `how`: blind | ledger | none.

    `digest`: SHA-256 of the leaked file in hex. `runner_up`: deviations of the next candidate. `viewers`: who was
    sent the picture that it resembles, if it resembles any.
    """

    digest: str
    how: str
    named: tuple[Named, ...]
    runner_up: float
    seconds: float
    viewers: tuple[Viewer, ...] = ()
    evidence: Evidence | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, object]:
        """What is printed, shown and kept: everything but the pictures."""
        best = self.named[0] if self.named else None
        return {
            "found": best is not None,
            "how": self.how,
            "leak": self.digest,
            "false_accusation": best.false_accusation if best else 1.0,
            "runner_up": round(self.runner_up, 2),
            "seconds": round(self.seconds, 3),
            "named": [
                {
                    "number": f"{each.number:08x}",
                    "session": each.session,
                    "user": each.user,
                    "epoch": each.epoch,
                    "begins": each.begins,
                    "item": each.item,
                    "title": each.title,
                    "frame": each.frame,
                    "false_accusation": each.false_accusation,
                    "deviations": round(each.deviations, 2),
                }
                for each in self.named
            ],
            "viewers": [
                {
                    "session": each.session,
                    "user": each.user,
                    "frames": each.frames,
                    "first": each.first,
                    "last": each.last,
                }
                for each in self.viewers
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Leak:
    """A leaked file's `digest` and what it shows, decoded elsewhere."""

    digest: str
    picture: Picture

    @classmethod
    def of(cls, data: bytes, picture: Picture) -> "Leak":
        """Of the file `data`."""
        return cls(digest=hashlib.sha256(data).hexdigest(), picture=picture)


def investigate(store: Store, leak: Leak, *, actor: str, progress: Progress = lambda _: None) -> Case:
    """The case of `leak`, for `actor` (a user's id, or `system`)."""
    case = _Case(store, leak.picture, progress).run(leak.digest)
    with store.write() as tx:
        tx.append(
            Event(
                code=EventCode.TRACE_RUN,
                actor=actor,
                decision="allow",
                details={"count": len(case.named)},
                payload=case.to_dict(),
            )
        )
    return case


class _Case:
    def __init__(self, store: Store, picture: Picture, progress: Progress) -> None:
        self._store = store
        self._picture = picture
        self._progress = progress
        self._keys = [Key(secret) for secret in reversed(store.keys.watermark)]

    def run(self, digest: str) -> Case:
        begun = self._store.clock.monotonic()
        key, found = self._blind()
        if found is not None and key is not None:
            how, sent = "blind", self._what(found.named[0])
        else:
            how, key, found, sent = self._ledger()
        resembles = sent.item if sent else None
        return Case(
            digest=digest,
            how=how,
            named=tuple(self._named(each, sent) for each in found.named) if found else (),
            runner_up=found.runner_up if found else 0.0,
            seconds=self._store.clock.monotonic() - begun,
            viewers=self._viewers(resembles) if resembles else (),
            evidence=_evidence(key, found, sent) if key and found else None,
        )

    def _late(self, seconds: float) -> Callable[[], bool]:
        limit = self._store.clock.monotonic() + seconds
        return lambda: self._store.clock.monotonic() > limit

    def _blind(self) -> tuple[Key | None, Trace | None]:
        for number, key in enumerate(self._keys):
            self._progress("reading the mark" + (f" with an older key ({number})" if number else ""))
            found = trace(key, self._picture, late=self._late(BLIND_S))
            if found.named:
                return key, found
        return None, None

    def _what(self, score: Score) -> Sent | None:
        """The frame that the leak shows, of those that the named session had then."""
        self._progress("looking up what was shown")
        with self._store.read() as conn:
            session = marks.session_of(conn, score.payload.session)
        if session is None:
            return None
        shown = exposing.shown(self._store, session, score.payload.epoch)
        return max(shown, key=lambda each: exposing.likeness(self._picture, each.levels), default=None)

    def _ledger(self) -> tuple[str, Key | None, Trace | None, Sent | None]:
        self._progress("comparing with what was shown")
        late = self._late(LEDGER_S)
        found = exposing.resembling(self._store, self._picture, late)
        if found is None:
            return "none", None, None, None
        views = exposing.views_of(self._store, *found)
        for sent in views:
            for key in self._keys:
                self._progress("reading the mark against the frame that was sent")
                traced = trace(
                    key, self._picture, late=self._late(INFORMED_S), sent=sent.levels, ledger=sent.seen
                )
                if traced.named:
                    return "ledger", key, traced, sent
                if late():
                    return "none", None, None, sent
        return "none", None, None, views[0] if views else None

    def _named(self, score: Score, sent: Sent | None) -> Named:
        payload = score.payload
        with self._store.read() as conn:
            session = marks.session_of(conn, payload.session)
            row = sessions.by_id(conn, session) if session else None
            names = users.names_of(conn, [row.user]) if row else {}
            item = items.item_by_id(conn, sent.item) if sent else None
        return Named(
            number=payload.session,
            epoch=payload.epoch,
            begins=float(payload.epoch * EPOCH_S),
            false_accusation=score.false_accusation,
            deviations=score.deviations,
            session=session,
            user=names.get(row.user) if row else None,
            item=item.id if item else None,
            title=item.title if item else None,
            frame=sent.view.frame if sent else None,
        )

    def _viewers(self, item: str) -> tuple[Viewer, ...]:
        with self._store.read() as conn:
            seen = exposures.seen(conn, item=item)
        found: dict[str, Viewer] = {}
        for each in seen:
            part = each.segment
            before = found.get(part.session)
            found[part.session] = Viewer(
                session=part.session,
                user=each.user_name,
                frames=part.frames + (before.frames if before else 0),
                first=min(part.began, before.first if before else part.began),
                last=max(part.ended, before.last if before else part.ended),
            )
        return tuple(sorted(found.values(), key=lambda each: each.last, reverse=True))


def _evidence(key: Key, found: Trace, sent: Sent | None) -> Evidence | None:
    if found.aligned is None or not found.named:
        return None
    return Evidence(
        leak=laid_out(found.aligned),
        sent=sent_part(found.aligned, sent.levels) if sent else None,
        agreement=agreement(key, found.aligned, found.named[0].payload),
    )
