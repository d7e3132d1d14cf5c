"""Masked frames at rest: compressed without loss (blosc2: bitshuffle, LZ4), then AES-256-GCM under the subject's data key.

An object's plaintext, sealed as `keys.seal` does and bound to its subject:

    version (1 byte: 1) ‖ header length (u32, little-endian) ‖ header (JSON) ‖ one blosc2 chunk of the pixels, zeros up to 64 bytes

A frame with a side of more than 2,048 px is stored in tiles instead (`tiles`).

The header holds dtype, shape, offset and presentation. A frame's digest is the SHA-256 of what a viewer could see of
it: dtype, shape, offset and pixels.
"""

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import imagecodecs
import msgspec
import numpy as np
from numpy.typing import NDArray

from gateway.errors import StoreError
from gateway.store import subjects, tiles
from gateway.store.keys import NONCE_BYTES, KeyRing, seal, unseal
from gateway.store.objects import Objects
from gateway.store.opening import Store
from gateway.store.tiles import TiledFrame
from gateway.store.transaction import Transaction
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame

DTYPES = ("uint8", "uint16", "float32")
MAX_FRAME_BYTES = 2**31 - 1  # blosc2's limit of one chunk
# Bitshuffle works on 8 values at a time. A chunk of zeros with fewer in its last block (a black frame of odd size) is
# refused by blosc2 2.x when it is read again; the test of `unpack_frame` found it.
_WHOLE_BYTES = 64
_VERSION = 1
_BOUND_TO = b"isinglass frame 1\0"
_CODEC = {
    "level": 1,
    "compressor": imagecodecs.BLOSC2.COMPRESSOR.LZ4,
    "shuffle": imagecodecs.BLOSC2.FILTER.BITSHUFFLE,
    "numthreads": 1,
}


class _Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    dtype: str
    shape: tuple[int, ...]
    offset: int
    presentation: Presentation


class StoredFrame(NamedTuple):
    """Where a frame is (`object`), and what it is (`digest`, of the masked pixels)."""

    object: str
    digest: str


def put_frame(tx: Transaction, subject: str, frame: MaskedFrame) -> StoredFrame:
    """Store one frame of `subject`, who is made if new. It is durable at once; without a row it is an orphan.

    It compresses and writes while the transaction holds its locks: for more than a few frames use `FrameWriter`.
    Errors: StoreError, also if the subject was erased.
    """
    return _put(tx.objects, tx.keys, subject, tx.subject_key(subject), frame)


@dataclass(slots=True)
class FrameWriter:
    """Stores frames of `subject` outside any transaction, under the key that they will have; then `keep` it in one."""

    subject: str
    _store: Store
    _key: bytes
    _is_new: bool

    @classmethod
    def open(cls, store: Store, subject: str) -> "FrameWriter":
        """A writer. Errors: StoreError if the subject was erased."""
        with store.read() as connection:
            known = subjects.find_key(connection, store.keys, subject)
        return cls(subject, store, known or subjects.new_key(store.keys), known is None)

    def put(self, frame: MaskedFrame) -> StoredFrame:
        """Store one frame; durable at once. Errors: StoreError."""
        return _put(self._store.objects, self._store.keys, self.subject, self._key, frame)

    def keep(self, tx: Transaction) -> None:
        """Make the key durable along with the rows that name the frames.

        Errors: Conflict when the transaction ends, if somebody else made the subject meanwhile: begin again.
        """
        if self._is_new:
            subjects.keep_key(tx.connection, tx.keys, self.subject, self._key, tx.now)


def get_frame(store: Store, subject: str, key: str) -> MaskedFrame:
    """The frame of `subject` at object `key`. Errors: StoreError if it was erased, is damaged, or somebody else's."""
    return FrameReader(store).get(subject, key)


class FrameReader:
    """Reads frames, and remembers the data keys of their subjects until it is told to forget. Safe between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[str, bytes] = {}

    def get(self, subject: str, key: str) -> MaskedFrame:
        """The whole frame of `subject` at object `key`. Errors: StoreError if it was erased, is damaged, or somebody else's."""
        data_key, content = self._key(subject), self._store.objects.get(key)
        if tiles.index_bytes(content) is None:
            return unpack_frame(unseal(data_key, content, _BOUND_TO + subject.encode()))
        tiled = tiles.read_index(content, subject, data_key)

        def tile(number: int) -> NDArray[np.generic]:
            offset, length = tiled.place(number)
            sealed = content[offset : offset + length]
            return tiles.read_tile(tiled, number, sealed, subject, data_key, unpack_frame)

        frame = tiled.assemble(tiled.whole(), tile)
        return replace(frame, presentation=tiled.index.presentation)

    def open(self, subject: str, key: str) -> TiledFrame | MaskedFrame:
        """A frame that is probably large: without its pixels if it is stored in tiles. Errors: as `get`."""
        head = self._store.objects.get_range(key, 0, tiles.HEAD_BYTES)
        end = tiles.index_bytes(head)
        if end is None:
            return self.get(subject, key)
        if end > len(head):
            head = self._store.objects.get_range(key, 0, end)
        return tiles.read_index(head, subject, self._key(subject))

    def tile(self, subject: str, key: str, tiled: TiledFrame, number: int) -> NDArray[np.generic]:
        """The pixels of one tile of `tiled`, which is at object `key`. Errors: as `get`."""
        sealed = self._store.objects.get_range(key, *tiled.place(number))
        return tiles.read_tile(tiled, number, sealed, subject, self._key(subject), unpack_frame)

    def _key(self, subject: str) -> bytes:
        data_key = self._keys.get(subject)
        if data_key is None:
            with self._store.read() as connection:
                data_key = subjects.data_key(connection, self._store.keys, subject)
            self._keys[subject] = data_key
        return data_key

    def forget(self, subject: str) -> None:
        """Drop the key of `subject`, who was erased."""
        self._keys.pop(subject, None)


def seal_frame(keys: KeyRing, subject: str, key: bytes, frame: MaskedFrame) -> bytes:
    """The frame's object, under `key`, the data key of `subject`: in one piece, or as a pyramid of tiles."""
    if tiles.is_large(*frame.pixels.shape[:2]):
        _check(str(frame.pixels.dtype), frame.pixels.shape)
        return tiles.write(frame, subject, key, keys.token_bytes, pack_frame)
    return seal(key, keys.token_bytes(NONCE_BYTES), pack_frame(frame), _BOUND_TO + subject.encode())


def digest_of(frame: MaskedFrame) -> str:
    """SHA-256, hex, of the frame's dtype, shape, offset and pixels."""
    return _digest(frame.pixels, frame.offset)


def pack_frame(frame: MaskedFrame) -> bytes:
    """The plaintext of the frame's object. Errors: StoreError for pixels that no renderer takes."""
    pixels = np.ascontiguousarray(frame.pixels)
    _check(str(pixels.dtype), pixels.shape)
    header = msgspec.json.encode(
        _Header(
            dtype=str(pixels.dtype),
            shape=pixels.shape,
            offset=frame.offset,
            presentation=frame.presentation,
        )
    )
    content: Any = _padded(_bytes_of(pixels))  # the codec's stubs know fewer buffers than it takes
    chunk = imagecodecs.blosc2_encode(content, typesize=pixels.itemsize, **_CODEC)
    return b"".join((bytes((_VERSION,)), len(header).to_bytes(4, "little"), header, chunk))


def unpack_frame(plain: bytes) -> MaskedFrame:
    """The inverse of `pack_frame`. Errors: StoreError if `plain` is not what it wrote."""
    if plain[:1] != bytes((_VERSION,)):
        raise StoreError("a stored frame is of a newer version of this program")
    end = 5 + int.from_bytes(plain[1:5], "little")
    try:
        header = msgspec.json.decode(plain[5:end], type=_Header)
        _check(header.dtype, header.shape)
        size = np.dtype(header.dtype).itemsize * math.prod(header.shape)
        buffer = np.empty(size + -size % _WHOLE_BYTES, np.uint8)
        chunk: Any = memoryview(plain)[end:]
        decoded = imagecodecs.blosc2_decode(chunk, out=_bytes_of(buffer), numthreads=1)
    except (msgspec.MsgspecError, imagecodecs.Blosc2Error, ValueError) as error:
        raise StoreError("a stored frame is damaged") from error
    if len(decoded) != buffer.nbytes:
        raise StoreError("a stored frame is damaged")
    pixels = buffer[:size].view(header.dtype).reshape(header.shape)
    return MaskedFrame(pixels=pixels, offset=header.offset, presentation=header.presentation)


def _padded(content: memoryview) -> bytes | memoryview:
    """`content` with zeros up to whole blocks, without which blosc2 writes chunks that it can't read."""
    rest = -len(content) % _WHOLE_BYTES
    return b"".join((content, bytes(rest))) if rest else content


def _put(objects: Objects, keys: KeyRing, subject: str, key: bytes, frame: MaskedFrame) -> StoredFrame:
    return StoredFrame(objects.put(seal_frame(keys, subject, key, frame)), digest_of(frame))


def _check(dtype: str, shape: tuple[int, ...]) -> None:
    is_colour = len(shape) == 3 and shape[2] == 3 and dtype == "uint8"
    if dtype not in DTYPES or not (len(shape) == 2 or is_colour) or min(shape) < 1:
        raise StoreError(f"a frame of {dtype} with the shape `{shape}` can't be stored")
    if np.dtype(dtype).itemsize * int(np.prod(shape, dtype=object)) > MAX_FRAME_BYTES:
        raise StoreError(f"a frame with the shape `{shape}` is too large to be stored in one piece")


def _digest(pixels: NDArray[np.generic], offset: int) -> str:
    digest = hashlib.sha256(f"{pixels.dtype}\0{pixels.shape}\0{offset}\0".encode())
    digest.update(_bytes_of(np.ascontiguousarray(pixels)))
    return digest.hexdigest()


def _bytes_of(pixels: NDArray[np.generic]) -> memoryview:
    """The memory of a C-contiguous array, as bytes; nothing is copied."""
    return memoryview(pixels).cast("B")  # type: ignore[arg-type] # numpy says that it is a buffer from 3.12 on
