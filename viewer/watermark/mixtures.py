"""Several frames mixed into one leak: what it still says of each of them, and of one beside the others."""

import numpy as np
from numpy.typing import NDArray

ACCOMPLICES = (2, 3, 4)  # how many others are taken to have mixed their frames with one
SUSPECTS = 64  # of the ledger, at most, are looked at together

Chips = NDArray[np.float64]


def emphasised(said: Chips) -> Chips:
    """`said` with what is loud made louder, of unit length.

    Of a minimum of five leaks a chip is left only where all five agree, and the other cells are noise.
    It is taken from the picture alone, so the bound on `symbols.score` holds for it too.
    """
    return _unit(said**3)


def together(said: Chips, signs: NDArray[np.int8], alone: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each suspect the best score, in deviations, over the chips that its likeliest accomplices have in common.

    Shapes: `said` (chips,), `signs` (suspects, chips), -1 or 1, `alone` (suspects,): the scores that name the
    accomplices, best first. A suspect's own signs choose neither its accomplices nor the chips, so the bound on
    `symbols.score` holds; a suspect counts for `len(ACCOMPLICES)` trials.
    """
    best = np.full(len(signs), -np.inf)
    likeliest = np.argsort(-alone)
    for count in ACCOMPLICES:
        if count >= len(signs):
            break
        for suspect, own in enumerate(signs):
            others = likeliest[likeliest != suspect][:count]
            agreed = np.abs(signs[others].sum(axis=0, dtype=np.int64)) == count
            best[suspect] = max(best[suspect], float(own @ _unit(np.where(agreed, said, 0))))
    return best


def _unit(said: Chips) -> Chips:
    return np.asarray(said / max(float(np.sqrt(np.sum(said**2))), 1e-300), np.float64)
