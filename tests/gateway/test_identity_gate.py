"""The token gate's own rules, each with a token that breaks it, and the hole of python-jose that it closes."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from jose import jws as jose_jws

from gateway.errors import Denied, Unconfigured
from gateway.identity.compact import MAX_DEPTH, MAX_TEXT_BYTES, read_object
from gateway.identity.gate import SignatureGate, TokenVerifier
from tests.gateway.identity_tokens import (
    CLAIMS,
    EC_JWK,
    KEYS,
    NOW,
    RSA_JWK,
    RSA_KEY,
    SIGNERS,
    b64,
    issue,
    token,
)

VERIFIER = TokenVerifier(KEYS, issuer="https://idp.example", audience="isinglass", leeway_s=5)


@pytest.mark.parametrize("kid", ["e", "r"])
def test_a_good_token(kid: str) -> None:
    claims = VERIFIER.verify(issue(kid, sub="u1", groups=["a", "b"], aud=["other", "isinglass"]), NOW)
    assert (claims.issuer, claims.audience) == ("https://idp.example", ("other", "isinglass"))
    assert (claims.expires, claims.not_before, claims.issued) == (NOW + 60, NOW - 1, NOW)
    assert (claims.claims["sub"], claims.claims["groups"]) == ("u1", ["a", "b"])


HEADERS: list[tuple[str | dict[str, object], str]] = [
    ({"alg": "none", "kid": "e"}, "algorithm"),
    ({"alg": "RS256", "kid": "e"}, "algorithm"),
    ({"alg": "HS256", "kid": "e"}, "algorithm"),
    ({"alg": "es256", "kid": "e"}, "algorithm"),
    ({"kid": "e"}, "algorithm"),
    ({"alg": "ES256"}, "no key that is known"),
    ({"alg": "ES256", "kid": "x"}, "no key that is known"),
    ({"alg": "ES256", "kid": ""}, "no key that is known"),
    ({"alg": "ES256", "kid": 1}, "header has more"),
    ({"alg": ["ES256"], "kid": "e"}, "header has more"),
    ({"alg": "ES256", "kid": "e", "jwk": EC_JWK}, "header has more"),
    ({"alg": "ES256", "kid": "e", "jku": "https://evil.example"}, "header has more"),
    ({"alg": "ES256", "kid": "e", "x5c": []}, "header has more"),
    ({"alg": "ES256", "kid": "e", "crit": ["b64"], "b64": False}, "header has more"),
    ({"alg": "ES256", "kid": "e", "typ": "at+jwt"}, "another type"),
    ('{"alg":"none","alg":"ES256","kid":"e"}', "not JSON"),
    ('{"alg":"ES256","kid":"x","kid":"e"}', "not JSON"),
    ('["alg"]', "not a JSON object"),
    ('"ES256"', "not a JSON object"),
    ("", "not JSON"),
    ('{"alg":"ES256","kid":"e"} {}', "not JSON"),
    ('\ufeff{"alg":"ES256","kid":"e"}', "not JSON"),
]


@pytest.mark.parametrize(("header", "why"), HEADERS)
def test_headers_that_are_refused(header: str | dict[str, object], why: str) -> None:
    VERIFIER.verify(token({"alg": "ES256", "kid": "e"}, CLAIMS), NOW)  # without a typ: taken
    with pytest.raises(Denied, match=why):
        VERIFIER.verify(token(header, CLAIMS), NOW)


REFUSED_CLAIMS: list[tuple[str, object, str]] = [
    *[(name, ..., f"`{name}`") for name in CLAIMS],
    ("iss", "https://idp.example/", "another issuer"),
    ("iss", ["https://idp.example"], "`iss`"),
    ("aud", "isinglass2", "somebody else"),
    ("aud", ["a", "b"], "somebody else"),
    ("aud", [], "`aud`"),
    ("aud", ["isinglass", 1], "`aud`"),
    ("aud", {"isinglass": 1}, "`aud`"),
    ("exp", NOW - 5, "expired"),
    ("exp", str(NOW + 60), "`exp`"),
    ("exp", True, "`exp`"),
    ("exp", 1e300, "`exp`"),
    ("exp", -1, "`exp`"),
    ("nbf", NOW + 5.5, "not valid yet"),
    ("nbf", None, "`nbf`"),
    ("iat", NOW + 5.5, "not valid yet"),
]


@pytest.mark.parametrize(("name", "value", "why"), REFUSED_CLAIMS)
def test_claims_that_are_refused(name: str, value: object, why: str) -> None:
    with pytest.raises(Denied, match=why):
        VERIFIER.verify(issue(**{name: value}), NOW)


@pytest.mark.parametrize("now", [NOW - 5.9, NOW - 1, NOW, NOW + 60, NOW + 64.9])
def test_good_times(now: float) -> None:
    VERIFIER.verify(issue(nbf=NOW - 1, iat=NOW - 1), now)


@pytest.mark.parametrize("now", [0.0, NOW - 6.1, NOW + 65, NOW + 1e9])
def test_time_is_the_argument(now: float) -> None:
    with pytest.raises(Denied, match=r"expired|not valid yet"):
        VERIFIER.verify(issue(nbf=NOW - 1, iat=NOW - 1), now)


@pytest.mark.parametrize(
    "payload",
    [
        '{"iss":"x","iss":"https://idp.example"}',
        '{"exp":NaN}',
        '{"exp":Infinity}',
        '{"exp":1e999}',
        '{"sub":"\\ud800"}',
        "[" * 600,
        '{"a":' * 9 + "1" + "}" * 9,
        "null",
        "\x00",
    ],
)
def test_json_that_two_readers_may_read_differently(payload: str) -> None:
    with pytest.raises(Denied, match="JSON"):
        read_object(payload.encode())
    with pytest.raises(Denied, match="JSON"):
        VERIFIER.verify(token({"alg": "ES256", "kid": "e"}, payload), NOW)


def test_depth_counts_brackets_and_not_strings() -> None:
    assert read_object(('{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH).encode())
    assert read_object(b'{"a":"[[[[[[[[[[[[{{{{{{{{","b":"\\"[[[[[[[[[[["}')
    assert read_object(b'{"a":[[[]],[[]],[[]],[[]],[[]],[[]],[[]],[[]],[[]]]}')
    with pytest.raises(Denied, match="nested"):
        read_object(('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1)).encode())


def spellings(text: str) -> Iterator[str]:
    head, payload, signature = text.split(".")
    yield from (f"{head}=.{payload}.{signature}", f"{head}.{payload}=.{signature}", f"{text}=", f"{text}==")
    yield from (f" {text}", f"{text}\n", f"{head}. {payload}.{signature}", text.replace(".", ".\n", 1))
    yield from (f"{text}.", f".{text}", f"{head}.{payload}", f"{head}..{payload}.{signature}", f"{text}.x.y")
    yield from (
        f"Bearer {text}",
        text.replace("-", "+").replace("_", "/") + "+",
        f"{head}.{payload}.{signature}AA",
        text + "é",
    )
    last = signature[-1]  # ES256 leaves four bits of the last character unused
    yield from (
        head + "." + payload + "." + signature[:-1] + other for other in "ABCDEFGHgwQ" if other != last
    )
    yield json.dumps({"protected": head, "payload": payload, "signature": signature})


def test_one_token_has_one_spelling() -> None:
    text = issue()
    SignatureGate(KEYS).open(text)
    for other in spellings(text):
        with pytest.raises(Denied):
            SignatureGate(KEYS).open(other)


@given(st.data())
def test_any_changed_character_is_refused(data: st.DataObject) -> None:
    text = ISSUED[data.draw(st.sampled_from(sorted(ISSUED)))]
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[position]))
    with pytest.raises(Denied):
        VERIFIER.verify(text[:position] + other + text[position + 1 :], NOW)


ISSUED = {kid: issue(kid) for kid in SIGNERS}


@given(
    st.text(max_size=200)
    | st.from_regex(r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,90}", fullmatch=True)
)
def test_any_other_text_is_refused_and_never_more(text: str) -> None:
    with pytest.raises(Denied):
        VERIFIER.verify(text, NOW)


def test_long_texts_are_refused_unread() -> None:
    assert VERIFIER.verify(issue(pad="x" * 2500), NOW)
    text = issue(pad="x" * 4000)
    assert len(text) > MAX_TEXT_BYTES
    with pytest.raises(Denied, match="longer than"):
        VERIFIER.verify(text, NOW)


def test_a_public_key_is_no_hmac_secret() -> None:
    # CVE-2026-85394: python-jose takes the DER form of a public key as an HMAC secret.
    der = RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (der, pem, RSA_JWK["n"].encode()):
        signed = b64(b'{"alg":"HS256","kid":"r"}') + "." + b64(json.dumps(CLAIMS).encode())
        forged = f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
        if secret is der:
            assert jose_jws.verify(forged, der, ["HS256", "RS256"]) == json.dumps(CLAIMS).encode()
        with pytest.raises(Denied, match="algorithm"):
            VERIFIER.verify(forged, NOW)


def test_an_encrypted_token_is_refused() -> None:
    with pytest.raises(Denied, match="three parts"):
        VERIFIER.verify("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..c2l4dGVlbmJ5dGVz.YQ.YQ", NOW)


@pytest.mark.parametrize("changes", [{"issuer": ""}, {"audience": ""}, {"keys": []}])
def test_a_verifier_needs_all_three(changes: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"keys": KEYS, "issuer": "i", "audience": "a"} | changes
    keys = settings.pop("keys")
    with pytest.raises(Unconfigured):
        TokenVerifier(keys, **settings)
