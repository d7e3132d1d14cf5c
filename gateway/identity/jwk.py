"""Public keys of a token's issuer (RFC 7517), each pinned to one algorithm.

What a token itself says about its key is never believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from jose import jwk
from jose.exceptions import JWKError

from gateway.errors import Denied, Unconfigured
from gateway.identity.compact import decode_segment

MIN_RSA_BITS = 2048  # RFC 7518, 3.3
MAX_RSA_BITS = 8192  # beyond, a check costs too much
_P256_BYTES = 32
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))


class Algorithm(StrEnum):
    """What we take. No HMAC: a provider's public key must never be usable as a secret."""

    ES256 = "ES256"
    RS256 = "RS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedKey:
    """A key, its id, its one algorithm. `jwk` holds only what we put there."""

    kid: str
    algorithm: Algorithm
    jwk: Mapping[str, str]


def pin(found: Mapping[str, object]) -> PinnedKey:
    """The key in a provider's JWK. Raises `Unconfigured` unless it is a public P-256 or RSA signing key."""
    kid = found.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Unconfigured("a token key has no `kid`")
    if _PRIVATE & found.keys():
        raise Unconfigured(f"the token key `{kid}` is a private or secret one")
    operations = found.get("key_ops", ["verify"])
    if found.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise Unconfigured(f"the token key `{kid}` is not for checking signatures")
    try:
        match found.get("kty"), found.get("crv"):
            case "EC", "P-256":
                key = _elliptic(kid, found)
            case "RSA", _:
                key = _rsa(kid, found)
            case _:
                raise Unconfigured(f"the token key `{kid}` is neither P-256 nor RSA")
        jwk.construct(dict(key.jwk), key.algorithm.value)
    except (Denied, JWKError, ValueError) as error:
        raise Unconfigured(f"the token key `{kid}` is damaged") from error
    if found.get("alg", key.algorithm.value) != key.algorithm.value:
        raise Unconfigured(f"the token key `{kid}` is for another algorithm than `{key.algorithm}`")
    return key


def pin_all(found: list[Mapping[str, object]]) -> Mapping[str, PinnedKey]:
    """The keys by `kid`. Raises `Unconfigured` for a bad one, or two with one id."""
    keys = {key.kid: key for key in map(pin, found)}
    if len(keys) != len(found):
        raise Unconfigured("two token keys have the same `kid`")
    return keys


def _elliptic(kid: str, found: Mapping[str, object]) -> PinnedKey:
    x, y = _text(found, "x"), _text(found, "y")
    if len(decode_segment(x)) != _P256_BYTES or len(decode_segment(y)) != _P256_BYTES:
        raise Unconfigured(f"the token key `{kid}` is damaged")
    return PinnedKey(
        kid=kid,
        algorithm=Algorithm.ES256,
        jwk={"kty": "EC", "crv": "P-256", "x": x, "y": y},
    )


def _rsa(kid: str, found: Mapping[str, object]) -> PinnedKey:
    n = _text(found, "n")
    modulus = decode_segment(n)
    value = int.from_bytes(modulus, "big")
    if not MIN_RSA_BITS <= value.bit_length() <= MAX_RSA_BITS or found.get("e") != "AQAB":
        raise Unconfigured(
            f"the token key `{kid}` needs `{MIN_RSA_BITS}` bits or more and the exponent 65537"
        )
    if modulus[0] == 0 or _is_roca(value):
        raise Unconfigured(f"the token key `{kid}` is damaged or of the weak kind of CVE-2017-15361")
    return PinnedKey(
        kid=kid,
        algorithm=Algorithm.RS256,
        jwk={"kty": "RSA", "n": n, "e": "AQAB"},
    )


def _is_roca(modulus: int) -> bool:
    """Whether the modulus bears the fingerprint of Infineon's weak generator (Nemec et al., 2017).

    Modulo each of the small primes it is then a power of 65537; of other moduli, about 1 in 2²⁸ is.
    """
    return all(any(pow(65537, i, p) == modulus % p for i in range(p - 1)) for p in _ROCA_PRIMES)


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is missing")  # noqa: TRY004  damaged input, not a wrong call
    return value
