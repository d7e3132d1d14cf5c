"""Pixel data to pixel cells, and cells to stored values: PS3.5 8.1.1, 8.2 and Annex A."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.errors import UnreadableFile, UnsupportedFile
from viewer.imaging import codestream, fragments
from viewer.imaging.pixel_header import PixelHeader
from viewer.imaging.syntaxes import BIG_ENDIAN, DECODERS, RESOLVES_YBR, RLE, UNCOMPRESSED

Cells = NDArray[np.generic]


class PixelSource:
    """The frames of a dataset's pixel data; what all of them need is worked out once."""

    def __init__(self, dataset: Dataset, header: PixelHeader) -> None:
        """Errors: UnsupportedFile, UnreadableFile."""
        value = dataset[header.keyword].value
        if not isinstance(value, bytes) or not value:
            raise UnreadableFile("the pixel data is empty")
        self._header = header
        self._order = ">" if header.syntax == BIG_ENDIAN else "<"
        self._value = value
        self._streams: list[bytes] | None = None
        if header.syntax in UNCOMPRESSED:
            is_words = header.allocated == 8 and dataset[header.keyword].VR == "OW"
            if is_words and self._order == ">":
                self._value = np.frombuffer(value[: len(value) // 2 * 2], ">u2").astype("<u2").tobytes()
        elif header.syntax in DECODERS and header.keyword == "PixelData":
            self._streams = fragments.frames(value, header.frames, dataset.get("ExtendedOffsetTable"))
        else:
            raise UnsupportedFile("the transfer syntax is not supported")

    def cells(self, index: int) -> Cells:
        """Frame `index` (from 0) as it is coded: (rows, columns), or (rows, columns, 3); unused bits as they are.

        Errors: UnreadableFile; whatever a decoder raises.
        """
        header = self._header
        cells = self._uncompressed(index) if self._streams is None else self._decoded(self._streams, index)
        if cells.ndim == 3 and cells.shape[2] == 1:
            cells = cells[:, :, 0]
        if cells.shape != ((header.rows, header.columns, 3)[: 3 if header.samples == 3 else 2]):
            raise UnreadableFile("the decoded picture has another size than the header says")
        return cells

    def is_rgb(self, index: int) -> bool:
        """Whether the decoder of frame `index` gives RGB back where the header says YBR."""
        if self._streams is None or self._header.syntax not in RESOLVES_YBR:
            return False
        found = codestream.inspect(self._streams[index])
        is_kept = self._header.photometric.startswith("YBR_FULL") and found is not None
        return not is_kept or (found is not None and found.is_transformed)

    def is_placed(self, index: int) -> bool:
        """Whether the bits of frame `index` stand where HighBit says: a codestream of fewer bits holds the value alone."""
        if self._streams is None or self._header.syntax == RLE:
            return True
        found = codestream.inspect(self._streams[index])
        return found is not None and found.precision > self._header.high

    def _decoded(self, streams: list[bytes], index: int) -> Cells:
        header = self._header
        if index >= len(streams):
            raise UnreadableFile("the pixel data ends before this frame")
        found = codestream.inspect(streams[index])
        if found is not None:
            if (found.rows, found.columns, found.samples) != (header.rows, header.columns, header.samples):
                raise UnreadableFile("the compressed picture has another size than the header says")
            if found.precision > header.allocated:
                raise UnreadableFile("the compressed picture has more bits per pixel than the header says")
        if codestream.is_cut(streams[index]):
            raise UnreadableFile("the compressed picture is cut off")
        return np.asarray(DECODERS[header.syntax](streams[index], header))

    def _uncompressed(self, index: int) -> Cells:
        header = self._header
        if header.keyword != "PixelData":
            return self._grid(self._take(index, f"f{header.allocated // 8}"))
        if header.samples == 3 and header.photometric in {"YBR_FULL_422", "YBR_PARTIAL_422"}:
            return self._halved(index)
        if header.allocated in {8, 16, 32, 64}:
            return self._grid(self._take(index, f"u{header.allocated // 8}"))
        return self._grid(self._packed(index))

    def _grid(self, values: Cells) -> Cells:
        header = self._header
        if header.samples == 1:
            return values.reshape(header.rows, header.columns)
        if header.is_planar:
            return values.reshape(header.samples, header.rows, header.columns).transpose(1, 2, 0)
        return values.reshape(header.rows, header.columns, header.samples)

    def _take(self, index: int, kind: str, count: int | None = None) -> Cells:
        dtype = np.dtype(self._order + kind)
        count = self._header.frame_samples if count is None else count
        start = index * count * dtype.itemsize
        if start + count * dtype.itemsize > len(self._value):
            raise UnreadableFile("the pixel data is shorter than the header says")
        return np.frombuffer(self._value, dtype, count, start).astype(dtype.newbyteorder("="), copy=False)

    def _packed(self, index: int) -> Cells:
        """Samples of 1 to 31 bits, packed one after the other, frames too, from the lowest bit of each byte on."""
        bits = self._header.allocated
        if bits > 16:
            raise UnsupportedFile("the number of bits per pixel is not supported")
        start, size = index * self._header.frame_samples * bits, self._header.frame_samples * bits
        first, last = start // 8, (start + size + 7) // 8
        if last > len(self._value):
            raise UnreadableFile("the pixel data is shorter than the header says")
        packed = np.frombuffer(self._value, np.uint8, last - first, first)
        flat = np.unpackbits(packed, bitorder="little")[start % 8 : start % 8 + size]
        if bits == 1:
            return flat
        return np.asarray(flat.reshape(-1, bits) @ (1 << np.arange(bits, dtype=np.uint32)), np.uint16)

    def _halved(self, index: int) -> Cells:
        """Y1 Y2 Cb Cr for each pair of pixels, PS3.3 C.7.6.3.1.2."""
        header = self._header
        if header.columns % 2 or header.allocated not in {8, 16}:
            raise UnsupportedFile("colour at half the width needs an even width and 8 or 16 bits")
        kind = f"u{header.allocated // 8}"
        groups = self._take(index, kind, header.rows * header.columns * 2).reshape(-1, 4)
        out = np.empty((groups.shape[0], 2, 3), groups.dtype)
        out[:, :, 0] = groups[:, :2]
        out[:, :, 1] = groups[:, 2:3]
        out[:, :, 2] = groups[:, 3:4]
        return out.reshape(header.rows, header.columns, 3)


def stored_values(cells: Cells, header: PixelHeader, *, is_placed: bool) -> Cells:
    """The values in grey `cells`: bits outside BitsStored dropped, and those below it where they are placed; the sign brought up."""
    if cells.dtype.kind not in "iu":
        return cells
    width = cells.dtype.itemsize * 8
    bits = min(header.stored, width)
    drop = header.high + 1 - header.stored if header.high < width and is_placed else 0
    kind = np.dtype(f"{'i' if header.is_signed else 'u'}{cells.dtype.itemsize}")
    moved = cells.view(np.dtype(f"u{cells.dtype.itemsize}"))
    if bits == width or (drop == 0 and _fits(moved.view(kind), bits)):
        return moved.view(kind)
    lift = width - bits - drop
    if lift:
        moved = np.left_shift(moved, moved.dtype.type(lift))
    return np.asarray(np.right_shift(moved.view(kind), kind.type(width - bits)))


def _fits(values: Cells, bits: int) -> bool:
    """Whether no bit beyond `bits` is set but as a sign: true of most files, which then cost no copy."""
    low = -(1 << (bits - 1)) if values.dtype.kind == "i" else 0
    return bool(values.min() >= low and values.max() < low + (1 << bits))
