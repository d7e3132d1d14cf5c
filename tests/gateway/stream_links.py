"""A link and a client in virtual time: how a hand that scrolls is served over a given rate and delay."""

import heapq
from dataclasses import dataclass, field
from itertools import count

from gateway.stream.effects import RenderRequest
from gateway.stream.limits import Limits
from gateway.stream.messages import Look
from gateway.stream.pacing import Pacing

RENDER_S = 0.003
DRAW_S = 0.008
LOSSLESS_BYTES = (
    204_000  # of a 1024² CT slice; the JPEG rungs below are of the same slice, by (quality, shrink)
)
BYTES = {
    (85, 1.0): 88_000,
    (60, 1.0): 57_000,
    (40, 1.0): 46_000,
    (50, 0.75): 34_000,
    (50, 0.5): 19_000,
    (40, 0.375): 9_500,
}


@dataclass
class Served:
    """What the client drew: (time, answered seq, lossless, rung), and when each view was sent."""

    drawn: list[tuple[float, int, bool, tuple[int, float]]] = field(default_factory=list)
    sent: dict[int, float] = field(default_factory=dict)
    most_in_flight: int = 0

    def lags(self) -> list[float]:
        """Seconds from each view to the first frame that answers it or a newer one, ascending."""
        return sorted(
            next(at for at, answers, _, _ in self.drawn if answers >= seq) - sent
            for seq, sent in self.sent.items()
        )

    def shown(self) -> int:
        """How many of the views were drawn themselves."""
        return len({answers for _, answers, _, _ in self.drawn})


def serve(
    *,
    bytes_per_s: float,
    rtt_s: float,
    steps: int,
    every_s: float = 1 / 30,
    lossless: bool = True,
    side: int = 1024,
    first_step: int = 0,
    pacing: Pacing | None = None,
    start_s: float = 0.0,
    jitter_s: float = 0.0,
    rest_s: float = 2.0,
) -> Served:
    """Scroll `steps` slices over a link with a FIFO queue and let the hand rest for `rest_s`."""
    pacing = pacing or Pacing(Limits())
    served, order, queue = Served(), count(), []
    seqs = count(1 + 10 * first_step)
    free_at = landed = start_s

    def put(at: float, kind: str, what: object) -> None:
        heapq.heappush(queue, (at, next(order), kind, what))

    def pump(now: float) -> None:
        request = pacing.request(now, lossless=lossless)
        if request is not None:
            put(now + RENDER_S, "rendered", request)
        due = pacing.deadline()
        if due is not None and due > now:
            put(due, "due", None)

    at = start_s
    for step in range(first_step, first_step + steps):
        look = Look(seq=step, item="i", frame=step, width=side, height=side, x=1.0, y=1.0, scale=1.0)
        served.sent[step] = at
        put(at + rtt_s / 2, "look", look)
        at += every_s
    last = at + rest_s
    while queue and queue[0][0] < last:
        now, _, kind, what = heapq.heappop(queue)
        if kind == "look":
            pacing.look(what, now)
        elif kind == "rendered":
            assert isinstance(what, RenderRequest)
            if pacing.returned(what):
                encoding = what.encoding
                rung = (encoding.quality, encoding.shrink)
                size = round((LOSSLESS_BYTES if encoding.lossless else BYTES[rung]) * (side / 1024) ** 2)
                seq = next(seqs)
                pacing.sent(what, seq, size, now)
                served.most_in_flight = max(served.most_in_flight, pacing.link.in_flight)
                free_at = max(free_at, now) + size / bytes_per_s
                wobble = jitter_s * (seq * 0.618 % 1)  # uneven, and the same in every run
                landed = max(
                    landed, free_at + rtt_s / 2 + DRAW_S + wobble
                )  # one stream: none overtakes another
                put(landed, "drawn", (seq, what.answers, encoding.lossless, rung))
        elif kind == "drawn":
            served.drawn.append((now, *what[1:]))
            put(now + rtt_s / 2, "ack", what[0])
        elif kind == "ack":
            pacing.link.acked(what, DRAW_S, now)
        pump(now)
    return served
