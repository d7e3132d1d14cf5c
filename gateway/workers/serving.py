"""What a decode worker does: read the request, open the untrusted bytes, write what may be kept."""

import os

import msgspec

from gateway.workers import answers, probing
from gateway.workers.answers import Answer, Probed, Refused
from gateway.workers.reading import mask_file
from viewer.errors import ViewerError
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys

EXIT_DONE, EXIT_MEMORY, EXIT_OUTPUT, EXIT_BROKEN = 0, 3, 4, 5
HEAD_BYTES = 8  # before the head: its length, little endian


class MaskJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="mask"):
    """Read, decode and mask the bytes behind the head. The keys make pseudonyms and open nothing."""

    origin: str
    keys: PseudonymKeys
    profile: MaskingProfile


class ProbeJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="probe"):
    """Try what a worker must not be able to do."""


class DrillJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="drill"):
    """Misbehave."""

    drill: probing.Drill


Job = MaskJob | ProbeJob | DrillJob


def serve(request: int, output: int) -> int:
    """Do the job of `request` and write the answer to `output`; gives the exit status.

    A request that can't be read is a defect of ours, or too large for the memory: it raises.
    """
    job, data = _read(request)
    try:
        if isinstance(job, DrillJob):
            probing.misbehave(job.drill, output)
        answers.write(output, _answer(job, data))
    except MemoryError:
        return EXIT_MEMORY
    except OSError:  # the size limit of the output: nothing else is opened or written here
        return EXIT_OUTPUT
    return EXIT_DONE


def _read(request: int) -> tuple[Job, bytes]:
    length = int.from_bytes(os.pread(request, HEAD_BYTES, 0), "little")
    job = msgspec.msgpack.decode(os.pread(request, length, HEAD_BYTES), type=Job)
    start, size = HEAD_BYTES + length, os.fstat(request).st_size
    parts = []
    while start < size:  # one part, but for files of 2 GiB and more
        parts.append(os.pread(request, size - start, start))
        start += len(parts[-1])
    return job, parts[0] if len(parts) == 1 else b"".join(parts)


def _answer(job: MaskJob | ProbeJob, data: bytes) -> Answer:
    if isinstance(job, ProbeJob):
        return Probed(refused=probing.attempt_all())
    try:
        return answers.made(mask_file(data, job.origin, job.profile, job.keys))
    except MemoryError:
        raise
    except ViewerError as error:
        return Refused(cause=str(error)[: answers.CAUSE_CHARACTERS])
    except Exception as error:  # noqa: BLE001 - a decoder raises whatever a damaged file leads it to
        # INVARIANT: the type's name only; the message may quote the file.
        return Refused(cause=f"the file is damaged: it can't be read ({type(error).__name__})")
