"""The estimate of the link: right on a link that behaves, harmless on acknowledgements that lie."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.stream.link import FIRST_BYTES, GROWTH, Link

sizes = st.integers(500, 400_000)


def _send_all(
    link: Link, frames: list[tuple[int, float]], rate: float, rtt: float, held: float = 0.0
) -> None:
    """Send frames of (bytes, pause before it in s) over a FIFO link, each acknowledged before the next is sent."""
    now = free = 0.0
    for seq, (size, pause) in enumerate(frames, 1):
        now += pause
        link.sent(seq, size, now)
        free = max(free, now) + size / rate
        now = free + rtt + held
        link.acked(seq, held, now)


@given(rate=st.floats(50e3, 50e6), rtt=st.floats(0.001, 0.3), held=st.floats(0, 0.05))
def test_two_sizes_tell_rate_and_length(rate: float, rtt: float, held: float) -> None:
    link = Link()
    _send_all(link, [(19_000, 0.0), (88_000, 0.1), (204_000, 0.2), (19_000, 0.1)], rate, rtt, held)
    assert link.rate == pytest.approx(rate, rel=0.01)
    assert link.rtt == pytest.approx(rtt, rel=0.05, abs=1e-3)


@given(rate=st.floats(50e3, 5e6), share=st.floats(0.05, 1.9))
def test_frames_in_line_tell_the_rate(rate: float, share: float) -> None:
    """Equal sizes, three in flight on a link that two fill: the time between two arrivals is a frame's own."""
    link, free = Link(), 0.0
    rtt = share * 60_000 / rate
    arrivals: list[float] = []
    for seq in range(1, 40):
        now = arrivals[seq - 4] if seq > 3 else 0.0
        if seq > 3:
            link.acked(seq - 3, 0.0, now)
        link.sent(seq, 60_000, now)
        free = max(free, now) + 60_000 / rate
        arrivals.append(free + rtt)
    assert link.rate == pytest.approx(rate, rel=0.01)


def test_an_idle_link_of_equal_frames_is_not_taken_for_a_narrow_one() -> None:
    link = Link()
    _send_all(link, [(20_000, 0.5)] * 20, rate=12.5e6, rtt=0.08)
    assert link.rate is None
    assert link.budget(0.03) == GROWTH * 20_000


def test_a_width_that_is_not_confirmed_is_doubted() -> None:
    link = Link()
    _send_all(link, [(20_000, 0.0), (60_000, 0.1), *[(20_000, 0.1)] * 10], rate=250e3, rtt=0.02)
    assert link.budget(0.03) == pytest.approx(7_500, rel=0.01)
    _send_all(link, [(20_000, 0.1)] * 40, rate=12.5e6, rtt=0.02)
    assert link.budget(0.03) == GROWTH * 20_000


def test_nothing_is_known_at_first() -> None:
    link = Link()
    assert link.budget(0.03) == FIRST_BYTES
    assert link.room(3)
    link.sent(1, 40_000, 0.0)
    assert link.room(3)
    assert not link.room(1)
    link.sent(2, 40_000, 0.0)
    assert not link.room(3), "more bytes than a link of unknown width should get"


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.booleans(), sizes, st.integers(-3, 3), st.floats(0, 1e7), st.floats(-5, 5)), max_size=60
    )
)
def test_acknowledgements_that_lie_break_nothing(steps: list[tuple[bool, int, int, float, float]]) -> None:
    """Early, late, twice, out of order, from a clock that jumps: estimates stay finite, counts stay right."""
    link, seq, now, flying = Link(), 0, 1000.0, []
    for send, size, off, held, pause in steps:
        now += pause
        if send:
            seq += 1
            link.sent(seq, size, now)
            flying.append((seq, size))
        else:
            named = max(0, seq - abs(off))
            link.acked(named, held, now)
            flying = [each for each in flying if each[0] > named]
        assert link.in_flight == len(flying)
        assert link.bytes_in_flight == sum(size for _, size in flying)
        assert link.rate is None or 0 < link.rate < math.inf
        assert 0 <= link.rtt < math.inf
        assert link.budget(0.03) > 0
        assert link.room(3) or flying, "nothing is in flight and nothing may be sent"
        assert not link.room(len(flying)) or not flying
