"""One table: transfer syntax → decoder of one frame. Order pinned by the measurements in the architecture document."""

from collections.abc import Callable
from io import BytesIO
from types import MappingProxyType

import imagecodecs
import numpy as np
import openjpeg
from numpy.typing import NDArray
from rle.utils import decode_frame

Decoder = Callable[[bytes, "Coding"], NDArray[np.generic]]


class Coding:
    """What a codestream's decoder needs to know of the header: rows, columns, samples, bits allocated, photometric."""

    def __init__(self, rows: int, columns: int, samples: int, bits_allocated: int, photometric: str) -> None:
        self.rows = rows
        self.columns = columns
        self.samples = samples
        self.bits_allocated = bits_allocated
        self.photometric = photometric


def _jpeg8(data: bytes, coding: Coding) -> NDArray[np.generic]:
    """Baseline and extended JPEG. Colour comes back as stored (no transform), so that one place converts."""
    if coding.samples == 1:
        return imagecodecs.jpeg8_decode(data)
    space = "RGB" if coding.photometric == "RGB" else "YCBCR"
    return imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space)


def _jpeg(data: bytes, coding: Coding) -> NDArray[np.generic]:
    return _jpeg8(data, coding)


def _lossless(data: bytes, _coding: Coding) -> NDArray[np.generic]:
    try:
        return imagecodecs.ljpeg_decode(data)
    except Exception:  # noqa: BLE001 - the codec raises a type of its own per codec
        return imagecodecs.jpegsof3_decode(data)


def _jpegls(data: bytes, _coding: Coding) -> NDArray[np.generic]:
    return imagecodecs.jpegls_decode(data)


def _jpeg2000(data: bytes, _coding: Coding) -> NDArray[np.generic]:
    return imagecodecs.jpeg2k_decode(data)


def _htj2k(data: bytes, coding: Coding) -> NDArray[np.generic]:
    if coding.samples == 3:
        return np.asarray(openjpeg.decode(BytesIO(data)))
    return imagecodecs.jpeg2k_decode(data)


def _jpegxl(data: bytes, _coding: Coding) -> NDArray[np.generic]:
    return imagecodecs.jpegxl_decode(data)


def _rle(data: bytes, coding: Coding) -> NDArray[np.generic]:
    raw = decode_frame(data, coding.rows * coding.columns, coding.bits_allocated, "<")
    plane = np.frombuffer(raw, np.dtype(f"<u{coding.bits_allocated // 8}"))
    planes = plane.reshape(coding.samples, coding.rows, coding.columns)
    return planes[0] if coding.samples == 1 else np.ascontiguousarray(planes.transpose(1, 2, 0))


_P = "1.2.840.10008.1.2."
DECODERS = MappingProxyType(
    {
        f"{_P}5": _rle,
        **{f"{_P}4.{n}": _jpeg for n in (50, 51, 52, 53, 54, 55, 56)},
        **{f"{_P}4.{n}": _lossless for n in (57, 70)},
        **{f"{_P}4.{n}": _jpegls for n in (80, 81)},
        **{f"{_P}4.{n}": _jpeg2000 for n in (90, 91, 92, 93)},
        **{f"{_P}4.{n}": _htj2k for n in (201, 202, 203)},
        **{f"{_P}4.{n}": _jpegxl for n in (110, 111, 112)},
    }
)
