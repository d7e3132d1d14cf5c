"""Everything keyed about the forensic mark is drawn from one pseudorandom function, SHAKE-256 (FIPS 202) under the key.

Nothing here depends on a numerical library's generator: a leak must stay traceable for years.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from viewer.errors import MarkError

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A deployment's secret of 32 bytes. Errors: MarkError for another length."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise MarkError(f"a watermark key has {KEY_BYTES} bytes")

    @classmethod
    def parse(cls, text: str) -> "Key":
        """The key written as 64 hexadecimal digits, white space around them allowed. Errors: MarkError."""
        try:
            return cls(bytes.fromhex(text.strip()))
        except ValueError:
            raise MarkError("a watermark key is 64 hexadecimal digits") from None

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell keys apart and give nothing of the key away."""
        return self.stream("fingerprint", 8).hex()

    def stream(self, label: str, length: int) -> bytes:
        """`length` bytes that nobody without the key can tell from random ones; another label, other bytes."""
        seed = hmac.new(self.secret, label.encode(), hashlib.sha256).digest()
        return hashlib.shake_256(seed).digest(length)

    def words(self, label: str, count: int) -> NDArray[np.uint64]:
        """`count` words of 64 bits."""
        return np.frombuffer(self.stream(label, 8 * count), "<u8").astype(np.uint64)

    def uniform(self, label: str, count: int) -> NDArray[np.float64]:
        """`count` numbers in [0, 1)."""
        return (self.words(label, count) >> np.uint64(11)).astype(np.float64) / (1 << 53)

    def signs(self, label: str, count: int) -> NDArray[np.int8]:
        """`count` signs, -1 or 1."""
        bits = np.unpackbits(np.frombuffer(self.stream(label, -(-count // 8)), np.uint8))[:count]
        return (1 - 2 * bits.astype(np.int8)).astype(np.int8)
