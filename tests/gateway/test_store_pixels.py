"""Masked frames at rest: equal to the bit when read back, never readable for another subject, gone with the key."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gateway.errors import StoreError
from gateway.store import pixels
from gateway.store.opening import Store
from tests.gateway.stores import CT, note
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame

RGB = Presentation(photometric="RGB")


def _frame(values: np.ndarray, offset: int = 0) -> MaskedFrame:
    return MaskedFrame(pixels=values, offset=offset, presentation=RGB if values.ndim == 3 else CT)


def _put(store: Store, subject: str, frame: MaskedFrame) -> pixels.StoredFrame:
    with store.write() as tx:
        stored = pixels.put_frame(tx, subject, frame)
        tx.append(note())
    return stored


SHAPES = npst.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)


@given(
    st.one_of(
        npst.arrays(np.uint8, SHAPES),
        npst.arrays(np.uint16, SHAPES),
        npst.arrays(np.float32, SHAPES, elements=st.floats(-1e6, 1e6, width=32)),
        npst.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.just(3))),
    ),
    st.integers(-32768, 0),
)
def test_unpacking_gives_back_what_was_packed(values: np.ndarray, offset: int) -> None:
    frame = _frame(values, offset)
    again = pixels.unpack_frame(pixels.pack_frame(frame))
    assert again.pixels.dtype == values.dtype
    assert np.array_equal(again.pixels, values)
    assert (again.offset, again.presentation) == (offset, frame.presentation)
    assert pixels.digest_of(again) == pixels.digest_of(frame)


@pytest.mark.parametrize("dtype", pixels.DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (2, 11), (3, 5), (513, 513), (601, 600)])
def test_a_black_frame_of_any_size_comes_back(shape: tuple[int, int], dtype: str) -> None:
    """Chunks of zeros that end within eight values are written by blosc2, and then not read: they are padded."""
    values = np.zeros(shape, dtype)
    assert np.array_equal(pixels.unpack_frame(pixels.pack_frame(_frame(values))).pixels, values)


def test_a_frame_comes_back_for_its_subject_only(store: Store) -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    stored = _put(store, "anna", _frame(values))
    _put(store, "berta", _frame(values))
    assert np.array_equal(pixels.get_frame(store, "anna", stored.object).pixels, values)
    with pytest.raises(StoreError, match="does not open"):
        pixels.get_frame(store, "berta", stored.object)
    with pytest.raises(StoreError):
        pixels.get_frame(store, "nobody", stored.object)


def test_the_digest_is_of_what_could_be_seen() -> None:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    digests = {
        pixels.digest_of(frame)
        for frame in (
            _frame(values),
            _frame(values, -5),
            _frame(values.reshape(4, 16)),
            _frame(values.astype(np.float32)),
            _frame(values + np.uint16(1)),
        )
    }
    assert len(digests) == 5


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((4, 4), np.int16),
        np.zeros((4, 4), np.float64),
        np.zeros((4, 4, 3), np.uint16),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros(4, np.uint8),
    ],
    ids=lambda values: f"{values.dtype}{values.shape}",
)
def test_pixels_that_no_renderer_takes_are_refused(values: np.ndarray) -> None:
    with pytest.raises(StoreError):
        pixels.pack_frame(_frame(values))


@given(st.data())
def test_a_damaged_plaintext_is_an_error_never_other_pixels_of_another_shape(data: st.DataObject) -> None:
    values = np.arange(256, dtype=np.uint16).reshape(16, 16)
    whole = bytearray(pixels.pack_frame(_frame(values)))
    kept = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(StoreError):
        pixels.unpack_frame(bytes(whole[:kept]))
