"""What looks for text in pictures: two detectors that were trained apart, and a reader; and what looks for faces."""

from dataclasses import dataclass
from typing import Protocol

from viewer.masking.detection import Area, Grey8, TextDetector
from viewer.masking.faces.detector import FaceDetector
from viewer.masking.models import DETECT_V4, DETECT_V6
from viewer.masking.recognition import Reading, TextReader


class Detector(Protocol):
    """Finds text in a grey picture; `title` names it and its version."""

    title: str

    def find(self, grey: Grey8, scale: float) -> tuple[Area, ...]:
        """Boxes of text, looked for at `scale` times the picture's size."""
        ...


class Reader(Protocol):
    """Reads a line of text."""

    def read(self, line: Grey8) -> Reading:
        """The text of a picture of one line."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectors:
    """What looks for text. `second` may see other things than `first`, and is slower."""

    first: Detector
    second: Detector
    reader: Reader
    faces: FaceDetector


def load() -> Detectors:
    """The detectors of this version, about 0.2 GB. Errors: MaskingError if a model is missing or another."""
    return Detectors(
        first=TextDetector(DETECT_V4),
        second=TextDetector(DETECT_V6),
        reader=TextReader(),
        faces=FaceDetector(),
    )
