"""One region is put back and nothing else: whatever was masked besides it stays masked, and what does not fit is refused."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.errors import MaskingError
from viewer.imaging.presentation import Presentation
from viewer.masking.filling import fill
from viewer.masking.image import MaskedFrame
from viewer.masking.report import Box, Report
from viewer.masking.settling import BLANKED
from viewer.masking.uncovering import Patch, Region, cut_out, regions_of, uncover
from viewer.masking.verdict import PixelCheck, Verdict

ROWS, COLUMNS = 24, 40


def frame(seed: int, colours: int = 1) -> MaskedFrame:
    rng = np.random.default_rng(seed)
    shape = (ROWS, COLUMNS, 3) if colours == 3 else (ROWS, COLUMNS)
    kind = Presentation(photometric="RGB" if colours == 3 else "MONOCHROME2")
    pixels = rng.integers(1, 255, shape).astype(np.uint8 if colours == 3 else np.uint16)
    return MaskedFrame(pixels=pixels, offset=0 if colours == 3 else -1024, presentation=kind)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    x, y = draw(st.integers(0, COLUMNS - 1)), draw(st.integers(0, ROWS - 1))
    width, height = draw(st.integers(1, COLUMNS - x)), draw(st.integers(1, ROWS - y))
    return Region(x=x, y=y, width=width, height=height)


def box(region: Region, **more: object) -> Box:
    return Box(x=region.x, y=region.y, width=region.width, height=region.height, **more)  # type: ignore[arg-type] # fields of a box


@given(
    chosen=regions(),
    others=st.lists(regions(), max_size=3),
    seed=st.integers(0, 9),
    colours=st.sampled_from((1, 3)),
)
def test_inside_the_region_is_the_original_and_outside_nothing_changes(
    chosen: Region, others: list[Region], seed: int, colours: int
) -> None:
    original = frame(seed, colours)
    (masked,) = fill([original], map(box, (chosen, *others)))
    shown = uncover(masked, chosen, cut_out(original, chosen))
    inside = np.zeros((ROWS, COLUMNS), bool)
    inside[chosen.y : chosen.y + chosen.height, chosen.x : chosen.x + chosen.width] = True
    assert (shown.pixels[inside] == original.pixels[inside]).all()
    assert (shown.pixels[~inside] == masked.pixels[~inside]).all()
    assert (shown.offset, shown.presentation) == (masked.offset, masked.presentation)


def test_a_patch_of_another_frame_is_refused() -> None:
    region = Region(x=2, y=3, width=5, height=4)
    grey, colour = frame(1), frame(1, 3)
    patch = cut_out(grey, region)
    for other in (
        replace(patch, offset=0),
        replace(patch, whole=(ROWS, COLUMNS + 1)),
        replace(patch, pixels=patch.pixels.astype(np.float32)),
        Patch(pixels=patch.pixels[:-1], offset=patch.offset, whole=patch.whole),
        cut_out(colour, region),
    ):
        with pytest.raises(MaskingError, match="does not fit"):
            uncover(grey, region, other)
    with pytest.raises(MaskingError, match="outside"):
        cut_out(grey, Region(x=COLUMNS - 2, y=0, width=3, height=1))
    with pytest.raises(MaskingError, match="outside"):
        uncover(grey, Region(x=0, y=ROWS, width=5, height=4), patch)


def test_what_may_be_asked_for_is_what_was_filled_in_that_frame() -> None:
    first, second = Region(x=1, y=2, width=3, height=4), Region(x=9, y=2, width=3, height=4)
    report = Report(
        profile="p",
        verdict=Verdict.HELD,
        pixels=PixelCheck.PERSON,
        safe_harbor=(),
        regions=(
            box(first),
            box(first, detector="a"),
            box(second, frame=2),
            box(Region(x=0, y=0, width=9, height=9), detector=BLANKED),
        ),
    )
    assert regions_of(report, 0) == (first,)
    assert regions_of(report, 1) == (second,)
    assert regions_of(report, 2) == ()


@given(st.lists(regions(), max_size=6))
def test_overlapping_boxes_are_one_region_and_each_is_inside_one(boxes: list[Region]) -> None:
    report = Report(
        profile="p",
        verdict=Verdict.HELD,
        pixels=PixelCheck.PERSON,
        safe_harbor=(),
        regions=tuple(map(box, boxes)),
    )
    found = regions_of(report, 0)
    painted = np.zeros((ROWS, COLUMNS), int)
    for each in found:
        painted[each.y : each.y + each.height, each.x : each.x + each.width] += 1
    assert painted.max(initial=0) <= 1
    for each in boxes:
        assert painted[each.y : each.y + each.height, each.x : each.x + each.width].all()
