"""Values that we sign for ourselves (the token in each form): itsdangerous with HMAC-SHA-512.

Keys are a list, oldest to newest: the newest signs, all verify, so a key rotates without breaking a page that
is open. Each purpose has its own salt: what was signed for one is nothing for another.
"""

import hashlib
import re
from collections.abc import Sequence

import itsdangerous
from itsdangerous import BadSignature
from itsdangerous.encoding import base64_decode, base64_encode

from gateway.errors import Unconfigured

__all__ = ["BadSignature", "Signer"]

MIN_KEY_BYTES = 32
MAX_SIGNED_BYTES = 4096  # a header's or form field's worth
_PURPOSE = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Signer:
    """Signs and checks for one `purpose`, a lower-case word. Raises `Unconfigured` for a short or no key."""

    def __init__(self, keys: Sequence[bytes], purpose: str) -> None:
        if not keys or any(len(key) < MIN_KEY_BYTES for key in keys):
            raise Unconfigured(f"signing needs at least one key, and each of `{MIN_KEY_BYTES}` bytes or more")
        if not _PURPOSE.fullmatch(purpose):
            raise Unconfigured(f"`{purpose}` is no purpose to sign for: use a lower-case word")
        self._signer = itsdangerous.Signer(
            list(keys),
            salt=f"isinglass.{purpose}.v1".encode(),
            key_derivation="hmac",
            digest_method=hashlib.sha512,
        )

    def sign(self, value: bytes) -> bytes:
        """`value`, a dot, and its signature by the newest key in base64url (86 characters)."""
        return self._signer.sign(value)

    def unsign(self, signed: bytes) -> bytes:
        """The value. Raises `BadSignature` unless a key of ours signed exactly this for this purpose."""
        if len(signed) > MAX_SIGNED_BYTES:
            raise BadSignature("too long")
        value = self._signer.unsign(signed)
        signature = signed[len(value) + 1 :]
        # The library's base64 takes several spellings of one signature; only the one that it writes is ours.
        if base64_encode(base64_decode(signature)) != signature:
            raise BadSignature("not canonical")
        return value
