"""Numbers in few bytes: integers as varints, floats as small steps from the number before, always exactly.

A varint is LEB128: seven bits a byte, lowest first, the top bit says that more follow. A signed one is folded first
(0, -1, 1, -2 … become 0, 1, 2, 3 …).
"""

import struct

from gateway.errors import Invalid

SAME, STEP, SINGLE, DOUBLE = range(4)
"""How a float is written, two bits: not at all, as steps of 1/`GRAIN`, as float32, as float64."""
GRAIN = 256  # a client that rounds its coordinates to this pays one or two bytes for each
_MOST_STEPS = 2**40
_SINGLE, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")


def put_count(out: bytearray, number: int) -> None:
    """Append `number` ≥ 0."""
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def put_step(out: bytearray, number: int) -> None:
    """Append `number` of either sign."""
    folded = number << 1 if number >= 0 else (-number << 1) - 1
    if folded <= 0x7F:
        out.append(folded)
    else:
        put_count(out, folded)


def put_float(out: bytearray, value: float, before: float) -> int:
    """Append `value` as it differs from `before`; how it was written."""
    if value == before:
        return SAME
    steps = (value - before) * GRAIN
    if abs(steps) < _MOST_STEPS and steps == int(steps) and before + int(steps) / GRAIN == value:
        put_step(out, int(steps))
        return STEP
    try:
        single = _SINGLE.pack(value)
    except OverflowError:
        single = b""
    if single and _SINGLE.unpack(single)[0] == value:
        out += single
        return SINGLE
    out += _DOUBLE.pack(value)
    return DOUBLE


class Reader:
    """Reads what the functions above wrote, from `data`. Every method raises Invalid where `data` ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._at >= len(self._data)

    def byte(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def take(self, size: int) -> bytes:
        """`size` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise Invalid("a record of what was shown ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def count(self) -> int:
        """What `put_count` wrote."""
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7
            if shift > 70:
                raise Invalid("a record of what was shown holds a number that is too large")

    def step(self) -> int:
        """What `put_step` wrote."""
        folded = self.count()
        return folded >> 1 if not folded & 1 else -(folded + 1 >> 1)

    def float(self, how: int, before: float) -> float:
        """What `put_float` wrote in the way `how`."""
        if how == SAME:
            return before
        if how == STEP:
            return before + self.step() / GRAIN
        kind = _SINGLE if how == SINGLE else _DOUBLE
        return float(kind.unpack(self.take(kind.size))[0])
