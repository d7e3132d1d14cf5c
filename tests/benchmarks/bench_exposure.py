"""A session of ten minutes through the real machine and renderer: how small its record is, and that it draws each frame again."""

import hashlib
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gateway.audit.events import Event, EventCode
from gateway.audit.leaves import leaf
from gateway.store.segments import Segment, packed
from gateway.stream.effects import Effect, Exposure, Record, Redeem, Render, Send
from gateway.stream.machine import Machine
from gateway.stream.messages import Ack, Hello, Input
from gateway.stream.viewlog import read
from gateway.stream.viewstate import Shown
from gateway.web.track import Closed, Scene, Track
from gateway.workers.caching import FrameCache
from gateway.workers.marks import MarkSpec
from gateway.workers.rendering import Renderer, RenderJob
from tests.gateway.stream_visits import START, WELCOME, grant, look, task, text
from viewer.imaging.presentation import Presentation, Window
from viewer.masking.image import MaskedFrame
from viewer.render.frame import MarkedFrame, output_size

MINUTES, SIDE, SLICES = 10, 512, 24
VIEW = 640  # device pixels a side
BUSY_S, REST_S, RATE = 6.0, 14.0, 12  # a hand that scrolls and drags, and rests to look
LINK_S = 0.04
GOAL = 1 / 500
CT = Presentation(
    photometric="MONOCHROME2", bits_stored=12, windows=(Window(center=1040.0, width=800.0),), unit="HU"
)


def _slices() -> list[MaskedFrame]:
    rng = np.random.default_rng(20261126)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    radius = np.hypot(x - SIDE / 2, y - SIDE / 2)
    frames = []
    for k in range(SLICES):
        values = np.where(radius < 200, 1040 + 60 * np.cos(radius / 6 + k), 24) + rng.normal(
            0, 12, radius.shape
        )
        pixels = np.clip(values, 0, 4095).astype(np.uint16)
        frames.append(MaskedFrame(pixels=pixels, offset=0, presentation=CT))
    return frames


class _Source:
    """Where the cache gets the slices."""

    def __init__(self, frames: list[MaskedFrame]) -> None:
        self._frames = frames

    def get(self, subject: str, key: str) -> MaskedFrame:
        return self._frames[int(key)]

    open = get

    def tile(self, *_: object) -> NDArray[np.generic]:
        raise AssertionError("no slice here is in tiles")

    def forget(self, subject: str) -> None:
        raise AssertionError("nobody is erased here")


class _Session:
    """The stream's caller, time by hand; every frame that leaves is drawn by the real renderer."""

    def __init__(self, renderer: Renderer) -> None:
        self.now = START
        self.streamed = self.frames = 0
        self.digests: list[str] = []
        self.closed: list[Segment] = []
        self._renderer = renderer
        self._track = Track()
        self._machine = Machine(self.now)
        self._acks: list[tuple[float, int]] = []
        self._scene = Scene.of(
            session="s", user="u", policy="e" * 64, item="i", order=["d" * 64] * SLICES, controls=b"{}"
        )
        assert self.say(Hello(ticket="t")) == [Redeem("t")]
        rights = grant(expires=START + 86_400, idle_lock_s=86_400)
        self._do(self._machine.admit(rights, self.now, welcome=WELCOME))
        self._do(self._machine.tell(task(), self.now))

    def say(self, message: object) -> list[Effect]:
        return self._do(self._machine.receive(text(message), self.now))  # type: ignore[arg-type]

    def wait(self, until: float) -> None:
        """Time goes by: acknowledgements come, deadlines are met."""
        while True:
            times = [at for at, _ in self._acks[:1]]
            deadline = self._machine.deadline()
            times += [deadline] if deadline is not None else []
            soonest = min(times, default=until)
            if soonest >= until:
                self.now = until
                return
            self.now = max(self.now, soonest)
            if self._acks and self._acks[0][0] <= self.now:
                _, seq = self._acks.pop(0)
                self._track.drawn(seq, self.now)
                self.say(Ack(seq=seq))
            else:
                self._do(self._machine.due(self.now))

    def end(self) -> None:
        self._track.gone(self.now)
        self._keep(self._track.close())

    def _do(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            if isinstance(effect, Render):
                request = effect.request
                self._drawn = self._renderer.draw_now(_job(request.view, request.encoding, request.epoch))
                self._do(self._machine.rendered(request, self._drawn, "d" * 64, self.now))
            elif isinstance(effect, Record) and isinstance(effect.event, Exposure):
                self._keep(self._track.frame(self._scene, effect.event))
                self.digests.append(self._drawn.digest)
                self._acks.append((self.now + LINK_S, effect.event.seq))
                self.frames += 1
            elif isinstance(effect, Send) and isinstance(effect.data, bytes):
                self.streamed += len(effect.data) + len(effect.payload)
        return effects

    def _keep(self, closed: Closed | None) -> None:
        if closed is not None:
            self.closed.append(closed.segment)


def _job(view: object, encoding: object, epoch: int) -> RenderJob:
    return RenderJob(
        view=view,  # type: ignore[arg-type]
        subject="p",
        key=str(view.frame),  # type: ignore[attr-defined]
        encoding=encoding,  # type: ignore[arg-type]
        mark=MarkSpec(*output_size(view, encoding), "ada s-1 2026-11-26", 0.14, epoch, None),  # type: ignore[arg-type]
    )


def _work(session: _Session) -> None:
    """Scroll, then drag the window, then pan; and rest after each."""
    seq, end = 0, START + 60 * MINUTES
    place = {"width": VIEW, "height": VIEW, "x": SIDE / 2, "y": SIDE / 2, "scale": VIEW / SIDE}
    slice_, window, phase = 0, None, 0
    while session.now < end:
        for k in range(int(BUSY_S * RATE)):
            seq += 1
            if phase % 3 == 0:
                slice_ = (slice_ + 1) % SLICES
            elif phase % 3 == 1:
                window = Window(center=1000.0 + k, width=700.0 + 2 * k)
            else:
                place = place | {"x": SIDE / 2 + k / 2, "y": SIDE / 2 - k / 4}
            session.say(look(seq, frame=slice_, window=window, **place))
            session.wait(session.now + 1 / RATE)
        session.say(Input(signal="activity"))
        session.wait(session.now + REST_S)
        phase += 1
    session.end()


def _leaf_bytes(segments: list[Segment]) -> int:
    """What the audit log holds of `segments`: each leaf and its hash."""
    total = 0
    for segment in segments:
        event = Event(
            code=EventCode.EXPOSURE_BATCH,
            actor="0123456789ab",
            session="0123456789ab",
            object="0123456789abcdef",
            policy="e" * 64,
            details={
                "count": segment.frames,
                "first": segment.first,
                "last": segment.last,
                "lossless": segment.exact,
                "segment": hashlib.sha256(segment.data).hexdigest(),
            },
        )
        made = leaf(
            event, seq=10**6, time=START, monotonic=1e5, boot="b" * 16, node="n" * 16, payload_commitment=None
        )
        total += len(made) + 32
    return total


def _again(segments: list[Segment], renderer: Renderer) -> Iterator[MarkedFrame]:
    for segment in segments:
        for entry in read(segment.data)[1]:
            if isinstance(entry, Shown):
                yield renderer.draw_now(_job(entry.view, entry.encoding, entry.epoch))


def run() -> list[dict[str, object]]:
    """Ten minutes of a hand's work at once; then all of it once more from the record."""
    frames = _slices()
    renderer = Renderer(FrameCache(_Source(frames)))
    started = time.process_time()
    session = _Session(renderer)
    _work(session)
    same = [frame.digest for frame in _again(session.closed, renderer)] == session.digests
    renderer.close()
    record = sum(len(packed(segment)) for segment in session.closed)
    whole = record + _leaf_bytes(session.closed)
    detail = (
        f"{MINUTES} min, {session.frames} frames, {session.streamed} bytes streamed, record {record} bytes"
        f" ({record / session.frames:.1f} a frame), with its audit leaves {whole}; {time.process_time() - started:.0f} s CPU"
    )
    return [
        {
            "name": "exposure: record of a session : streamed bytes",
            "value": record / session.streamed,
            "unit": "ratio",
            "goal": "≤ 1/500",
            "holds": record / session.streamed <= GOAL,
            "detail": detail,
        },
        {
            "name": "exposure: record and audit leaves : streamed bytes",
            "value": whole / session.streamed,
            "unit": "ratio",
            "goal": "≤ 1/500",
            "holds": whole / session.streamed <= GOAL,
            "detail": detail,
        },
        {
            "name": "exposure: frames drawn again, byte for byte",
            "value": float(same),
            "unit": "all",
            "goal": "all",
            "holds": same,
            "detail": f"{session.frames} frames of the same ten minutes",
        },
    ]
