"""ICC profiles: colours as the scanner saw them to sRGB, PS3.3 C.11.15 and C.8.12.5."""

import io

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


def to_srgb(pixels: NDArray[np.uint8], profile: bytes) -> NDArray[np.uint8]:
    """8-bit RGB `pixels` (rows, columns, 3) of `profile` in sRGB, by its perceptual intent.

    Errors: UnreadableFile for a profile that is damaged, too large, or not of RGB.
    """
    if len(profile) > MAX_PROFILE_BYTES:
        raise UnreadableFile("the colour profile is too large")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # The library wants its own profile type; the pixels' layout is fixed.
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB")
        turned = ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(pixels)), transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise UnreadableFile("the colour profile can't be used") from error
    assert turned is not None
    return np.asarray(turned, np.uint8)
