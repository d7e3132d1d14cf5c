"""ICC profiles: colours as the scanner saw them to sRGB, PS3.3 C.11.15 and C.8.12.5."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from pydicom.dataset import Dataset

from viewer.errors import UnreadableFile

MAX_PROFILE_BYTES = 16 << 20  # profiles of slide scanners with large tables have a few MiB


def icc_profile(dataset: Dataset) -> bytes | None:
    """The profile of a dataset's colours: its own, or that of its first optical path."""
    scopes = [dataset]
    if "OpticalPathSequence" in dataset:
        scopes += list(dataset["OpticalPathSequence"].value)[:1]
    for scope in scopes:
        value = scope.get("ICCProfile")
        if isinstance(value, bytes) and value:
            return value
    return None


@cache
def srgb_profile() -> bytes:
    """The colours of sRGB as an input device's profile, as PS3.3 C.11.15 wants them; the same on every day."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[12:16] = b"scnr"  # ICC.1, 7.2: the class, and the time it was made
    made[24:36] = bytes(12)
    return bytes(made)


def to_srgb(pixels: NDArray[np.uint8], profile: bytes) -> NDArray[np.uint8]:
    """8-bit RGB `pixels` (rows, columns, 3) of `profile` in sRGB, by its perceptual intent.

    Errors: UnreadableFile for a profile that is damaged, too large, or not of RGB.
    """
    if len(profile) > MAX_PROFILE_BYTES:
        raise UnreadableFile("the colour profile is too large")
    if profile == srgb_profile():
        return pixels
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # The library wants its own profile type; the pixels' layout is fixed.
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB")
        turned = ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(pixels)), transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise UnreadableFile("the colour profile can't be used") from error
    assert turned is not None
    return np.asarray(turned, np.uint8)
