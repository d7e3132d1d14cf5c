"""Messages of Protocol Buffers as bytes: where their fields are, and fields to put in their place."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """In the bytes that hold it: it begins at `start` with its key; its value lies from `first` to `end`."""

    number: int
    start: int
    first: int
    end: int


def fields(content: bytes | bytearray, start: int, end: int) -> Iterator[Field]:
    """Those of the message from `start` to `end`. Wire types: a number, eight bytes, bytes with their length, four bytes."""
    while start < end:
        key, first = _number_at(content, start)
        match key & 7:
            case 0:
                last = _number_at(content, first)[1]
            case 1:
                last = first + 8
            case 2:
                length, first = _number_at(content, first)
                last = first + length
            case _:
                last = first + 4
        yield Field(number=key >> 3, start=start, first=first, end=last)
        start = last


def of_bytes(number: int, value: bytes) -> bytes:
    """A field of text, bytes or another message."""
    return _number(number << 3 | 2) + _number(len(value)) + value


def of_float(number: int, value: float) -> bytes:
    """A field of 32 bits."""
    return _number(number << 3 | 5) + struct.pack("<f", value)


def of_number(number: int, value: int) -> bytes:
    """A field of a whole number from 0."""
    return _number(number << 3) + _number(value)


def _number(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes((*made, value))


def _number_at(content: bytes | bytearray, start: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[start]
        start += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, start
