"""Quarter turns and mirrors of drawn levels, and of places on them."""

import numpy as np

from viewer.render.drawing import Levels


def turned(levels: Levels, degrees: int, *, mirrored: bool) -> Levels:
    """`levels` turned clockwise by a multiple of 90 `degrees`, and then mirrored left to right if `mirrored`."""
    found = np.rot90(levels, -(degrees // 90))
    return np.ascontiguousarray(found[:, ::-1] if mirrored else found)
