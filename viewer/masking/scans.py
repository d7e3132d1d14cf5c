"""A DICOM file as masking takes it up: triaged, its header rebuilt, its frames decoded and not yet searched."""

from dataclasses import dataclass

import msgspec
from pydicom.dataset import Dataset

from viewer.imaging.cine import recorded_times
from viewer.imaging.decoding import decode_all
from viewer.imaging.geometry import Place, place
from viewer.masking import report as reporting
from viewer.masking import ultrasound
from viewer.masking.faces.heads import MODALITIES
from viewer.masking.header import Rebuilt, rebuild
from viewer.masking.image import MaskedFrame
from viewer.masking.known import known_values
from viewer.masking.pixels import mask_frame
from viewer.masking.profile import MaskingProfile
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.report import MAX_BOXES, Box, Report
from viewer.masking.showing import shown
from viewer.masking.state import State
from viewer.masking.states import is_state, mask_state
from viewer.masking.title import IMAGE
from viewer.masking.triage import Triage, triage
from viewer.masking.verdict import Outcome, PixelCheck, Reason, Verdict
from viewer.masking.vocabulary import HEAD_PARTS

_PHOTOGRAPHS = {Reason.PHOTOGRAPH, Reason.CAPTURE, Reason.KIND_UNKNOWN}
_HEADS = {Outcome.HEAD, Outcome.DEFACED, Outcome.SLICES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """`frames` is empty for a rejected file. `known`: values of the old header; `blank`: what is filled in any case."""

    triage: Triage
    rebuilt: Rebuilt
    subject: str
    series: str  # as the old header names it
    frames: tuple[MaskedFrame, ...]
    known: tuple[str, ...]
    blank: tuple[Box, ...]
    layout: str = ""
    times_ms: tuple[float, ...] = ()  # of a loop's frames
    instance: str | None = None  # as others refer to it
    state: State | None = None

    @property
    def modality(self) -> str:
        """Of the vocabulary, or `image`."""
        return str(self.rebuilt.dataset.get("Modality", IMAGE))

    @property
    def may_show_faces(self) -> bool:
        """Whether it is, or may be, a photograph, a film or a scanned page."""
        return bool(_PHOTOGRAPHS.intersection(self.triage.reasons))

    @property
    def part(self) -> str | None:
        """The body part, of the vocabulary."""
        part = self.rebuilt.dataset.get("BodyPartExamined")
        return str(part) if part else None

    @property
    def places(self) -> tuple[Place | None, ...]:
        """Where each frame is."""
        return tuple(place(self.rebuilt.dataset, index) for index in range(len(self.frames)))

    @property
    def timed_places(self) -> tuple[Place | None, ...]:
        """Where each frame is, and when a loop shows it."""
        places = self.places
        if len(self.times_ms) != len(places):
            return places
        timed = zip(places, self.times_ms, strict=True)
        return tuple(
            msgspec.structs.replace(here or Place(frame=index), time_ms=time)
            for index, (here, time) in enumerate(timed)
        )

    @property
    def stack_key(self) -> object | None:
        """Equal for slices that are searched together; None for a file by itself."""
        if not self.series or len(self.frames) != 1 or self.blank:
            return None
        frame = self.frames[0]
        kind = (str(frame.pixels.dtype), frame.offset, frame.presentation.photometric)
        return (self.subject, self.series, frame.pixels.shape, kind, self.triage)

    def stack(self, verdict: Verdict, keys: PseudonymKeys) -> str | None:
        """One name for the single-frame files of a series that have the same size, colours and verdict."""
        if not self.series or len(self.frames) != 1:
            return None
        frame = self.frames[0]
        return keys.stack(self.series, *map(str, frame.pixels.shape), frame.presentation.photometric, verdict)


def prepare(
    dataset: Dataset, origin: str, keys: PseudonymKeys, profile: MaskingProfile, *, with_state: bool = False
) -> Scan:
    """The scan in `dataset`; `origin` stands for the file where it names no patient.

    `with_state`: of a presentation state, what may be kept of it; else it is a file without a picture.
    Errors: UnreadableFile, UnsupportedFile, MaskingError.
    """
    subject = _subject(dataset, origin, keys)
    first = triage(dataset)
    frames: tuple[MaskedFrame, ...] = ()
    blank: tuple[Box, ...] = ()
    if first.verdict is not Verdict.REJECTED:
        frames = tuple(mask_frame(frame) for frame in shown(dataset, decode_all(dataset).frames))
        blank = ultrasound.outside(dataset, len(frames), *frames[0].pixels.shape[:2])
    return Scan(
        triage=first,
        rebuilt=rebuild(dataset, keys, subject, profile, origin=origin),
        subject=subject,
        series=_value(dataset, "SeriesInstanceUID"),
        frames=frames,
        known=tuple(value for _, value in known_values(dataset)),
        blank=blank,
        layout=_layout(dataset, frames, blank, keys),
        times_ms=recorded_times(dataset) if len(frames) > 1 else (),
        instance=keys.instance(uid) if (uid := _value(dataset, "SOPInstanceUID")) else None,
        state=mask_state(dataset, keys) if with_state and is_state(dataset) else None,
    )


def _layout(
    dataset: Dataset, frames: tuple[MaskedFrame, ...], blank: tuple[Box, ...], keys: PseudonymKeys
) -> str:
    """A keyed name of the scanner model, the picture's size and what is always filled; empty without a model."""
    model = _value(dataset, "ManufacturerModelName")
    if not model or not frames:
        return ""
    boxes = sorted(f"{box.x},{box.y},{box.width},{box.height}" for box in blank if box.frame == 1)
    first = frames[0]
    shape = (*map(str, first.pixels.shape), first.presentation.photometric)
    return keys.stack("layout", _value(dataset, "Manufacturer"), model, *shape, *boxes)


def report_of(
    scan: Scan,
    settled: Triage,
    profile: MaskingProfile,
    check: PixelCheck,
    boxes: tuple[Box, ...],
    faces: Outcome | None = None,
) -> Report:
    """The report of one file; `boxes`: what was filled; `faces`: what became of them."""
    rebuilt = scan.rebuilt
    actions, header = reporting.counts(rebuilt.tally)
    is_named = scan.part in HEAD_PARTS and scan.modality in MODALITIES
    head = (is_named or faces in _HEADS) and settled.verdict is not Verdict.REJECTED
    person = check is PixelCheck.PERSON
    return Report(
        profile=profile.name,
        verdict=settled.verdict,
        reasons=settled.reasons,
        actions=actions,
        header=header,
        regions=boxes[:MAX_BOXES],
        pixels=check,
        head=head,
        layout=scan.layout,
        safe_harbor=reporting.header_safe_harbor(actions, person=person, faces=faces),
    )


def _subject(dataset: Dataset, origin: str, keys: PseudonymKeys) -> str:
    patient_id = _value(dataset, "PatientID")
    if patient_id:
        return keys.person(_value(dataset, "IssuerOfPatientID"), patient_id)
    return keys.stranger(_value(dataset, "StudyInstanceUID") or origin)


def _value(dataset: Dataset, keyword: str) -> str:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - pydicom raises whatever a damaged value leads it to; it counts as absent
        return ""
    return "" if value is None else str(value).strip()
