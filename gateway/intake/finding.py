"""The files behind what an operator names: folders are walked, ZIP files looked into, everything else is a file.

Nothing is ever unpacked to disk, so no name in an archive can lead anywhere. Names are for the operator's eyes only:
they can hold a patient's, and are neither stored nor logged.
"""

import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

MAX_MEMBERS = 100_000  # of one ZIP file
MAX_RATIO = 200  # unpacked to packed, of a whole ZIP file; zeros reach 1,000, scans 2 to 20
RATIO_FROM_BYTES = 256 << 20  # below that, any ratio is harmless

_ENCRYPTED = 0x1
_ZIP_MAGIC = b"PK"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that may be taken in. `size` is what it claims to hold, in bytes; `open` gives its content anew."""

    name: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A file that can't be taken in, and why."""

    name: str
    cause: str


def find(paths: Sequence[Path]) -> Iterator[FoundFile | Unfit]:
    """Every file behind `paths`, in the order of their names. DICOMDIR and hidden files are passed over."""
    for path in paths:
        if path.is_dir():
            for file in _walk(path):
                yield from _look(file, str(file.relative_to(path)))
        else:
            yield from _look(path, path.name)


def _walk(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where) / name for name in sorted(names) if not _is_passed_over(name))


def _is_passed_over(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return last.startswith(".") or last.upper() == "DICOMDIR"


def _look(path: Path, name: str) -> Iterator[FoundFile | Unfit]:
    shown = printable(name)
    try:
        if not path.is_file():
            yield Unfit(name=shown, cause="it is not a regular file")
        elif path.suffix.lower() == ".zip" and _starts_as_zip(path):
            yield from _members(path, shown)
        elif path.stat().st_size == 0:
            yield Unfit(name=shown, cause="it is empty")
        else:
            yield FoundFile(name=shown, size=path.stat().st_size, open=lambda: path.open("rb"))
    except OSError as error:
        yield Unfit(name=shown, cause=unreadable(error))


def _starts_as_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC


def _members(path: Path, name: str) -> Iterator[FoundFile | Unfit]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        yield Unfit(name=name, cause="the ZIP file is damaged")
        return
    cause = _refusal(members, path.stat().st_size)
    if cause is not None:
        yield Unfit(name=name, cause=cause)
        return
    for member in sorted(members, key=lambda each: each.filename):
        if not _is_passed_over(member.filename):
            yield _member(path, member, f"{name}/{printable(member.filename)}")


def _refusal(members: list[zipfile.ZipInfo], packed: int) -> str | None:
    if len(members) > MAX_MEMBERS:
        return f"the ZIP file holds more than {MAX_MEMBERS:,} files"
    unpacked = sum(member.file_size for member in members)
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        largest = max(members, key=lambda member: member.file_size)
        return f"it unpacks to more than {MAX_RATIO} times its size (`{printable(largest.filename)}` is the largest)"
    return None


def _member(path: Path, member: zipfile.ZipInfo, name: str) -> FoundFile | Unfit:
    if member.flag_bits & _ENCRYPTED:
        return Unfit(name=name, cause="it is encrypted")
    if member.filename.lower().endswith(".zip"):
        return Unfit(name=name, cause="it is an archive in an archive")
    if member.file_size == 0:
        return Unfit(name=name, cause="it is empty")
    return FoundFile(name=name, size=member.file_size, open=lambda: _open_member(path, member))


def _open_member(path: Path, member: zipfile.ZipInfo) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:  # the open member keeps the file open
        return cast("BinaryIO", archive.open(member))


def printable(name: str) -> str:
    """`name` without characters that a terminal would act on."""
    return "".join(character if character.isprintable() else "?" for character in name)


def unreadable(error: OSError) -> str:
    """Why a file can't be read, in the system's words."""
    return f"it can't be read: {(error.strerror or 'input error').lower()}"
