"""Keys of a provider: which are pinned to what, and which are refused."""

import base64
import json
from pathlib import Path

import pytest

from gateway.errors import Unconfigured
from gateway.identity.gate import SignatureGate
from gateway.identity.jwk import pin
from tests.gateway.identity_tokens import EC_JWK, RSA_JWK, b64, number

BAD_KEYS: list[tuple[dict[str, object], str]] = [
    ({"kid": None}, "no `kid`"),
    ({"kid": ""}, "no `kid`"),
    ({"use": "enc"}, "not for checking"),
    ({"key_ops": ["encrypt"]}, "not for checking"),
    ({"key_ops": "verify"}, "not for checking"),
    ({"d": "AQAB"}, "private"),
    ({"k": "AQAB"}, "private"),
    ({"kty": "oct"}, "neither"),
    ({"kty": "OKP"}, "neither"),
    ({"crv": "P-384"}, "neither"),
    ({"crv": "P-521"}, "neither"),
    ({"alg": "HS256"}, "another algorithm"),
    ({"alg": "ES384"}, "another algorithm"),
    ({"x": EC_JWK["y"]}, "damaged"),  # a point that is not on the curve
    ({"x": EC_JWK["x"] + "="}, "damaged"),
    ({"x": "AA"}, "damaged"),
    ({"x": None}, "damaged"),
    ({"x": 5}, "damaged"),
]


@pytest.mark.parametrize(("changes", "why"), BAD_KEYS)
def test_elliptic_keys_that_are_refused(changes: dict[str, object], why: str) -> None:
    assert (
        pin(EC_JWK | {"use": "sig", "key_ops": ["verify"], "alg": "ES256", "x5t": "ignored"}).algorithm
        == "ES256"
    )
    with pytest.raises(Unconfigured, match=why):
        pin(EC_JWK | changes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"n": number((1 << 2046) + 1)}, "bits or more"),
        ({"n": number((1 << 9000) + 1)}, "bits or more"),
        ({"e": "Aw"}, "exponent"),
        ({"e": None}, "exponent"),
        ({"n": b64(b"\0" + base64.urlsafe_b64decode(RSA_JWK["n"] + "=="))}, "damaged"),
        ({"n": None}, "damaged"),
        ({"n": "!"}, "damaged"),
        ({"alg": "PS256"}, "another algorithm"),
    ],
)
def test_rsa_keys_that_are_refused(changes: dict[str, object], why: str) -> None:
    assert pin(RSA_JWK).algorithm == "RS256"
    with pytest.raises(Unconfigured, match=why):
        pin(RSA_JWK | changes)


def test_a_roca_key_is_refused_by_its_fingerprint(shared: Path) -> None:
    content = json.loads((shared / "conformance" / "jose" / "json_web_key_test.json").read_text())
    (weak,) = (group["public"] for group in content["testGroups"] if group["comment"] == "jws_rsa_roca_key")
    (weak,) = weak["keys"]
    with pytest.raises(Unconfigured, match="CVE-2017-15361"):
        pin(weak)


def test_two_keys_with_one_id_are_refused() -> None:
    with pytest.raises(Unconfigured, match="same `kid`"):
        SignatureGate([EC_JWK, RSA_JWK | {"kid": "e"}])
