"""Large masked frames at rest: a pyramid of tiles in one object, so that a view reads no more than it shows.

    "ISGTILE1" ‖ length of the sealed index (u32, little-endian) ‖ sealed index (JSON) ‖ sealed tiles

The index says how the frame is shown and where its tiles are; tiles are numbered from level 0 on, row by row. Index and tiles
are sealed under the subject's data key; each tile is bound to its frame and its number. What is sealed in a tile is a
frame as `pixels.pack_frame` writes it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from gateway.errors import StoreError
from gateway.settings import TokenBytes
from gateway.store.keys import NONCE_BYTES, seal, unseal
from viewer.imaging.presentation import Presentation, Window
from viewer.masking.image import MaskedFrame
from viewer.render.drawing import window_of
from viewer.render.region import Region, halved, level_sizes

TILE = 512  # px
LARGE = 2048  # px: a frame with no longer side is stored in one piece
HEAD_BYTES = 65_536  # are read first: they hold the index of a frame of up to some 25,000 px a side
MAGIC = b"ISGTILE1"
_INDEX, _TILE = b"isinglass tile index 1\0", b"isinglass tile 1\0"
_BLANK = Presentation(photometric="MONOCHROME2")
_START = len(MAGIC) + 4

Pixels = NDArray[np.generic]
Pack = Callable[[MaskedFrame], bytes]
Unpack = Callable[[bytes], MaskedFrame]


class Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`window`: what the frame is shown with where neither view nor header say it. `tiles`: offset and length of each."""

    id: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    presentation: Presentation
    window: Window | None
    tiles: list[tuple[int, int]]


@dataclass(frozen=True)
class TiledFrame:
    """A frame whose pixels are elsewhere. `start`: where its tiles begin in the object."""

    index: Index
    start: int

    @property
    def nbytes(self) -> int:
        """What it takes in memory, about."""
        return 4096 + 120 * len(self.index.tiles)

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """Rows and columns of each level."""
        return level_sizes(*self.index.shape[:2])

    @cached_property
    def presentation(self) -> Presentation:
        """How any part of it is shown."""
        index = self.index
        if index.window is None or index.presentation.windows:
            return index.presentation
        return msgspec.structs.replace(index.presentation, windows=(index.window,))

    def whole(self) -> Region:
        """All of level 0."""
        rows, columns = self.index.shape[:2]
        return Region(level=0, top=0, left=0, bottom=rows, right=columns)

    def needed(self, region: Region) -> Iterator[tuple[int, int, int]]:
        """The number, and the top and left pixel, of each tile that `region` touches."""
        first = sum(_across(rows) * _across(columns) for rows, columns in self.sizes[: region.level])
        columns = _across(self.sizes[region.level][1])
        for row in range(region.top // TILE, _across(region.bottom)):
            for column in range(region.left // TILE, _across(region.right)):
                yield first + row * columns + column, row * TILE, column * TILE

    def place(self, number: int) -> tuple[int, int]:
        """Offset in the object and length of tile `number`."""
        offset, length = self.index.tiles[number]
        return self.start + offset, length

    def assemble(self, region: Region, tile: Callable[[int], Pixels]) -> MaskedFrame:
        """`region` as a frame of its own; `tile` gives the pixels of a tile."""
        shape = (region.bottom - region.top, region.right - region.left, *self.index.shape[2:])
        pixels = np.empty(shape, self.index.dtype)
        for number, top, left in self.needed(region):
            part = tile(number)
            rows = slice(max(top, region.top), min(top + part.shape[0], region.bottom))
            columns = slice(max(left, region.left), min(left + part.shape[1], region.right))
            pixels[
                rows.start - region.top : rows.stop - region.top,
                columns.start - region.left : columns.stop - region.left,
            ] = part[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        return MaskedFrame(pixels=pixels, offset=self.index.offset, presentation=self.presentation)


def is_large(rows: int, columns: int) -> bool:
    """Whether a frame of this size is stored in tiles."""
    return max(rows, columns) > LARGE


def write(frame: MaskedFrame, subject: str, key: bytes, token_bytes: TokenBytes, pack: Pack) -> bytes:
    """The object of a large `frame` of `subject`, under the subject's data key."""
    name = token_bytes(16)
    sealed, places, at = [], [], 0
    for number, part in enumerate(_tiles(frame.pixels)):
        plain = pack(MaskedFrame(pixels=np.ascontiguousarray(part), offset=0, presentation=_BLANK))
        sealed.append(seal(key, token_bytes(NONCE_BYTES), plain, _bound(subject, name.hex(), number)))
        places.append((at, len(sealed[-1])))
        at += len(sealed[-1])
    index = Index(
        id=name.hex(),
        dtype=str(frame.pixels.dtype),
        shape=frame.pixels.shape,
        offset=frame.offset,
        presentation=frame.presentation,
        window=window_of(frame),
        tiles=places,
    )
    head = seal(key, token_bytes(NONCE_BYTES), msgspec.json.encode(index), _INDEX + subject.encode())
    return b"".join((MAGIC, len(head).to_bytes(4, "little"), head, *sealed))


def index_bytes(head: bytes) -> int | None:
    """How many bytes of the object hold the index, from its first ones; None if it is not one of tiles."""
    if head[: len(MAGIC)] != MAGIC or len(head) < _START:
        return None
    return _START + int.from_bytes(head[len(MAGIC) : _START], "little")


def read_index(head: bytes, subject: str, key: bytes) -> TiledFrame:
    """The frame of which the object's first bytes are `head`. Errors: StoreError if it is damaged or somebody else's."""
    end = index_bytes(head)
    if end is None or len(head) < end:
        raise StoreError("a stored frame is damaged")
    plain = unseal(key, head[_START:end], _INDEX + subject.encode())
    try:
        return TiledFrame(msgspec.json.decode(plain, type=Index), end)
    except msgspec.MsgspecError as error:
        raise StoreError("a stored frame is damaged") from error


def read_tile(
    tiled: TiledFrame, number: int, sealed: bytes, subject: str, key: bytes, unpack: Unpack
) -> Pixels:
    """The pixels of tile `number`. Errors: StoreError if it is damaged or another one."""
    return unpack(unseal(key, sealed, _bound(subject, tiled.index.id, number))).pixels


def _bound(subject: str, name: str, number: int) -> bytes:
    return _TILE + f"{subject}\0{name}\0{number}".encode()


def _across(size: int) -> int:
    return -(-size // TILE)


def _tiles(pixels: Pixels) -> Iterator[Pixels]:
    for number, (rows, columns) in enumerate(level_sizes(*pixels.shape[:2])):
        if number:
            pixels = halved(pixels)
        for top in range(0, rows, TILE):
            for left in range(0, columns, TILE):
                yield pixels[top : top + TILE, left : left + TILE]
