"""A written file is an object of its kind: with UIDs, bits and kinds that the standard has for it."""

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.viewer import dicom_files
from viewer.imaging.decoding import decode_all
from viewer.imaging.icc import srgb_profile, to_srgb
from viewer.imaging.reading import read
from viewer.masking.applying import DicomSource, apply
from viewer.masking.image import MaskedImage
from viewer.masking.pixels import mask_frame
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.writing import to_dicom

KEYS = derive_keys(bytes(32), "p")
UIDS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")


def _written(
    source: Dataset, *, origin: str = "a file", blank: bool = True, nameless: bool = False
) -> Dataset:
    """As masked without detectors, which blanks it; or with its own pixels."""
    dataset = read(dicom_files.encoded(source))
    if nameless:
        del dataset.SOPInstanceUID
    masked = apply(DicomSource(dataset=dataset, origin=origin), BASIC, KEYS, None)
    assert masked.header is not None
    assert masked.image is not None
    own = MaskedImage(frames=tuple(mask_frame(frame) for frame in decode_all(dataset).frames))
    return read(to_dicom(masked.header, masked.image if blank else own))


def test_a_file_without_uids_gets_its_own() -> None:
    """Public files are so, and no DICOM file can be written without them."""
    source = dicom_files.dataset(np.zeros((8, 8), np.uint16))
    first, again, other = (_written(source, origin=origin, nameless=True) for origin in ("one", "one", "two"))
    names = [tuple(str(each[keyword].value) for keyword in UIDS) for each in (first, again, other)]
    assert names[0] == names[1]
    assert len({*names[0], *names[2]}) == 6


@pytest.mark.parametrize(
    ("pixels", "frames", "kind"),
    [
        (np.zeros((8, 8), np.uint16), 0, uid.SecondaryCaptureImageStorage),
        (np.zeros((16, 8), np.uint16), 2, uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage),
        (np.zeros((16, 8), np.uint8), 2, uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage),
        (np.zeros((16, 8, 3), np.uint8), 2, uid.MultiFrameTrueColorSecondaryCaptureImageStorage),
    ],
)
def test_a_picture_of_an_unknown_kind_is_written_as_a_capture(
    pixels: np.ndarray, frames: int, kind: uid.UID
) -> None:
    bits = 8 * pixels.dtype.itemsize
    colours = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    source = dicom_files.dataset(pixels, bits=bits, stored=bits, photometric=colours, SOPClassUID="1.2.3.4.5")
    if frames:
        source.NumberOfFrames, source.Rows = frames, pixels.shape[0] // frames
    written = _written(source)
    assert written.SOPClassUID == written.file_meta.MediaStorageSOPClassUID == kind
    assert written.ConversionType == "WSD"


def test_a_dose_stays_whole_numbers_of_32_bits() -> None:
    pixels = np.arange(64, dtype=np.uint32).reshape(8, 8) * 100_000
    source = dicom_files.dataset(
        pixels, bits=32, stored=32, SOPClassUID=uid.RTDoseStorage, DoseGridScaling="1e-6"
    )
    written = _written(source, blank=False)
    assert (written.BitsAllocated, written.BitsStored, written.PixelRepresentation) == (32, 32, 0)
    assert "FloatPixelData" not in written
    assert np.array_equal(np.frombuffer(written.PixelData, "<u4"), pixels.ravel())


def test_a_binary_segmentation_keeps_one_bit_a_pixel() -> None:
    pixels = np.random.default_rng(3).integers(0, 2, (2, 5, 7)).astype(np.uint8)
    data = np.packbits(pixels.ravel(), bitorder="little").tobytes()
    source = dicom_files.dataset(
        pixels[0],
        bits=1,
        stored=1,
        data=data,
        SOPClassUID=uid.SegmentationStorage,
        SegmentationType="BINARY",
        NumberOfFrames=2,
    )
    written = _written(source, blank=False)
    assert (written.BitsAllocated, written.BitsStored, written.HighBit) == (1, 1, 0)
    assert np.array_equal(np.stack([frame.pixels for frame in decode_all(written).frames]), pixels)


def test_a_grey_picture_whose_palette_stays_out_is_not_called_coloured() -> None:
    kind, group = Dataset(), Dataset()
    kind.PixelPresentation = "MIXED"
    group.CTImageFrameTypeSequence = Sequence([kind])
    source = dicom_files.dataset(
        np.zeros((8, 8), np.uint16),
        PixelPresentation="COLOR",
        SharedFunctionalGroupsSequence=Sequence([group]),
    )
    written = _written(source)
    assert written.PixelPresentation == "MONOCHROME"
    assert (
        written.SharedFunctionalGroupsSequence[0].CTImageFrameTypeSequence[0].PixelPresentation
        == "MONOCHROME"
    )


def test_a_slide_of_colours_says_that_they_are_srgb_and_is_not_turned_twice() -> None:
    profile = srgb_profile()
    assert (profile[12:16], profile[24:36], len(profile)) == (
        b"scnr",
        bytes(12),
        int.from_bytes(profile[:4], "big"),
    )
    pixels = np.random.default_rng(1).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    assert np.array_equal(to_srgb(pixels, profile), pixels)
    path = Dataset()
    path.ICCProfile, path.OpticalPathIdentifier = profile, "Okonkwo"
    source = dicom_files.dataset(
        pixels, bits=8, stored=8, photometric="RGB", OpticalPathSequence=Sequence([path])
    )
    assert _written(source).OpticalPathSequence[0].ICCProfile == profile + b"\0" * (len(profile) % 2)
