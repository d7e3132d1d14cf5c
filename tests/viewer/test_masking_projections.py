"""What stands for a stack: the median is numpy's, and found sooner."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.masking.projections import middle, projections

STACKS = st.sampled_from([np.uint8, np.uint16, np.float32]).flatmap(
    lambda kind: arrays.arrays(
        kind,
        st.tuples(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4)),
        elements={"allow_nan": False, "allow_infinity": False, "min_value": 0, "max_value": 250},
    )
)


def _frames(values: np.ndarray) -> list[MaskedFrame]:
    shown = Presentation(photometric="MONOCHROME2")
    return [MaskedFrame(pixels=each, offset=0, presentation=shown) for each in values]


@given(STACKS)
def test_each_pixel_is_the_highest_lowest_and_median_of_all_frames(values: np.ndarray) -> None:
    found = projections(_frames(values))
    assert (found.most.pixels == values.max(axis=0)).all()
    assert (found.least.pixels == values.min(axis=0)).all()
    assert (found.middle.pixels == np.median(values, axis=0).astype(values.dtype)).all()


@pytest.mark.parametrize("count", range(1, 33))
def test_the_median_of_any_number_of_frames(count: int) -> None:
    values = np.random.default_rng(count).integers(0, 65536, (count, 8, 9)).astype(np.uint16)
    before = values.copy()
    assert (middle(_frames(values)).pixels == np.median(values, axis=0).astype(np.uint16)).all()
    assert (values == before).all()


def test_of_many_frames_some_stand_for_all() -> None:
    values = np.arange(100, dtype=np.uint16)[:, None, None]
    assert middle(_frames(values)).pixels.item() == np.median(values[::4]).astype(np.uint16)
