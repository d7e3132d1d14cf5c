"""What a decode worker does: read the request, open the untrusted bytes, write what may be kept."""

import os
from collections.abc import Callable, Iterator

import msgspec

from gateway.workers import answers, probing
from gateway.workers.answers import Answer
from gateway.workers.heads import Probed, Refused
from gateway.workers.reading import mask_files, read_region
from viewer.errors import ViewerError
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.uncovering import Region
from viewer.watermark.leak import read_leak

EXIT_DONE, EXIT_MEMORY, EXIT_OUTPUT, EXIT_BROKEN, EXIT_TEXT, EXIT_UNWARMED = 0, 3, 4, 5, 6, 7
TAIL_BYTES = 8  # at the end, after the data and the head: the head's length, little endian


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file's keyed digest, and how many bytes of the data are its."""

    origin: str
    size: int


class MaskJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="mask"):
    """Read, decode and mask the files. The keys make pseudonyms and open nothing."""

    files: tuple[File, ...]
    keys: PseudonymKeys
    profile: MaskingProfile
    is_split: bool = False


class LeakJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="leak"):
    """Decode the data as one picture, for the tracer."""


class RegionJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="region"):
    """Decode one region of frame `frame` (from 0) of the data, for whom it is unmasked."""

    frame: int
    region: Region


class ProbeJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="probe"):
    """Try what a worker must not be able to do."""


class DrillJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="drill"):
    """Misbehave."""

    drill: probing.Drill


Job = MaskJob | LeakJob | RegionJob | ProbeJob | DrillJob


class _TextFound(Exception):
    """What masks a text was not loaded before the files were closed off."""


def serve(request: int, output: int, *, texts: bool = True) -> int:
    """Do the job of `request` and write the answers to `output`; gives the exit status.

    EXIT_TEXT: there is a text among the files, and `texts` says that this worker can't mask any.

    A request that can't be read is a defect of ours, or too large for the memory: it raises.
    """
    job, size = _head(request)
    try:
        if isinstance(job, DrillJob):
            probing.misbehave(job.drill, output)
        for answer in _answers(job, request, size, texts=texts):
            answers.write(output, answer)
    except _TextFound:
        return EXIT_TEXT
    except MemoryError:
        return EXIT_MEMORY
    except OSError:  # the size limit of the output: nothing else is opened or written here
        return EXIT_OUTPUT
    return EXIT_DONE


def _head(request: int) -> tuple[Job, int]:
    """The job, and how many bytes of data stand before it."""
    end = os.fstat(request).st_size - TAIL_BYTES
    length = int.from_bytes(os.pread(request, TAIL_BYTES, end), "little")
    return msgspec.msgpack.decode(os.pread(request, length, end - length), type=Job), end - length


def _answers(
    job: MaskJob | LeakJob | RegionJob | ProbeJob, request: int, size: int, *, texts: bool
) -> Iterator[Answer]:
    if isinstance(job, ProbeJob):
        yield Probed(refused=probing.attempt_all())
        return
    if isinstance(job, LeakJob):
        yield _guarded(lambda: read_leak(_data(request, 0, size)))
        return
    if isinstance(job, RegionJob):
        yield _guarded(lambda: read_region(_data(request, 0, size), job.frame, job.region))
        return
    files, start = [], 0
    for file in job.files:
        files.append((_data(request, start, min(file.size, size - start)), file.origin))
        start += file.size
    if not texts and any(kind_of(data) is FileKind.TEXT for data, _ in files):
        raise _TextFound
    for result in mask_files(files, job.profile, job.keys, is_split=job.is_split):
        yield _refused(result) if isinstance(result, Exception) else answers.made(result)


def _guarded(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a decoder raises whatever a damaged file leads it to
        return _refused(error)


def _data(request: int, start: int, size: int) -> bytes:
    parts = []
    while size > 0:  # one part, but for files of 2 GiB and more
        parts.append(os.pread(request, size, start))
        start, size = start + len(parts[-1]), size - len(parts[-1])
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refused(error: Exception) -> Refused:
    if isinstance(error, ViewerError):
        return Refused(cause=str(error)[: answers.CAUSE_CHARACTERS])
    # INVARIANT: the type's name only; the message may quote the file.
    return Refused(cause=f"the file is damaged: it can't be read ({type(error).__name__})")
