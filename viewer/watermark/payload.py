"""What a frame says to the tracer: the session and the epoch, as a code word and as a sequence of chips.

The code word tells who, the chips prove it. They are the keyed tag: a candidate is believed only when its own
pseudorandom chips are in the picture, which for any other candidate happens with a probability that is computed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError
from viewer.watermark import polar
from viewer.watermark.keying import Key
from viewer.watermark.layout import CHIP_COUNT

_KEPT = 96  # sequences, 6 MB: a trace asks for those of its suspects again at each reading


@dataclass(frozen=True, slots=True, order=True)
class Payload:
    """Who and when: both 0..2**32-1. Errors: MarkError when out of range."""

    session: int
    epoch: int

    def __post_init__(self) -> None:
        if not 0 <= self.session < 2**32:
            raise MarkError(f"`{self.session}` is not a session's number")
        if not 0 <= self.epoch < 2**32:
            raise MarkError(f"`{self.epoch}` is not an epoch")

    @property
    def _bytes(self) -> bytes:
        return self.session.to_bytes(4, "big") + self.epoch.to_bytes(4, "big")


def codeword(key: Key, payload: Payload) -> NDArray[np.uint8]:
    """The 512 code bits of `payload`, whitened so that related payloads have unrelated code words."""
    return polar.encode(np.unpackbits(_scrambled(key, payload._bytes, encrypt=True)))  # noqa: SLF001


def payload_of(key: Key, message: NDArray[np.uint8]) -> Payload:
    """The payload that the 64 decoded bits stand for; any 64 bits stand for one."""
    data = _scrambled(key, np.packbits(message).tobytes(), encrypt=False).tobytes()
    return Payload(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big"))


@lru_cache(maxsize=_KEPT)
def chips(key: Key, payload: Payload) -> NDArray[np.int8]:
    """The payload's own sequence: CHIP_COUNT signs, -1 or 1; read-only."""
    signs = key.signs(f"chips {payload.session:08x} {payload.epoch:08x}", CHIP_COUNT)
    signs.flags.writeable = False
    return signs


def _scrambled(key: Key, data: bytes, *, encrypt: bool) -> NDArray[np.uint8]:
    """A keyed permutation of 8-byte strings: four rounds of Feistel (Luby and Rackoff, SIAM J. Comput. 17, 1988)."""
    left, right = data[:4], data[4:]
    for number in range(4) if encrypt else range(3, -1, -1):
        if not encrypt:
            left, right = right, left
        mask = key.stream(f"round {number} {right.hex()}", 4)
        left = bytes(a ^ b for a, b in zip(left, mask, strict=True))
        if encrypt:
            left, right = right, left
    return np.frombuffer(left + right, np.uint8)
