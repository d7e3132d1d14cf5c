"""The planes of a picture in which a mark may lie: its grey, and how blue or yellow it is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.whitening import Plane

Picture = NDArray[np.uint8]


def grey_plane(picture: Picture) -> Plane:
    """`picture`, (height, width) or (height, width, 3) in RGB, as float32 grey levels."""
    return np.asarray(picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def tint_plane(picture: Picture) -> Plane:
    """How blue or yellow an RGB `picture` is: float32, 128 where it is neither."""
    red, green, blue = (picture[..., channel].astype(np.float32) for channel in range(3))
    return np.asarray(128 + blue - (red + green) / 2, np.float32)
