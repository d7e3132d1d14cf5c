"""What a person looks at to believe a trace: the leak laid onto the frame, and where in it the mark agrees."""

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.watermark.aligning import Aligned
from viewer.watermark.keying import Key
from viewer.watermark.layout import CELL, layout_of
from viewer.watermark.pattern import cell_signs
from viewer.watermark.payload import Payload

Picture = NDArray[np.uint8]

_SPAN = 5  # cells that the map is averaged over, each way


def laid_out(aligned: Aligned) -> Picture:
    """The leak as the frame was, over the region that was read: grey, (height, width); black where it is not seen."""
    laid = aligned.reading.laid
    return np.clip(np.round(laid.picture * laid.seen), 0, 255).astype(np.uint8)


def sent_part(aligned: Aligned, sent: Picture) -> Picture:
    """The same region of `sent`, grey; black outside it."""
    region = aligned.reading.laid.region
    grey = sent if sent.ndim == 2 else np.asarray(cv2.cvtColor(sent, cv2.COLOR_RGB2GRAY), np.uint8)
    part = np.zeros((region.rows * CELL, region.columns * CELL), np.uint8)
    top, left = region.top * CELL, region.left * CELL
    cut = grey[top : top + part.shape[0], left : left + part.shape[1]]
    part[: cut.shape[0], : cut.shape[1]] = cut
    return part


def agreement(key: Key, aligned: Aligned, payload: Payload) -> Picture:
    """How far each place agrees with `payload`: RGB, a cell is 8 x 8 px; blue against, red for, white neither."""
    reading = aligned.reading
    region = reading.laid.region
    signs = cell_signs(key, payload, region) * region.cut(layout_of(key).sign)
    agreed = reading.said * signs
    spread = np.sqrt(cv2.blur(np.square(agreed), (4 * _SPAN, 4 * _SPAN))) + 1e-6
    level = np.clip(cv2.blur((agreed / spread).astype(np.float32), (_SPAN, _SPAN)), -1, 1)
    level[reading.said == 0] = 0
    fade = (255 * (1 - np.abs(level))).astype(np.uint8)
    full = np.full_like(fade, 255)
    colours = np.where(
        (level > 0)[..., np.newaxis], np.dstack([full, fade, fade]), np.dstack([fade, fade, full])
    ).astype(np.uint8)
    return np.repeat(np.repeat(colours, CELL, axis=0), CELL, axis=1)
