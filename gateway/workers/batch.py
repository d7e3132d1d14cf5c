"""Files made anonymous on their own, without a store: grouped by series, each group in a process of its own with limits.

A group whose process dies is tried again file by file, so that a damaged file costs itself alone.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import msgspec
import pydicom
from PIL import Image
from pydicom import dcmwrite

from viewer.commands.isolation import Limits, isolated
from viewer.errors import UnreadableFile, UnsupportedFile, ViewerError
from viewer.imaging.pictures import read_picture
from viewer.imaging.reading import MAX_BYTES, read
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.masking.applying import DicomSource, PictureSource, TextSource, apply, apply_stack
from viewer.masking.detectors import Detectors
from viewer.masking.known import known_values
from viewer.masking.masked import Masked
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.report import Report
from viewer.masking.text import read_text
from viewer.masking.verdict import Reason, Verdict
from viewer.masking.verify import left_over
from viewer.masking.writing import to_dicom

_GROUP = 512  # files of one series in one process
_LIMITS = Limits(seconds=900)
_PROBE = 132  # bytes that tell DICOM
_OBJECTS = {Reason.REPORT, Reason.PLAN, Reason.STATE}
_REBUILT = "rebuilt from its numbers and codes: a person reads it first"
_DIED = "the file could not be read or masked"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file. `output`: below the output folder, or None."""

    source: str
    output: str | None = None
    state: Literal["released", "held", "rejected"]
    reasons: tuple[str, ...] = ()
    regions: int = 0
    details: Report | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`key`: 32 bytes, the root of the pseudonyms."""

    out: Path
    profile: MaskingProfile
    key: bytes
    detectors: Detectors | None


def mask_batch(
    files: Sequence[tuple[str, Path]], batch: Batch, on_done: Callable[[int], None]
) -> tuple[Line, ...]:
    """A line for each of `files` (its name, where it is), in their order; results are written below `batch.out`."""
    lines: dict[str, Line] = {}
    for group in _groups(files):
        for line in _masked(group, batch):
            lines[line.source] = line
        on_done(len(group))
    return tuple(lines[name] for name, _ in files)


def _groups(files: Sequence[tuple[str, Path]]) -> Iterator[list[tuple[str, Path]]]:
    """By series, as headers name it; a file that can't be read is a group by itself."""
    with tempfile.NamedTemporaryFile() as held:
        place = Path(held.name)
        status = isolated(lambda: _write(place, [_series(path) for _, path in files]), _LIMITS)
        series = msgspec.json.decode(place.read_bytes(), type=list[str]) if status == 0 else [""] * len(files)
    grouped: dict[str, list[tuple[str, Path]]] = {}
    for number, (file, name) in enumerate(zip(files, series, strict=True)):
        group = grouped.setdefault(name or str(number), [])
        group.append(file)
        if len(group) == _GROUP:
            yield grouped.pop(name or str(number))
    yield from grouped.values()


def _series(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if file.read(_PROBE)[128:] != b"DICM":
                return ""
        head = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"])
        return f"{path.parent}\0{head.get('SeriesInstanceUID', '')}"
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged file leads it to
        return ""


def _write(place: Path, value: object) -> None:
    place.write_bytes(msgspec.json.encode(value))


def _masked(group: list[tuple[str, Path]], batch: Batch, *, is_split: bool = False) -> list[Line]:
    with tempfile.NamedTemporaryFile() as held:
        place = Path(held.name)
        status = isolated(lambda: _write(place, list(_mask_group(group, batch, is_split=is_split))), _LIMITS)
        if status == 0:
            return msgspec.json.decode(place.read_bytes(), type=list[Line])
    if len(group) > 1:
        return [line for file in group for line in _masked([file], batch, is_split=True)]
    return [Line(source=group[0][0], state="rejected", reasons=(_DIED,))]


def _mask_group(group: list[tuple[str, Path]], batch: Batch, *, is_split: bool) -> Iterator[Line]:
    keys = derive_keys(batch.key, "")
    scans: list[tuple[str, DicomSource]] = []
    for name, path in group:
        try:
            source = _opened(path, batch)
            if isinstance(source, DicomSource):
                scans.append((name, source))
            else:
                yield _kept(name, apply(source, batch.profile, keys, batch.detectors), batch, source.origin)
        except (ViewerError, OSError) as error:
            yield _refused(name, error)
    masked = apply_stack([scan for _, scan in scans], batch.profile, keys, batch.detectors, is_split=is_split)
    for (name, scan), result in zip(scans, masked, strict=True):
        if isinstance(result, Exception):
            yield _refused(name, result)
        else:
            yield _kept(name, result, batch, scan.origin, known_values(scan.dataset))


def _opened(path: Path, batch: Batch) -> DicomSource | PictureSource | TextSource:
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile("the file is larger than 2 GiB")
    data = path.read_bytes()
    origin = hashlib.sha256(batch.key + data).hexdigest()
    match kind_of(data):
        case FileKind.DICOM:
            return DicomSource(dataset=read(data), origin=origin)
        case FileKind.PICTURE:
            return PictureSource(image=read_picture(data), origin=origin)
        case FileKind.TEXT:
            return TextSource(text=read_text(data), origin=origin)
        case FileKind.UNKNOWN:
            raise UnsupportedFile("it is neither DICOM, nor a picture (PNG, JPEG, TIFF), nor a text")


def _refused(name: str, error: Exception) -> Line:
    return Line(
        source=name, state="rejected", reasons=(str(error) if isinstance(error, ViewerError) else _DIED,)
    )


def _kept(
    name: str, masked: Masked, batch: Batch, origin: str, known: tuple[tuple[str, str], ...] = ()
) -> Line:
    content, place = _content(masked, origin)
    state, reasons = masked.verdict, [str(reason) for reason in masked.reasons]
    if content is not None and state is Verdict.REJECTED:
        state = Verdict.HELD
        reasons.append(_REBUILT)
    leaks = left_over(content, known) if content is not None and place.endswith(".dcm") else ()
    if leaks:
        state = Verdict.HELD
        reasons += [f"a value of the header ({keyword}) stands in the result" for keyword in leaks]
    output = None
    if content is not None:
        output = f"{state}/{masked.subject}/{place}"
        (batch.out / output).parent.mkdir(parents=True, exist_ok=True)
        (batch.out / output).write_bytes(content)
    return Line(
        source=name,
        output=output,
        state=state.value,
        reasons=tuple(reasons),
        regions=len(masked.regions),
        details=masked.report,
    )


def _content(masked: Masked, origin: str) -> tuple[bytes | None, str]:
    """The result's bytes, if there is one, and its place below the subject's folder: pseudonyms only."""
    if masked.text is not None:
        return masked.text.encode(), f"{origin[:32]}.txt"
    header = masked.header
    if header is not None and "SOPClassUID" in header:
        place = f"{header.get('SeriesInstanceUID', 'series')}/{header.get('SOPInstanceUID', origin[:32])}.dcm"
        if masked.image is not None:
            return to_dicom(header, masked.image), place
        if _OBJECTS & set(masked.reasons):
            held = BytesIO()
            dcmwrite(held, header, enforce_file_format=True)
            return held.getvalue(), place
    if masked.image is None or header is not None:
        return None, ""
    held = BytesIO()
    frames = [Image.fromarray(frame.pixels) for frame in masked.image.frames]
    frames[0].save(held, "PNG", compress_level=1, save_all=len(frames) > 1, append_images=frames[1:])
    return held.getvalue(), f"{origin[:32]}.png"
