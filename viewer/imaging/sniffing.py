"""What kind of file some bytes are, by what is in them: names lie."""

from enum import StrEnum
from typing import Literal

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TEXT_PROBE = 1 << 20


class FileKind(StrEnum):
    """A kind that intake knows what to do with, or `unknown`."""

    DICOM = "dicom"
    PICTURE = "picture"
    TEXT = "text"
    UNKNOWN = "unknown"


def kind_of(data: bytes) -> FileKind:
    """The kind of `data`. A DICOM dataset without preamble counts as DICOM if its first element looks like one."""
    if data[128:132] == b"DICM":
        return FileKind.DICOM
    if data.startswith(_PICTURES):
        return FileKind.PICTURE
    if _bare_dataset(data):
        return FileKind.DICOM
    return FileKind.TEXT if _is_text(data) else FileKind.UNKNOWN


def _bare_dataset(data: bytes) -> bool:
    """Whether it begins with an element of group 2 or 8 (PS3.10 7.1 was left out), in either byte order."""
    if len(data) < 8:
        return False
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        group = int.from_bytes(data[:2], order)
        element = int.from_bytes(data[2:4], order)
        explicit = data[4:6].isalpha() and data[4:6].isupper()
        length = int.from_bytes(data[4:8], order)
        if group in {0x0002, 0x0008} and element < 0x2000 and (explicit or length < 1024):
            return True
    return False


def _is_text(data: bytes) -> bool:
    if not data:
        return False
    probe = data[:_TEXT_PROBE]
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in probe):
        return False
    try:
        probe[: len(probe) - 4 if len(data) > _TEXT_PROBE else None].decode("utf-8")
    except UnicodeDecodeError as error:
        return len(data) > _TEXT_PROBE and error.start > len(probe) - 16
    return True
