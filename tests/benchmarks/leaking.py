"""Frames of ten kinds, and what people do to them: the attack suite of the shared data."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
from numpy.typing import NDArray

from viewer.document.lettering import draw
from viewer.imaging.decoding import decode
from viewer.imaging.reading import read
from viewer.imaging.windowing import default_window, to_grey

SHARED = Path(os.environ.get("ISINGLASS_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
SIDE = 1024
SOURCES = {
    "CT head": "ct-head-28/0015.dcm",
    "CT phantom": "ct-phantom-64/0051.dcm",
    "MR head": "mr-t1w-96/0201.dcm",
    "XA": "cine/xa_jpeg_baseline_96f.dcm",
    "CR hand": "large/NM_Kakadu44_SOTmarkerincons.dcm",
    "CR chest": "large/RG3_J2KR.dcm",
    "US grey": "burned-in-phi/us_greyscale_image.dcm",
    "US colour": "colour/US1_UNCR_rgb.dcm",
    "NM": "bit-depth/JPGExtended_12bit.dcm",
    "photograph": "colour/HTJ2KLossless_08_RGB.dcm",
}
PAGES = ("text, light", "text, dark", "user interface")
PHONE = ("cam5", "cam15", "cam30", "camfar", "cam15+chat")
QUARTER = ("cam15crop25",)
TINY = ("crop5%",)
ALONE = ("text, light",)  # reported on their own: most of a mark on white is cut off

Picture = NDArray[np.uint8]
Attack = Callable[[Picture, np.random.Generator], Picture]

_WORDS = [
    *("the", "patient", "was", "seen", "and", "examined", "in", "no", "acute", "distress", "left", "upper"),
    *("lobe", "nodule", "stable", "since", "prior", "study", "recommend", "follow", "up", "party", "agrees"),
    *("to", "terms", "herein", "net", "revenue", "increased", "by", "quarter"),
]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A frame of SIDE x SIDE px, grey or RGB, and where it comes from."""

    name: str
    levels: Picture


def samples() -> Iterator[Sample]:
    """Every frame: those of the shared data that are there, and the pages."""
    for name, path in SOURCES.items():
        file = SHARED / "data" / "dicom" / path
        if file.is_file():
            yield Sample(name, fitted(shown(file)))
    for name in PAGES:
        yield Sample(name, _page(name))


def attacks() -> dict[str, Attack]:
    """By name; empty where the shared suite is not there. Pictures are RGB or grey."""
    file = SHARED / "bench" / "watermark" / "attacks.py"
    if not file.is_file():
        return {}
    spec = importlib.util.spec_from_file_location("shared_attacks", file)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def turned(attack: Attack) -> Attack:
        return lambda picture, draws: _swapped(attack(_swapped(picture), draws))

    found = {name: turned(attack) for name, attack in module.A.items()}
    return found | {"mirror": lambda picture, _: np.ascontiguousarray(picture[:, ::-1])}


def _swapped(picture: Picture) -> Picture:
    return picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., ::-1])


def shown(file: Path) -> Picture:
    """The first frame of a DICOM file in its default window: grey or RGB."""
    frame = decode(read(file.read_bytes()), 0)
    if frame.presentation.photometric == "RGB":
        return np.asarray(frame.pixels, np.uint8)
    return to_grey(frame.pixels, frame.presentation, default_window(frame.pixels, frame.presentation))


def fitted(picture: Picture) -> Picture:
    """`picture` in the middle of SIDE x SIDE px of black."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    size = round(width * scale), round(height * scale)
    drawn = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas = np.zeros((SIDE, SIDE, *picture.shape[2:]), np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = drawn
    return canvas


def _page(name: str) -> Picture:
    words = np.random.default_rng(3)
    paper, ink = {"text, light": (255, 20), "text, dark": (28, 225), "user interface": (38, 205)}[name]
    page = np.zeros((SIDE, SIDE), np.uint8)
    left, wide = (60, 14) if name != "user interface" else (18, 3)
    for baseline in range(70, SIDE - 40, 28):
        line = " ".join(words.choice(_WORDS, wide))
        draw(page, line, x=left, baseline=baseline, size=17, level=255)
    shade = paper + (ink - paper) * (page.astype(np.float32) / 255)
    if name == "user interface":
        shade[:56] += 20
        for number in range(9):
            top, start = 90 + 300 * (number // 3), 260 + 250 * (number % 3)
            shade[top : top + 260, start : start + 220] = 55 + 14 * (number % 4)
    return np.round(shade).astype(np.uint8)
