"""Stored values survive; whatever else was in the bits does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from viewer.errors import MaskingError
from viewer.imaging.image import RawFrame
from viewer.imaging.presentation import Presentation
from viewer.masking.pixels import from_page, mask_frame

GREY = "MONOCHROME2"


def _frame(pixels: np.ndarray, bits: int, **more: object) -> RawFrame:
    return RawFrame(pixels=pixels, presentation=Presentation(photometric=GREY, bits_stored=bits, **more))


@st.composite
def frames(draw: st.DrawFn) -> RawFrame:
    dtype = draw(st.sampled_from(["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"]))
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=6))
    width = np.dtype(dtype).itemsize * 8
    bits = draw(st.integers(1, width))
    if dtype[0] == "f":
        elements = st.floats(width=width, allow_nan=True)
    elif draw(st.booleans()):
        info = np.iinfo(dtype)
        elements = st.integers(info.min, info.max)
    else:  # what a file holds that keeps to its BitsStored
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if dtype[0] == "i" else (0, (1 << bits) - 1)
        elements = st.integers(low, high)
    return _frame(draw(hnp.arrays(dtype, shape, elements=elements)), bits)


@given(frames())
def test_a_second_run_changes_nothing(frame: RawFrame) -> None:
    once = mask_frame(frame)
    twice = mask_frame(RawFrame(pixels=once.pixels, presentation=once.presentation))
    assert np.array_equal(once.pixels, twice.pixels)
    assert once.pixels.dtype == twice.pixels.dtype
    assert once.pixels.dtype in (np.uint8, np.uint16, np.float32)
    assert once.pixels.flags.c_contiguous


@given(frames())
def test_values_within_bits_stored_are_kept(frame: RawFrame) -> None:
    bits, kind = frame.presentation.bits_stored, frame.pixels.dtype.kind
    if kind == "f":
        return
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if kind == "i" else (0, (1 << bits) - 1)
    values = frame.pixels.astype(np.int64)
    masked = mask_frame(frame)
    kept = masked.pixels.astype(np.float64) + masked.offset
    within = (values >= low) & (values <= high)
    exact = masked.pixels.dtype != np.float32 or bits <= 24
    assert np.allclose(kept[within], values[within], rtol=0 if exact else 1e-7, atol=0)
    assert kept.size == 0 or (kept.min() >= low and kept.max() <= max(high, 1) * (1 + 1e-7))


@pytest.mark.parametrize(
    ("dtype", "bits", "value", "stored"),
    [
        ("u2", 12, 0xF123, 0x123),  # an overlay in the four bits above
        ("i2", 12, 0x0FFF, -1),  # a sign that was not extended
        ("i2", 12, 0x0800, -2048),
        ("i2", 12, 0x07FF, 2047),
        ("i1", 7, 0x40, -64),
        ("u1", 7, 0xFF, 0x7F),
        ("i2", 16, -32768, -32768),
        ("u4", 32, 70_000, 70_000),
        ("i4", 32, -70_000, -70_000),
        ("i4", 20, 0x80000, -(1 << 19)),
    ],
)
def test_bits_above_bits_stored(dtype: str, bits: int, value: int, stored: int) -> None:
    masked = mask_frame(_frame(np.array([[value]], dtype=dtype), bits))
    assert float(masked.pixels[0, 0]) + masked.offset == stored


def test_wide_integers_that_span_more_than_16_bits_become_floats() -> None:
    masked = mask_frame(_frame(np.array([[0, 1 << 20]], np.int32), 32))
    assert masked.pixels.dtype == np.float32
    assert masked.pixels.tolist() == [[0, 1 << 20]]


def test_what_is_no_number_becomes_one() -> None:
    masked = mask_frame(_frame(np.array([[np.nan, np.inf, -np.inf, 1e300]]), 64))
    assert np.isfinite(masked.pixels).all()
    assert masked.pixels[0, 0] == 0


def test_binary_frames() -> None:
    masked = mask_frame(_frame(np.array([[True, False]]), 1))
    assert masked.pixels.tolist() == [[1, 0]]
    assert masked.pixels.dtype == np.uint8


@pytest.mark.parametrize(("unit", "kept"), [("HU", "HU"), ("Jane Doe", None), (None, None), ("hu", None)])
def test_only_known_units_are_kept(unit: str | None, kept: str | None) -> None:
    assert mask_frame(_frame(np.zeros((2, 2), np.uint8), 8, unit=unit)).presentation.unit == kept


@pytest.mark.parametrize(
    ("pixels", "photometric"),
    [
        (np.zeros((2, 2, 3), np.uint16), "RGB"),
        (np.zeros((2, 2), np.uint8), "RGB"),
        (np.zeros((2, 2, 4), np.uint8), "RGB"),
        (np.zeros((2, 2, 3), np.uint8), GREY),
        (np.zeros((2, 2), np.complex64), GREY),
        (np.zeros((2, 2), np.uint8), "PALETTE COLOR"),
    ],
)
def test_other_shapes_are_refused(pixels: np.ndarray, photometric: str) -> None:
    with pytest.raises(MaskingError):
        mask_frame(RawFrame(pixels=pixels, presentation=Presentation(photometric=photometric)))


def test_pages() -> None:
    assert from_page(np.zeros((3, 2), np.uint8)).presentation.photometric == "MONOCHROME2"
    assert from_page(np.zeros((3, 2, 3), np.uint8)).presentation.photometric == "RGB"
    with pytest.raises(MaskingError):
        from_page(np.zeros((3, 2, 4), np.uint8))
