"""A file comes in: sealed first, then its row, its job and its audit event in one transaction."""

import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

from gateway.audit.events import SYSTEM, Details, Event, EventCode
from gateway.errors import Conflict
from gateway.intake.finding import FoundFile, Unfit, unreadable
from gateway.store import items, jobs, raw
from gateway.store.items import OriginalRow
from gateway.store.opening import Store
from viewer.errors import ImagingError, UnsupportedFile
from viewer.imaging.sniffing import FileKind, kind_of

MASK_JOB = "mask"
MAX_TEXT_BYTES = 8 << 20  # about 3,000 pages
MAX_FILE_BYTES = 2 << 30  # one file is one worker's memory
_HEAD_BYTES = 2 << 20  # more than what a text is told by
_MIB = 1 << 20


class TooLarge(OSError):
    """More came out of a file than its `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that is here. `original`: its keyed digest; `is_new`: it was not here before."""

    original: OriginalRow
    is_new: bool


def job_of(digest: str) -> str:
    """The id of the job that masks the file with this keyed digest."""
    return digest[:32]


def receive(store: Store, project: str, found: FoundFile) -> Received | Unfit:
    """The file, sealed and waiting to be masked; or why it can't be. Memory stays bounded. Errors: StoreError."""
    try:
        return _receive(store, project, found)
    except TooLarge as error:
        cause = f"it is larger than {error.limit // _MIB:,} MiB"
    except ImagingError as error:
        cause = str(error)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        cause = "it is damaged in its ZIP file"
    except OSError as error:
        cause = unreadable(error)
    return Unfit(name=found.name, cause=cause)


def _receive(store: Store, project: str, found: FoundFile) -> Received:
    with found.open() as source:
        head = source.read(_HEAD_BYTES)
        limit = _limit(head)
        if found.size > limit:
            raise TooLarge(limit)
        digest = raw.digest_of(store, _bounded(source, limit, head))
    known = _known(store, digest)
    if known is not None:
        return Received(original=known, is_new=False)
    with found.open() as source:
        sealed = raw.seal(store, _bounded(source, limit))
    return _record(store, project, sealed)


def _limit(head: bytes) -> int:
    match kind_of(head):
        case FileKind.UNKNOWN:
            raise UnsupportedFile("it is neither DICOM, nor a picture (PNG, JPEG, TIFF), nor a text")
        case FileKind.TEXT:
            return MAX_TEXT_BYTES
        case FileKind.DICOM | FileKind.PICTURE:
            return MAX_FILE_BYTES


def _known(store: Store, digest: str) -> OriginalRow | None:
    with store.read() as connection:
        return items.original(connection, digest)


def _record(store: Store, project: str, sealed: raw.Sealed) -> Received:
    try:
        with store.write() as tx:
            original = OriginalRow(
                digest=sealed.digest,
                project=project,
                object=sealed.object,
                size=sealed.size,
                state="received",
                cause=None,
                received=tx.now,
            )
            items.add_original(tx, original)
            payload: dict[str, object] = {"original": sealed.digest, "project": project}
            jobs.add_job(tx, id=job_of(sealed.digest), kind=MASK_JOB, payload=payload)
            details = Details(size=sealed.size)
            tx.append(
                Event(code=EventCode.INTAKE_RECEIVE, actor=SYSTEM, object=sealed.digest, details=details)
            )
    except Conflict:  # another intake took the same file in meanwhile
        known = _known(store, sealed.digest)
        if known is None:
            raise
        return Received(original=known, is_new=False)
    return Received(original=original, is_new=True)


def _bounded(source: BinaryIO, limit: int, head: bytes = b"") -> BinaryIO:
    return cast("BinaryIO", _Bounded(source, limit, head))


class _Bounded:
    """`source` up to `limit` bytes, after a `head` that was read from it already. Errors: TooLarge beyond."""

    def __init__(self, source: BinaryIO, limit: int, head: bytes = b"") -> None:
        self._source = source
        self._limit = self._left = limit
        self._head = head

    def read(self, size: int) -> bytes:
        if self._head:
            got, self._head = self._head[:size], self._head[size:]
        else:
            got = self._source.read(size)
        self._left -= len(got)
        if self._left < 0:
            raise TooLarge(self._limit)
        return got
