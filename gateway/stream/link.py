"""What acknowledgements tell about the way to the client: how long it is, how wide it is, and what is on it.

The narrowest stretch is taken to be a queue, first in, first out. So the acknowledgement of a frame says something
about its width in two cases only: the frame stood in line behind another one (then the time between their arrivals is
its own), or it was larger than the quickest frame of late (then the extra bytes took the extra time). All other
samples are silent about it, and are kept silent: to count them would make a link that is merely idle look narrow.
"""

import msgspec

FIRST_BYTES = 24_000  # of the first frame, while nothing is known: 19 ms at 10 Mbit/s
FIRST_FLIGHT_BYTES = 48_000  # in flight until the width is known
GROWTH = 2.5  # a frame is at most so much larger than the largest of late: a guess gone wrong stays cheap
_RECENT = 32  # acknowledgements that the length and the largest size are taken from
_TELLING = 8  # samples that the width is taken from
_DOUBT = 32  # silent acknowledgements after which a larger frame is tried: the width may have grown
_MIN_TELLING_BYTES = 4096
_MAX_RATE = 125e6  # bytes/s: one Gbit/s; beyond it the clocks' grain would speak
_TURN_S = 0.01  # until a frame that is allowed is rendered and sent: the link would run dry meanwhile
_MAX_HELD_S = 0.1  # a client's drawing time beyond this is its own trouble, not a reason to send more


class _Flying(msgspec.Struct, frozen=True):
    seq: int
    size: int
    sent: float


class Link:
    """An estimate of one link. `rate` is in bytes/s, None while unknown; `rtt` in s, without any queue."""

    def __init__(self) -> None:
        self.rate: float | None = None
        self.rtt = 0.0
        self.bytes_in_flight = 0
        # Lists, though they lose their first entries: they are short, and an empty deque takes 760 bytes.
        self._flying: list[_Flying] = []
        self._recent: list[tuple[float, int]] = []  # (delay in s, bytes)
        self._sizes: list[int] = []  # of the same, on their own: asked for at each frame
        self._telling: list[tuple[int, float]] = []  # (bytes, s)
        self._silent = 0
        self._arrived = 0.0
        self._held = 0.0

    @property
    def in_flight(self) -> int:
        """Frames sent and not acknowledged."""
        return len(self._flying)

    def room(self, window: int) -> bool:
        """Whether another frame may be sent: always if none is in flight, else up to rate x RTT plus this frame."""
        if not self._flying:
            return True
        bound = self.rate * (self.rtt + self._held + _TURN_S) if self.rate else float(FIRST_FLIGHT_BYTES)
        return len(self._flying) < window and self.bytes_in_flight <= bound

    def budget(self, span_s: float) -> float:
        """The bytes that a frame may have to pass within `span_s` seconds, as far as is known."""
        if not self._recent:
            return float(FIRST_BYTES)
        cautious = GROWTH * max(self._sizes)
        return cautious if self.rate is None or self._silent >= _DOUBT else min(cautious, self.rate * span_s)

    def sent(self, seq: int, size: int, now: float) -> None:
        """Frame `seq` of `size` bytes was handed to the socket."""
        self._flying.append(_Flying(seq, size, now))
        self.bytes_in_flight += size

    def forget(self) -> None:
        """What is in flight will not be acknowledged: the client can't draw it."""
        self._flying.clear()
        self.bytes_in_flight = 0

    def acked(self, seq: int, held_s: float, now: float) -> None:
        """Frame `seq` was drawn, `held_s` after it arrived; all sent before it have arrived too."""
        size, sent = 0, None
        while self._flying and self._flying[0].seq <= seq:
            frame = self._flying.pop(0)
            size += frame.size
            sent = frame.sent if sent is None else sent
        if sent is None:
            return
        self.bytes_in_flight -= size
        held_s = min(held_s, _MAX_HELD_S)
        self._held += (held_s - self._held) / 8
        self._learn(size, sent, max(sent, self._arrived, now - held_s))

    def _learn(self, size: int, sent: float, arrived: float) -> None:
        queued = self._arrived > sent + self.rtt and bool(self._recent)
        before, self._arrived = self._arrived, arrived
        self._recent.append((arrived - sent, size))
        self._sizes.append(size)
        if len(self._sizes) > _RECENT:
            del self._recent[0], self._sizes[0]
        quickest, least = min(self._recent)
        if queued:
            self._tell(size, arrived - before)
        elif size - least > max(_MIN_TELLING_BYTES, 0.3 * least):
            self._tell(size - least, arrived - sent - quickest)
        else:
            self._doubt()
        self.rtt = max(0.0, quickest - least / self.rate) if self.rate else quickest

    def _tell(self, size: int, span_s: float) -> None:
        self._silent = 0
        self._telling.append((size, max(span_s, size / _MAX_RATE)))
        if len(self._telling) > _TELLING:
            del self._telling[0]
        self.rate = sum(size for size, _ in self._telling) / sum(span for _, span in self._telling)

    def _doubt(self) -> None:
        self._silent += 1
        if self._silent >= _DOUBT:
            self._telling.clear()
