"""The token gate: a foreign provider's signed tokens, checked by python-jose behind rules that it lacks.

Its 3.5.0 accepts 12 forgeries of Wycheproof's 401, and an HMAC made with a DER public key (CVE-2026-85394).
Here a token must have its one spelling (`compact`), name a key that is ours, and carry that key's one
algorithm (`jwk`); only then python-jose checks the signature. Its reading of claims is not used: it reads the
clock. Time is an argument here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jose import jws
from jose.exceptions import JWSError

from gateway.errors import Denied, Unconfigured
from gateway.identity.compact import dissect, read_object
from gateway.identity.jwk import pin_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says, once believed. Times are UTC seconds; `claims` is everything, these included."""

    issuer: str
    audience: tuple[str, ...]
    expires: float
    not_before: float
    issued: float
    claims: Mapping[str, object]


class SignatureGate:
    """Opens signed texts by a fixed set of public keys (JWKs). Raises `Unconfigured` for a bad one."""

    def __init__(self, keys: list[Mapping[str, object]], *, typ: str = "JWT") -> None:
        self._keys = pin_all(keys)
        self._typ = typ

    def open(self, text: str) -> bytes:
        """The signed payload. Raises `Denied` for any text but the very one that a key's holder made."""
        token = dissect(text)
        key = self._keys.get(token.header.get("kid", ""))
        if key is None:
            raise Denied("the token names no key that is known here")
        if token.header.get("alg") != key.algorithm.value:
            raise Denied("the token's algorithm is not its key's")
        if token.header.get("typ", self._typ) != self._typ:
            raise Denied("the token is of another type")
        try:
            jws.verify(text, dict(key.jwk), [key.algorithm.value])
        except JWSError as error:
            raise Denied("the token's signature does not hold") from error
        return token.payload


class TokenVerifier:
    """Believes tokens of one `issuer` for one `audience`. `leeway_s`: how far the two clocks may differ."""

    def __init__(
        self,
        keys: list[Mapping[str, object]],
        *,
        issuer: str,
        audience: str,
        typ: str = "JWT",
        leeway_s: float = 30.0,
    ) -> None:
        if not issuer or not audience or not keys:
            raise Unconfigured("a token verifier needs keys, an issuer and an audience")
        self._gate = SignatureGate(keys, typ=typ)
        self._issuer = issuer
        self._audience = audience
        self._leeway_s = leeway_s

    def verify(self, text: str, now: float) -> Claims:
        """The claims of `text` at `now` (UTC seconds). Raises `Denied`, saying which rule it breaks."""
        said = read_object(self._gate.open(text))
        claims = Claims(
            issuer=_issuer(said),
            audience=_audience(said),
            expires=_instant(said, "exp"),
            not_before=_instant(said, "nbf"),
            issued=_instant(said, "iat"),
            claims=said,
        )
        if claims.issuer != self._issuer:
            raise Denied("the token is of another issuer")
        if self._audience not in claims.audience:
            raise Denied("the token is for somebody else")
        if now >= claims.expires + self._leeway_s:
            raise Denied("the token has expired")
        if max(claims.not_before, claims.issued) > now + self._leeway_s:
            raise Denied("the token is not valid yet")
        return claims


def _issuer(said: Mapping[str, object]) -> str:
    value = said.get("iss")
    if not isinstance(value, str):
        raise Denied("the token has no good `iss`")
    return value


def _audience(said: Mapping[str, object]) -> tuple[str, ...]:
    value = said.get("aud")
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise Denied("the token has no good `aud`")
    return tuple(names)


def _instant(said: Mapping[str, object], name: str) -> float:
    """A NumericDate (RFC 7519, 2): seconds, perhaps with a fraction, from 1970 to 9999."""
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 253402300800:
        raise Denied(f"the token has no good `{name}`")
    return float(value)
