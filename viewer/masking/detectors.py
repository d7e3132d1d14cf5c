"""What looks for text in pictures: two detectors that were trained apart, and a reader; and what looks for faces."""

from dataclasses import dataclass
from typing import Protocol

from viewer.masking.areas import Area
from viewer.masking.detection import Effort, TextDetector
from viewer.masking.faces.detector import FaceDetector
from viewer.masking.lines import Line
from viewer.masking.look import Grey8, Look
from viewer.masking.models import DETECT_V4, DETECT_V6
from viewer.masking.recognition import Reading, TextReader

_FIRST = Effort(
    enlarged=2.0, pixels=2_400_000, least=0.65
)  # up to 0.8 s; letters of 8 px in a picture of 770 x 770
_SECOND = Effort(enlarged=3.0, pixels=700_000, least=0.35)  # up to 0.25 s


class Detector(Protocol):
    """Finds text in a grey picture; `title` names it and its version."""

    title: str

    def find(self, look: Look, share: float = 1.0) -> tuple[Area, ...]:
        """Boxes of text, for `share` of the effort if the picture is large."""
        ...

    def find_lines(self, look: Look, share: float = 1.0) -> tuple[Line, ...]:
        """Rectangles along lines of text of any angle, the surest first."""
        ...


class Reader(Protocol):
    """Reads a line of text."""

    def read(self, line: Grey8) -> Reading:
        """The text of a picture of one line."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectors:
    """What looks for text. `second` sees other things than `first`: it looks at what `first` left."""

    first: Detector
    second: Detector
    reader: Reader
    faces: FaceDetector


def load() -> Detectors:
    """The detectors of this version, about 0.2 GB. Errors: MaskingError if a model is missing or another."""
    return Detectors(
        first=TextDetector(DETECT_V4, _FIRST),
        second=TextDetector(DETECT_V6, _SECOND),
        reader=TextReader(),
        faces=FaceDetector(),
    )
