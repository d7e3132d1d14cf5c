"""The view log: what is written is read again exactly, damage is named, and an event costs a few bytes."""

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Invalid
from gateway.stream import viewlog
from gateway.stream.compact import Reader, put_count, put_float, put_step
from gateway.stream.viewlog import Carried, Drawn, Gone, Head, Told, Writer, read, standing
from gateway.stream.viewstate import Shown
from viewer.imaging.presentation import Window, WindowFunction
from viewer.render.frame import Encoding
from viewer.render.view import Cut, Spot, View

HEAD = Head(v=1, session="s", item="i", order="0" * 32, controls="1" * 32, at=1_800_000_000_000)
finite = st.floats(allow_nan=False, allow_infinity=False)
windows = st.none() | st.builds(Window, center=finite, width=finite, function=st.sampled_from(WindowFunction))
views = st.builds(
    View,
    item=st.just("i"),
    frame=st.integers(0, 10**6),
    width=st.integers(16, 4096),
    height=st.integers(16, 4096),
    x=finite,
    y=finite | st.integers(-1000, 1000).map(lambda n: n / 256),
    scale=finite,
    window=windows,
    invert=st.booleans(),
    spot=st.none()
    | st.builds(Spot, x=finite, y=finite, radius=st.integers(0, 4096), detail=st.floats(0.01, 1)),
    cut=st.none() | st.builds(Cut, plane=..., slab=..., thickness_mm=st.floats(0, 500)),
    pane=st.integers(0, 3),
    state=st.none() | st.text("0123456789abcdef", min_size=16, max_size=16),
    turned=st.sampled_from((0, 90, 180, 270)),
    mirrored=st.booleans(),
    luminance=st.none() | st.tuples(st.floats(0.05, 1), st.floats(100, 1000)),
)
encodings = st.builds(
    Encoding,
    lossless=st.booleans(),
    quality=st.integers(1, 100),
    shrink=st.floats(0, 1, exclude_min=True),
) | st.builds(Encoding, lossless=st.just(value=False), video=st.integers(1, 100_000))
shown = st.builds(
    Shown,
    seq=st.integers(0, 2**32 - 1),
    at=st.integers(0, 2**44),
    view=views,
    encoding=encodings,
    exact=st.booleans(),
    epoch=st.integers(0, 2**32 - 1),
    trace=st.binary(min_size=4, max_size=4),
)


@given(st.lists(finite, min_size=1))
def test_floats_are_exact(values: list[float]) -> None:
    out, before, hows = bytearray(), 0.0, []
    for value in values:
        hows.append(put_float(out, value, before))
        before = value
    reader, before = Reader(bytes(out)), 0.0
    for how, value in zip(hows, values, strict=True):
        before = reader.float(how, before)
        assert before == value
    assert reader.done


@given(st.lists(st.integers(-(2**50), 2**50)))
def test_integers_are_exact(values: list[int]) -> None:
    out = bytearray()
    for value in values:
        put_step(out, value)
        put_count(out, abs(value))
    reader = Reader(bytes(out))
    for value in values:
        assert (reader.step(), reader.count()) == (value, abs(value))
    assert reader.done


@given(
    st.none() | shown,
    st.lists(
        shown
        | st.just("drawn")
        | st.builds(Gone, at=st.integers(0, 2**44), pane=st.none() | st.integers(0, 3))
        | st.builds(
            Told,
            seq=st.integers(0, 2**32),
            column=st.integers(0, 2**20),
            row=st.integers(0, 2**20),
            at=st.integers(0, 2**44),
        )
    ),
)
def test_what_is_written_is_read_again(carried: Shown | None, events: list[object]) -> None:
    writer, wanted = Writer(HEAD, [carried] if carried else []), list[object]()
    taken = writer.take()
    if carried is not None:
        first = read(taken)[1][0]
        assert isinstance(first, Carried)
        assert (first.shown.view, first.shown.seq, first.shown.at) == (carried.view, carried.seq, HEAD.at)
    last: Shown | None = None
    for event in events:
        match event:
            case Shown():
                writer.frame(event)
                wanted.append(event)
                last = event
            case Gone():
                writer.gone(event)
                wanted.append(event)
            case Told():
                writer.told(event)
                wanted.append(event)
            case _ if last is not None:
                writer.drawn(Drawn(seq=last.seq, at=last.at + 5))
                wanted.append(Drawn(seq=last.seq, at=last.at + 5))
        taken += writer.take()
    assert taken == bytes(writer.data)
    head, entries = read(taken)
    assert head == HEAD
    assert [entry for entry in entries if not isinstance(entry, Carried)] == wanted


@given(st.lists(shown, min_size=1, max_size=4), st.data())
@settings(max_examples=200)
def test_damage_is_named(frames: list[Shown], data: st.DataObject) -> None:
    writer = Writer(HEAD)
    for frame in frames:
        writer.frame(frame)
    damaged = bytearray(writer.data)
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    with contextlib.suppress(Invalid):
        read(cut)  # a flipped bit may still be a segment: the digest in the audit log tells


def test_a_segment_is_about_one_item() -> None:
    writer = Writer(HEAD)
    other = View(item="j", frame=0, width=16, height=16, x=0.0, y=0.0, scale=1.0)
    with pytest.raises(Invalid, match="one item"):
        writer.frame(
            Shown(
                seq=1, at=0, view=other, encoding=Encoding(lossless=True), exact=True, epoch=1, trace=b"abcd"
            )
        )


def _frame(seq: int, at: int, **changes: object) -> Shown:
    view = {"item": "i", "frame": 0, "width": 1024, "height": 1024, "x": 256.0, "y": 256.0, "scale": 2.0}
    return Shown(
        seq=seq,
        at=at,
        view=View(**{**view, **changes}),  # type: ignore[arg-type]
        encoding=Encoding(lossless=False, quality=85),
        exact=False,
        epoch=60_000_000,
        trace=b"abcd",
    )


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        (lambda k: {"frame": k}, 10),
        (lambda k: {"x": 256 + k / 4, "y": 256 - k / 8}, 15),
        (lambda k: {"x": 256 + math.sin(k), "y": 256 - math.cos(k)}, 27),
        (lambda k: {"window": Window(center=40.0 + k, width=400.0 + 2 * k)}, 15),
    ],
    ids=["scroll", "drag by whole device pixels", "drag by anything", "window"],
)
def test_an_event_costs_a_few_bytes(changes: object, most: int) -> None:
    """A frame and its acknowledgement, thirty a second."""
    writer = Writer(HEAD)
    writer.frame(_frame(0, HEAD.at))
    start = len(writer.data)
    for k in range(1, 101):
        writer.frame(_frame(k, HEAD.at + 33 * k, **changes(k)))  # type: ignore[operator]
        writer.drawn(Drawn(seq=k, at=HEAD.at + 33 * k + 20))
    assert (len(writer.data) - start) / 100 <= most


def test_what_stands_on_screen() -> None:
    one, two = _frame(1, 10), _frame(2, 20)
    assert standing([one]) == {}
    assert standing([one, two, Drawn(seq=1, at=30)]) == {0: one}
    assert standing([one, two, Drawn(seq=1, at=30), Drawn(seq=2, at=31)]) == {0: two}
    assert standing([one, Drawn(seq=1, at=30), Gone(at=31)]) == {}
    assert standing([Carried(shown=one)]) == {0: one}
    beside = _frame(3, 30, pane=2)
    side_by_side = [one, beside, Drawn(seq=1, at=31), Drawn(seq=3, at=32)]
    assert standing(side_by_side) == {0: one, 2: beside}
    assert standing([*side_by_side, Gone(at=33, pane=2)]) == {0: one}
    assert standing([*side_by_side, Gone(at=33)]) == {}


def test_another_version_is_refused() -> None:
    writer = Writer(Head(v=2, session="s", item="i", order="", controls="", at=0))
    with pytest.raises(Invalid, match="another version"):
        read(bytes(writer.data))
    with pytest.raises(Invalid, match="damaged"):
        read(b"{}\n")
    assert viewlog.VERSION == 1
