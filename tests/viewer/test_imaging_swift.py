"""The kernels in C do what OpenCV's calls do, to the bit, and refuse what does not fit."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.imaging.scratch import Scratch
from viewer.imaging.swift import KERNELS, enlarge
from viewer.watermark.adaptive import Adaptive
from viewer.watermark.keying import Key
from viewer.watermark.pattern import AMOUNTS, SPARSE, Strength, patterns
from viewer.watermark.payload import Payload
from viewer.watermark.planes import Planes

pytestmark = pytest.mark.skipif(
    KERNELS is None, reason="the kernels were not built: no C compiler, or no AVX2"
)


def picture(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Noise, flat, black and white parts side by side."""
    made = rng.integers(0, 256, (rows, columns), np.uint8)
    made[: rows // 2, : columns // 3] = rng.integers(0, 12)
    made[rows // 2 :, : columns // 3] = rng.integers(0, 256)
    made[:, columns // 2 : columns // 2 + 9] = 255
    return made


@settings(max_examples=150)
@given(
    rows=st.integers(1, 90),
    columns=st.integers(1, 90),
    down=st.floats(0.5, 4),
    across=st.floats(0.5, 4),
    seed=st.integers(0, 99),
)
def test_enlarged_pictures_are_equal(rows: int, columns: int, down: float, across: float, seed: int) -> None:
    source = np.random.default_rng(seed).integers(0, 256, (rows, columns), np.uint8)
    size = max(1, round(columns * across)), max(1, round(rows * down))
    out = np.empty(size[::-1], np.uint8)
    enlarge(source, out)
    assert (out == cv2.resize(source, size, interpolation=cv2.INTER_LINEAR)).all()


@pytest.mark.parametrize("size", [(1024, 1024), (1000, 1000), (515, 1029), (2048, 1664)])
def test_large_pictures_are_equal(size: tuple[int, int]) -> None:
    source = np.random.default_rng(1).integers(0, 256, (512, 512), np.uint8)
    out = np.empty(size, np.uint8)
    enlarge(source, out)
    assert (out == cv2.resize(source, size[::-1], interpolation=cv2.INTER_LINEAR)).all()


@settings(max_examples=60)
@given(
    rows=st.integers(16, 150),
    columns=st.integers(16, 150),
    black=st.floats(0, 1),
    strongest=st.sampled_from([30, 127, 200]),
    strength=st.sampled_from([Strength.STANDARD, Strength.STRONG]),
    seed=st.integers(0, 99),
)
def test_marked_frames_are_equal(
    rows: int, columns: int, black: float, strongest: int, strength: Strength, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    seen = rng.integers(-strongest, strongest + 1, (rows, columns)) * (rng.random((rows, columns)) < 0.1)
    seen[:, : columns // 2] = 0
    key, payload = Key(bytes(32)), Payload(seed, 1)
    made = patterns(key, payload, width=columns, height=rows, amounts=AMOUNTS[strength])
    sparse = [
        (share, patterns(key, payload, width=columns, height=rows, amounts=amounts))
        for share, amounts in SPARSE.get(strength, ())
    ]
    frame = picture(rng, rows, columns)
    frame[: round(black * rows)] = 0
    base = Planes.of(seen)
    plain = Adaptive(base, made, sparse, kernels=None).on(frame, Scratch())
    quick = Adaptive(base, made, sparse, kernels=KERNELS)
    assert (quick.on(frame, Scratch()) == plain).all()
    wider = np.zeros((rows, columns + 5), np.uint8)
    wider[:, 3:-2] = frame
    assert (quick.on(wider[:, 3:-2], Scratch()) == plain).all()
    scratch = Scratch()
    lent = scratch.take("resampled", frame.shape)
    lent[:] = frame
    assert (quick.on(lent, scratch) == plain).all()


def test_what_does_not_fit_is_refused() -> None:
    assert KERNELS is not None
    small, large = np.zeros((20, 20), np.uint8), np.zeros((40, 40), np.uint8)
    blocks, tiles, text = np.zeros((5, 5), np.uint8), np.zeros((5, 1), np.uint8), np.zeros((20, 20), np.int8)
    with pytest.raises(ValueError, match="enlarged"):
        KERNELS.enlarge(large, small)
    with pytest.raises(ValueError, match="enlarged"):
        KERNELS.enlarge(small[:, :15].copy(), large)
    with pytest.raises(ValueError, match="picture"):
        KERNELS.enlarge(small.astype(np.uint16), large)
    with pytest.raises(ValueError, match="picture"):
        KERNELS.enlarge(small[0], large)
    with pytest.raises(ValueError, match="contiguous"):
        KERNELS.enlarge(large[:, ::2], large)
    with pytest.raises(ValueError, match="a block"):
        KERNELS.look(small, large, 24, 245, 8, 8)
    with pytest.raises(ValueError, match="grey level"):
        KERNELS.look(small, blocks, 24, 256, 8, 8)
    for wrong in range(7):
        given_ = [small, small.copy(), text, tiles, blocks, blocks, blocks]
        given_[wrong] = np.zeros((6, 7), np.uint8)
        with pytest.raises(ValueError, match="differ in size"):
            KERNELS.mark(*given_)
    fixed = small.copy()
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        KERNELS.mark(small, fixed, text, tiles, blocks, blocks, blocks)
