"""Weights of a network that are too small to matter, and that cost most: a processor takes a hundred times as long for them.

Training leaves them where a weight decayed, and what is worked out from them lies below the least normal number (IEEE
754). They are set to zero in the model's bytes: a mode of the processor would change all other arithmetic, too.
"""

from collections.abc import Iterator

import numpy as np

from viewer.masking.messages import fields

_LEAST = 1e-30  # far below what rounding changes
_FLOAT = 1  # TensorProto.DataType
_TYPE, _VALUES = 2, 9  # of a TensorProto: data_type, raw_data
# Ways to tensors in a ModelProto (onnx.proto): graph, initializer; and graph, node, attribute, t.
_WAYS = ((7, 5), (7, 1, 5, 5))


def without_tiny_weights(content: bytes) -> bytes:
    """An ONNX model, of the same length."""
    made = bytearray(content)
    for way in _WAYS:
        for start, end in _reached(content, 0, len(content), way):
            place = floats_of(content, start, end)
            if place is not None:
                values = np.frombuffer(made, "<f4", (place.stop - place.start) // 4, place.start)
                values[np.abs(values) < _LEAST] = 0
    return bytes(made)


def floats_of(content: bytes | bytearray, start: int, end: int) -> slice | None:
    """Where the values of the TensorProto from `start` to `end` are; None if they are no floats in one piece."""
    parts = {each.number: each for each in fields(content, start, end)}
    if _TYPE in parts and _VALUES in parts and content[parts[_TYPE].first] == _FLOAT:
        return slice(parts[_VALUES].first, parts[_VALUES].end)
    return None


def _reached(content: bytes, start: int, end: int, way: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    if not way:
        yield start, end
        return
    for field in fields(content, start, end):
        if field.number == way[0]:
            yield from _reached(content, field.first, field.end, way[1:])
