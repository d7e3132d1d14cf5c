"""What the client was shown: frames are numbered here, and remembered as the context of what is drawn on them."""

from gateway.stream.effects import Exposure, RenderRequest, Send
from gateway.stream.limits import Limits
from gateway.stream.wire import pack, pack_blank
from viewer.render.frame import MarkedFrame


class Screen:
    """The frames of one stream; their numbers rise by one from `first`."""

    def __init__(self, first: int, limits: Limits) -> None:
        self.next = first
        self._limits = limits
        self._shown: dict[int, Exposure] = {}
        self._drawn: dict[int, int] = {}  # pane -> the newest frame that stood there

    def show(
        self, request: RenderRequest, frame: MarkedFrame, digest: str, now: float
    ) -> tuple[Exposure, Send]:
        """The exposure of `frame`, made for `request` from the masked frame `digest`, and its message."""
        seen = Exposure(
            seq=self.next,
            view=request.view,
            encoding=request.encoding,
            digest=digest,
            sent=frame.trace.hex(),
            lossless=frame.lossless,
            epoch=frame.epoch,
            time=now,
        )
        scale = request.view.width / frame.width
        pane = request.view.pane
        header, payload = pack(frame, seq=seen.seq, answers=request.answers, pane=pane, scale=scale)
        self._shown[seen.seq] = seen
        if len(self._shown) > self._limits.remembered:
            del self._shown[next(iter(self._shown))]
        self.next += 1
        return seen, Send(header, payload)

    def blank(self, answers: int, epoch: int) -> bytes:
        """The binary message that takes the picture away."""
        self.next += 1
        return pack_blank(seq=self.next - 1, answers=answers, epoch=epoch)

    def draw(self, seq: int) -> bool:
        """Note that frame `seq` was drawn; whether that is news."""
        seen = self._shown.get(seq)
        if seen is None or seq <= self._drawn.get(seen.view.pane, -1):
            return False
        self._drawn[seen.view.pane] = seq
        return True

    def context(self, seen: int | None) -> Exposure | None:
        """Frame `seen`; without it the newest that was drawn, else the newest that was sent. None if there is none."""
        if seen is not None:
            return self._shown.get(seen)
        return self._shown.get(max(self._drawn.values(), default=-1)) or next(
            reversed(self._shown.values()), None
        )
