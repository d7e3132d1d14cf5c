"""Frames mixed into one: each of several is found beside the others, and nobody else, by the signs alone."""

import numpy as np
import pytest

from viewer.watermark.mixtures import emphasised, together

CHIPS, INNOCENT = 2_000, 60
BOUND = 6.5  # deviations: about what names somebody among 65


def mixed(how: str, guilty: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """What cells of a checker say of a mixture, (chips,), of unit length: of a minimum only what all agree on is left."""
    said = guilty.mean(axis=0)
    if how == "minimum":
        said = np.where(np.abs(said) == 1, said, 0)
    said = said + noise.normal(0, 0.35 if how == "minimum" else 0.5, said.shape)
    return said / np.linalg.norm(said)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("how", ["minimum", "average"])
@pytest.mark.parametrize("count", [3, 5])
def test_all_who_mixed_are_found_and_nobody_else(how: str, count: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    signs = (1 - 2 * draws.integers(0, 2, (count + INNOCENT, CHIPS))).astype(np.int8)
    said = mixed(how, signs[:count], draws)
    alone = np.maximum(signs @ said, signs @ emphasised(said))
    best = np.maximum(alone, together(said, signs, alone))
    assert best[:count].min() > BOUND
    assert best[count:].max() < BOUND - 1.5


def test_alone_five_of_a_minimum_are_not_all_found() -> None:
    """The negative control: without the others most are missed."""
    draws = np.random.default_rng(0)
    signs = (1 - 2 * draws.integers(0, 2, (5, CHIPS))).astype(np.int8)
    said = mixed("minimum", signs, draws)
    assert (signs @ said).min() < BOUND


def test_innocents_stay_within_the_bound() -> None:
    """Of 4,000 sessions beside five guilty ones, no more than exp(-t^2 / 2) for each of the three ways of looking."""
    scores = []
    for seed in range(200):
        draws = np.random.default_rng(1000 + seed)
        signs = (1 - 2 * draws.integers(0, 2, (25, 400))).astype(np.int8)
        said = mixed("minimum", signs[:5], draws)
        scores.extend(together(said, signs, signs @ said)[5:])
    for deviations in (2.5, 3.0, 3.5):
        assert np.mean(np.array(scores) >= deviations) <= 3 * np.exp(-(deviations**2) / 2)


def test_one_suspect_has_no_accomplices() -> None:
    assert together(np.array([1.0]), np.ones((1, 1), np.int8), np.zeros(1)).tolist() == [-np.inf]
