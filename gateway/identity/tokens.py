"""Opaque tokens: sign-in links, session references, stream tickets. The store keeps only their SHA-256."""

import base64
import hashlib
from typing import NamedTuple

from gateway.settings import TokenBytes

TOKEN_BYTES = 32  # 256 bits: no guess succeeds, so a fast hash is enough to keep beside


class Token(NamedTuple):
    """`text` (43 characters) goes to the person once; `digest` (SHA-256, hex) is stored and looked up."""

    text: str
    digest: str


def new_token(token_bytes: TokenBytes) -> Token:
    """A fresh token from `token_bytes`, the source of randomness."""
    text = base64.urlsafe_b64encode(token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
    return Token(text, digest_of(text))


def digest_of(text: str) -> str:
    """The digest that `text` would be stored under. Any text has one; only an issued token's is found."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
