"""Keys and tokens of a provider that the tests play."""

import base64
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwk as jose_jwk

NOW = 1_795_000_000.0


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


EC_KEY = ec.derive_private_key(1234567890123456789, ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
POINT = EC_KEY.public_key().public_numbers()
EC_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "e",
    "x": b64(POINT.x.to_bytes(32, "big")),
    "y": b64(POINT.y.to_bytes(32, "big")),
}
RSA_JWK = {"kty": "RSA", "kid": "r", "n": number(RSA_KEY.public_key().public_numbers().n), "e": "AQAB"}
KEYS: list[Mapping[str, object]] = [EC_JWK, RSA_JWK]
SIGNERS = {
    "e": ("ES256", jose_jwk.construct(EC_KEY, "ES256")),
    "r": ("RS256", jose_jwk.construct(RSA_KEY, "RS256")),
}
CLAIMS: dict[str, object] = {
    "iss": "https://idp.example",
    "aud": "isinglass",
    "exp": NOW + 60,
    "nbf": NOW - 1,
    "iat": NOW,
}


def token(header: str | dict[str, object], payload: str | dict[str, object], kid: str = "e") -> str:
    """Signed over exactly these texts, whatever they are."""
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    signed = ".".join(b64(text.encode()) for text in texts)
    return f"{signed}.{b64(SIGNERS[kid][1].sign(signed.encode()))}"


def issue(kid: str = "e", **changes: object) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not ...}
    return token({"alg": SIGNERS[kid][0], "kid": kid, "typ": "JWT"}, claims, kid)
