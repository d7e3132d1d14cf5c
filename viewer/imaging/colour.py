"""YBR to RGB, and more than 8 bits to 8."""

import numpy as np
from numpy.typing import NDArray

from viewer.imaging.pixel_header import PixelHeader


def to_rgb(cells: NDArray[np.generic], header: PixelHeader, *, is_rgb: bool) -> NDArray[np.uint8]:
    """Three-sample cells to 8-bit RGB. `is_rgb`: they are no YBR, whatever the header says."""
    is_ybr = header.photometric.startswith("YBR_") and not is_rgb
    bits = min(header.stored, cells.dtype.itemsize * 8)
    if is_ybr:
        return _from_ybr(cells, bits, is_partial=header.photometric.startswith("YBR_PARTIAL"))
    if bits == 8 and cells.dtype == np.uint8:
        return np.asarray(cells, np.uint8)
    return _in_8_bits(cells, bits)


def _in_8_bits(cells: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    values = cells.astype(np.int64) & ((1 << bits) - 1)
    return np.asarray(values >> (bits - 8) if bits > 8 else values * 255 // ((1 << bits) - 1), np.uint8)


def _from_ybr(cells: NDArray[np.generic], bits: int, *, is_partial: bool) -> NDArray[np.uint8]:
    """PS3.3 C.7.6.3.1.2, samples of more than 8 bits brought to 8 first."""
    scaled = (
        cells.astype(np.float64) / (1 << bits - 8)
        if bits >= 8
        else _in_8_bits(cells, bits).astype(np.float64)
    )
    y, cb, cr = (scaled[:, :, k] for k in range(3))
    if is_partial:
        y, cb, cr = (y - 16) * 255 / 219, (cb - 128) * 255 / 224, (cr - 128) * 255 / 224
    else:
        cb, cr = cb - 128, cr - 128
    rgb = np.stack([y + 1.402 * cr, y - 0.344136286 * cb - 0.714136286 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(np.floor(rgb + 0.5), 0, 255).astype(np.uint8)
