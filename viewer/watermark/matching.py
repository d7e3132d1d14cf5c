"""Correlation with the keyed pilot over the whole map at once, by Fourier transforms, at half size.

A score is in deviations of the correlation over all places.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from viewer.watermark.keying import Key
from viewer.watermark.layout import CANVAS, half_pilot
from viewer.watermark.whitening import Plane

WHOLE, USUAL = 2048, 1024  # half px: the canvas and its repetition, and that of frames of up to 2,048 px
_NEAR, _BONUS = 24, 1.3  # half px, and the deviations that noise reaches less there than anywhere
_BETWEEN = np.array(
    [0.25, 0.5, 0.25], np.float32
)  # px taken so lie as near to the one as to the other half px
_NOTED, _LOOKED = 4.0, 24  # deviations where px are taken between, and how many such places are looked at
_SPREAD = 3  # half px: as far as the pilot has to do with itself

Match = tuple[float, float, float]  # score, and x and y in half px of the map where the plane's corner stands


def halved(white: Plane) -> Plane:
    """`white` at half size."""
    return np.asarray(cv2.resize(white, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def match(key: Key, white: Plane, near: Sequence[tuple[int, int]] = ()) -> Match:
    """Of `white` at half size, over frames of up to 2,048 px.

    About the places `near` a little less will do, since there are far fewer of them.
    """
    found, deviation = _correlation(key, white, USUAL)
    y, x = divmod(int(found.argmax()), USUAL)
    score = float(found[y, x]) / deviation
    about = np.arange(-_NEAR, _NEAR + 1)
    for begin_x, begin_y in near:
        part = found[np.ix_((begin_y + about) % USUAL, (begin_x + about) % USUAL)]
        down, across = divmod(int(part.argmax()), len(about))
        there = float(part[down, across]) / deviation + _BONUS
        if there > score:
            score, x, y = there, (begin_x + across - _NEAR) % USUAL, (begin_y + down - _NEAR) % USUAL
    return score, *_home(x, y, white, USUAL)


def match_exactly(key: Key, white: Plane) -> Match:
    """Of `white` at its own size, px by px, over the whole map.

    The half px may be divided in four ways. What stands out where they are taken between all four is looked at in each.
    """
    rows, columns = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    if not len(rows):
        return 0.0, 0.0, 0.0
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    around = np.pad(white[top : rows[-1] + 1, left : columns[-1] + 1], ((0, 3), (0, 3)))
    seen = around[: len(around) // 2 * 2, : around.shape[1] // 2 * 2]
    between = np.asarray(
        cv2.sepFilter2D(seen, -1, _BETWEEN, _BETWEEN, borderType=cv2.BORDER_CONSTANT), np.float32
    )
    found, deviation = _correlation(key, np.ascontiguousarray(between[::2, ::2]), WHOLE)
    noted = np.flatnonzero(found > max(_NOTED * deviation, float(found.max()) / 2))
    noted = noted[np.argsort(-found.ravel()[noted])[:_LOOKED]]
    ways = [
        (down, across, halved(np.roll(seen, (down, across), (0, 1)))) for down in (0, 1) for across in (0, 1)
    ]
    best: Match = 0.0, 0.0, 0.0
    map_ = _map(key, WHOLE)
    deviations = [_expected_deviation(key, way) for _, _, way in ways]
    for place in noted:
        y, x = divmod(int(place), WHOLE)
        for (down, across, way), deviation in zip(ways, deviations, strict=True):
            part = map_[y : y + way.shape[0], x : x + way.shape[1]]
            score = float(cv2.multiply(part, way).sum()) / deviation
            if score > best[0]:
                best = score, x + across / 2, y + down / 2
    score, right, below = best
    return score, *_home(right - left / 2, below - top / 2, white[::2, ::2], WHOLE)


def _home(x: float, y: float, white: Plane, side: int) -> tuple[float, float]:
    """Where that is, if its middle would be off the map: it came around."""
    limit = min(CANVAS // 2, side) - white.shape[0] // 2
    return x - side if x > limit else x, y - side if y > limit else y


@lru_cache(maxsize=2)
def _map(key: Key, side: int) -> Plane:
    """The pilot's first `side` half px each way, which repeats, and what follows when it does."""
    half = half_pilot(key)
    again = -(-side // len(half))
    whole = np.tile(half, (again, again))[:side, :side]
    return np.pad(whole, (0, side // 2), mode="wrap")


@lru_cache(maxsize=4)
def _spectrum(key: Key, side: int) -> Plane:
    """Of the map, in OpenCV's packed form."""
    return np.asarray(cv2.dft(np.ascontiguousarray(_map(key, side)[:side, :side])), np.float32)


def _correlation(key: Key, white: Plane, side: int) -> tuple[Plane, float]:
    """At each place of the map, and its standard deviation."""
    plane = np.zeros((side, side), np.float32)
    plane[: white.shape[0], : white.shape[1]] = white
    product = cv2.mulSpectrums(_spectrum(key, side), cv2.dft(plane), 0, conjB=True)
    found = np.asarray(cv2.idft(product, flags=cv2.DFT_SCALE), np.float32)
    mean = float(product[0, 0]) / found.size
    return found, math.sqrt(max(0.0, cv2.norm(found) ** 2 / found.size - mean * mean)) + 1e-9


@lru_cache(maxsize=2)
def _itself(key: Key) -> Plane:
    """How the pilot at half size agrees with itself, moved by up to _SPREAD half px each way, per half px."""
    half = half_pilot(key)
    moves = range(-_SPREAD, _SPREAD + 1)
    return np.array(
        [[np.mean(half * np.roll(half, (y, x), (0, 1))) for x in moves] for y in moves], np.float32
    )


def _expected_deviation(key: Key, white: Plane) -> float:
    """What the correlation of `white` deviates by over all places, without taking it."""
    spread = cv2.filter2D(white, -1, _itself(key), borderType=cv2.BORDER_CONSTANT)
    return math.sqrt(max(0.0, float(cv2.multiply(spread, white).sum()))) + 1e-9
