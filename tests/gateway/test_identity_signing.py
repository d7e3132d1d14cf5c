"""Opaque tokens, signed values, the cookie."""

import hashlib
import os
from http.cookies import SimpleCookie
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer as ForeignSigner
from starlette.responses import Response

from gateway.errors import Unconfigured
from gateway.identity.cookies import COOKIE_FLAGS, SESSION_COOKIE
from gateway.identity.signing import MAX_SIGNED_BYTES, BadSignature, Signer
from gateway.identity.tokens import digest_of, new_token

OLD, MIDDLE, NEW = (bytes([i]) * 32 for i in range(3))
SIGNED = Signer([NEW], "csrf").sign(b"session-1")


# --- tokens
def test_a_token_is_256_bits_and_only_its_digest_is_kept() -> None:
    asked: list[int] = []

    def token_bytes(count: int) -> bytes:
        asked.append(count)
        return bytes(range(256 - count, 256))

    text, digest = new_token(token_bytes)
    assert asked == [32]
    assert text == "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8"
    assert digest == digest_of(text) == hashlib.sha256(text.encode()).hexdigest()
    assert new_token(os.urandom) != new_token(os.urandom)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_digest(text: str) -> None:
    assert len(digest_of(text)) == 64


# --- signing
@given(st.binary(max_size=200))
def test_what_is_signed_is_read(value: bytes) -> None:
    signer = Signer([OLD, NEW], "csrf")
    assert signer.unsign(signer.sign(value)) == value


def test_it_is_hmac_sha_512_over_a_salted_key() -> None:
    foreign = ForeignSigner(
        NEW, salt=b"isinglass.csrf.v1", key_derivation="hmac", digest_method=hashlib.sha512
    )
    assert foreign.sign(b"session-1") == SIGNED
    assert len(SIGNED.rpartition(b".")[2]) == 86  # 512 bits
    sha_1 = ForeignSigner(NEW, salt=b"isinglass.csrf.v1", key_derivation="hmac", digest_method=hashlib.sha1)
    with pytest.raises(BadSignature):
        Signer([NEW], "csrf").unsign(sha_1.sign(b"session-1"))


def test_keys_rotate_from_oldest_to_newest() -> None:
    before, during, after = (
        Signer([OLD], "csrf"),
        Signer([OLD, MIDDLE], "csrf"),
        Signer([MIDDLE, NEW], "csrf"),
    )
    assert during.unsign(before.sign(b"v")) == b"v"  # a page that was open goes on
    assert during.sign(b"v") == Signer([MIDDLE], "csrf").sign(b"v")  # the newest signs
    assert after.unsign(during.sign(b"v")) == b"v"
    with pytest.raises(BadSignature):
        after.unsign(before.sign(b"v"))  # the oldest is gone


def test_what_is_signed_for_one_purpose_is_nothing_for_another() -> None:
    signers = {purpose: Signer([NEW], purpose) for purpose in ("csrf", "link", "ticket", "csrf-2")}
    for one, other in combinations(signers.values(), 2):
        with pytest.raises(BadSignature):
            other.unsign(one.sign(b"v"))


def test_any_flipped_bit_is_refused() -> None:
    signer = Signer([NEW], "csrf")
    assert signer.unsign(SIGNED) == b"session-1"
    for bit in range(len(SIGNED) * 8):
        changed = bytearray(SIGNED)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadSignature):
            signer.unsign(bytes(changed))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b".",
        b"session-1",
        b"session-1.",
        SIGNED + b"=",
        SIGNED + b"==",
        SIGNED + b" ",
        b" " + SIGNED,
        SIGNED.replace(b".", b". "),
        SIGNED[:-1],
        b"x" * MAX_SIGNED_BYTES + SIGNED,
        b"\xff" * 100,
        SIGNED + b"." + SIGNED.rpartition(b".")[2],
    ],
)
def test_other_texts_are_refused(text: bytes) -> None:
    with pytest.raises(BadSignature):
        Signer([NEW], "csrf").unsign(text)


@pytest.mark.parametrize(
    ("keys", "purpose"),
    [([], "csrf"), ([b"short"], "csrf"), ([NEW, b""], "csrf"), ([NEW], ""), ([NEW], "A b")],
)
def test_a_signer_needs_keys_and_a_purpose(keys: list[bytes], purpose: str) -> None:
    with pytest.raises(Unconfigured):
        Signer(keys, purpose)


# --- the cookie
def test_the_cookie_is_host_bound() -> None:
    response = Response()
    response.set_cookie(SESSION_COOKIE, "v", **COOKIE_FLAGS)
    cookie = SimpleCookie(response.headers["set-cookie"])[SESSION_COOKIE]
    assert SESSION_COOKIE.startswith("__Host-")
    assert (cookie["path"], cookie["secure"], cookie["httponly"]) == ("/", True, True)
    assert (cookie["samesite"], cookie["domain"], cookie["max-age"]) == ("strict", "", "")
