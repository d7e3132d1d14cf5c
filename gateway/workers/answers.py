"""What a decode worker hands back: a head that is checked field by field, then the pixels.

The worker opened untrusted bytes, so the reader trusts nothing: every word is of a closed set or a pseudonym's form,
every length is checked against the file's size, and no free text is taken but a cause of one short line and the letters
that the pages of a masked text show.

    MAGIC · length of the head, 8 bytes little endian · head (msgpack) · pixels of each frame, each at a multiple of 64
"""

import math
import mmap
import os
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from gateway.workers.heads import ITEM_BYTES, Depicted, FrameHead, Head, Made, Probed, Refused, Uncovered
from viewer.errors import MaskingError
from viewer.imaging.geometry import Place
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame, MaskedImage
from viewer.masking.masked import Masked
from viewer.masking.pixels import clean_presentation
from viewer.masking.state import State
from viewer.masking.title import KINDS, TEXT, title
from viewer.masking.uncovering import Patch
from viewer.masking.verdict import Verdict

MAGIC = b"ISGANSW1"
CAUSE_CHARACTERS = 300
MAX_HEAD_BYTES = 256 << 20  # presentation and place of 20,000 frames with lookup tables

_LENGTH_BYTES = 8
_ALIGNMENT = 64

Picture = NDArray[np.uint8]
Answer = tuple[Made, MaskedImage | None] | Picture | Patch | Refused | Probed
Result = Masked | Picture | Patch | Refused | Probed


_HEAD: msgspec.msgpack.Decoder[Head] = msgspec.msgpack.Decoder(Head)


class Malformed(Exception):
    """What the worker wrote is not an answer."""


def made(masked: Masked) -> tuple[Made, MaskedImage | None]:
    """The answer for a masked file."""
    frames = masked.image.frames if masked.image else ()
    places = masked.places or (None,) * len(frames)
    pages: tuple[str | None, ...] = masked.pages or (None,) * len(frames)
    presentations: dict[Presentation, int] = {}  # a lookup table is large, and most frames share one
    for frame in frames:
        presentations.setdefault(frame.presentation, len(presentations))
    head = Made(
        verdict=masked.verdict,
        reasons=masked.reasons,
        report=masked.report,
        subject=masked.subject,
        series=masked.series,
        modality=masked.modality,
        presentations=tuple(presentations),
        frames=tuple(
            _frame_head(frame, place, presentations[frame.presentation], letters)
            for frame, place, letters in zip(frames, places, pages, strict=True)
        ),
        offsets=masked.offsets,
        instance=masked.instance,
        state=masked.state,
    )
    return head, masked.image


def _frame_head(frame: MaskedFrame, place: Place | None, presentation: int, letters: str | None) -> FrameHead:
    rows, columns = frame.pixels.shape[:2]
    return FrameHead(
        dtype=str(frame.pixels.dtype),  # type: ignore[arg-type] # checked by whoever reads it
        rows=rows,
        columns=columns,
        colours=3 if frame.pixels.ndim == 3 else 1,
        offset=frame.offset,
        presentation=presentation,
        place=place,
        letters=letters,
    )


def write(output: int, answer: Answer) -> None:
    """Write `answer` to the file descriptor `output`. Errors: OSError where its size limit is reached."""
    head, planes = _parts(answer)
    encoded = msgspec.msgpack.encode(head)
    _write(output, MAGIC + len(encoded).to_bytes(_LENGTH_BYTES, "little") + encoded)
    for pixels in planes:
        position = os.lseek(output, 0, os.SEEK_CUR)
        _write(output, bytes(-position % _ALIGNMENT))
        _write(output, np.ascontiguousarray(pixels).data.cast("B"))


def _parts(answer: Answer) -> tuple[Head, list[NDArray[Any]]]:
    if isinstance(answer, tuple):
        head, image = answer
        return head, [frame.pixels for frame in image.frames] if image else []
    if isinstance(answer, np.ndarray):
        rows, columns = answer.shape[:2]
        return Depicted(rows=rows, columns=columns, colours=3 if answer.ndim == 3 else 1), [answer]
    if isinstance(answer, Patch):
        return _uncovered(answer), [answer.pixels]
    return answer, []


def _uncovered(patch: Patch) -> Uncovered:
    rows, columns = patch.pixels.shape[:2]
    return Uncovered(
        dtype=str(patch.pixels.dtype),  # type: ignore[arg-type] # checked by whoever reads it
        rows=rows,
        columns=columns,
        colours=3 if patch.pixels.ndim == 3 else 1,
        offset=patch.offset,
        whole=patch.whole,
    )


def _write(output: int, content: bytes | memoryview) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(output, left) :]


def read(output: int) -> list[Result]:
    """The answers in the sealed file descriptor `output`; their pixels are views of that memory, read-only.

    Errors: Malformed for anything that a worker would not write.
    """
    size = os.fstat(output).st_size
    if size == 0:
        raise Malformed("too short")
    whole = mmap.mmap(output, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    found: list[Result] = []
    end = 0
    while end < size:
        answer, end = _read(whole, end)
        found.append(answer)
    return found


def _read(whole: mmap.mmap, begin: int) -> tuple[Result, int]:
    """The answer that begins there, and where it ends."""
    start = begin + len(MAGIC) + _LENGTH_BYTES
    if len(whole) < start:
        raise Malformed("too short")
    length = int.from_bytes(whole[begin + len(MAGIC) : start], "little")
    if whole[begin : begin + len(MAGIC)] != MAGIC or length > min(len(whole) - start, MAX_HEAD_BYTES):
        raise Malformed("no head")
    try:
        head = _HEAD.decode(whole[start : start + length])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed("head") from error
    if isinstance(head, Made):
        return _masked(head, whole, start + length)
    if isinstance(head, Depicted):
        return _picture(head, whole, start + length)
    if isinstance(head, Uncovered):
        return _patch(head, whole, start + length)
    return head, start + length


def _picture(head: Depicted, whole: mmap.mmap, end: int) -> tuple[Picture, int]:
    end += -end % _ALIGNMENT
    shape = (head.rows, head.columns, 3) if head.colours == 3 else (head.rows, head.columns)
    if len(whole) < end + math.prod(shape):
        raise Malformed("levels")
    levels = np.frombuffer(whole, np.uint8, count=math.prod(shape), offset=end).reshape(shape)
    return levels, end + levels.size


def _patch(head: Uncovered, whole: mmap.mmap, end: int) -> tuple[Patch, int]:
    end += -end % _ALIGNMENT
    size = head.rows * head.columns * head.colours * ITEM_BYTES[head.dtype]
    if len(whole) < end + size or (head.colours == 3 and head.dtype != "uint8"):
        raise Malformed("pixels")
    shape = (head.rows, head.columns, 3) if head.colours == 3 else (head.rows, head.columns)
    pixels = np.frombuffer(whole, dtype=head.dtype, count=math.prod(shape), offset=end).reshape(shape)
    return Patch(pixels=pixels, offset=head.offset, whole=head.whole), end + size


def _masked(head: Made, whole: mmap.mmap, end: int) -> tuple[Masked, int]:
    if (head.verdict is Verdict.REJECTED) != (not head.frames) or head.modality not in KINDS:
        raise Malformed("verdict and frames")
    if head.report.verdict is not head.verdict or head.report.reasons != head.reasons:
        raise Malformed("report")
    pages = tuple(frame.letters for frame in head.frames if frame.letters is not None)
    if pages and (head.modality != TEXT or len(pages) != len(head.frames)):
        raise Malformed("letters")
    presentations = [_checked(presentation) for presentation in head.presentations]
    frames = []
    for frame in head.frames:
        end += -end % _ALIGNMENT
        if len(whole) < end + frame.size or frame.presentation >= len(presentations):
            raise Malformed("pixels")
        frames.append(_frame(frame, presentations[frame.presentation], whole, end))
        end += frame.size
    rows, columns = (head.frames[0].rows, head.frames[0].columns) if head.frames else (0, 0)
    masked = Masked(
        image=MaskedImage(frames=tuple(frames)) if frames else None,
        verdict=head.verdict,
        reasons=head.reasons,
        report=head.report,
        subject=head.subject,
        series=head.series,
        title=title(head.modality, len(frames), rows, columns) if frames else head.modality,
        modality=head.modality,
        places=tuple(frame.place for frame in head.frames),
        offsets=head.offsets,
        instance=head.instance,
        state=_checked_state(head),
        pages=pages,
    )
    return masked, end


def _checked_state(head: Made) -> State | None:
    if head.state is None:
        return None
    if head.verdict is not Verdict.REJECTED:
        raise Malformed("a state with pictures")
    for look in head.state.looks:
        _checked(look.signed)
        _checked(look.unsigned)
    return head.state


def _checked(presentation: Presentation) -> Presentation:
    try:
        clean = clean_presentation(presentation)
    except MaskingError as error:
        raise Malformed("presentation") from error
    if clean != presentation:
        raise Malformed("presentation")
    return clean


def _frame(head: FrameHead, presentation: Presentation, whole: mmap.mmap, start: int) -> MaskedFrame:
    if (presentation.photometric == "RGB") != (head.colours == 3):
        raise Malformed("presentation")
    if head.colours == 3 and head.dtype != "uint8":
        raise Malformed("colours")
    shape = (head.rows, head.columns, 3) if head.colours == 3 else (head.rows, head.columns)
    pixels = np.frombuffer(whole, dtype=head.dtype, count=math.prod(shape), offset=start).reshape(shape)
    return MaskedFrame(pixels=pixels, offset=head.offset, presentation=presentation)
