"""A leaked picture of any common format as levels. It may be anything: only what it shows is taken from it."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from viewer.errors import UnreadableFile

MAX_PIXELS = 1 << 28  # 16384 x 16384
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
LONGEST = 4096  # px; more says no more about the mark
_EVEN = {  # what px of a mode become before they are averaged
    "1": "L", "P": "RGBA", "PA": "RGBA", "I;16": "I", "I;16L": "I", "I;16B": "I",
}  # fmt: skip


def read_leak(data: bytes, *, longest: int = LONGEST) -> NDArray[np.uint8]:
    """The first page, upright, reduced to at most `longest` px: uint8, (height, width) or (height, width, 3) in RGB.

    Errors: UnreadableFile for what is damaged, truncated, larger than MAX_PIXELS, or no picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                return _levels(picture, longest)
    except UnreadableFile:
        raise
    except UnidentifiedImageError:
        raise UnreadableFile("the file is not a picture that can be traced") from None
    except Image.DecompressionBombError:
        raise UnreadableFile("the picture is larger than can be traced") from None
    except Exception as error:  # Pillow raises whatever a damaged file leads it to
        raise UnreadableFile(f"the picture can't be read ({type(error).__name__})") from error


def _levels(picture: Image.Image, longest: int) -> NDArray[np.uint8]:
    if picture.width * picture.height > MAX_PIXELS:
        raise UnreadableFile("the picture is larger than can be traced")
    picture.draft(None, (longest, longest))  # a large JPEG is decoded at a half or less
    factor = -(-max(picture.size) // longest)  # nothing longer can be px by px as it was sent
    page: Image.Image = picture
    if factor > 1:
        page = picture.convert(_EVEN[picture.mode]) if picture.mode in _EVEN else picture
        page = page.reduce(factor)
    page = ImageOps.exif_transpose(page)
    if page.mode.startswith("I") or page.mode == "F":
        values = np.asarray(page).astype(np.float64)
        return np.asarray(values * (255 / max(255.0, float(values.max()))), np.uint8)
    if page.mode in {"1", "L"}:
        return np.array(page.convert("L"))
    if "A" in page.mode or "transparency" in page.info:
        rgba = page.convert("RGBA")
        page = Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba)
    return np.array(page.convert("RGB"))
