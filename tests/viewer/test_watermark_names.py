"""Nobody is named by accident: other sessions, other keys and no mark at all, at the place where names are decided."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from viewer.watermark.aligning import WAYS
from viewer.watermark.keying import Key
from viewer.watermark.layout import CELL, Region
from viewer.watermark.pattern import Strength
from viewer.watermark.payload import Payload
from viewer.watermark.polar import PATHS
from viewer.watermark.probability import ALPHA, false_accusation
from viewer.watermark.stamping import make_stamp
from viewer.watermark.symbols import Reading, candidates, chip_cells, read_cells, score
from viewer.watermark.warping import lay

KEY, OTHER = Key(bytes(range(32))), Key(bytes(range(1, 33)))
SIDE = 384


def frame(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed)
    smooth = np.kron(noise.integers(30, 220, (6, 6)), np.ones((64, 64)))
    return np.clip(smooth + noise.normal(0, noise.uniform(0, 12), (SIDE, SIDE)), 0, 255).astype(np.uint8)


def readings(count: int, marked_by: Key | None) -> Iterator[tuple[int, Reading]]:
    """Frames read in their true place, as if everything before had gone right."""
    region = Region(0, 0, SIDE // CELL, SIDE // CELL)
    for seed in range(count):
        picture = frame(seed)
        if marked_by is not None:
            stamp = make_stamp(marked_by, Payload(seed, 7), width=SIDE, height=SIDE, strength=Strength.STRONG)
            picture = stamp.on(picture)
        laid = lay(picture.astype(np.float32), np.eye(3), region)
        yield seed, read_cells(KEY, [way(laid) for way in WAYS], laid)


@pytest.mark.parametrize("marked_by", [None, OTHER], ids=["unmarked", "other key"])
def test_no_reading_names_anybody(marked_by: Key | None) -> None:
    for _, reading in readings(25, marked_by):
        said, number = chip_cells(KEY, reading)
        best = max(score(KEY, said, number, each) for each in candidates(KEY, reading))
        assert false_accusation(best, PATHS) > ALPHA


def test_other_sessions_agree_no_more_than_the_bound_allows() -> None:
    """The scores of 6,000 sessions that are not in the picture, against exp(-t^2 / 2)."""
    scores = np.array(
        [
            score(KEY, *chip_cells(KEY, reading), Payload(10**6 + each, 7))
            for seed, reading in readings(6, KEY)
            for each in range(1000)
        ]
    )
    for deviations in (1.0, 2.0, 3.0, 4.0):
        share = (scores >= deviations).mean()
        assert share <= math.exp(-(deviations**2) / 2) + 3 * math.sqrt(1 / len(scores))
    assert 0.9 < scores.std() < 1.1


def test_the_true_session_is_far_beyond_it() -> None:
    for seed, reading in readings(5, KEY):
        assert score(KEY, *chip_cells(KEY, reading), Payload(seed, 7)) > 12
