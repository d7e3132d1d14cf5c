"""What one session is being shown: its open segment of the view log, and the picture that stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.store.segments import Segment, Term
from gateway.stream.effects import Exposure
from gateway.stream.viewlog import TRACE_BYTES, VERSION, Drawn, Gone, Head, Told, Writer
from gateway.stream.viewstate import Shown

BUSY_S = 10.0  # a busy segment is closed after it,
QUIET_S = 60.0  # one of a resting hand after this: a leaf of the audit log costs more than its few frames
BUSY_FRAMES = 16
_REMEMBERED = 8  # frames that were sent and may still be acknowledged


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What holds while a session looks at one item under one policy. `order`, `controls`: see `viewlog.Head`.

    `kept`: whether the policy wants its views in the ledger.
    """

    session: str
    user: str
    policy: str
    item: str
    order: Term
    controls: Term
    kept: bool = True

    @classmethod
    def of(  # noqa: PLR0913 - one parameter a fact
        cls,
        *,
        session: str,
        user: str,
        policy: str,
        item: str,
        order: Sequence[str],
        controls: bytes,
        kept: bool = True,
    ) -> "Scene":
        """`order`: SHA-256, hex, of the item's masked frames; `controls`: JSON."""
        return cls(
            session=session,
            user=user,
            policy=policy,
            item=item,
            order=Term.of(b"".join(map(bytes.fromhex, order))),
            controls=Term.of(controls),
            kept=kept,
        )


@dataclass(frozen=True, slots=True)
class Closed:
    """A segment that is over, to be sealed."""

    scene: Scene
    segment: Segment


@dataclass(slots=True)
class Track:
    """One session. Times are UTC seconds."""

    scene: Scene | None = None
    writer: Writer | None = None
    shown: list[Shown] = field(default_factory=list)  # frames of the open segment
    values: int = 0  # told in the open segment
    standing: dict[int, Shown] = field(default_factory=dict)  # by pane
    at: float = 0.0  # of the last event
    _sent: dict[int, Shown] = field(default_factory=dict)

    def frame(self, scene: Scene, exposure: Exposure) -> Closed | None:
        """A frame is handed over; the segment before, if it ends here."""
        closed = None
        if scene is not self.scene and scene != self.scene:
            if self.scene is not None and self.scene.item != scene.item:
                self.gone(exposure.time)
            closed = self.close()
        elif self.is_long(exposure.time):
            closed = self.close()
        if self.writer is None:
            self._begin(scene, exposure.time)
        assert self.writer is not None
        shown = _shown(exposure)
        self.writer.frame(shown)
        self.shown.append(shown)
        self._sent[shown.seq] = shown
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]
        self.at = exposure.time
        return closed

    def told(self, scene: Scene, told: Told) -> Closed | None:
        """The value of a pixel is told; the segment before, if it ends here."""
        closed = self.close() if scene != self.scene or self.is_long(told.at / 1000) else None
        if self.writer is None:
            self._begin(scene, told.at / 1000)
        assert self.writer is not None
        self.writer.told(told)
        self.values += 1
        self.at = told.at / 1000
        return closed

    def drawn(self, seq: int, at: float) -> None:
        """The client drew frame `seq`."""
        shown = self._sent.get(seq)
        if shown is None or self.writer is None:
            return
        self.writer.drawn(Drawn(seq=seq, at=_ms(at)))
        self.standing[shown.view.pane], self.at = shown, at

    def gone(self, at: float) -> None:
        """The picture was taken away."""
        if self.writer is not None:
            self.writer.gone(Gone(at=_ms(at)))
            self.at = at
        self.standing = {}

    def put_away(self, count: int, at: float) -> None:
        """Panes from `count` on are not shown any more."""
        for pane in sorted(name for name in self.standing if name >= count):
            del self.standing[pane]
            if self.writer is not None:
                self.writer.gone(Gone(at=_ms(at), pane=pane))
                self.at = at

    def take(self) -> bytes:
        """What was written since the last call."""
        return self.writer.take() if self.writer is not None else b""

    def is_long(self, now: float) -> bool:
        """Whether the open segment should be closed."""
        if self.writer is None or not (self.shown or self.values):
            return False
        return now - self.writer.head.at / 1000 >= (BUSY_S if len(self.shown) >= BUSY_FRAMES else QUIET_S)

    def close(self) -> Closed | None:
        """The open segment, which is over; None if it holds no frame, and no value."""
        writer, shown, self.writer, self.shown = self.writer, self.shown, None, []
        values, self.values = self.values, 0
        if writer is None or not (shown or values) or self.scene is None:
            return None
        segment = Segment(
            session=self.scene.session,
            item=self.scene.item,
            first=shown[0].seq if shown else 0,
            last=shown[-1].seq if shown else 0,
            frames=len(shown),
            exact=sum(each.exact for each in shown),
            began=writer.head.at / 1000,
            ended=self.at,
            data=bytes(writer.data),
        )
        return Closed(self.scene, segment)

    def _begin(self, scene: Scene, at: float) -> None:
        stands = self.standing if self.scene is not None and self.scene.item == scene.item else {}
        head = Head(
            v=VERSION,
            session=scene.session,
            item=scene.item,
            order=scene.order.id,
            controls=scene.controls.id,
            at=_ms(self.at if stands else at),
        )
        self.scene, self.standing = scene, stands
        self.writer = Writer(head, stands.values())


def _shown(exposure: Exposure) -> Shown:
    return Shown(
        seq=exposure.seq,
        at=_ms(exposure.time),
        view=exposure.view,
        encoding=exposure.encoding,
        exact=exposure.lossless,
        epoch=exposure.epoch,
        trace=bytes.fromhex(exposure.sent)[:TRACE_BYTES],
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
