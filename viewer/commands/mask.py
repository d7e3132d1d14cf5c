"""`python -m viewer mask FILE --out OUT --report R.json`: one file made anonymous, without a server.

OUT ending in .dcm: de-identified DICOM; in .png: the masked picture at its native size. A held file is written too,
masked as far as it could be; a rejected one is not. The report is written in every case that leaves a verdict.
"""

import argparse
import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image

from viewer.commands.isolation import Limits, isolated
from viewer.commands.parser import Commands
from viewer.errors import MaskingError, UnreadableFile, UnsupportedFile, ViewerError
from viewer.imaging.pictures import read_picture
from viewer.imaging.reading import MAX_BYTES, read
from viewer.imaging.sniffing import FileKind, kind_of
from viewer.imaging.windowing import default_window, to_grey
from viewer.masking.applying import DicomSource, PictureSource, apply
from viewer.masking.detectors import Detectors, load
from viewer.masking.image import MaskedFrame
from viewer.masking.known import known_values
from viewer.masking.masked import Masked
from viewer.masking.profile import BASIC
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.verdict import Verdict
from viewer.masking.verify import left_over
from viewer.masking.writing import to_dicom

_LIMITS = Limits(seconds=600)
_LEAST_KEY = 16  # bytes
_REFUSED = "the file could not be read or masked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """What to mask; `key`: the secret that pseudonyms are made with."""

    file: Path
    out: Path
    report: Path | None
    key: bytes


def add(commands: Commands) -> None:
    """Add `mask` to `commands`."""
    mask = commands.add_parser("mask", help="write one file without what identifies a person, and a report")
    mask.add_argument("file", type=Path, metavar="FILE")
    mask.add_argument("--out", type=Path, required=True, metavar="OUT", help="ending in .dcm or .png")
    mask.add_argument("--report", type=Path, metavar="R.json")
    mask.add_argument(
        "--key", type=Path, metavar="KEYFILE", help="pseudonyms differ from those made with any other key"
    )
    mask.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    out: Path = options.out
    report: Path | None = options.report
    if report is not None:  # a run that ends before its verdict leaves no older report behind
        report.unlink(missing_ok=True)
    status = isolated(lambda: _reported(options), _LIMITS)
    if status != 0 and report is not None and not report.exists() and report.parent.is_dir():
        out.unlink(missing_ok=True)
        _write(report, _refused(_REFUSED))
    return status


def _reported(options: argparse.Namespace) -> None:
    """`_mask`; what it can say of a refusal is in the report, too: the line that it ends with."""
    try:
        _mask(options)
    except ViewerError as error:
        if options.report is not None:
            options.out.unlink(missing_ok=True)
            _write(options.report, _refused(str(error)))
        raise


def _refused(reason: str) -> dict[str, object]:
    return {"state": Verdict.REJECTED, "reasons": [reason], "regions": []}


def _mask(options: argparse.Namespace) -> None:
    masking = Masking(file=options.file, out=options.out, report=options.report, key=_key(options.key))
    suffix = masking.out.suffix.lower()
    if suffix not in {".dcm", ".png"}:
        raise UnsupportedFile("the output's name must end in .dcm or .png")
    masked, known = _masked(masking)
    content = None
    leaks: tuple[str, ...] = ()
    if masked.image is not None:
        content = _picture(masked) if suffix == ".png" else _dicom(masked)
        leaks = left_over(content, known) if suffix == ".dcm" else ()
    if masking.report is not None:
        _write(masking.report, _report(masked, leaks))
    if content is None:
        masking.out.unlink(missing_ok=True)
        print(f"rejected: {masked.reasons[0]}")
        return
    masking.out.write_bytes(content)


def _key(file: Path | None) -> bytes:
    """32 bytes. Without a key file, one that anybody can make again: good for a trial, no secret."""
    if file is None:
        return bytes(32)
    content = file.read_bytes()
    if len(content) < _LEAST_KEY:
        raise UnsupportedFile("the key file holds fewer than 16 bytes")
    return hashlib.sha256(content).digest()


def _masked(masking: Masking) -> tuple[Masked, tuple[tuple[str, str], ...]]:
    """What may be kept of the file, and the values of its header that must not be."""
    if masking.file.stat().st_size > MAX_BYTES:
        raise UnreadableFile("the file is larger than 2 GiB")
    data = masking.file.read_bytes()
    origin = hashlib.sha256(masking.key + data).hexdigest()
    keys = derive_keys(masking.key, "")
    match kind_of(data):
        case FileKind.DICOM:
            dataset = read(data)
            source = DicomSource(dataset=dataset, origin=origin)
            return apply(source, BASIC, keys, _detectors()), known_values(dataset)
        case FileKind.PICTURE:
            picture = PictureSource(image=read_picture(data), origin=origin)
            return apply(picture, BASIC, keys, _detectors()), ()
        case FileKind.TEXT:
            raise UnsupportedFile("it is text: `python -m viewer mask-text` masks it")
        case FileKind.UNKNOWN:
            raise UnsupportedFile("it is neither DICOM nor a picture (PNG, JPEG, TIFF)")


def _detectors() -> Detectors | None:
    """None if a model is missing or another: then the picture is blanked and held."""
    try:
        return load()
    except MaskingError:
        return None


def _picture(masked: Masked) -> bytes:
    """The first frame as a PNG: 8-bit pictures as stored, others as they are shown first."""
    assert masked.image is not None
    held = BytesIO()
    Image.fromarray(_shown(masked.image.frames[0])).save(held, "PNG", compress_level=1)
    return held.getvalue()


def _shown(frame: MaskedFrame) -> np.ndarray[Any, np.dtype[np.uint8]]:
    plain = frame.presentation.photometric == "MONOCHROME2" and not frame.presentation.windows
    if frame.pixels.dtype == np.uint8 and (frame.pixels.ndim == 3 or plain):
        return frame.pixels.astype(np.uint8)
    stored = frame.pixels.astype(np.float64) + frame.offset
    return to_grey(stored, frame.presentation, default_window(stored, frame.presentation))


def _dicom(masked: Masked) -> bytes:
    assert masked.image is not None
    if masked.header is None:
        raise UnsupportedFile("a picture without a DICOM header can only be written as .png")
    return to_dicom(masked.header, masked.image)


def _report(masked: Masked, leaks: tuple[str, ...]) -> dict[str, object]:
    state = masked.verdict
    reasons = [str(reason) for reason in masked.reasons]
    if leaks:
        state = Verdict.HELD
        reasons += [f"a value of the header ({keyword}) stands in the result" for keyword in leaks]
    return {
        "state": state,
        "reasons": reasons,
        "regions": [
            {
                "frame": box.frame,
                "x": box.x,
                "y": box.y,
                "w": box.width,
                "h": box.height,
                "detector": box.detector,
            }
            for box in masked.regions
        ],
        "details": msgspec.to_builtins(masked.report),
    }


def _write(file: Path, report: dict[str, object]) -> None:
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
