"""The verdict on a file after its pixels were searched, masked, and searched again.

Whatever goes wrong on the way ends in a hold with nothing to see: a picture that could not be searched is blank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from viewer.errors import MaskingError
from viewer.masking import burned_in, mappings
from viewer.masking.burned_in import Search, aggregates, covered
from viewer.masking.detection import Area
from viewer.masking.detectors import Detectors
from viewer.masking.faces.pictures import find_faces
from viewer.masking.filling import fill
from viewer.masking.image import MaskedFrame
from viewer.masking.markings import RADIOGRAPH, SECTION
from viewer.masking.report import Box
from viewer.masking.triage import Kind, Triage
from viewer.masking.verdict import Outcome, PixelCheck, Reason, Verdict

BLANKED = "the whole picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Masked frames, what was masked in them, and the verdict. `faces`: what became of them, if there may be any."""

    frames: tuple[MaskedFrame, ...]
    triage: Triage
    check: PixelCheck
    regions: tuple[Box, ...]
    faces: Outcome | None = None

    def part(self, number: int) -> "Settled":
        """Of frame `number` (from 1) alone, as its frame 1."""
        return replace(
            self,
            frames=(self.frames[number - 1],),
            regions=tuple(
                msgspec.structs.replace(box, frame=1) for box in self.regions if box.frame == number
            ),
        )


def settle(
    first: Triage,
    frames: Sequence[MaskedFrame],
    detectors: Detectors | None,
    *,
    known: tuple[str, ...] = (),
    blank: tuple[Box, ...] = (),
    with_faces: bool = False,
) -> Settled:
    """`frames` (of one size) with `blank` and every box of text filled, and every face if they may be `with_faces`.

    `known`: values of the header.

    Never raises for a detector that does: then, and without detectors, everything is filled and the file is held.
    """
    if detectors is None:
        return blanked(first, frames, Reason.DETECTOR)
    faces = None
    if with_faces:
        try:
            found = find_faces(frames, detectors.faces)
        except MaskingError:
            return blanked(first, frames, Reason.FACE_UNSEARCHED)
        blank, faces = (*blank, *found), Outcome.MASKED
    frames = fill(frames, blank)
    sensitivity = RADIOGRAPH if first.kind is Kind.RADIOGRAPH else SECTION
    try:
        search = burned_in.search(frames, detectors, sensitivity, known)
        if (
            first.verdict is Verdict.RELEASED and not search.is_lettered
        ):  # anatomy that looks a little like a letter
            return Settled(frames=frames, triage=first, check=PixelCheck.SEARCHED, regions=blank, faces=faces)
        masked = fill(frames, search.regions)
        missed = _missed(masked, search, detectors)
    except MaskingError:
        return blanked(first, frames, Reason.DETECTOR)
    reasons = list(first.reasons)
    if search.is_lettered:
        reasons.append(Reason.LETTERING)
    if missed:
        reasons.append(Reason.DISAGREEMENT)
    return Settled(
        frames=fill(masked, missed),
        triage=replace(first, verdict=Verdict.HELD, reasons=tuple(dict.fromkeys(reasons))),
        check=PixelCheck.PERSON,
        regions=(*blank, *search.regions, *missed),
        faces=faces,
    )


def blanked(first: Triage, frames: Sequence[MaskedFrame], reason: Reason) -> Settled:
    """Nothing to see, and held for `reason`: a search failed."""
    regions = tuple(
        Box(
            frame=number,
            x=0,
            y=0,
            width=frame.pixels.shape[1],
            height=frame.pixels.shape[0],
            detector=BLANKED,
        )
        for number, frame in enumerate(frames, start=1)
    )
    reasons = tuple(dict.fromkeys((*first.reasons, reason)))
    return Settled(
        frames=fill(frames, regions),
        triage=replace(first, verdict=Verdict.HELD, reasons=reasons),
        check=PixelCheck.PERSON,
        regions=regions,
    )


def _missed(masked: Sequence[MaskedFrame], search: Search, detectors: Detectors) -> tuple[Box, ...]:
    """Legible boxes that the first detector finds in the masked pictures, outside of what was masked or may stay.

    Of a stack, in the median of the masked frames. Errors: MaskingError.
    """
    middle = len(masked) // 2
    looked = masked[middle] if len(masked) == 1 else list(aggregates(masked))[-1]
    areas = [_area(box) for box in (*search.regions, *search.stays) if box.frame == middle + 1]
    try:
        found = [
            area
            for grey in (mappings.full(looked), mappings.remaining(looked))
            for area in detectors.first.find(grey, burned_in.scale_of(looked))
            # Without text the network takes anatomy for it: what it finds now counts where it is read.
            if not covered(area, areas) and burned_in.is_text(grey, area, detectors.reader)
        ]
    except MemoryError:
        raise
    except Exception as error:  # a detector raises whatever its library does
        raise MaskingError(f"a text detector failed ({type(error).__name__})") from error
    frames = range(1, len(masked) + 1)
    return tuple(
        burned_in.grown(area, each, detectors.first.title, masked[0]) for each in frames for area in found
    )


def _area(box: Box) -> Area:
    return Area(left=box.x, top=box.y, right=box.x + box.width, bottom=box.y + box.height)


def settle_pages(
    first: Triage, pages: Sequence[MaskedFrame], detectors: Detectors | None, *, with_faces: bool = False
) -> Settled:
    """Pages of any sizes, each a picture by itself."""
    settled = [settle(first, (page,), detectors, with_faces=with_faces) for page in pages]
    held = tuple(dict.fromkeys(reason for each in settled for reason in each.triage.reasons))
    worst = max(settled, key=lambda each: each.check is PixelCheck.PERSON)
    return Settled(
        frames=tuple(frame for each in settled for frame in each.frames),
        triage=replace(worst.triage, reasons=held),
        check=worst.check,
        faces=settled[0].faces,
        regions=tuple(
            msgspec.structs.replace(box, frame=number)
            for number, each in enumerate(settled, start=1)
            for box in each.regions
        ),
    )
