r"""Originals: sealed to a public key as they come in, opened by intake (and erasure) alone with the private half.

A sealed object, all integers big-endian:

    "isinglass original 1\0" ‖ HPKE encapsulation and sealed content key (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM)
    then chunks of 1 MiB, each AES-256-GCM under the content key with the nonce
    7 bytes of 0 ‖ chunk number (u32) ‖ 1 if it is the last, else 0

The nonce of each chunk says where it stands, so none can be dropped, moved or added at the end (Hoang, Reyhanitabar,
Rogaway, Vizár: STREAM, 2015). The content key is fresh for each object. Memory stays bounded whatever the size.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from gateway.errors import StoreError, Unconfigured
from gateway.store.keys import INTAKE_PRIVATE, KEY_BYTES, KeyRing, read_key
from gateway.store.opening import Store

CHUNK_BYTES = 1024 * 1024
MAX_CHUNKS = 2**32 - 1  # 4 PiB
_MAGIC = b"isinglass original 1\0"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_TAG_BYTES = 16
_WRAPPED_BYTES = 32 + KEY_BYTES + _TAG_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed original. `digest`: keyed, of its content; `object`: its key in the object store; `size` in bytes."""

    digest: str
    object: str
    size: int


def digest_of(store: Store, source: BinaryIO) -> str:
    """The keyed digest of a file (HMAC-SHA-256, hex): the same file has the same one in this store only."""
    digest = store.keys.digest()
    for chunk in _whole_chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def seal(store: Store, source: BinaryIO) -> Sealed:
    """Seal everything that `source` still holds. It is durable at once. Errors: StoreError; OSError from `source`."""
    digest, size = store.keys.digest(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in _whole_chunks(source):
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    content = hashlib.sha256()
    part = store.objects.spool / f"{store.keys.token_bytes(16).hex()}.part"
    try:
        with part.open("xb") as file:
            for sealed in _seal(store.keys, counted()):
                content.update(sealed)
                file.write(sealed)
        key = store.objects.take_file(part, content.hexdigest())
    finally:
        part.unlink(missing_ok=True)
    return Sealed(digest=digest.hexdigest(), object=key, size=size)


def load_private_key(keys: Path) -> X25519PrivateKey:
    """The key that opens originals, from `intake/private` in the key folder. The web process never calls this.

    Errors: Unconfigured if it is not there, or anybody but its owner may read it.
    """
    path = keys / INTAKE_PRIVATE
    try:
        (private,) = read_key(path)
    except (OSError, ValueError) as error:
        raise Unconfigured(f"originals can't be opened here: there is no key `{INTAKE_PRIVATE}`") from error
    return X25519PrivateKey.from_private_bytes(private)


def open_sealed(store: Store, key: str, private_key: X25519PrivateKey) -> Iterator[bytes]:
    """The original behind object `key`, in chunks of up to 1 MiB.

    Errors: StoreError at the chunk that is damaged, missing, moved, or sealed to another key; what came before is good.
    """
    chunks = _blocks(store.objects.stream(key))
    header = next(chunks)
    if not header.startswith(_MAGIC):
        raise StoreError(f"the object `{key}` is not a sealed original")
    try:
        cipher = AESGCM(_SUITE.decrypt(header[len(_MAGIC) :], private_key, _MAGIC))
        yield from _open(cipher, chunks)
    except (InvalidTag, ValueError) as error:
        raise StoreError(
            f"the original `{key}` does not open: it is damaged, or the key is another one"
        ) from error


def _seal(keys: KeyRing, chunks: Iterator[bytes]) -> Iterator[bytes]:
    content_key = keys.token_bytes(KEY_BYTES)
    cipher = AESGCM(content_key)
    yield _MAGIC + _SUITE.encrypt(content_key, keys.intake, _MAGIC)
    for number, (chunk, is_last) in enumerate(_with_last(chunks)):
        if number > MAX_CHUNKS:
            raise StoreError("the file is too large")
        yield cipher.encrypt(_nonce(number, is_last=is_last), chunk, None)


def _open(cipher: AESGCM, chunks: Iterator[bytes]) -> Iterator[bytes]:
    for number, (chunk, is_last) in enumerate(_with_last(chunks)):
        plain = cipher.decrypt(_nonce(number, is_last=is_last), chunk, None)
        if plain:
            yield plain


def _whole_chunks(source: BinaryIO) -> Iterator[bytes]:
    """Chunks of 1 MiB, only the last one shorter, however little a read of `source` gives."""
    held = bytearray()
    while got := source.read(CHUNK_BYTES - len(held)):
        held += got
        if len(held) == CHUNK_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes((is_last,))


def _with_last(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each chunk, and whether it is the last; one empty chunk if there is none."""
    held = next(chunks, b"")
    for chunk in chunks:
        yield held, False
        held = chunk
    yield held, True


def _blocks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The header, then the sealed chunks, however the object store cuts its stream."""
    held, wanted = bytearray(), len(_MAGIC) + _WRAPPED_BYTES
    is_header = True
    for chunk in chunks:
        held += chunk
        while len(held) >= wanted:
            yield bytes(held[:wanted])
            del held[:wanted]
            wanted, is_header = CHUNK_BYTES + _TAG_BYTES, False
    if is_header or held:
        yield bytes(held)
