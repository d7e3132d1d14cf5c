"""The challenge that a page bound to a key answers, once a minute: whoever took the cookie, or copied the page, can't."""

from gateway.stream import bond
from gateway.stream.codec import encode
from gateway.stream.effects import Effect, Send
from gateway.stream.limits import Limits
from gateway.stream.messages import Answer
from gateway.stream.replies import Challenge


class Oath:
    """One stream's. Without a `key` nothing is asked. `broken`: an answer was wrong."""

    def __init__(self, key: str | None, seed: bytes, limits: Limits, now: float) -> None:
        self.broken = False
        self._key = key
        self._seed = seed
        self._limits = limits
        self._number = 0
        self._asked: str | None = None
        self._at = (
            now + limits.challenge_s
        )  # when the next question is due, or the answer to this one overdue

    @property
    def at(self) -> float | None:
        """When there is something to do, UTC seconds; None for never."""
        return None if self._key is None else self._at

    def due(self, now: float) -> list[Effect]:
        """The next question, if it is time."""
        if self._key is None or self._asked is not None or now < self._at:
            return []
        self._number += 1
        self._asked = bond.nonce(self._seed, self._number)
        self._at = now + self._limits.answer_s
        return [Send(encode(Challenge(nonce=self._asked)))]

    def answer(self, answer: Answer, now: float) -> None:
        """Take the page's answer to the question that is open."""
        if self._key is None or self._asked is None:
            self.broken = True
            return
        asked = bond.question(bond.CHALLENGE, self._asked)
        self.broken = not bond.holds(self._key, asked, answer.proof)
        self._asked = None
        self._at = now + self._limits.challenge_s

    def overdue(self, now: float) -> bool:
        """Whether the answer is wrong, or did not come in time."""
        return self.broken or (self._key is not None and self._asked is not None and now >= self._at)
