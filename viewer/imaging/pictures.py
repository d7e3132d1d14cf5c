"""PNG, JPEG and TIFF through Pillow."""

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from viewer.errors import UnreadableFile
from viewer.imaging.image import RawFrame, RawImage
from viewer.imaging.presentation import Presentation

MAX_PIXELS = 1 << 28  # 16384 x 16384
MAX_PAGES = 1000
FORMATS = ("PNG", "JPEG", "TIFF")
_GREY16 = {"I;16", "I;16L", "I;16B", "I", "F"}


def read_picture(data: bytes) -> RawImage:
    """The pages of a picture, upright (EXIF orientation applied), transparency on black.

    Errors: UnreadableFile for damaged, truncated or oversized files, and other formats.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                return RawImage(frames=tuple(_pages(picture)))
    except UnreadableFile:
        raise
    except Exception as error:  # Pillow raises whatever a damaged file leads it to
        raise UnreadableFile(f"the picture can't be read ({type(error).__name__})") from error


def _pages(picture: Image.Image) -> list[RawFrame]:
    frames = []
    for number, page in enumerate(ImageSequence.Iterator(picture)):
        if number >= MAX_PAGES or page.width * page.height > MAX_PIXELS:
            raise UnreadableFile("the picture is larger than can be shown")
        frames.append(_frame(ImageOps.exif_transpose(page)))
    return frames


def _frame(page: Image.Image) -> RawFrame:
    if page.mode in _GREY16:
        values = np.asarray(page)
        if values.dtype == np.int32 and values.min() >= 0 and values.max() < 65536:
            values = values.astype(np.uint16)
        return RawFrame(
            pixels=np.ascontiguousarray(values),
            presentation=Presentation(photometric="MONOCHROME2", bits_stored=16),
        )
    if page.mode in {"1", "L"}:
        return RawFrame(
            pixels=np.array(page.convert("L")), presentation=Presentation(photometric="MONOCHROME2")
        )
    if "A" in page.mode or "transparency" in page.info:
        rgba = page.convert("RGBA")
        black = Image.new("RGBA", rgba.size, (0, 0, 0, 255))
        page = Image.alpha_composite(black, rgba)
    return RawFrame(pixels=np.array(page.convert("RGB")), presentation=Presentation(photometric="RGB"))
