"""The one way from a decoded file to pixels that may be kept: triage, header, pixels, verdict, report."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer.imaging.decoding import decode_all
from viewer.imaging.geometry import Place, place
from viewer.imaging.image import RawImage
from viewer.masking import report as reporting
from viewer.masking import text as narrative
from viewer.masking.header import Rebuilt, rebuild
from viewer.masking.image import MaskedFrame, MaskedImage
from viewer.masking.markings import RADIOGRAPH, SECTION, find_lettering
from viewer.masking.pixels import from_page, mask_frame
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.report import MAX_BOXES, Box, Report
from viewer.masking.title import IMAGE, PICTURE, TEXT, title
from viewer.masking.triage import Kind, Triage, triage
from viewer.masking.verdict import PixelCheck, Reason, Verdict
from viewer.masking.vocabulary import HEAD_PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomSource:
    """A DICOM file as read. `origin` stands for the file where it names no patient: a keyed digest."""

    dataset: Dataset
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSource:
    """A photograph or scan without a header that says whose it is."""

    image: RawImage
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """Narrative text."""

    text: str
    origin: str


Source = DicomSource | PictureSource | TextSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """What may be kept of a file.

    `image` is None for a rejected file, and for a text until its pages are drawn (`with_pages`); `text` is the
    masked text. `places` has one entry a frame. `series`: files with the same one are slices of one item; None for
    a file that is an item by itself. `modality`: of the vocabulary, or `picture`, `text`, `image`.
    """

    image: MaskedImage | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    report: Report
    subject: str
    series: str | None
    title: str
    modality: str
    places: tuple[Place | None, ...] = ()
    text: str | None = None


def apply(source: Source, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    """What may be kept of `source`. Pure; the same input gives the same result.

    Errors: UnreadableFile, UnsupportedFile, MaskingError; then nothing may be kept.
    """
    match source:
        case DicomSource():
            return _dicom(source, profile, keys)
        case PictureSource():
            return _picture(source, profile, keys)
        case TextSource():
            return _text(source, profile, keys)


def with_pages(masked: Masked, pages: Iterable[NDArray[np.uint8]]) -> Masked:
    """`masked` with its text drawn: 8-bit `pages`, grey or RGB, made from `masked.text` and nothing else."""
    frames = tuple(from_page(page) for page in pages)
    rows, columns = frames[0].pixels.shape[:2] if frames else (0, 0)
    return replace(
        masked,
        image=MaskedImage(frames=frames),
        places=(None,) * len(frames),
        title=title(TEXT, len(frames), rows, columns),
    )


def _dicom(source: DicomSource, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    dataset = source.dataset
    subject = _subject(source, keys)
    first = triage(dataset)
    rebuilt = rebuild(dataset, keys, subject)
    modality = str(rebuilt.dataset.get("Modality", IMAGE))
    if first.verdict is Verdict.REJECTED:
        made = _report(first, rebuilt, profile, PixelCheck.NONE, ())
        return Masked(
            image=None,
            verdict=first.verdict,
            reasons=first.reasons,
            report=made,
            subject=subject,
            series=None,
            title=modality,
            modality=modality,
        )
    frames = tuple(mask_frame(frame) for frame in decode_all(dataset).frames)
    settled, check, boxes = _look(first, frames)
    rows, columns = frames[0].pixels.shape[:2]
    return Masked(
        image=MaskedImage(frames=frames),
        verdict=settled.verdict,
        reasons=settled.reasons,
        report=_report(settled, rebuilt, profile, check, boxes),
        subject=subject,
        series=_stack(dataset, frames, settled.verdict, keys),
        title=title(modality, len(frames), rows, columns),
        modality=modality,
        places=tuple(place(rebuilt.dataset, index) for index in range(len(frames))),
    )


def _look(first: Triage, frames: tuple[MaskedFrame, ...]) -> tuple[Triage, PixelCheck, tuple[Box, ...]]:
    """The verdict after the pixels were searched for lettering."""
    if first.verdict is not Verdict.RELEASED:
        return first, PixelCheck.PERSON, ()
    sensitivity = RADIOGRAPH if first.kind is Kind.RADIOGRAPH else SECTION
    boxes = tuple(box for frame in frames for box in find_lettering(frame, sensitivity))[:MAX_BOXES]
    if not boxes:
        return first, PixelCheck.SEARCHED, ()
    return replace(first, verdict=Verdict.HELD, reasons=(Reason.LETTERING,)), PixelCheck.PERSON, boxes


def _report(
    settled: Triage, rebuilt: Rebuilt, profile: MaskingProfile, check: PixelCheck, boxes: tuple[Box, ...]
) -> Report:
    actions, header = reporting.counts(rebuilt.tally)
    head = (
        rebuilt.dataset.get("BodyPartExamined") in HEAD_PARTS
        and rebuilt.dataset.get("Modality") in {"CT", "MR"}
        and settled.verdict is not Verdict.REJECTED
    )
    person = check is PixelCheck.PERSON
    return Report(
        profile=profile.name,
        verdict=settled.verdict,
        reasons=settled.reasons,
        actions=actions,
        header=header,
        regions=boxes,
        pixels=check,
        head=head,
        safe_harbor=reporting.header_safe_harbor(actions, person=person, head=head),
    )


def _subject(source: DicomSource, keys: PseudonymKeys) -> str:
    patient_id = _value(source.dataset, "PatientID")
    if patient_id:
        return keys.person(_value(source.dataset, "IssuerOfPatientID"), patient_id)
    return keys.stranger(_value(source.dataset, "StudyInstanceUID") or source.origin)


def _stack(
    dataset: Dataset, frames: tuple[MaskedFrame, ...], verdict: Verdict, keys: PseudonymKeys
) -> str | None:
    """One name for the single-frame files of a series that have the same size, colours and verdict."""
    series = _value(dataset, "SeriesInstanceUID")
    if not series or len(frames) != 1:
        return None
    frame = frames[0]
    return keys.stack(series, *map(str, frame.pixels.shape), frame.presentation.photometric, verdict)


def _value(dataset: Dataset, keyword: str) -> str:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to; it counts as absent
        return ""
    return "" if value is None else str(value).strip()


def _picture(source: PictureSource, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    frames = tuple(mask_frame(frame) for frame in source.image.frames)
    reasons = (Reason.PHOTOGRAPH,)
    rows, columns = frames[0].pixels.shape[:2]
    return Masked(
        image=MaskedImage(frames=frames),
        verdict=Verdict.HELD,
        reasons=reasons,
        report=Report(
            profile=profile.name,
            verdict=Verdict.HELD,
            reasons=reasons,
            pixels=PixelCheck.PERSON,
            safe_harbor=reporting.picture_safe_harbor(),
        ),
        subject=keys.stranger(source.origin),
        series=None,
        title=title(PICTURE, len(frames), rows, columns),
        modality=PICTURE,
        places=(None,) * len(frames),
    )


def _text(source: TextSource, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    masked = narrative.mask_text(source.text, profile.known)
    reasons = (Reason.NARRATIVE,)
    return Masked(
        image=None,
        verdict=Verdict.HELD,
        reasons=reasons,
        report=Report(
            profile=profile.name,
            verdict=Verdict.HELD,
            reasons=reasons,
            text=masked.counts,
            pixels=PixelCheck.PERSON,
            safe_harbor=reporting.text_safe_harbor(masked.counts),
        ),
        subject=keys.stranger(source.origin),
        series=None,
        title=TEXT,
        modality=TEXT,
        text=masked.text,
    )
