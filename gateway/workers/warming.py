"""Every decoder used once before a worker gives up the file system: what is loaded lazily could not be loaded later.

In three stages, since the later ones cost a second each and many a process never opens a file or a text.
"""

import codecs
import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import charset, dcmwrite, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate

from gateway.workers.reading import detectors, mask_files
from viewer.errors import ViewerError
from viewer.masking import text
from viewer.masking.options import Option
from viewer.masking.profile import BASIC, MaskingProfile
from viewer.masking.pseudonyms import derive_keys
from viewer.watermark.leak import FORMATS, read_leak

_SIDE = 16
_RETAINING = MaskingProfile(
    options=frozenset(Option) - {Option.RETAIN_FULL_DATES}
)  # moves dates, cleans descriptors
_JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110"
_RAMP = np.arange(_SIDE * _SIDE, dtype=np.uint16).reshape(_SIDE, _SIDE)
_GREY: NDArray[np.uint8] = _RAMP.astype(np.uint8)
_COLOUR: NDArray[np.uint8] = np.dstack([_GREY, _GREY.T, 255 - _GREY])


class Need(IntEnum):
    """What a worker is forked for; each includes those before it."""

    PICTURE = 0  # decode a picture
    FILES = 1  # read, decode and mask files, but no texts
    TEXTS = 2  # those too


def warm(need: Need) -> None:
    """Do one small piece of the work of `need` alone; a decoder that is not installed is passed over.

    Errors: MaskingError if a detector's model is missing or another.
    """
    match need:
        case Need.PICTURE:
            _warm_pictures()
        case Need.FILES:
            for names in charset.python_encoding.values():
                with contextlib.suppress(LookupError):
                    codecs.lookup(names)
            _mask(_samples())
        case Need.TEXTS:
            text.prepare()
            _mask(["Name: nobody, 1.1.1970, é".encode()])


def _warm_pictures() -> None:
    Image.init()
    for kind in FORMATS:
        held = io.BytesIO()
        Image.fromarray(_COLOUR).save(held, kind)
        with contextlib.suppress(ViewerError):
            read_leak(held.getvalue())


def _mask(files: Iterable[bytes]) -> None:
    detectors()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the samples are minimal
        given = [(data, "") for data in files]
        for profile in (BASIC, _RETAINING):
            mask_files(given, profile, derive_keys(bytes(32), ""))
            given = given[:1]


def _samples() -> Iterator[bytes]:
    for syntax in (
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    ):
        yield _file(
            syntax, _RAMP, _RAMP.astype(">u2" if syntax == uid.ExplicitVRBigEndian else "<u2").tobytes()
        )
        yield _file(syntax, _COLOUR, _COLOUR.tobytes())
    for coded, pixels, frame in _compressed():
        yield _file(coded, pixels, encapsulate([bytes(frame)]))
    for kind in ("PNG", "JPEG", "TIFF"):
        for pixels in (_GREY, _COLOUR):
            held = io.BytesIO()
            Image.fromarray(pixels).save(held, kind)
            yield held.getvalue()


def _compressed() -> Iterator[tuple[str, NDArray[Any], bytes | bytearray]]:
    for pixels in (_GREY, _COLOUR):
        yield uid.JPEGBaseline8Bit, pixels, imagecodecs.jpeg8_encode(pixels)
        yield uid.HTJ2KLossless, pixels, imagecodecs.htj2k_encode(pixels)
        yield _JPEG_XL_LOSSLESS, pixels, imagecodecs.jpegxl_encode(pixels, lossless=True)
        for syntax in (uid.JPEG2000Lossless, uid.JPEG2000):
            yield syntax, pixels, imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k")
        for syntax in (uid.JPEGLSLossless, uid.JPEGLSNearLossless):
            yield syntax, pixels, imagecodecs.jpegls_encode(pixels)
    yield uid.JPEGExtended12Bit, _RAMP, imagecodecs.jpeg8_encode(_RAMP, bitspersample=12)
    for syntax in (uid.JPEGLossless, uid.JPEGLosslessSV1):
        yield syntax, _RAMP, imagecodecs.ljpeg_encode(_RAMP, bitspersample=12)
    for syntax in (uid.JPEG2000Lossless, uid.HTJ2KLossless, uid.HTJ2K):
        yield syntax, _RAMP, imagecodecs.jpeg2k_encode(_RAMP, level=0, codecformat="j2k")
    yield uid.JPEGLSLossless, _RAMP, imagecodecs.jpegls_encode(_RAMP)
    yield uid.RLELossless, _GREY, _run_length(_GREY)


def _run_length(pixels: NDArray[np.uint8]) -> bytes:
    """One segment of literal runs, PS3.5 G.3."""
    rows = b"".join(bytes([_SIDE - 1]) + row.tobytes() for row in pixels)
    return b"".join(number.to_bytes(4, "little") for number in (1, 64, *(0,) * 14)) + rows


def _file(syntax: str, pixels: NDArray[Any], value: bytes) -> bytes:
    ds = Dataset()
    ds.SOPClassUID = uid.CTImageStorage
    ds.SOPInstanceUID = "2.25.1"
    ds.Modality = "CT"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName = "nobody"
    ds.PatientID = "1"
    ds.PatientAge = "044Y"
    ds.StudyDate, ds.StudyTime, ds.AcquisitionDateTime = "20200102", "030405", "20200102030405"
    ds.SeriesDescription = "CHEST"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    ds.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored = 12 if pixels.dtype.itemsize == 2 else 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = 0
    ds.PixelData = value
    ds["PixelData"].VR = "OW" if ds.BitsAllocated == 16 else "OB"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.UID(syntax)
    held = io.BytesIO()
    if syntax == _JPEG_XL_LOSSLESS:  # newer than pydicom's list: it must be told how to write the header
        ds.preamble = bytes(128)
        dcmwrite(held, ds, force_encoding=True, implicit_vr=False, little_endian=True)
    else:
        dcmwrite(held, ds, enforce_file_format=True)
    return held.getvalue()
