"""A place in the frame that was sent made exact by the picture itself: where its edges are, not where the mark's are.

Gauss-Newton steps on a homography (Lucas and Kanade; Baker and Matthews, Int. J. Comput. Vis. 56, 2004), of a tone that is
fitted about each px.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.explaining import beside, explained_by
from viewer.watermark.warping import Matrix, covered, lay, stepped
from viewer.watermark.whitening import Plane, blur

_MOST = 1280  # px each way of the frame that are compared
_BLURS = 5.0, 2.5, 1.2, 1.2  # px, of one step after the other
_RIM = 9  # px: so near to the end of what is seen nothing is compared
_NEAR, _NOISE = 6.0, 1.0  # px, squared grey levels: what is left is taken to be even over so many
_CLIP = 2.0  # deviations: what stands out further is no edge that is a little off
_EVERY = 2  # px
_EXPECTED = np.array([8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 4.0, 4.0])  # px: what a step is expected to do
_UNIT = 512.0  # px


def nearer(leak: Plane, sent: Plane, to_leak: Matrix, about: tuple[float, float]) -> Matrix:
    """`to_leak` after the steps under which `leak` shows `sent` ever better; it needs to be right to some px."""
    for blurred in _BLURS:
        step = _step(leak, sent, to_leak, about, blurred)
        if step is None:
            break
        to_leak = to_leak @ step
    return to_leak


def _step(
    leak: Plane, sent: Plane, to_leak: Matrix, about: tuple[float, float], blurred: float
) -> Matrix | None:
    region = covered(to_leak, leak.shape, most=_MOST, about=about)
    if region is None:
        return None
    laid = lay(leak, to_leak, region)
    frame, inside = beside(laid, sent)
    inner = np.asarray(cv2.erode(inside, np.ones((_RIM, _RIM), np.uint8)), np.float32)
    if not inner.any():
        return None
    picture = blur(laid.picture, blurred)
    explained = explained_by(picture, [blur(frame, blurred)], inside)
    left = (picture - explained) * inner
    weight = inner / np.sqrt(blur(left * left, _NEAR) + _NOISE)
    across, down = (cv2.Sobel(explained, cv2.CV_32F, *way, scale=1 / 8) * weight for way in ((1, 0), (0, 1)))
    wanted = np.clip(left * weight, -_CLIP, _CLIP)
    every = np.s_[::_EVERY, ::_EVERY]
    gx, gy, wanted = (np.ascontiguousarray(each[every]).ravel() for each in (across, down, wanted))
    rows, columns = (np.arange(0, size, _EVERY, dtype=np.float32) for size in picture.shape)
    left_, top = region.corner
    middle = left_ + picture.shape[1] / 2, top + picture.shape[0] / 2
    x, y = (
        each.ravel()
        for each in np.meshgrid((left_ + columns - middle[0]) / _UNIT, (top + rows - middle[1]) / _UNIT)
    )
    turned = -(gx * x + gy * y)
    terms: NDArray[np.float32] = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy, turned * x, turned * y])
    moved = np.linalg.solve(terms @ terms.T + np.diag(1 / np.square(_EXPECTED)), terms @ wanted)
    return stepped(-moved, middle, _UNIT)
