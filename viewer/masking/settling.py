"""The verdict on a file after its pixels were searched, masked, and searched again.

Whatever goes wrong on the way ends in a hold with nothing to see: a picture that could not be searched is blank.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from viewer.errors import MaskingError
from viewer.masking import burned_in
from viewer.masking.areas import area_of, grown
from viewer.masking.detectors import Detectors
from viewer.masking.doubtful import hidden, left_over, shapes
from viewer.masking.faces.pictures import find_faces
from viewer.masking.filling import fill
from viewer.masking.image import MaskedFrame
from viewer.masking.markings import RADIOGRAPH, SECTION
from viewer.masking.projections import middle
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

    Never raises for a search that does: then, and without detectors, everything is filled and the file is held.
    """
    if detectors is None:
        return blanked(first, frames, Reason.DETECTOR)
    frames = fill(frames, blank)
    faces: tuple[Box, ...] = ()
    if with_faces:
        try:
            faces = find_faces(frames, detectors.faces)
        except MaskingError:
            return blanked(first, frames, Reason.FACE_UNSEARCHED)
    try:
        settled = _searched(first, frames, detectors, known, faces)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a failed search proves nothing, whatever it failed of
        return blanked(first, frames, Reason.DETECTOR)
    outcome = Outcome.MASKED if with_faces else None
    return replace(settled, regions=(*blank, *settled.regions), faces=outcome)


def _searched(
    first: Triage,
    frames: tuple[MaskedFrame, ...],
    detectors: Detectors,
    known: tuple[str, ...],
    faces: tuple[Box, ...],
) -> Settled:
    """`frames` with their text filled, and `faces`: after the search, since half a line is not seen beside a filled box.

    Errors: MaskingError, and what our own code fails of.
    """
    sensitivity = RADIOGRAPH if first.kind is Kind.RADIOGRAPH else SECTION
    search = burned_in.search(frames, detectors, sensitivity, known)
    # Anatomy that looks a little like a letter stays, if nothing in the picture is text.
    is_clean = first.verdict is Verdict.RELEASED and not search.is_lettered
    done = search.stays if is_clean else (*search.stays, *search.regions)
    masked = fill(frames, faces if is_clean else (*faces, *search.regions))
    missed = _missed(masked, done, detectors, is_clean=is_clean)
    if is_clean and not missed:
        return Settled(frames=masked, triage=first, check=PixelCheck.SEARCHED, regions=faces)
    reasons = list(first.reasons)
    if search.is_lettered:
        reasons.append(Reason.LETTERING)
    if missed:
        reasons.append(Reason.DISAGREEMENT)
    return Settled(
        frames=fill(masked, (*search.regions, *missed)),
        triage=replace(first, verdict=Verdict.HELD, reasons=tuple(dict.fromkeys(reasons))),
        check=PixelCheck.PERSON,
        regions=(*faces, *search.regions, *missed),
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


def _missed(
    masked: Sequence[MaskedFrame], done: Sequence[Box], detectors: Detectors, *, is_clean: bool
) -> tuple[Box, ...]:
    """What the second detector still finds outside of `done` in the frames as they would be shown; of a stack, in their median.

    Beyond doubt: without the text, the networks take anatomy for it. If nothing was found at all, shapes count, too.
    Errors: MaskingError.
    """
    number = len(masked) // 2 + 1
    frame = masked[0] if len(masked) == 1 else middle(masked)
    areas = [area_of(box) for box in done if box.frame == number]
    try:
        seen = (
            hidden(frame, areas, detectors, is_stack=len(masked) > 1)
            if is_clean
            else left_over(frame, areas, detectors)
        )
        found = [(area, detectors.second.title) for area in seen]
        if is_clean and not found:
            found = [(area, burned_in.SHAPES) for area in shapes(frame, detectors)]
    except MemoryError:
        raise
    except Exception as error:  # a detector raises whatever its library does
        raise MaskingError(f"a text detector failed ({type(error).__name__})") from error
    shape = masked[0].pixels.shape
    return tuple(
        grown(area, each, title, shape, is_legible=True)
        for each in range(1, len(masked) + 1)
        for area, title in found
    )


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
