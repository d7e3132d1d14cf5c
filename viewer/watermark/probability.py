"""How likely a trace names an innocent session: computed, not estimated from examples."""

import math

ALPHA = 1e-6  # above this nobody is named
FLOOR = 2.0**-128  # no less is claimed: a key is not known to be harder to guess


def false_accusation(score: float, trials: int) -> float:
    """At most how likely any of `trials` candidates reaches `score` deviations by chance, 0..1."""
    if score <= 0:
        return 1.0
    return min(1.0, max(FLOOR, max(1, trials) * math.exp(-score * score / 2)))


def threshold(trials: int, alpha: float = ALPHA) -> float:
    """The score, in deviations, that `trials` candidates reach by chance with a probability of at most `alpha`.

    8.06 for a million candidates and 128 readings.
    """
    return math.sqrt(2 * math.log(max(1, trials) / alpha))
