"""What kind of file some bytes are, by what is in them: names lie."""

import codecs
from enum import StrEnum
from typing import Literal

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TEXT_PROBE = 1 << 20
_MOST_OTHERS = 0.2  # of the characters: more is no European language
_UNDEFINED = b"\x7f\x81\x8d\x8f\x90\x9d"  # in Windows-1252


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
    """UTF-8, UTF-16 with a byte order mark, or Windows-1252 that is mostly plain letters."""
    if not data:
        return False
    probe = data[:_TEXT_PROBE]
    if probe.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _is_utf16(probe[: len(probe) - len(probe) % 2])
    if any(byte < 32 and byte not in b"\t\n\v\f\r" for byte in probe):
        return False
    try:
        probe[: len(probe) - 4 if len(data) > _TEXT_PROBE else None].decode("utf-8")
    except UnicodeDecodeError as error:
        cut = len(data) > _TEXT_PROBE and error.start > len(probe) - 16
        return cut or _is_windows(probe)
    return True


def _is_utf16(probe: bytes) -> bool:
    try:
        text = probe.decode("utf-16")
    except UnicodeDecodeError as error:
        return error.start >= len(probe) - 4 > 0  # a pair of surrogates that the probe cuts
    return not any(character < " " and character not in "\t\n\v\f\r" for character in text)


def _is_windows(probe: bytes) -> bool:
    others = sum(byte > 0x7E for byte in probe)
    return others <= _MOST_OTHERS * len(probe) and not any(byte in _UNDEFINED for byte in probe)
