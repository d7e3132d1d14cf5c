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
    if bits < 8:
        return _from_narrow_ybr(cells, bits, is_partial=is_partial)
    scaled = cells.astype(np.float64) / (1 << bits - 8)
    y, cb, cr = (scaled[:, :, k] for k in range(3))
    if is_partial:
        y, cb, cr = (y - 16) * 255 / 219, (cb - 128) * 255 / 224, (cr - 128) * 255 / 224
    else:
        cb, cr = cb - 128, cr - 128
    rgb = np.stack([y + 1.402 * cr, y - 0.344136286 * cb - 0.714136286 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(np.floor(rgb + 0.5), 0, 255).astype(np.uint8)


def _from_narrow_ybr(cells: NDArray[np.generic], bits: int, *, is_partial: bool) -> NDArray[np.uint8]:
    """Of fewer than 8 bits the standard says nothing: as dcmtk, around half the largest value and in whole levels of so many bits."""
    most = (1 << bits) - 1
    y, cb, cr = ((cells[:, :, k].astype(np.int64) & most).astype(np.float64) for k in range(3))
    if is_partial:
        y = 1.1631 * y
        rgb = (
            y + 1.5969 * cr - 0.8713 * most,
            y - 0.3913 * cb - 0.8121 * cr + 0.5290 * most,
            y + 2.0177 * cb - 1.0820 * most,
        )
    else:
        rgb = (
            y + 1.4020 * cr - 0.7010 * most,
            y - 0.3441 * cb - 0.7141 * cr + 0.5291 * most,
            y + 1.7720 * cb - 0.8859 * most,
        )
    return _in_8_bits(np.clip(np.stack(rgb, axis=-1), 0, most).astype(np.int64), bits)
