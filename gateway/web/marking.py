"""What is drawn for a session: the job of one frame, what its visible mark says, and how strong the invisible one is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from gateway.sessions.controls import controls_of
from gateway.store.items import ItemRow
from gateway.store.keys import KeyRing
from gateway.store.sessions import SessionRow
from gateway.store.tiles import is_large
from gateway.store.volumes import VolumeSource
from gateway.stream.pacing import EPOCH_S
from gateway.workers.marks import MarkSpec
from gateway.workers.rendering import Presented, RenderJob
from gateway.workers.sections import SectionJob
from policies.controls import Controls
from policies.legend import words_of
from policies.regions import NOTHING
from policies.values import Forensic as Strictness
from viewer.errors import MarkError
from viewer.render.frame import Encoding, output_size
from viewer.render.mark import MAX_TEXT, Forensic
from viewer.render.view import View
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Exempt, Strength

_SPECS = 8  # sizes and epochs that one stream goes back and forth between
# A grey level of these can be a finding, and mottling was seen on them: they carry the mark in colour unless the
# policy wants the strong one (PS3.3 C.7.3.1.1.1).
_DIAGNOSTIC = frozenset(("CR", "DX", "IO", "MG", "PX", "RG"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks: the names that the visible mark may show, and what the invisible one holds.

    `watched`: the session over whose shoulder they look, empty for their own work.
    `number`: the session's, None while it has none; `secret`: the watermark key.
    """

    user: str
    project: str
    number: int | None
    secret: bytes
    watched: str = ""


class Wanted(Protocol):
    """A frame to draw: asked for by a stream, or shown once and to be drawn again."""

    @property
    def view(self) -> View: ...
    @property
    def encoding(self) -> Encoding: ...
    @property
    def epoch(self) -> int: ...


def render_job(  # noqa: PLR0913 - one parameter a fact
    session: SessionRow,
    viewer: Viewer,
    item: ItemRow,
    key: str,
    wanted: Wanted,
    source: VolumeSource | None = None,
    *,
    state: Presented | None = None,
    mark: MarkSpec | None = None,
) -> RenderJob:
    """The job that draws `wanted` of the masked frame `key` of `item`, or of a section of `source`, under the controls of `session`.

    `state`: how the frame is to look. `mark`: its `mark_spec`, where that is known.

    It depends on nothing else: what a session was shown can be drawn again from its view log. Errors: MarkError.
    """
    return RenderJob(
        view=wanted.view,
        subject=item.subject,
        key=key,
        encoding=wanted.encoding,
        mark=mark or mark_spec(session, viewer, item.title, wanted),
        large=is_large(item.rows, item.columns),
        section=_section(wanted.view, source),
        state=state,
    )


def mark_spec(session: SessionRow, viewer: Viewer, title: str, wanted: Wanted) -> MarkSpec:
    """The mark of `wanted` of an item called `title`. Errors: MarkError."""
    width, height = output_size(wanted.view, wanted.encoding)
    return MarkSpec(
        width=width,
        height=height,
        text=watching(viewer)
        + mark_text(session, user=viewer.user, project=viewer.project, epoch=wanted.epoch),
        opacity=controls_of(session).watermark_opacity,
        epoch=wanted.epoch,
        forensic=forensic_mark(session, viewer.number, viewer.secret, modality_of(title)),
    )


def modality_of(title: str) -> str:
    """The modality of an item called `title`, whose first word it is where it has one."""
    return title.partition(" ")[0]


class Marking:
    """The marks of one stream's frames, put together once for all frames that carry the same."""

    def __init__(self) -> None:
        self._about: tuple[SessionRow, Viewer, str] | None = None
        self._specs: dict[tuple[int, int, int, float], MarkSpec] = {}

    def of(self, session: SessionRow, viewer: Viewer, title: str, wanted: Wanted) -> MarkSpec:
        """`mark_spec` of the same. Errors: MarkError."""
        about, view = self._about, wanted.view
        if about is None or about[0] is not session or about[1] is not viewer or about[2] != title:
            self._about, self._specs = (session, viewer, title), {}
        key = (wanted.epoch, view.width, view.height, wanted.encoding.shrink)
        found = self._specs.get(key)
        if found is None:
            if len(self._specs) >= _SPECS:
                self._specs.clear()
            found = self._specs[key] = mark_spec(session, viewer, title, wanted)
        return found


def _section(view: View, source: VolumeSource | None) -> SectionJob | None:
    if view.cut is None or source is None:
        return None
    return SectionJob(source=source, cut=view.cut, index=view.frame)


class Conditions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a session's frames are drawn under, as the exposure ledger keeps it.

    `mark_key`: the watermark key's position. `watched`: the session over whose shoulder they look.
    """

    controls: dict[str, object]
    mark_key: int
    watched: str = ""


def conditions(session: SessionRow, keys: KeyRing, watched: str = "") -> bytes:
    """The `Conditions` of now, as JSON."""
    now = Conditions(controls=session.controls, mark_key=len(keys.watermark) - 1, watched=watched)
    return msgspec.json.encode(now, order="sorted")


def watching(viewer: Viewer) -> str:
    """What stands before the visible mark's own words where somebody looks over a shoulder."""
    return f"watching {viewer.watched}: " if viewer.watched else ""


def mark_text(session: SessionRow, *, user: str, project: str, epoch: int) -> str:
    """The session's watermark template with its fields filled in; the time is the epoch's start.

    What no frame holds is cut off at its end.
    """
    fields = (
        ("{user}", user),
        ("{session}", session.id),
        ("{project}", project),
        ("{address}", session.address),
        ("{policy}", "+".join(session.policies)),
    )
    return filled(controls_of(session).watermark_visible, fields, epoch)


def strength_of(session: SessionRow, modality: str) -> Strength | None:
    """How strong the invisible mark is in `session`'s frames of a picture of `modality`; None where its policy wants none."""
    strictness = controls_of(session).forensic
    if strictness is Strictness.OFF:
        return None
    strength = Strength(strictness.value)
    return Strength.LIGHT if strength is Strength.STANDARD and modality in _DIAGNOSTIC else strength


def forensic_mark(session: SessionRow, number: int | None, secret: bytes, modality: str) -> Forensic | None:
    """The invisible mark in `session`'s frames of a picture of `modality`; None where its policy wants none.

    Errors: MarkError where the session has no number: then nothing is drawn.
    """
    strength = strength_of(session, modality)
    if strength is None:
        return None
    if number is None:
        raise MarkError("a session without a number can't be marked")
    return Forensic(key=Key(secret), session=number, strength=strength, exempt=_exempt(controls_of(session)))


def _exempt(controls: Controls) -> tuple[Exempt, ...]:
    """What the invisible mark leaves out of a frame."""
    left, top, right, bottom = controls.forensic_exempt
    if controls.forensic_exempt == NOTHING:
        return ()
    return (Exempt(left=left, top=top, width=right - left, height=bottom - top),)


@lru_cache(maxsize=1024)
def filled(template: str, fields: tuple[tuple[str, str], ...], epoch: int) -> str:
    """`template` with `fields` put in, and the start of `epoch` by the clocks that it names."""
    begun = datetime.fromtimestamp(epoch * EPOCH_S, UTC)
    known = dict(fields)

    def said(word: str) -> str:
        if word == "{time}":
            return begun.strftime("%Y-%m-%d %H:%M:%SZ")
        if word.startswith("{time:"):
            return begun.astimezone(ZoneInfo(word[6:-1])).strftime("%Y-%m-%d %H:%M:%S %Z")
        return known.get(word, word.strip('"'))

    return " ".join(filter(None, map(said, words_of(template))))[:MAX_TEXT]
