"""One table: transfer syntax → decoder of one frame. Order pinned by the measurements in the architecture document.

imagecodecs first; Pillow second for JPEG 2000; pylibjpeg-openjpeg for colour HTJ2K; pylibjpeg-rle for run lengths.
"""

from collections.abc import Callable
from io import BytesIO
from types import MappingProxyType

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from viewer.errors import UnreadableFile, UnsupportedFile
from viewer.imaging import codestream
from viewer.imaging.pixel_header import PixelHeader

Decoder = Callable[[bytes, PixelHeader], NDArray[np.generic]]

_P = "1.2.840.10008.1.2"
BIG_ENDIAN = f"{_P}.2"
RLE = f"{_P}.5"
UNCOMPRESSED = frozenset({_P, f"{_P}.1", f"{_P}.1.98", f"{_P}.1.99", BIG_ENDIAN})


def _jpeg(data: bytes, header: PixelHeader) -> NDArray[np.generic]:
    """Baseline, extended and progressive JPEG. Colour comes back as RGB: libjpeg's own conversion is dcmtk's, bit for bit."""
    if header.samples == 1:
        return np.asarray(imagecodecs.jpeg8_decode(data))
    space = (
        "RGB" if header.photometric == "RGB" else "YCBCR"
    )  # the header's word: markers for it are rare and wrong
    return np.asarray(imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace="RGB"))


def _lossless(data: bytes, header: PixelHeader) -> NDArray[np.generic]:
    """One component by liblj92; colour, and what that refuses (restart markers), by the two others.

    These two leave a point transform undone: such data is libjpeg's.
    """
    decoders = (imagecodecs.ljpeg_decode, imagecodecs.jpegsof3_decode)
    for decoder in decoders if codestream.point_transform(data) == 0 else ():
        try:
            return np.asarray(decoder(data))
        except Exception:  # noqa: BLE001, S112 - each codec raises a type of its own; the last one's is told
            continue
    space = "RGB" if header.samples == 3 else "GRAYSCALE"
    return np.asarray(imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space))


def _jpegls(data: bytes, _header: PixelHeader) -> NDArray[np.generic]:
    return np.asarray(imagecodecs.jpegls_decode(data))


def _jpeg2000(data: bytes, header: PixelHeader) -> NDArray[np.generic]:
    try:
        return np.asarray(imagecodecs.jpeg2k_decode(data))
    except Exception:
        if header.allocated > 16:
            raise
        with Image.open(BytesIO(data), formats=("JPEG2000",)) as picture:
            return np.asarray(picture)


def _htj2k(data: bytes, header: PixelHeader) -> NDArray[np.generic]:
    if header.samples == 3:
        import openjpeg  # noqa: PLC0415 - 30 ms that only this needs

        return np.asarray(openjpeg.decode(BytesIO(data)))
    return np.asarray(imagecodecs.jpeg2k_decode(data))


def _jpegxl(data: bytes, _header: PixelHeader) -> NDArray[np.generic]:
    return np.asarray(imagecodecs.jpegxl_decode(data))


def _rle(data: bytes, header: PixelHeader) -> NDArray[np.generic]:
    from rle.utils import decode_frame  # noqa: PLC0415 - it imports all of pydicom's plug-ins

    if header.allocated not in {8, 16, 32}:
        raise UnsupportedFile("the number of bits per pixel is not supported")
    try:
        raw = decode_frame(data, header.rows * header.columns, header.allocated, "<")
    except Exception:
        raise
    except BaseException as panic:  # Rust's, which is no Exception
        raise UnreadableFile("the compressed picture is damaged") from panic
    plane = np.frombuffer(raw, np.dtype(f"<u{header.allocated // 8}"))
    planes = plane.reshape(header.samples, header.rows, header.columns)
    return planes[0] if header.samples == 1 else np.ascontiguousarray(planes.transpose(1, 2, 0))


DECODERS: MappingProxyType[str, Decoder] = MappingProxyType(
    {
        RLE: _rle,
        **{f"{_P}.4.{n}": _jpeg for n in (50, 51, 52, 53, 54, 55, 56)},
        **{f"{_P}.4.{n}": _lossless for n in (57, 70)},
        **{f"{_P}.4.{n}": _jpegls for n in (80, 81)},
        **{f"{_P}.4.{n}": _jpeg2000 for n in (90, 91, 92, 93)},
        **{f"{_P}.4.{n}": _htj2k for n in (201, 202, 203)},
        **{f"{_P}.4.{n}": _jpegxl for n in (110, 111, 112)},
    }
)
"""Retired .52, .54 and .56 are what .53 and .55 are made of, with other bit depths: the same decoder takes them."""

RESOLVES_YBR = frozenset(
    syntax for syntax, decoder in DECODERS.items() if decoder in {_jpeg, _jpeg2000, _htj2k, _jpegxl}
)
"""Syntaxes whose codestream turns RGB into YBR: their decoders give RGB back."""
