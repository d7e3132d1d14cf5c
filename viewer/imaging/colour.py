"""Palettes and YBR to RGB."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from viewer.errors import UnsupportedFile
from viewer.imaging.attributes import integer

_J2K = "1.2.840.10008.1.2.4.9"


def palette(dataset: Dataset, values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """PALETTE COLOR indices to 8-bit RGB, PS3.3 C.7.6.3.1.5; segmented tables are expanded."""
    mapped = apply_color_lut(values, dataset)
    return (mapped >> 8).astype(np.uint8) if mapped.dtype == np.uint16 else mapped.astype(np.uint8)


def to_rgb(dataset: Dataset, values: NDArray[np.generic], photometric: str, syntax: str) -> NDArray[np.uint8]:
    """Three-sample values to 8-bit RGB."""
    if photometric.startswith("YBR_") and not (syntax.startswith((_J2K, "1.2.840.10008.1.2.4.20"))):
        if photometric not in {
            "YBR_FULL",
            "YBR_FULL_422",
            "YBR_PARTIAL_422",
            "YBR_PARTIAL_420",
            "YBR_RCT",
            "YBR_ICT",
        }:
            raise UnsupportedFile("the photometric interpretation is not supported")
        return _from_ybr(values[:, :, :3], partial=photometric.startswith("YBR_PARTIAL"))
    bits = integer(dataset, "BitsStored", 8)
    values = values[:, :, :3]
    return values.astype(np.uint8) if bits <= 8 else (values.astype(np.uint64) >> (bits - 8)).astype(np.uint8)


def _from_ybr(values: NDArray[np.generic], *, partial: bool) -> NDArray[np.uint8]:
    """PS3.3 C.7.6.3.1.2."""
    y, cb, cr = (values[:, :, k].astype(np.float64) for k in range(3))
    if partial:
        y, cb, cr = (y - 16) * 255 / 219, (cb - 128) * 255 / 224, (cr - 128) * 255 / 224
    else:
        cb, cr = cb - 128, cr - 128
    rgb = np.stack([y + 1.402 * cr, y - 0.344136286 * cb - 0.714136286 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(np.floor(rgb + 0.5), 0, 255).astype(np.uint8)
