"""PALETTE COLOR: red, green and blue lookup tables, plain or segmented, PS3.3 C.7.6.3.1.5, C.7.6.3.1.6 and C.7.9.2."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.errors import UnreadableFile

_COLOURS = ("Red", "Green", "Blue")
_MAX_ENTRIES = 1 << 16
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2

Table = NDArray[np.uint8]


def palette(dataset: Dataset, values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """8-bit RGB of palette indices. Errors: UnreadableFile for a table that is missing or damaged."""
    first, table = palette_table(dataset)
    index = np.clip(values.astype(np.int64) - first, 0, len(table) - 1)
    return np.asarray(table[index], np.uint8)


def palette_table(dataset: Dataset) -> tuple[int, Table]:
    """The stored value that stands for the first entry, and the entries as 8-bit RGB, (entries, 3)."""
    try:
        firsts, columns = _tables(dataset)
        first = min(firsts)
        last = max(start + len(column) for start, column in zip(firsts, columns, strict=True))
        # A table that begins later than its fellows, or is shorter, goes on with its entry at that end.
        padded = [
            np.pad(column, (start - first, last - start - len(column)), "edge")
            for start, column in zip(firsts, columns, strict=True)
        ]
        return first, np.stack(padded, axis=-1)
    except UnreadableFile:
        raise
    except Exception as error:  # pydicom and numpy raise whatever a damaged table leads them to
        raise UnreadableFile("the colour palette is missing or damaged") from error


def _tables(dataset: Dataset) -> tuple[list[int], list[Table]]:
    firsts, columns = [], []
    for colour in _COLOURS:
        entries, first, bits = (
            int(each) for each in dataset[f"{colour}PaletteColorLookupTableDescriptor"].value
        )
        entries = entries & 0xFFFF or _MAX_ENTRIES
        signed = dataset.get("PixelRepresentation") == 1
        firsts.append(first - 65_536 if signed and first > 32_767 else first)
        columns.append(_entries(dataset, colour, entries, bits))
    return firsts, columns


def _entries(dataset: Dataset, colour: str, entries: int, bits: int) -> Table:
    order = ">" if dataset.original_encoding[1] is False else "<"
    plain = dataset.get(f"{colour}PaletteColorLookupTableData")
    if plain is not None and len(plain):
        values = _plain(bytes(plain), entries, bits, order)
    else:
        width = 1 if bits <= 8 else 2
        segmented = bytes(dataset[f"Segmented{colour}PaletteColorLookupTableData"].value)
        data = np.frombuffer(segmented[: len(segmented) // width * width], f"{order}u{width}")
        values = _expand([int(each) for each in data], width)
    if not len(values):
        raise UnreadableFile("the colour palette is empty")
    # 16-bit entries that fill the lower byte only, against the standard, would all be black.
    shift = min(bits, 16) - 8 if bits > 8 and values.max() > 255 else 0
    return np.asarray(values[:entries] >> shift, np.uint8)


def _plain(data: bytes, entries: int, bits: int, order: str) -> NDArray[np.integer]:
    if len(data) < (
        2 * entries if bits <= 8 else entries + 2
    ):  # a byte an entry, whatever the descriptor says
        if order == ">" and len(data) % 2 == 0:  # bytes in words
            return np.frombuffer(data, np.uint8).reshape(-1, 2)[:, ::-1].reshape(-1)
        return np.frombuffer(data, np.uint8)
    return np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")


def _expand(data: list[int], width: int) -> NDArray[np.integer]:
    """The entries that segments of `width` bytes stand for, at most 65,536."""
    out: list[int] = []
    _segments(data, width, (0, len(data)), out)
    return np.asarray(out[:_MAX_ENTRIES], np.int64)


def _segments(data: list[int], width: int, run: tuple[int, int], out: list[int]) -> None:
    """Append what a `run` of segments stands for: from which entry of `data` on, and how many segments at most."""
    at, left = run
    is_nested = left != len(data)
    while left > 0 and at + 2 < len(data) and len(out) < _MAX_ENTRIES:
        code, length = data[at], data[at + 1]
        if code == _DISCRETE:
            out.extend(data[at + 2 : at + 2 + length])
            at += 2 + length
        elif code == _LINEAR and out:
            out.extend(_ramp(out[-1], data[at + 2], length))
            at += 3
        elif code == _INDIRECT and not is_nested:
            words = 4 // width
            offset = sum(
                each << 8 * width * place for place, each in enumerate(data[at + 2 : at + 2 + words])
            )
            _segments(data, width, (offset // width, length), out)
            at += 2 + words
        else:
            raise UnreadableFile("the colour palette is damaged")
        left -= 1


def _ramp(start: int, end: int, length: int) -> list[int]:
    """`length` entries after `start`, the last of them `end`."""
    return [round(start + (end - start) * step / length) for step in range(1, length + 1)]
