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
        self._drawn = -1

    def show(
        self, request: RenderRequest, frame: MarkedFrame, digest: str, now: float
    ) -> tuple[Exposure, Send]:
        """The exposure of `frame`, made for `request` from the masked frame `digest`, and its message."""
        seen = Exposure(
            seq=self.next,
            view=request.view,
            encoding=request.encoding,
            digest=digest,
            sent=frame.digest,
            lossless=frame.lossless,
            epoch=frame.epoch,
            time=now,
        )
        scale = request.view.width / frame.width
        header, payload = pack(frame, seq=seen.seq, answers=request.answers, scale=scale)
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
        news = seq > self._drawn and seq in self._shown
        if news:
            self._drawn = seq
        return news

    def context(self, seen: int | None) -> Exposure | None:
        """Frame `seen`; without it the newest that was drawn, else the newest that was sent. None if there is none."""
        if seen is not None:
            return self._shown.get(seen)
        return self._shown.get(self._drawn) or next(reversed(self._shown.values()), None)
