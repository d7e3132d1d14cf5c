"""Heads in CT and MR: recognised, their faces taken off, and the result looked at. What stays unsure is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from viewer.errors import MaskingError
from viewer.imaging.geometry import Place
from viewer.masking.faces.defacing import Levels, deface
from viewer.masking.faces.detector import FaceDetector
from viewer.masking.faces.gate import SCORE, look
from viewer.masking.faces.surface import body, front
from viewer.masking.faces.volume import LEAST_SLICES, Stack, Volume, stacks_of, volume_of
from viewer.masking.image import MaskedFrame
from viewer.masking.report import Box
from viewer.masking.vocabulary import HEAD_PARTS, NEAR_HEAD

MODALITIES = frozenset({"CT", "MR"})

_SKIN_HU = (-300.0, -500.0, -100.0)  # surfaces that are drawn; the first one is masked
_CT = Levels(air=-1000, low=20, high=60)  # HU
_SKIN_SHARE = (0.12, 0.06, 0.25)  # MR: of the bright tissue's value ...
_BRIGHT = 98  # ... which is this percentile
_TISSUE = (0.3, 0.5)  # of it: what replaces a face
_SURE = 0.5  # of a face where the header names another part of the body
_HEAD_CM2 = (120.0, 340.0)  # the largest level of a head
_HEAD_MM = 60.0  # as many levels of a head, at least
_DOME = 0.4  # of the largest level's area: the uppermost one of a whole head is smaller


class Finding(StrEnum):
    """What came of looking for heads."""

    NONE = "none"  # no head
    SLICES = "slices"  # of a head; too few for a surface
    MASKED = "masked"  # no face is seen any more
    FACE = "face"  # one is still seen
    UNSURE = "unsure"  # whether it is a head, or what the header says of its body part does not fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """`frames` without faces; `regions`: around what was changed."""

    frames: tuple[MaskedFrame, ...]
    finding: Finding
    regions: tuple[Box, ...] = ()


def mask_heads(
    frames: Sequence[MaskedFrame],
    places: Sequence[Place | None],
    modality: str,
    part: str | None,
    detector: FaceDetector,
) -> Heads:
    """The heads in `frames` (of one size and series) without their faces. `part`: the body part that the header names.

    Errors: MaskingError if a part of it fails: nothing may be concluded then.
    """
    try:
        return _mask_heads(tuple(frames), places, modality, part, detector)
    except (MaskingError, MemoryError):
        raise
    except Exception as error:  # a detector raises whatever its library does
        raise MaskingError(f"the head could not be searched for a face ({type(error).__name__})") from error


def _mask_heads(
    frames: tuple[MaskedFrame, ...],
    places: Sequence[Place | None],
    modality: str,
    part: str | None,
    detector: FaceDetector,
) -> Heads:
    is_named = part in HEAD_PARTS
    part = None if part in NEAR_HEAD else part
    if modality not in MODALITIES:
        return Heads(frames=frames, finding=Finding.NONE)
    stacks = stacks_of(frames, places)
    if not stacks:
        if len(frames) < LEAST_SLICES or part not in {None, *HEAD_PARTS}:
            return Heads(frames=frames, finding=Finding.SLICES if is_named else Finding.NONE)
        return Heads(
            frames=frames, finding=Finding.UNSURE if is_named or _have_no_place(places) else Finding.NONE
        )
    findings: list[Finding] = []
    regions: list[Box] = []
    for stack in stacks:
        done = _mask_stack(frames, stack, modality, part, detector)
        frames = done.frames
        regions += done.regions
        findings.append(done.finding)
    worst = max(findings, key=list(Finding).index)
    return Heads(frames=frames, finding=worst, regions=tuple(regions))


def _have_no_place(places: Sequence[Place | None]) -> bool:
    return all(place is None or place.position is None for place in places)


def _mask_stack(
    frames: tuple[MaskedFrame, ...], stack: Stack, modality: str, part: str | None, detector: FaceDetector
) -> Heads:
    volume = volume_of(frames, stack, stack.layers[0])
    if volume is None:
        return Heads(frames=frames, finding=Finding.UNSURE)
    thresholds, levels = _levels(volume, modality)
    if not volume.values.max() > thresholds[0]:  # nothing to draw
        return Heads(frames=frames, finding=Finding.NONE)
    inside = body(volume, thresholds[0])
    is_sure = part in HEAD_PARTS
    if not is_sure:
        score = look(volume, thresholds[:1], detector, None).score
        if score < (SCORE if part is None else _SURE):
            doubtful = part is None and _is_like_a_head(volume, inside)
            return Heads(frames=frames, finding=Finding.UNSURE if doubtful else Finding.NONE)
        is_sure = part is None and (score >= _SURE or _is_like_a_head(volume, inside))
    face = front(volume, inside, thresholds[0])
    masked, regions = deface(frames, stack, volume, face, levels)
    for layer in _looked_at(stack):
        after = volume_of(masked, stack, layer)
        if after is None or look(after, thresholds, detector, face).is_face:
            return Heads(frames=masked, finding=Finding.FACE, regions=regions)
    return Heads(frames=masked, finding=Finding.MASKED if is_sure else Finding.UNSURE, regions=regions)


def _looked_at(stack: Stack) -> Iterator[tuple[int, ...]]:
    """The first and the last of the volumes that were taken in the same places."""
    yield stack.layers[0]
    if len(stack.layers) > 1 and len(stack.layers[-1]) >= LEAST_SLICES:
        yield stack.layers[-1]


def _levels(volume: Volume, modality: str) -> tuple[tuple[float, ...], Levels]:
    if modality == "CT":
        return _SKIN_HU, _CT
    bright = float(np.percentile(volume.values[volume.known], _BRIGHT)) if volume.known.any() else 0.0
    air = max(0.0, float(volume.values.min()))
    low, high = (air + share * (bright - air) for share in _TISSUE)
    return tuple(air + share * (bright - air) for share in _SKIN_SHARE), Levels(air=air, low=low, high=high)


def _is_like_a_head(volume: Volume, inside: NDArray[np.bool_]) -> bool:
    """Whether its levels are as large as a head's, and end in a dome."""
    areas = inside.sum(axis=(1, 2)) * volume.step**2 / 100
    tall = float((areas >= _HEAD_CM2[0]).sum()) * volume.step
    top = areas[np.nonzero(areas)[0][-1]] if areas.any() else 0.0
    largest = float(areas.max())
    return _HEAD_CM2[0] <= largest <= _HEAD_CM2[1] and tall >= _HEAD_MM and float(top) < _DOME * largest
