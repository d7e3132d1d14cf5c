"""The size that a codestream claims, read before a decoder is let loose on it: JPEG, JPEG-LS, JPEG 2000 and JPEG XL."""

import struct
from dataclasses import dataclass

_SOI, _SOS = 0xFFD8, 0xFFDA
_SOC_SIZ = b"\xff\x4f\xff\x51"
_COD = b"\xff\x52"
_NOT_A_FRAME = {0xFFC4, 0xFFC8, 0xFFCC}  # DHT, JPG, DAC stand among the SOF markers
_LOSSLESS = {0xFFC3, 0xFFF7}  # SOF3, SOF55
_JP2 = b"\0\0\0\x0cjP  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Codestream:
    """`precision`: bits per sample. `is_transformed`: RGB was made YBR inside the codestream (JPEG, JPEG 2000)."""

    rows: int
    columns: int
    samples: int
    precision: int
    is_signed: bool = False
    is_transformed: bool = False


def inspect(data: bytes) -> Codestream | None:
    """What the headers of `data` say; None for a codestream of another kind, or damaged headers.

    ITU-T T.81 B.2.2, T.87 C.2.2, T.800 A.5.1 and A.6.1.
    """
    if data.startswith(_JP2):
        data = data[max(0, data.find(_SOC_SIZ)) :]
    try:
        if data.startswith(_SOC_SIZ):
            return _jpeg2000(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
    except (struct.error, IndexError):
        return None
    return None


def is_cut(data: bytes) -> bool:
    """Whether JPEG data ends before its end-of-image marker: decoders would fill the rest of the picture up.

    Entropy-coded bytes hold no marker (T.81 B.1.1.5), so that none behind the last scan's start means a cut.
    """
    end = data.rfind(b"\xff\xd9")  # the last bytes of a whole one: from there on the search is short
    return data.startswith(b"\xff\xd8") and data.find(b"\xff\xda", max(0, end)) >= 0


def point_transform(data: bytes) -> int:
    """By how many bits lossless JPEG data was moved down before it was coded: Pt of its first scan, T.81 H.1.1 and B.2.3."""
    at = data.find(b"\xff\xda")
    if at < 0 or len(data) < at + 5:
        return 0
    last = at + 4 + 2 * data[at + 4] + 3  # marker, length, components, two bytes each, Ss, Se
    return data[last] & 0xF if last < len(data) else 0


def _jpeg(data: bytes) -> Codestream | None:
    position = 2
    while position + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, position)
        if marker == 0xFFFF:  # fill bytes before a marker
            position += 1
            continue
        if marker >> 8 != 0xFF or marker == _SOS:
            return None
        is_frame = 0xFFC0 <= marker <= 0xFFCF and marker not in _NOT_A_FRAME
        if is_frame or marker == 0xFFF7:  # T.87: SOF55
            precision, rows, columns, samples = struct.unpack_from(">BHHB", data, position + 4)
            is_lossy = marker not in _LOSSLESS
            return Codestream(
                rows=rows,
                columns=columns,
                samples=samples,
                precision=precision,
                is_transformed=is_lossy and samples == 3,
            )
        position += 2 + length
    return None


def _jpeg2000(data: bytes) -> Codestream:
    width, height, left, top = struct.unpack_from(">4L", data, 8)
    samples = struct.unpack_from(">H", data, 40)[0]
    depth = data[42]
    cod = data.find(_COD, 42, 4096)
    return Codestream(
        rows=height - top,
        columns=width - left,
        samples=samples,
        precision=(depth & 0x7F) + 1,
        is_signed=bool(depth & 0x80),
        is_transformed=cod > 0 and data[cod + 8] == 1,
    )
