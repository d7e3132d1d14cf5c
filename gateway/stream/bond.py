"""The key that a page makes and can't export, and what it signs: that it is still the page that the session began in.

A key is an ECDSA public key on P-256, uncompressed (SEC 1, 2.3.3: 65 bytes), a signature r ‖ s (64 bytes) over SHA-256, as
Web Cryptography gives them; both in base64url without padding. What is signed names its purpose, so that an answer to one
question is none to another.
"""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

KEY_CHARS, SIGNATURE_CHARS = 87, 86
HELLO, CHALLENGE = "hello", "challenge"
_SHA256 = ec.ECDSA(SHA256())
_HALF = 32


def question(purpose: str, words: str) -> bytes:
    """What is signed for `purpose`."""
    return f"isinglass.v1 {purpose} {words}".encode()


def holds(key: str, asked: bytes, signature: str) -> bool:
    """Whether whoever signed `asked` holds the private half of `key`; False, too, for what is no key or signature."""
    try:
        raw = _decoded(signature)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(key))
        halves = (int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
        public.verify(encode_dss_signature(*halves), asked, _SHA256)
    except (ValueError, InvalidSignature):
        return False
    return len(raw) == 2 * _HALF


def nonce(seed: bytes, number: int) -> str:
    """Question `number` of one stream: 43 characters that nobody without `seed` can foretell."""
    made = hmac.new(seed, number.to_bytes(8), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
