"""Passwords: argon2id (RFC 9106).

Hashing and checking cost tens of milliseconds and 64 MiB on purpose: call them off the event loop.
"""

import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from gateway.errors import Invalid, StoreError
from gateway.settings import TokenBytes

MIN_LENGTH = 12  # characters (code points, after NFKC)
MAX_BYTES = 1024  # UTF-8; far above any passphrase, and hashing stays bounded
_SALT_BYTES = 16  # RFC 9106, 3.1
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Cost. The defaults are RFC 9106's second recommended option (section 4)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


RECOMMENDED = Parameters()


class Passwords:
    """Makes and checks password hashes at one cost. `token_bytes` is where salts come from."""

    def __init__(self, token_bytes: TokenBytes, parameters: Parameters = RECOMMENDED) -> None:
        self._token_bytes = token_bytes
        self._hasher = PasswordHasher(
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        # Checked where there is no account, so that the answer takes as long. Zeros are no password's hash.
        self._nobody = (
            f"$argon2id$v=19$m={parameters.memory_kib},t={parameters.passes},p={parameters.lanes}"
            f"${'A' * 22}${'A' * 43}"
        )

    def hash(self, password: str) -> str:
        """The PHC string to store. Raises `Invalid` for fewer than 12 characters or more than 1024 bytes."""
        content = _normal(password)
        if content is None:
            raise Invalid(f"a password can have up to `{MAX_BYTES}` bytes")
        if len(content.decode()) < MIN_LENGTH:
            raise Invalid(f"a password needs at least `{MIN_LENGTH}` characters")
        return self._hasher.hash(content, salt=self._token_bytes(_SALT_BYTES))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one behind `stored`. Raises `StoreError` if `stored` is no argon2 hash.

        Without a `stored` one (no such person, or no password yet) it works as long and says no. A password
        that could never have been set for its size is refused at once, whoever asks.
        """
        content = _normal(password)
        if content is None:
            return False
        try:
            self._hasher.verify(stored or self._nobody, content)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise StoreError("a stored password hash is damaged") from error
        return bool(stored)

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made at another cost: then hash the password anew while it is at hand."""
        return self._hasher.check_needs_rehash(stored)


def _normal(password: str) -> bytes | None:
    """UTF-8 of the NFKC form, so that keyboards agree (NIST SP 800-63B); None if too long or no text."""
    if len(password) > MAX_BYTES:
        return None
    try:
        content = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
    return content if len(content) <= MAX_BYTES else None
