"""What faces mean for the verdict on a scan: masked and seen no more, or held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from viewer.errors import MaskingError
from viewer.imaging.geometry import Place
from viewer.masking.detectors import Detectors
from viewer.masking.faces.heads import Finding, mask_heads
from viewer.masking.settling import BLANKED, Settled, blanked
from viewer.masking.verdict import Outcome, PixelCheck, Reason, Verdict

_REASONS = {Finding.FACE: Reason.FACE_SEEN, Finding.UNSURE: Reason.HEAD_UNSURE}
_OUTCOMES = {
    Finding.NONE: None,
    Finding.SLICES: Outcome.SLICES,
    Finding.MASKED: Outcome.DEFACED,
    Finding.FACE: Outcome.PERSON,
    Finding.UNSURE: Outcome.PERSON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the header says of a scan. `part`: the body part, or None; `is_split`: its other slices may be missing here."""

    modality: str
    part: str | None
    is_split: bool = False


def settle_heads(
    settled: Settled, places: Sequence[Place | None], subject: Subject, detectors: Detectors | None
) -> Settled:
    """`settled` without the faces of its heads, held if one may still be seen. Never raises for a part that fails."""
    if detectors is None or any(box.detector == BLANKED for box in settled.regions):
        return settled  # nothing is left to see
    try:
        heads = mask_heads(settled.frames, places, subject.modality, subject.part, detectors.faces)
    except MaskingError:
        return replace(blanked(settled.triage, settled.frames, Reason.FACE_UNSEARCHED), faces=Outcome.PERSON)
    done = replace(
        settled,
        frames=heads.frames,
        regions=(*settled.regions, *heads.regions),
        faces=_OUTCOMES[heads.finding],
    )
    reason = _REASONS.get(heads.finding)
    if heads.finding is Finding.SLICES and subject.is_split:
        reason = Reason.HEAD_SPLIT
    if reason is None:
        return done
    reasons = tuple(dict.fromkeys((*done.triage.reasons, reason)))
    return replace(
        done,
        triage=replace(done.triage, verdict=Verdict.HELD, reasons=reasons),
        check=PixelCheck.PERSON,
    )
