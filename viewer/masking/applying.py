"""The one way from a decoded file to pixels that may be kept: triage, header, pixels, verdict, report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydicom.dataset import Dataset

from viewer.errors import MaskingError
from viewer.imaging.geometry import Place
from viewer.imaging.image import RawImage
from viewer.masking import report as reporting
from viewer.masking import text as narrative
from viewer.masking.detectors import Detectors
from viewer.masking.faces.heads import MODALITIES
from viewer.masking.faces.settling import Subject, settle_heads
from viewer.masking.image import MaskedImage
from viewer.masking.masked import Masked
from viewer.masking.pixels import mask_frame
from viewer.masking.profile import MaskingProfile
from viewer.masking.prose.surrogates import numbered
from viewer.masking.pseudonyms import PseudonymKeys
from viewer.masking.report import MAX_BOXES, Report
from viewer.masking.scans import Scan, prepare, report_of
from viewer.masking.settling import Settled, settle, settle_pages
from viewer.masking.title import PICTURE, TEXT, title
from viewer.masking.triage import Triage
from viewer.masking.verdict import Outcome, PixelCheck, Reason, Verdict
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


def apply(
    source: Source, profile: MaskingProfile, keys: PseudonymKeys, detectors: Detectors | None = None
) -> Masked:
    """What may be kept of `source`. Pure; the same input gives the same result.

    Errors: UnreadableFile, UnsupportedFile, MaskingError; then nothing may be kept.
    """
    match source:
        case DicomSource():
            return _scan(prepare(source.dataset, source.origin, keys, profile), profile, keys, detectors)
        case PictureSource():
            return _picture(source, profile, keys, detectors)
        case TextSource():
            return _text(source, profile, keys)


def apply_stack(
    sources: Sequence[DicomSource],
    profile: MaskingProfile,
    keys: PseudonymKeys,
    detectors: Detectors | None,
    *,
    is_split: bool = False,
    with_states: bool = False,
) -> tuple[Masked | Exception, ...]:
    """What may be kept of each of `sources`, as `apply` gives it; slices of one series are searched for text together.

    So a line of text that stands still over a series is found in all of its slices if it is in one; and each further
    slice costs little. `is_split`: further slices of their series are masked elsewhere. `with_states`: presentation states
    are kept as such. A file from which nothing may be kept has its error instead. Errors: MemoryError.
    """
    results: list[Masked | Exception | None] = [None] * len(sources)
    stacks: dict[object, list[tuple[int, Scan]]] = {}
    for index, source in enumerate(sources):
        try:
            scan = prepare(source.dataset, source.origin, keys, profile, with_state=with_states)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a decoder raises whatever a damaged file leads it to
            results[index] = error
            continue
        stacks.setdefault(scan.stack_key or index, []).append((index, scan))
    for stack in stacks.values():
        try:
            made: Sequence[Masked | Exception] = _stacked(
                [scan for _, scan in stack], profile, keys, detectors, is_split=is_split
            )
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - the files of other series go on
            made = [MaskingError(f"the picture could not be masked ({type(error).__name__})")] * len(stack)
        for (index, _), masked in zip(stack, made, strict=True):
            results[index] = masked
    return tuple(result for result in results if result is not None)


def _stacked(
    scans: list[Scan],
    profile: MaskingProfile,
    keys: PseudonymKeys,
    detectors: Detectors | None,
    *,
    is_split: bool,
) -> list[Masked]:
    if len(scans) == 1:
        return [_scan(scans[0], profile, keys, detectors, is_split=is_split)]
    known = tuple(dict.fromkeys(value for scan in scans for value in scan.known))
    frames = [scan.frames[0] for scan in scans]
    settled = settle(scans[0].triage, frames, detectors, known=known)
    places = [scan.places[0] for scan in scans]
    settled = _without_faces(settled, places, scans[0], profile, detectors, is_split=is_split)
    return [_kept(scan, settled.part(number), profile, keys) for number, scan in enumerate(scans, start=1)]


def _scan(
    scan: Scan,
    profile: MaskingProfile,
    keys: PseudonymKeys,
    detectors: Detectors | None,
    *,
    is_split: bool = False,
) -> Masked:
    if not scan.frames:
        return Masked(
            image=None,
            verdict=scan.triage.verdict,
            reasons=scan.triage.reasons,
            report=report_of(scan, scan.triage, profile, PixelCheck.NONE, ()),
            subject=scan.subject,
            series=None,
            title=scan.modality,
            modality=scan.modality,
            header=scan.rebuilt.dataset,
            instance=scan.instance,
            state=scan.state,
        )
    settled = settle(
        scan.triage,
        scan.frames,
        detectors,
        known=scan.known,
        blank=scan.blank,
        with_faces=scan.may_show_faces and not profile.keep_faces,
    )
    settled = _without_faces(settled, scan.places, scan, profile, detectors, is_split=is_split)
    return _kept(scan, settled, profile, keys)


def _without_faces(
    settled: Settled,
    places: Sequence[Place | None],
    scan: Scan,
    profile: MaskingProfile,
    detectors: Detectors | None,
    *,
    is_split: bool,
) -> Settled:
    if profile.keep_faces:
        is_head = scan.part in HEAD_PARTS and scan.modality in MODALITIES
        kept = Outcome.HEAD if is_head else Outcome.KEPT if scan.may_show_faces else None
        return replace(settled, faces=kept)
    subject = Subject(modality=scan.modality, part=scan.part, is_split=is_split)
    return settle_heads(settled, places, subject, detectors)


def _kept(scan: Scan, settled: Settled, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    frames = settled.frames
    return Masked(
        image=MaskedImage(frames=frames),
        verdict=settled.triage.verdict,
        reasons=settled.triage.reasons,
        report=report_of(scan, settled.triage, profile, settled.check, settled.regions, settled.faces),
        subject=scan.subject,
        # Slices that were too few to be defaced must not become a head together.
        series=None if settled.faces is Outcome.SLICES else scan.stack(settled.triage.verdict, keys),
        title=title(scan.modality, len(frames), *frames[0].pixels.shape[:2]),
        modality=scan.modality,
        places=scan.timed_places,
        regions=settled.regions,
        header=scan.rebuilt.dataset,
        instance=scan.instance,
    )


def _picture(
    source: PictureSource, profile: MaskingProfile, keys: PseudonymKeys, detectors: Detectors | None
) -> Masked:
    frames = tuple(mask_frame(frame) for frame in source.image.frames)
    settled = settle_pages(
        Triage(verdict=Verdict.HELD, reasons=(Reason.PHOTOGRAPH,)),
        frames,
        detectors,
        with_faces=not profile.keep_faces,
    )
    faces = Outcome.KEPT if profile.keep_faces else settled.faces
    rows, columns = frames[0].pixels.shape[:2]
    return Masked(
        image=MaskedImage(frames=settled.frames),
        verdict=Verdict.HELD,
        reasons=settled.triage.reasons,
        report=Report(
            profile=profile.name,
            verdict=Verdict.HELD,
            reasons=settled.triage.reasons,
            regions=settled.regions[:MAX_BOXES],
            pixels=PixelCheck.PERSON,
            safe_harbor=reporting.picture_safe_harbor(faces),
        ),
        subject=keys.stranger(source.origin),
        series=None,
        title=title(PICTURE, len(frames), rows, columns),
        modality=PICTURE,
        places=(None,) * len(frames),
        regions=settled.regions,
    )


def _text(source: TextSource, profile: MaskingProfile, keys: PseudonymKeys) -> Masked:
    subject = keys.stranger(source.origin)
    masked = narrative.mask_text(source.text, profile.known, numbered(keys.text, subject))
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
        subject=subject,
        series=None,
        title=TEXT,
        modality=TEXT,
        text=masked.text,
        offsets=masked.offsets,
    )
