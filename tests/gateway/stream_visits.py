"""A stream's caller for tests: makes grants and messages, carries out effects, and checks what must always hold."""

from collections import Counter
from dataclasses import replace
from functools import cache

import msgspec
import numpy as np

from gateway.stream.effects import (
    Close,
    Commit,
    Effect,
    Exposure,
    FindWork,
    Record,
    Redeem,
    Render,
    RenderRequest,
    Send,
)
from gateway.stream.grant import Grant
from gateway.stream.limits import Limits
from gateway.stream.machine import Machine, State
from gateway.stream.messages import ClientMessage, Hello, Look, Op
from gateway.stream.replies import Receipt, Refused, Task, Welcome
from gateway.stream.wire import FrameType, Header, unpack
from policies.actions import Action
from policies.composing import compose
from policies.controls import Controls
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.frame import Encoding, MarkedFrame, output_size, render
from viewer.render.mark import make_mark
from viewer.render.view import View

START = 1_795_000_000.0  # on no epoch's edge
SIDE = 48
WELCOME = Welcome(session="s", user="Ada", role="annotator", project="p", controls={}, policies=[], labels=[])
DIGEST = "d" * 64
PIXELS = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE)


def controls(**changes: object) -> Controls:
    """Everything is allowed, the exact picture too; but for `changes`."""
    everything = {"actions": frozenset(Action), "lossless": True, "idle_lock_s": 300, "values_per_min": 600}
    return replace(compose([]), **(everything | changes))  # type: ignore[arg-type]


def grant(expires: float = START + 8 * 3600, **changes: object) -> Grant:
    """A session's rights."""
    return Grant(
        session="s",
        user="u",
        role="annotator",
        project="p",
        controls=controls(**changes),
        expires=expires,
        policy="e" * 64,
    )


def look(seq: int, *, frame: int = 0, item: str = "i", **changes: object) -> Look:
    """A view message."""
    usual = {"width": SIDE, "height": SIDE, "x": 24.0, "y": 24.0, "scale": 1.0}
    return Look(seq=seq, item=item, frame=frame, **(usual | changes))  # type: ignore[arg-type]


def op(name: str, kind: str = "create", *, seen: int | None = None, base: int = 0) -> Op:
    """An op."""
    return Op(id=name, task="t", kind=kind, base=base, seen=seen)


def task(item: str | None = "i", kind: str = "image") -> Task:
    """An open task, or the word that there is none."""
    if item is None:
        return Task(id=None)
    return Task(id="t", item={"id": item, "kind": kind, "frames": 9})


def receipt(name: str) -> Receipt:
    return Receipt(op=name, revision=1, index=2, stage="annotate")


def text(message: ClientMessage) -> str:
    """`message` as a client sends it."""
    return msgspec.json.encode(message).decode()


@cache
def marked(width: int, height: int, encoding: Encoding, epoch: int) -> MarkedFrame:
    """A really rendered frame."""
    view = View(item="i", frame=0, width=width, height=height, x=24.0, y=24.0, scale=1.0)
    size = dict(zip(("width", "height"), output_size(view, encoding), strict=True))
    mark = make_mark(**size, text="ada s-1", opacity=0.5, epoch=epoch)
    presentation = Presentation(photometric="MONOCHROME2", bits_stored=12)
    return render(view, MaskedFrame(pixels=PIXELS, offset=0, presentation=presentation), mark, encoding)


def frame_of(request: RenderRequest) -> MarkedFrame:
    """The frame that `request` asks for."""
    return marked(request.view.width, request.view.height, request.encoding, request.epoch)


def told(effects: list[Effect]) -> list[dict[str, object]]:
    """The text messages among `effects`."""
    return [msgspec.json.decode(e.data) for e in effects if isinstance(e, Send) and isinstance(e.data, str)]


def pictures(effects: list[Effect]) -> list[Header]:
    """The headers of the binary messages among `effects`."""
    return [
        unpack(e.data + e.payload)[0] for e in effects if isinstance(e, Send) and isinstance(e.data, bytes)
    ]


class Caller:
    """One machine, its effects taken in order. INVARIANTS of the stream are asserted at each effect."""

    def __init__(self, limits: Limits | None = None, now: float = START) -> None:
        self.now = now
        self.limits = limits or Limits()
        self.machine = Machine(now, limits=self.limits)
        self.render: RenderRequest | None = None
        self.store: Commit | FindWork | None = None
        self.frames: list[Header] = []
        self.acked = 0
        self.last_binary = 0
        self.owed: Counter[str] = Counter()  # op id -> answers that the client waits for
        self.exposed: Exposure | None = None
        self.closed = False
        self.dark = False  # blanked for good: no frame may follow

    def open(self, rights: Grant | None = None, *, work: Task | None = None) -> "Caller":
        """Say hello, be admitted, find work."""
        assert self.say(Hello(ticket="t")) == [Redeem("t")]
        self.do(self.machine.admit(rights or grant(), self.now, welcome=WELCOME))
        if work is not None:
            self.do(self.machine.tell(work, self.now))
        return self

    def say(self, message: ClientMessage) -> list[Effect]:
        """The client sends `message`."""
        if isinstance(message, Op) and self.machine.state is not State.CLOSED:
            self.owed[message.id] += 1
        return self.do(self.machine.receive(text(message), self.now))

    def pass_time(self, seconds: float) -> list[Effect]:
        """Time goes by; each deadline on the way is met."""
        effects: list[Effect] = []
        until = self.now + seconds
        for _ in range(1000):
            deadline = self.machine.deadline()
            if deadline is None or deadline > until:
                self.now = until
                return effects
            self.now = max(self.now, deadline)
            effects += self.do(self.machine.due(self.now))
        raise AssertionError("a deadline without end")

    def draw(self) -> list[Effect]:
        """The frame that was asked for is ready."""
        request = self.render
        assert request is not None
        self.render = None
        return self.do(self.machine.rendered(request, frame_of(request), DIGEST, self.now))

    def commit(self, *, refused: bool = False) -> list[Effect]:
        """The op in hand is done, or refused."""
        done = self.store
        assert isinstance(done, Commit)
        self.store = None
        if refused:
            return self.do(self.machine.refuse(Refused(op=done.op.id, reason="no"), self.now))
        return self.do(self.machine.receipt(receipt(done.op.id), self.now))

    def find(self, found: Task) -> list[Effect]:
        """Work is found."""
        assert isinstance(self.store, FindWork)
        self.store = None
        return self.do(self.machine.found(found, self.now))

    def do(self, effects: list[Effect]) -> list[Effect]:
        """Take `effects` in order."""
        for effect in effects:
            assert not self.closed or isinstance(effect, Commit), f"{effect} after the end"
            self._do(effect)
        if self.machine.state in (State.LOCKED, State.CLOSED):
            self.dark = True
        return effects

    def _do(self, effect: Effect) -> None:
        match effect:
            case Render(request=request):
                assert self.render is None, "two frames are rendered at once"
                assert not self.dark, "a frame is rendered in the dark"
                self.render = request
            case Commit() | FindWork():
                leaving = self.machine.state is State.CLOSED
                assert self.store is None or leaving, "the store is asked for two things at once"
                self.store = None if leaving else effect
            case Record(event=Exposure() as exposed):
                self.exposed = exposed
            case Send(data=bytes() as data, payload=payload):
                self._binary(unpack(data + payload)[0])
            case Send(data=str() as data):
                said = msgspec.json.decode(data)
                if said["t"] in ("receipt", "refused"):
                    self.owed[said["op"]] -= 1
                    assert self.owed[said["op"]] >= 0, "an op is answered twice"
            case Close(reason=reason):
                assert len(reason.encode()) <= 123
                self.closed = True
            case _:
                pass

    def _binary(self, header: Header) -> None:
        assert header.seq == self.last_binary + 1
        self.last_binary = header.seq
        if header.type is FrameType.BLANK:
            return
        assert not self.dark, "a frame leaves in the dark"
        # INVARIANT: no frame without its own exposure, recorded before it.
        assert self.exposed is not None
        assert (self.exposed.seq, self.exposed.epoch, self.exposed.lossless) == (
            header.seq,
            header.epoch,
            bool(header.flags & 1),
        )
        before = [frame for frame in self.frames if frame.pane == header.pane]
        assert not before or header.answers >= before[-1].answers, "an answer goes back"
        self.frames.append(header)
        in_flight = sum(frame.seq > self.acked for frame in self.frames)
        panes = len({frame.pane for frame in self.frames})
        assert in_flight <= self.limits.window * panes, "too many frames are in flight"
