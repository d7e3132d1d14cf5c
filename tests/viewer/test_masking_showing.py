"""What a header wants done to a picture is done before it is kept: what a shutter closes is gone, colours are sRGB."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from viewer.imaging.icc import to_srgb
from viewer.imaging.image import RawFrame
from viewer.imaging.presentation import Presentation
from viewer.masking.showing import shown

CRAYONS = Path(pydicom.__file__).parent / "data" / "test_files" / "crayons.icc"


def _frame(photometric: str = "MONOCHROME2", **more: object) -> RawFrame:
    kind, shape = (np.uint8, (20, 30, 3)) if photometric == "RGB" else (np.int16, (20, 30))
    pixels = np.random.default_rng(3).integers(0, 200, shape).astype(kind)
    return RawFrame(pixels=pixels, presentation=Presentation(photometric=photometric, **more))  # type: ignore[arg-type]


def _shuttered() -> Dataset:
    ds = Dataset()
    ds.ShutterShape = "RECTANGULAR"
    ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = 5, 25
    ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = 3, 18
    return ds


@pytest.mark.parametrize(
    ("frame", "black"),
    [
        (_frame(), 0),
        (_frame("MONOCHROME1"), 199),
        (_frame(padding=(-2000, -2000)), -2000),
        (_frame(padding=(100_000, 100_000)), 0),
        (_frame("RGB"), 0),
    ],
    ids=["grey", "inverse", "padding", "a padding that the pixels can't hold", "colour"],
)
def test_what_a_shutter_closes_is_not_kept(frame: RawFrame, black: int) -> None:
    before = frame.pixels.copy()
    (after,) = shown(_shuttered(), [frame])
    opening = np.zeros((20, 30), bool)
    opening[2:18, 4:25] = True
    assert (after.pixels[opening] == before[opening]).all()
    assert (after.pixels[~opening] == black).all()
    assert (frame.pixels == before).all()
    assert after.pixels.dtype == before.dtype


def test_colours_are_kept_as_srgb_and_a_damaged_profile_changes_nothing() -> None:
    frame, ds = _frame("RGB"), Dataset()
    ds.ICCProfile = CRAYONS.read_bytes()
    (turned,) = shown(ds, [frame])
    assert (turned.pixels == to_srgb(np.asarray(frame.pixels, np.uint8), CRAYONS.read_bytes())).all()
    assert (turned.pixels != frame.pixels).any()
    ds.ICCProfile = b"no profile"
    assert next(shown(ds, [frame])) is frame


def test_other_pictures_are_as_they_were() -> None:
    frames = [_frame(), _frame("MONOCHROME1")]
    assert all(one is other for one, other in zip(shown(Dataset(), frames), frames, strict=True))
