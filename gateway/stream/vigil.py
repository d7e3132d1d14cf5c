"""What the page says of itself: its leak self-test, and a beat every ten seconds with what is not as it was sent.

A page that was changed with care says that all is well: this finds the careless, and the silence of a page whose script is gone.
"""

import math

from gateway.stream.effects import Effect, Leaks, Signal
from gateway.stream.limits import Limits
from gateway.stream.messages import Beat, Leak

NEEDED = frozenset(("to-data-url", "to-blob", "get-image-data", "capture-stream", "display-capture"))
"""The probes of which one that fails fails the test."""


class Vigil:
    """One stream's. `passed`: the leak self-test came, and all that is needed held.

    `silent_at`: when the page's silence is to be noted, UTC seconds; `math.inf` if it was.
    """

    def __init__(self, limits: Limits, now: float) -> None:
        self.passed = False
        self._limits = limits
        self.silent_at = now + limits.silence_s
        self._faults: tuple[str, ...] = ()

    def leak(self, leak: Leak) -> list[Effect]:
        """The outcome of the self-test."""
        self.passed = not leak.failed and set(leak.passed) >= NEEDED
        return [Leaks(leak.passed, leak.failed)]

    def beat(self, beat: Beat, now: float) -> list[Effect]:
        """The page is there; news of its faults is noted."""
        self.silent_at = now + self._limits.silence_s
        news, self._faults = beat.faults and beat.faults != self._faults, beat.faults
        return [Signal("tampered", beat.faults)] if news else []

    def due(self, now: float) -> list[Effect]:
        """The word that the page fell silent, once."""
        if now < self.silent_at:
            return []
        self.silent_at = math.inf
        return [Signal("silent")]
