"""Faces in pictures: how many are covered at which size and angle, what is covered that is none, and CPU a picture.

The shared data has one photograph of a person, whose face (an ellipse from brow to chin) is laid into another picture, turned and scaled.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.figures import Figure, at_least, at_most, skipped
from tests.benchmarks.studio import SHARED
from viewer.imaging.presentation import Presentation
from viewer.masking.detectors import load
from viewer.masking.faces.detector import FaceDetector
from viewer.masking.faces.pictures import find_faces
from viewer.masking.image import MaskedFrame

ROWS, COLUMNS = 720, 960
HEIGHTS = (20, 32, 48, 96, 240)  # px from brow to chin
ANGLES = (0, 15, 30, 45, 90, 135, 180, 270)
LOOKS = ("plain", "grey", "dark", "blurred", "jpeg")
WITHOUT = (
    "chelsea.png",
    "china.jpg",
    "coffee.png",
    "coins.png",
    "ihc.png",
    "rocket.jpg",
    "no_text_photo.jpg",
)
CENTRE, AXES, LEAN = (221, 121), (42, 52), 3  # of the face in the photograph, px and degrees
COVERED = 0.95  # of the ellipse

Picture = NDArray[np.uint8]


def run() -> list[Figure]:
    """The figures, about a minute."""
    name = "faces: covered, {} px from brow to chin"
    images = SHARED / "data/images"
    if not (images / "astronaut.png").is_file():
        return [skipped(name.format("48 and more"), ">= 0.98", "the shared data is not there")]
    cv2.setNumThreads(1)
    detector = load().faces
    found: dict[tuple[object, object], bool] = {}
    costs = []
    for height, angle, look, picture, face in _planted(images):
        began = time.process_time()
        filled = _filled(picture, detector)
        costs.append(time.process_time() - began)
        found[height, (angle, look)] = bool(filled[face].mean() >= COVERED)
    large = [hit for (height, _), hit in found.items() if int(str(height)) >= 48]
    small = [hit for (height, _), hit in found.items() if int(str(height)) < 48]
    clean = {each: float(_filled(_read(images / each), detector).mean()) for each in WITHOUT}
    return [
        at_least(name.format("48 and more"), float(np.mean(large)), 0.98, "share", _by_height(found)),
        at_least(name.format("20 and 32"), float(np.mean(small)), 0.9, "share", _missed(found)),
        at_most(
            "faces: area covered in pictures without one",
            float(np.mean(list(clean.values()))),
            0.03,
            "share",
            _most(clean),
        ),
        at_most(
            f"faces: a picture of {COLUMNS} x {ROWS}",
            float(np.median(costs)),
            1.5,
            "CPU s",
            f"{len(costs)} pictures",
        ),
    ]


def _planted(images: Path) -> Iterator[tuple[int, int, str, Picture, NDArray[np.bool_]]]:
    """Upright faces in every look, turned ones as they are: height, angle, look, the picture, and where the face is."""
    person, place = (
        _read(images / "astronaut.png"),
        np.asarray(cv2.resize(_read(images / "china.jpg"), (COLUMNS, ROWS)), np.uint8),
    )
    face = np.zeros(person.shape[:2], np.uint8)
    cv2.ellipse(face, CENTRE, AXES, LEAN, 0, 360, 255, -1)
    for height in HEIGHTS:
        for angle, look in (*((angle, "plain") for angle in ANGLES), *((0, look) for look in LOOKS[1:])):
            turn = cv2.getRotationMatrix2D(CENTRE, angle, height / (2 * AXES[1]))
            turn[:, 2] += (COLUMNS / 2 - CENTRE[0], ROWS / 2 - CENTRE[1])
            laid = np.array(place)
            cv2.warpAffine(person, turn, (COLUMNS, ROWS), laid, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
            where = cv2.warpAffine(face, turn, (COLUMNS, ROWS)) > 127
            yield height, angle, look, _as(look, laid), where


def _as(look: str, picture: Picture) -> Picture:
    match look:
        case "grey":
            return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        case "dark":
            return (picture * 0.3).astype(np.uint8)
        case "blurred":
            return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)
        case "jpeg":
            encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 25])[1]
            return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
        case _:
            return picture


def _read(file: Path) -> Picture:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    assert picture is not None, file
    return np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8)


def _filled(picture: Picture, detector: FaceDetector) -> NDArray[np.bool_]:
    photometric = "RGB" if picture.ndim == 3 else "MONOCHROME2"
    frame = MaskedFrame(pixels=picture, offset=0, presentation=Presentation(photometric=photometric))
    filled = np.zeros(picture.shape[:2], bool)
    for box in find_faces((frame,), detector):
        filled[box.y : box.y + box.height, box.x : box.x + box.width] = True
    return filled


def _by_height(found: dict[tuple[object, object], bool]) -> str:
    counts: dict[object, list[bool]] = defaultdict(list)
    for (height, _), hit in found.items():
        counts[height].append(hit)
    return "one person; " + ", ".join(
        f"{height} px: {sum(hits)} of {len(hits)}" for height, hits in counts.items()
    )


def _missed(found: dict[tuple[object, object], bool]) -> str:
    missed = [
        f"{height} px at {how[0]}° {how[1]}"
        for (height, how), hit in found.items()
        if not hit and isinstance(how, tuple)
    ]
    return f"missed: {', '.join(missed[:12]) or 'none'}" + (
        f" and {len(missed) - 12} more" if len(missed) > 12 else ""
    )


def _most(clean: dict[str, float]) -> str:
    return (
        ", ".join(f"{name} {100 * share:.1f} %" for name, share in clean.items() if share) or "nothing in any"
    )
