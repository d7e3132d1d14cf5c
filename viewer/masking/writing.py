"""A de-identified DICOM file: a rebuilt header and masked pixels, without compression."""

import io

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from viewer.errors import MaskingError
from viewer.imaging.icc import srgb_profile
from viewer.imaging.presentation import Lut
from viewer.masking.image import MaskedFrame, MaskedImage

# Type 2 in the modules of every image, PS3.3 A.1.2 to A.4: present, and empty where nothing may be told.
_EMPTY = [
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "SeriesNumber",
    "Manufacturer",
    "InstanceNumber",
    "PatientOrientation",
]
_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"  # and its multi-frame kin
_BYTES, _WORDS, _COLOURS = f"{_SECONDARY}.2", f"{_SECONDARY}.3", f"{_SECONDARY}.4"
_LONG = {False: (0, (1 << 32) - 1), True: (-(1 << 31), (1 << 31) - 1)}  # by whether it is signed
_SIGNED = {2: (-(1 << 15), 1 << 15), 4: (-(1 << 31), 1 << 31)}


def to_dicom(header: Dataset, image: MaskedImage) -> bytes:
    """The file's bytes, Explicit VR Little Endian. `header`: rebuilt; it is changed. Errors: MaskingError."""
    first = image.frames[0]
    if any(frame.pixels.shape != first.pixels.shape for frame in image.frames):
        raise MaskingError("the frames differ in size")
    header.Rows, header.Columns = first.pixels.shape[:2]
    header.PhotometricInterpretation = first.presentation.photometric
    for keyword in ("PlanarConfiguration", "SmallestImagePixelValue", "LargestImagePixelValue"):
        if keyword in header:
            del header[keyword]
    if len(image.frames) > 1 or "NumberOfFrames" in header:
        header.NumberOfFrames = len(image.frames)
    if first.pixels.ndim == 3:
        _put_colour(header, image)
    elif first.pixels.dtype == np.float32:
        _put_floats(header, image)
    else:
        _put_grey(header, image)
    _put_luts(header, first)
    _complete(header)
    held = io.BytesIO()
    dcmwrite(held, header, enforce_file_format=True)
    return held.getvalue()


def _complete(header: Dataset) -> None:
    if not header.get("SOPClassUID"):
        _as_capture(header)
    for keyword in _EMPTY:
        if keyword not in header:
            setattr(header, keyword, None)
    if "FrameOfReferenceUID" in header and "PositionReferenceIndicator" not in header:
        header.PositionReferenceIndicator = None
    if str(header.get("SOPClassUID", "")).startswith(_SECONDARY) and "ConversionType" not in header:
        header.ConversionType = "WSD"  # from a workstation, PS3.3 C.8.6.1
    if header.get("SamplesPerPixel") == 1:
        _without_palette(header)


def _as_capture(header: Dataset) -> None:
    """A picture of a kind that the standard does not know, or that the file does not say: a secondary capture."""
    kin = _COLOURS if header.SamplesPerPixel == 3 else _BYTES if header.BitsAllocated == 8 else _WORDS
    header.SOPClassUID = kin if "NumberOfFrames" in header else _SECONDARY
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID


def _without_palette(group: Dataset) -> None:
    """Grey pictures whose supplemental palette (PS3.3 C.7.6.19) stays out are not called coloured."""
    if group.get("PixelPresentation") in {"COLOR", "MIXED"}:
        group.PixelPresentation = "MONOCHROME"
    for element in group:
        if element.VR == "SQ":
            for item in element.value:
                _without_palette(item)


def _put_colour(header: Dataset, image: MaskedImage) -> None:
    header.SamplesPerPixel, header.PlanarConfiguration = 3, 0
    for path in header.get("OpticalPathSequence") or ():  # of slides: their colours are sRGB by now
        path.ICCProfile = srgb_profile()
    _put(header, np.stack([frame.pixels for frame in image.frames]), bits=8)


def _put_floats(header: Dataset, image: MaskedImage) -> None:
    header.SamplesPerPixel, header.BitsAllocated = 1, 32
    values = np.stack([frame.pixels for frame in image.frames])
    if "BitsStored" in header and not np.any(values % 1):
        _put_long(header, values.astype(np.float64))
        return
    for keyword in ("BitsStored", "HighBit", "PixelRepresentation"):
        if keyword in header:
            del header[keyword]
    header[0x7FE00008] = DataElement(0x7FE00008, "OF", values.astype("<f4").tobytes())


def _put_long(header: Dataset, values: NDArray[np.float64]) -> None:
    """Integers of 32 bits, such as of a dose, that were floats on their way: rounded beyond 2^24, so they may pass the end."""
    is_signed = bool(values.min() < 0)
    _put(header, np.clip(values, *_LONG[is_signed]).astype("<i4" if is_signed else "<u4"), bits=32)
    header.PixelRepresentation = int(is_signed)


def _put_grey(header: Dataset, image: MaskedImage) -> None:
    header.SamplesPerPixel = 1
    first = image.frames[0]
    if all(frame.offset == 0 for frame in image.frames):
        size = first.pixels.dtype.itemsize
        stored = first.presentation.bits_stored
        bits = stored if 0 < stored <= size * 8 else size * 8
        values = np.stack([frame.pixels for frame in image.frames])
        if header.get("SegmentationType") == "BINARY" and values.max() <= 1:
            _put_bits(header, values)
        else:
            _put(header, values, bits=bits)
        return
    values = np.stack([frame.pixels.astype(np.int64) + frame.offset for frame in image.frames])
    size = next(
        (size for size, (low, end) in _SIGNED.items() if low <= values.min() and values.max() < end), 0
    )
    if size == 0:
        raise MaskingError("the stored values need more than 32 bits")
    stored = first.presentation.bits_stored
    least = 1 << (stored - 1) if 0 < stored <= size * 8 else 0
    fits = least and -least <= int(values.min()) and int(values.max()) < least
    _put(header, values.astype(f"<i{size}"), bits=stored if fits else size * 8)
    header.PixelRepresentation = 1


def _put_bits(header: Dataset, values: NDArray[np.generic]) -> None:
    """One bit a pixel, the first in the lowest, frames without a gap: PS3.5 8.1.1, PS3.3 C.8.20.2."""
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 1, 1, 0, 0
    data = np.packbits(values.astype(np.uint8).ravel(), bitorder="little").tobytes()
    header[0x7FE00010] = DataElement(0x7FE00010, "OB", data + b"\0" * (len(data) % 2))


def _put(header: Dataset, values: NDArray[np.generic], *, bits: int) -> None:
    size = values.dtype.itemsize
    header.BitsAllocated, header.BitsStored, header.HighBit = size * 8, bits, bits - 1
    header.PixelRepresentation = 0
    data = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).tobytes()
    vr = "OB" if size == 1 else "OW"
    header[0x7FE00010] = DataElement(0x7FE00010, vr, data + b"\0" * (len(data) % 2))


def _put_luts(header: Dataset, frame: MaskedFrame) -> None:
    """Lookup tables travel with the frames, as numbers; in the file they go back to their sequences."""
    modality = frame.presentation.modality
    if isinstance(modality, Lut):
        item = _lut(modality)
        item.ModalityLUTType = "US"
        header.ModalityLUTSequence = Sequence([item])
    if frame.presentation.voi_luts and frame.pixels.ndim == 2:
        header.VOILUTSequence = Sequence([_lut(lut) for lut in frame.presentation.voi_luts])


def _lut(lut: Lut) -> Dataset:
    item = Dataset()
    vr = "SS" if lut.first < 0 else "US"
    item[0x00283002] = DataElement(0x00283002, vr, [len(lut.values) % 65_536, lut.first, lut.bits])
    item[0x00283006] = DataElement(0x00283006, "OW", np.asarray(lut.values, "<u2").tobytes())
    return item
