"""Pixel data to stored values or RGB, frame by frame."""

import warnings

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames

from viewer.errors import ImagingError, UnreadableFile, UnsupportedFile
from viewer.imaging.attributes import integer, presentation_of, text
from viewer.imaging.colour import palette, to_rgb
from viewer.imaging.image import RawFrame, RawImage
from viewer.imaging.syntaxes import DECODERS, Coding

MAX_SAMPLES = 1 << 31  # of one file
MAX_SIDE = 65_535
_UNCOMPRESSED = {
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.98",
}
_BIG_ENDIAN = "1.2.840.10008.1.2.2"


def frame_count(dataset: Dataset) -> int:
    """How many frames the header claims; at least 1."""
    return max(1, integer(dataset, "NumberOfFrames", 1))


def decode(dataset: Dataset, index: int) -> RawFrame:
    """Frame `index` (from 0). Errors: UnreadableFile, UnsupportedFile."""
    return _guarded(dataset, index)


def decode_all(dataset: Dataset) -> RawImage:
    """Every frame, in stored order. Errors: UnreadableFile, UnsupportedFile."""
    count = frame_count(dataset)
    return RawImage(frames=tuple(_guarded(dataset, index) for index in range(count)))


def _guarded(dataset: Dataset, index: int) -> RawFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(dataset, index)
    except ImagingError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # decoders raise whatever a damaged file leads them to
        raise UnreadableFile(f"the pixel data can't be decoded ({type(error).__name__})") from error


def _decode(dataset: Dataset, index: int) -> RawFrame:
    rows, columns = integer(dataset, "Rows", 0), integer(dataset, "Columns", 0)
    samples = integer(dataset, "SamplesPerPixel", 1)
    count = frame_count(dataset)
    keyword = next((k for k in ("PixelData", "FloatPixelData", "DoubleFloatPixelData") if k in dataset), None)
    if keyword is None:
        raise UnsupportedFile("there is no pixel data in the file")
    if not (0 < rows <= MAX_SIDE and 0 < columns <= MAX_SIDE and samples in (1, 3, 4)):
        raise UnreadableFile("the picture's size is missing or out of range")
    if rows * columns * samples * count > MAX_SAMPLES:
        raise UnreadableFile("the pictures are larger than can be shown")
    if index >= count:
        raise UnreadableFile(f"there is no frame {index + 1}: the file has {count}")
    pixels = _stored(dataset, keyword, index)
    if pixels.shape[:2] != (rows, columns):
        raise UnreadableFile("the decoded picture has another size than the header says")
    photometric = text(dataset, "PhotometricInterpretation") or ("RGB" if samples == 3 else "MONOCHROME2")
    if photometric == "PALETTE COLOR":
        pixels, photometric = palette(dataset, pixels), "RGB"
    elif pixels.ndim == 3:
        syntax = str(dataset.file_meta.TransferSyntaxUID)
        pixels, photometric = to_rgb(dataset, pixels, photometric, syntax), "RGB"
    return RawFrame(
        pixels=np.ascontiguousarray(pixels), presentation=presentation_of(dataset, index, photometric)
    )


def _stored(dataset: Dataset, keyword: str, index: int) -> NDArray[np.generic]:
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    if keyword != "PixelData" or syntax in _UNCOMPRESSED:
        return _uncompressed(dataset, keyword, index, syntax)
    decoder = DECODERS.get(syntax)
    if decoder is None:
        raise UnsupportedFile("the transfer syntax is not supported")
    coding = Coding(
        integer(dataset, "Rows", 0),
        integer(dataset, "Columns", 0),
        integer(dataset, "SamplesPerPixel", 1),
        integer(dataset, "BitsAllocated", 8),
        text(dataset, "PhotometricInterpretation"),
    )
    count = frame_count(dataset)
    for position, data in enumerate(generate_frames(dataset["PixelData"].value, number_of_frames=count)):
        if position == index:
            return _typed(dataset, np.asarray(decoder(data, coding)))
    raise UnreadableFile("the pixel data ends before this frame")


def _typed(dataset: Dataset, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Unsigned containers to the header's sign; bits above BitsStored sign-extended or cleared."""
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.dtype.kind == "f" or values.ndim == 3:
        return values
    bits = integer(dataset, "BitsStored", values.dtype.itemsize * 8)
    width = values.dtype.itemsize * 8
    signed = integer(dataset, "PixelRepresentation", 0) == 1
    if not 0 < bits <= width:
        bits = width
    shift = width - bits
    kind = np.dtype(f"{'i' if signed else 'u'}{values.dtype.itemsize}")
    moved = values.astype(np.dtype(f"u{values.dtype.itemsize}"), copy=False)
    if shift:
        return (moved << shift).view(kind) >> shift
    return moved.view(kind)


def _uncompressed(dataset: Dataset, keyword: str, index: int, syntax: str) -> NDArray[np.generic]:
    rows, columns = integer(dataset, "Rows", 0), integer(dataset, "Columns", 0)
    data = dataset[keyword].value
    order = ">" if syntax == _BIG_ENDIAN else "<"
    if keyword != "PixelData":
        kind = np.dtype(f"{order}f{4 if keyword == 'FloatPixelData' else 8}")
        return _take(data, index, rows * columns, kind).reshape(rows, columns).astype(kind.newbyteorder("="))
    if integer(dataset, "BitsAllocated", 0) == 1:
        return _bits(data, index, rows, columns)
    return _integers(dataset, index, order)


def _bits(data: bytes, index: int, rows: int, columns: int) -> NDArray[np.generic]:
    """One bit a pixel, frames packed one after the other without padding, PS3.5 8.1.1."""
    flat = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
    return _whole(flat[index * rows * columns : (index + 1) * rows * columns], rows * columns).reshape(
        rows, columns
    )


def _integers(dataset: Dataset, index: int, order: str) -> NDArray[np.generic]:
    rows, columns = integer(dataset, "Rows", 0), integer(dataset, "Columns", 0)
    samples = integer(dataset, "SamplesPerPixel", 1)
    data = dataset["PixelData"].value
    bits = integer(dataset, "BitsAllocated", 0)
    if bits not in (8, 16, 32, 64):
        raise UnsupportedFile("the number of bits per pixel is missing or not supported")
    kind = np.dtype(f"{order}u{bits // 8}")
    photometric = text(dataset, "PhotometricInterpretation")
    if samples == 3 and photometric == "YBR_FULL_422":
        return _ybr422(data, index, rows, columns)
    if order == ">" and bits == 8 and dataset["PixelData"].VR == "OW":
        data = np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
    values = _take(data, index, rows * columns * samples, kind).astype(kind.newbyteorder("="))
    if samples == 1:
        high = integer(dataset, "HighBit", 0)
        stored = integer(dataset, "BitsStored", bits)
        if 0 < stored <= high + 1 <= bits and high + 1 > stored:
            values = values >> (high + 1 - stored)
        return _typed(dataset, values.reshape(rows, columns))
    if integer(dataset, "PlanarConfiguration", 0) == 1:
        return values.reshape(samples, rows, columns).transpose(1, 2, 0)
    return values.reshape(rows, columns, samples)


def _take(data: bytes, index: int, count: int, kind: np.dtype) -> NDArray[np.generic]:
    start = index * count * kind.itemsize
    return _whole(np.frombuffer(data[start : start + count * kind.itemsize], kind), count)


def _whole(values: NDArray[np.generic], count: int) -> NDArray[np.generic]:
    if values.size != count:
        raise UnreadableFile("the pixel data is shorter than the header says")
    return values


def _ybr422(data: bytes, index: int, rows: int, columns: int) -> NDArray[np.uint8]:
    """Y1 Y2 Cb Cr for each pair of pixels, PS3.3 C.7.6.3.1.2."""
    groups = _take(data, index, rows * columns * 2, np.dtype("u1")).reshape(-1, 4)
    out = np.empty((groups.shape[0], 2, 3), np.uint8)
    out[:, :, 0] = groups[:, :2]
    out[:, :, 1] = groups[:, 2:3]
    out[:, :, 2] = groups[:, 3:4]
    return out.reshape(rows, columns, 3)
