"""The token bucket: never more than a burst and the rate, whatever the clock does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stream.limits import TokenBucket
from gateway.stream.messages import Ack
from tests.gateway.stream_visits import Caller, look, task, told


@given(
    gaps=st.lists(st.floats(0, 2), min_size=1, max_size=300), rate=st.floats(1, 500), burst=st.integers(1, 50)
)
def test_never_more_than_burst_and_rate(gaps: list[float], rate: float, burst: int) -> None:
    bucket, now, taken = TokenBucket(rate, burst, 0.0), 0.0, 0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
        assert taken <= burst + rate * now + 1e-6


@given(
    rate=st.floats(1, 500),
    burst=st.integers(1, 50),
    share=st.floats(0.01, 0.99),
    count=st.integers(1, 300),
)
def test_who_keeps_to_the_rate_is_never_refused(rate: float, burst: int, share: float, count: int) -> None:
    bucket = TokenBucket(rate, burst, 0.0)
    assert all(bucket.take(k / rate / share) for k in range(count))


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(10, 1, 100.0)
    assert bucket.take(100.0)
    assert not bucket.take(0.0)
    assert not bucket.take(0.05)
    assert bucket.take(0.15)


@pytest.mark.parametrize("gap_s", [0.0, 0.001])
def test_a_flood_ends_the_stream_with_a_reason(gap_s: float) -> None:
    caller = Caller().open(work=task())
    for seq in range(1, 2000):
        caller.now += gap_s
        effects = caller.say(look(seq))
        if caller.closed:
            break
    assert told(effects)[-1] == {"t": "end", "reason": "too many messages came at once"}
    assert seq >= caller.limits.burst
    assert caller.say(Ack(seq=0)) == []


def test_a_busy_hand_is_no_flood() -> None:
    """60 views and 60 acknowledgements a second for a minute."""
    caller = Caller().open(work=task())
    for seq in range(1, 3600):
        caller.now += 1 / 60
        caller.say(look(seq, frame=seq))
        if caller.render:
            caller.draw()
        caller.acked = caller.last_binary
        caller.say(Ack(seq=caller.last_binary, held_ms=5))
    assert not caller.closed
    assert caller.frames[-1].answers == 3599
