"""ICC profiles: sRGB is itself, another profile moves colours as LittleCMS does by another way, damage is refused."""

from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import ImageCms
from pydicom.dataset import Dataset

from viewer.errors import UnreadableFile
from viewer.imaging.icc import MAX_PROFILE_BYTES, icc_profile, to_srgb

PIXELS = np.random.default_rng(2).integers(0, 256, (20, 30, 3)).astype(np.uint8)
CRAYONS = Path(pydicom.__file__).parent / "data" / "test_files" / "crayons.icc"


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_srgb_is_itself() -> None:
    assert np.abs(to_srgb(PIXELS, _srgb()).astype(int) - PIXELS).max() <= 1


def test_another_profile_as_another_binding_of_the_library_does_it() -> None:
    profile = CRAYONS.read_bytes()
    ours = to_srgb(PIXELS, profile)
    theirs = imagecodecs.cms_transform(
        PIXELS, profile, _srgb(), colorspace="rgb", outcolorspace="rgb", intent=0
    )
    assert (ours != PIXELS).any()
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1


def test_where_a_profile_is() -> None:
    ds, path = Dataset(), Dataset()
    assert icc_profile(ds) is None
    path.ICCProfile = b"path"
    ds.OpticalPathSequence = [path]
    assert icc_profile(ds) == b"path"
    ds.ICCProfile = b"own!"
    assert icc_profile(ds) == b"own!"


@pytest.mark.parametrize(
    "profile", [b"", b"no profile", CRAYONS.read_bytes()[:200], bytes(MAX_PROFILE_BYTES + 1)]
)
def test_a_damaged_profile_is_refused(profile: bytes) -> None:
    with pytest.raises(UnreadableFile, match="colour profile"):
        to_srgb(PIXELS, profile)
