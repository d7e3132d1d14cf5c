"""The Grayscale Standard Display Function, PS3.14: grey levels that look equally far apart on a display that is known."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Luminance = NDArray[np.float64]

JND_FIRST, JND_LAST = 1, 1023
LUMINANCE_FIRST, LUMINANCE_LAST = 0.0500, 3993.4040  # cd/m², table B-1
GAMMA = 2.2  # of displays that nobody calibrated, IEC 61966-2-1 nearly

# PS3.14 7: log10 L(j) is a quotient of polynomials in ln j.
_ABOVE = (-1.3011877, 8.0242636e-2, 1.3646699e-1, -2.5468404e-2, 1.3635334e-3)  # a, c, e, g, m
_BELOW = (1.0, -2.5840191e-2, -1.0320229e-1, 2.8745620e-2, -3.1978977e-3, 1.2992634e-4)  # 1, b, d, f, h, k
# The inverse: j is a polynomial in log10 L.
_INVERSE = (
    71.498068,
    94.593053,
    41.912053,
    9.8247004,
    0.28175407,
    -1.1878455,
    -0.18014349,
    0.14710899,
    -0.017046845,
)


def luminance(jnd: float | NDArray[np.float64]) -> Luminance:
    """cd/m² of a just-noticeable-difference index, 1 to 1023. Errors: ValueError outside of that."""
    index = np.asarray(jnd, np.float64)
    if ((index < JND_FIRST) | (index > JND_LAST)).any():
        raise ValueError("a JND index is from 1 to 1023")
    log = np.log(index)
    return np.asarray(10 ** (np.polynomial.Polynomial(_ABOVE)(log) / np.polynomial.Polynomial(_BELOW)(log)))


def jnd_index(cd_per_m2: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """The JND index of a luminance, 0.05 to 4,000 cd/m²: the inverse of `luminance`. Errors: ValueError outside."""
    found = np.asarray(cd_per_m2, np.float64)
    if ((found < LUMINANCE_FIRST - 1e-4) | (found > 4000)).any():
        raise ValueError("the function is defined from 0.05 to 4,000 cd/m²")
    return np.asarray(np.polynomial.Polynomial(_INVERSE)(np.log10(found)))


def calibration(measured_cd_per_m2: NDArray[np.float64], ambient_cd_per_m2: float = 0.0) -> NDArray[np.uint8]:
    """Digital driving levels for the 256 P-values, on a display whose levels give `measured_cd_per_m2` (256, rising).

    Each P-value gets the level whose luminance, with what the room adds, is nearest to its equal share of JNDs.
    Errors: ValueError for a display that does not rise or leaves the function's range.
    """
    shown = np.asarray(measured_cd_per_m2, np.float64) + ambient_cd_per_m2
    if shown.shape != (256,) or (np.diff(shown) < 0).any():
        raise ValueError("a display has 256 levels that rise")
    ends = jnd_index(shown[[0, -1]])
    wanted = luminance(np.clip(np.linspace(ends[0], ends[1], 256), JND_FIRST, JND_LAST))
    above = np.clip(np.searchsorted(shown, wanted), 1, 255)
    is_lower = wanted - shown[above - 1] < shown[above] - wanted
    return np.asarray(above - is_lower, np.uint8)


@lru_cache(maxsize=64)
def driving_levels(black_cd_per_m2: float, white_cd_per_m2: float) -> NDArray[np.uint8]:
    """Digital driving levels for the 256 P-values on an office display: its levels follow a power of 2.2 between its ends.

    `black_cd_per_m2` holds what the room adds. Errors: ValueError for ends outside of the function's range.
    """
    shares = (np.arange(256) / 255) ** GAMMA
    levels = calibration(black_cd_per_m2 + shares * (white_cd_per_m2 - black_cd_per_m2))
    levels.setflags(write=False)
    return levels
