"""What a header says of its pixel data, checked before any byte of that is read: PS3.3 C.7.6.3, PS3.5 8."""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from viewer.errors import UnreadableFile, UnsupportedFile
from viewer.imaging.attributes import integer, text

MAX_SIDE = 65_535  # Rows and Columns are 16 bits
MAX_FRAME_SAMPLES = 1 << 30
_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
_YBR = frozenset({"YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_RCT", "YBR_ICT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelHeader:
    """`keyword`: of the element with the pixels. `allocated`, `stored`: bits a sample; `high`: place of the highest."""

    keyword: str
    syntax: str
    rows: int
    columns: int
    samples: int
    frames: int
    allocated: int
    stored: int
    high: int
    is_signed: bool
    is_planar: bool
    photometric: str

    @property
    def frame_samples(self) -> int:
        """Of one frame."""
        return self.rows * self.columns * self.samples


def frame_count(dataset: Dataset) -> int:
    """How many frames the header claims; at least 1."""
    return max(1, integer(dataset, "NumberOfFrames", 1))


def pixel_header(dataset: Dataset) -> PixelHeader:
    """Errors: UnsupportedFile without pixels, UnreadableFile for a description that contradicts itself."""
    keyword = next((each for each in _KEYWORDS if each in dataset), None)
    if keyword is None:
        raise UnsupportedFile("there is no pixel data in the file")
    allocated = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(
        keyword, integer(dataset, "BitsAllocated", 0)
    )
    stored = integer(dataset, "BitsStored", allocated) if keyword == "PixelData" else allocated
    samples = integer(dataset, "SamplesPerPixel", 1)
    header = PixelHeader(
        keyword=keyword,
        syntax=str(dataset.file_meta.TransferSyntaxUID),
        rows=integer(dataset, "Rows", 0),
        columns=integer(dataset, "Columns", 0),
        samples=samples,
        frames=frame_count(dataset),
        allocated=allocated,
        stored=stored,
        high=integer(dataset, "HighBit", stored - 1) if keyword == "PixelData" else stored - 1,
        is_signed=integer(dataset, "PixelRepresentation", 0) == 1,
        is_planar=integer(dataset, "PlanarConfiguration", 0) == 1,
        photometric=text(dataset, "PhotometricInterpretation").upper().replace("MONOCHROME ", "MONOCHROME")
        or ("RGB" if samples == 3 else "MONOCHROME2"),
    )
    _check(header)
    return header


def _check(header: PixelHeader) -> None:
    if not (0 < header.rows <= MAX_SIDE and 0 < header.columns <= MAX_SIDE):
        raise UnreadableFile("the picture's size is missing or out of range")
    if header.frame_samples > MAX_FRAME_SAMPLES:
        raise UnreadableFile("the picture is larger than can be shown")
    if not (
        0 < header.stored <= header.allocated <= 64 and header.stored - 1 <= header.high < header.allocated
    ):
        raise UnreadableFile("the numbers of bits per pixel are missing or contradict each other")
    if header.photometric not in _GREY | _YBR | {"RGB"}:
        raise UnsupportedFile("the photometric interpretation is not supported")
    if header.samples != (1 if header.photometric in _GREY else 3):
        raise UnreadableFile("the samples per pixel do not fit the photometric interpretation")
