"""What a found line says, by a network that reads (CRNN with CTC). It explains a mask and never lifts one alone.

Only two things follow from a reading: a short word of the allow list, such as a side marker, may stay visible; and a
picture in which something legible was found is held, whatever was masked.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, utils

from viewer.masking import vocabulary
from viewer.masking.models import READ_V4, load

ALLOWED = (
    vocabulary.LATERALITIES
    | vocabulary.VIEWS
    | {"RT", "LT", "RIGHT", "LEFT", "LAT", "ERECT", "SUPINE", "PRONE"}
)
"""Words that say how a radiograph was taken; any other word is masked."""

_HEIGHT = 48  # px of the network's input
_LEAST_WIDTH = 48  # px of its input
_ENOUGH = 10  # times its height of a line tell whether it is text
_ROW = 4  # letters side by side
_LIKENESS = 80  # of 100: as like to a value of the header as that, and it is taken for it
_LEAST_VALUE = 2  # characters of a header's value that are compared

Grey8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`text` as read, `certainty` the mean of its characters' probabilities, 0 for no text.

    `is_whole`: of a long line the beginning alone is read. `surest`: the highest mean of four letters in a row.
    """

    text: str
    certainty: float
    is_whole: bool = True
    surest: float = 0.0


class TextReader:
    """Reads one line of text."""

    def __init__(self) -> None:
        """Errors: MaskingError if the model can't be loaded."""
        self._session: Any = load(READ_V4)
        self._input: str = self._session.get_inputs()[0].name
        characters = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._characters = ["", *characters, " "]  # the first is CTC's blank

    def read(self, line: Grey8) -> Reading:
        """The beginning of the text of a picture of one line, upright or turned by a quarter."""
        if line.shape[0] <= 1.5 * line.shape[1]:
            return self._read(line)
        return max(
            (self._read(np.ascontiguousarray(np.rot90(line, turns))) for turns in (1, 3)),
            key=lambda each: each.certainty,
        )

    def _read(self, line: Grey8) -> Reading:
        is_whole = line.shape[1] <= _ENOUGH * line.shape[0]
        line = line[:, : _ENOUGH * line.shape[0]]
        rows, columns = line.shape
        width = max(_LEAST_WIDTH, round(columns * _HEIGHT / rows))
        sized = np.asarray(cv2.resize(line, (width, _HEIGHT), interpolation=cv2.INTER_CUBIC), np.float32)
        values = sized * np.float32(2 / 255) - np.float32(1)
        batch = np.ascontiguousarray(np.broadcast_to(values, (1, 3, *values.shape)))
        steps: NDArray[np.float32] = self._session.run(None, {self._input: batch})[0][0]
        best = steps.argmax(axis=1)
        kept = [
            step
            for step, number in enumerate(best)
            if number != 0 and (step == 0 or number != best[step - 1])
        ]
        if not kept:
            return Reading(text="", certainty=0.0, is_whole=is_whole)
        text = "".join(self._characters[best[step]] for step in kept)
        likely = [float(steps[step, best[step]]) for step in kept]
        return Reading(
            text=text.strip(),
            certainty=sum(likely) / len(likely),
            is_whole=is_whole,
            surest=_surest(text, likely),
        )


def _surest(text: str, likely: list[float]) -> float:
    """Anatomy is read as signs of other scripts, too: these count as nothing."""
    letters = [chance * each.isascii() for each, chance in zip(text, likely, strict=True) if each.isalnum()]
    return max((sum(letters[at : at + _ROW]) / _ROW for at in range(len(letters) - _ROW + 1)), default=0.0)


def may_stay(text: str, known: tuple[str, ...]) -> bool:
    """Whether every word of `text` is on the allow list and none is like a value in `known` (of the header)."""
    words = text.upper().replace(".", " ").replace(":", " ").split()
    return bool(words) and all(word in ALLOWED and not _is_known(word, known) for word in words)


def _is_known(word: str, known: tuple[str, ...]) -> bool:
    return any(
        fuzz.ratio(word, part, processor=utils.default_process) >= _LIKENESS
        for value in known
        for part in value.replace("^", " ").split()
        if len(part) >= _LEAST_VALUE or part.upper() == word
    )
