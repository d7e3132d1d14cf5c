"""Signed checkpoints: a foreign note and key, and no byte that can change unnoticed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.checkpoint import key_id, read_key, sign, verify, write_key
from gateway.errors import Invalid

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "isinglass.example.org/audit"
NOTE = sign(ORIGIN, 1234, bytes(range(32)), KEY)


def test_a_foreign_key_and_signature() -> None:
    # The example in the documentation of golang.org/x/mod/sumdb/note, which C2SP's signed-note describes.
    name, key = read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signed = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert (name, key_id(name, key)) == ("PeterNeumann", signed[:4])
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    key.verify(signed[4:], text)


def test_the_form_of_a_note() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == [ORIGIN, "1234", base64.b64encode(bytes(range(32))).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[5:] == [""]
    signed = base64.b64decode(lines[4].split(" ")[2])
    KEY.public_key().verify(signed[4:], "\n".join([*lines[:3], ""]).encode())


@given(st.integers(0, 10**19 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_read(size: int, root: bytes) -> None:
    found = verify(sign(ORIGIN, size, root, KEY), ORIGIN, KEY.public_key())
    assert (found.origin, found.size, found.root) == (ORIGIN, size, root)


def test_every_flipped_bit_fails() -> None:
    data = NOTE.encode()
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            with pytest.raises(Invalid):
                verify(changed.decode("utf-8", "replace"), ORIGIN, KEY.public_key())


def test_a_signature_has_one_spelling() -> None:
    # Two bits of the last character before the padding mean nothing: four characters decode to one signature.
    last = NOTE[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same = [other for other in alphabet if alphabet.index(other) // 4 == alphabet.index(last) // 4]
    assert NOTE.endswith(f"{last}=\n")
    assert len(same) == 4
    for other in set(same) - {last}:
        with pytest.raises(Invalid, match="canonical"):
            verify(f"{NOTE[:-3]}{other}=\n", ORIGIN, KEY.public_key())


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + NOTE.split("\n")[4] + "\n",
        NOTE.replace("1234", "01234"),
        NOTE.replace("1234", "+1234"),
        NOTE.replace("1234", "١٢٣٤"),  # Arabic-Indic digits, which int() would take
        NOTE.replace("\n\n", "\nextension\n\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("—", "-"),
        NOTE * 100,
        sign(ORIGIN, 1234, bytes(range(32)), OTHER),
        sign("another.log", 1234, bytes(range(32)), KEY),
    ],
)
def test_another_note_is_refused(note: str) -> None:
    with pytest.raises(Invalid):
        verify(note, ORIGIN, KEY.public_key())


def test_the_same_name_with_another_key_is_refused() -> None:
    with pytest.raises(Invalid, match="was not signed with this key"):
        verify(NOTE, ORIGIN, OTHER.public_key())


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("two words", 1, bytes(32)),
        ("a+b", 1, bytes(32)),
        ("", 1, bytes(32)),
        ("a\nb", 1, bytes(32)),
        (ORIGIN, -1, bytes(32)),
        (ORIGIN, 10**19, bytes(32)),
        (ORIGIN, 1, bytes(31)),
    ],
)
def test_what_can_t_be_written_is_not_signed(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(Invalid):
        sign(origin, size, root, KEY)


def test_a_key_line_has_one_spelling() -> None:
    line = write_key(ORIGIN, KEY.public_key())
    name, key = read_key(line)
    assert (name, key.public_bytes_raw()) == (ORIGIN, KEY.public_key().public_bytes_raw())
    for position in range(len(line)):
        for bit in range(7):
            changed = line[:position] + chr(ord(line[position]) ^ 1 << bit) + line[position + 1 :]
            with pytest.raises(Invalid):
                read_key(changed)
