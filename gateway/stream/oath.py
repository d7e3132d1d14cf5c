"""The challenge that a page bound to a key answers, once a minute: whoever took the cookie, or copied the page, can't."""

import math

from gateway.stream import bond
from gateway.stream.codec import encode
from gateway.stream.effects import Effect, Send
from gateway.stream.limits import Limits
from gateway.stream.messages import Answer
from gateway.stream.replies import Challenge


class Oath:
    """One stream's. Without a `key` nothing is asked.

    `at`: when there is something to do, `fails_at`: when the page has not shown its key; UTC seconds, `math.inf` for never.
    """

    def __init__(self, key: str | None, seed: bytes, limits: Limits, now: float) -> None:
        self.at = math.inf if key is None else now + limits.challenge_s
        self.fails_at = math.inf
        self._key = key
        self._seed = seed
        self._limits = limits
        self._number = 0
        self._asked: str | None = None

    def due(self, now: float) -> list[Effect]:
        """The next question, if it is time."""
        if self._asked is not None or now < self.at:
            return []
        self._number += 1
        self._asked = bond.nonce(self._seed, self._number)
        self.at = self.fails_at = now + self._limits.answer_s
        return [Send(encode(Challenge(nonce=self._asked)))]

    def answer(self, answer: Answer, now: float) -> None:
        """Take the page's answer to the question that is open."""
        if self._key is None or self._asked is None:
            self.fails_at = -math.inf
            return
        asked = bond.question(bond.CHALLENGE, self._asked)
        self.fails_at = math.inf if bond.holds(self._key, asked, answer.proof) else -math.inf
        self._asked = None
        self.at = now + self._limits.challenge_s
