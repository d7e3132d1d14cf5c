"""What one stream may ask for, and how fast."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one stream; the defaults fit a person at work and bound what a program in their place can do."""

    hello_s: float = 10.0  # a page says hello at once; an idle socket costs 18 kB
    messages_per_s: float = 200.0  # 60 views, 60 acks and some ops a second are a busy hand
    burst: int = 400  # a client that comes back sends its unsaved ops at once
    window: int = 3  # frames in flight: two fill a link, the third bridges the client's drawing
    still_s: float = 0.08  # after it, the hand rests and the exact frame is due
    lone_s: float = (
        0.045  # the same after a lone step; a scroll's second step comes sooner, at thirty a second
    )
    waiting: int = 256  # ops and asks for work that wait for the store; at 64 KiB each 16 MiB at worst
    answers: int = 256  # receipts and refusals kept for ops that are sent again
    remembered: int = 64  # frames that an op may name as seen
    denials: int = 64  # messages without permission before the stream ends: each one is audited
    touch_s: float = 5.0  # the session's last input is written at most so often
    silence_s: float = 90.0  # without a beat; a browser may hold a hidden page's timers for a minute
    challenge_s: float = 60.0  # between the questions that only the key of the page can answer
    answer_s: float = 20.0  # a page on a bad link, in a browser under load
    signal_s: float = 1.0  # the same signal again within this time says nothing new


class TokenBucket:
    """`rate` messages a second in the long run, `burst` at once."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self.rate = rate
        self.burst = float(burst)
        self._tokens = float(burst)
        self._then = now

    def take(self, now: float) -> bool:
        """Whether one more message is within the limits."""
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._then) * self.rate)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Allowance:
    """So many a minute, a sixth of a minute's at once. It begins empty but for one: a new connection brings no more."""

    def __init__(self, now: float) -> None:
        self._bucket = TokenBucket(0.0, 1, now)

    def take(self, per_min: int, now: float) -> bool:
        """Whether one more is within `per_min`, which may have changed."""
        self._bucket.rate, self._bucket.burst = per_min / 60, max(1.0, per_min / 6)
        return self._bucket.take(now)
