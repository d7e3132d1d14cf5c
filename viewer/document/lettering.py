"""Letters as pixels, for pages and for the visible mark.

The faces are those that OpenCV 5 carries (Rubik, then WenQuanYi Micro Hei): no font file is opened. They
cover Latin, Greek, Cyrillic and the CJK scripts; what they lack is shown as `□`, and what has no shape of
its own (controls, direction marks, zero-width characters, lone surrogates) as `�`, so that nothing in a
text is there unseen.

Limits: letters stand in stored order, left to right, and are not joined. Hebrew and Arabic can be made out
letter by letter only; Devanagari, Thai and emoji are `□`.
"""

import re
import unicodedata
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

CONTROL = "\N{REPLACEMENT CHARACTER}"
LACKING = "\N{WHITE SQUARE}"
WEIGHT = 400  # regular; passed on every call, because a face remembers the last weight it drew with

_SHAPELESS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CLUSTER = re.compile(r".[\u0300-\u036f]{0,4}", re.DOTALL)  # so no letter is wider than a line
_PROBE = 24  # px, the size at which a letter is compared with OpenCV's stand-in
_NO_WRAP = (0, 1 << 20)  # px: the callers break lines


def clusters(text: str) -> list[str]:
    """`text` cut into letters, each with up to four combining marks (U+0300..U+036F) after it."""
    return _CLUSTER.findall(text)


@lru_cache(maxsize=8192)
def shown(cluster: str) -> str:
    """What is drawn for one cluster: itself, composed (NFC) if it carries marks; `□` or `�` where need be."""
    return "".join(map(_shown_character, unicodedata.normalize("NFC", cluster)))


def visible(text: str) -> str:
    """What is drawn for `text`, safe to give to `draw`. Line breaks and tabs are controls here."""
    return "".join(map(shown, clusters(text)))


@lru_cache(maxsize=16384)
def advance(letters: str, size: int) -> int:
    """How far the pen moves, in px, for `letters` (as `visible` returns them) at `size` px.

    Advances add up: there is no kerning.
    """
    nowhere = np.zeros((1, 1), np.uint8)
    end, _ = cv2.putText(nowhere, letters, (0, -8 * size), (0,), _face(), size, WEIGHT, 0, _NO_WRAP)
    return int(end[0])


def draw(canvas: Grey, letters: str, *, x: int, baseline: int, size: int, level: int) -> None:
    """Draw `letters` (as `visible` returns them) into `canvas`, the pen at (`x`, `baseline`)."""
    cv2.putText(canvas, letters, (x, baseline), (level,), _face(), size, WEIGHT, 0, _NO_WRAP)


def _face() -> cv2.FontFace:
    # A face keeps state while it draws: a new one per call (20 us) keeps threads apart.
    return cv2.FontFace("sans")


@lru_cache(maxsize=8192)
def _shown_character(character: str) -> str:
    if unicodedata.category(character) in _SHAPELESS:
        return CONTROL
    if unicodedata.category(character) == "Zs":
        return " "
    picture = _picture(character)
    lacking = character != "?" and picture == _picture("?")  # OpenCV's stand-in for a letter that it lacks
    return LACKING if lacking or picture == _picture(" ") else character


def _picture(character: str) -> bytes:
    canvas = np.zeros((2 * _PROBE, 2 * _PROBE), np.uint8)
    draw(canvas, character, x=_PROBE // 2, baseline=3 * _PROBE // 2, size=_PROBE, level=255)
    return canvas.tobytes()
