"""Faces: of heads in CT and MR, whose surface shows none afterwards; and in pictures. Whatever fails ends in a hold."""

from dataclasses import replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.viewer.detecting import detectors
from tests.viewer.head_phantom import Phantom, head
from viewer.errors import MaskingError
from viewer.imaging.image import RawFrame, RawImage
from viewer.imaging.presentation import Presentation
from viewer.masking.applying import PictureSource, apply
from viewer.masking.areas import Area
from viewer.masking.detectors import Detectors
from viewer.masking.faces.defacing import parts, reached
from viewer.masking.faces.gate import look, renderings
from viewer.masking.faces.heads import Finding, mask_heads
from viewer.masking.faces.pictures import find_faces
from viewer.masking.faces.settling import Subject, settle_heads
from viewer.masking.faces.surface import body, front, shaded
from viewer.masking.faces.volume import stacks_of, volume_of
from viewer.masking.image import MaskedFrame
from viewer.masking.profile import BASIC, read_profile
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.report import SafeHarborLine
from viewer.masking.settling import Settled, settle
from viewer.masking.triage import Triage
from viewer.masking.verdict import Outcome, PixelCheck, Reason, SafeHarborItem, Verdict

HEADS = [
    pytest.param("CT", "axial", 18.0, id="CT, tilted"),
    pytest.param("MR", "sagittal", 0.0, id="MR, sagittal"),
]
SKIN = {"CT": -300.0, "MR": 60.0}
RELEASED = Triage(verdict=Verdict.RELEASED)


class _Fails:
    """A detector that ends as detectors do."""

    title = "face"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def score(self, picture: NDArray[np.uint8]) -> float:
        raise self.error

    def find(self, picture: NDArray[np.uint8], least: float) -> tuple[Area, ...]:
        raise self.error


def _failing(error: Exception) -> Detectors:
    parts = {"faces": _Fails(error)}
    found: Detectors = replace(detectors(), **parts)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(("modality", "plane", "tilt"), HEADS)
def test_a_head_is_drawn_with_a_face_before_and_without_one_after(
    modality: str, plane: str, tilt: float
) -> None:
    phantom = head(modality, plane=plane, tilt=tilt)
    (stack,) = stacks_of(phantom.frames, phantom.places)
    before = volume_of(phantom.frames, stack, stack.layers[0])
    assert before is not None
    skin = SKIN[modality]
    face = front(before, body(before, skin), skin)
    seen = look(before, (skin,), detectors().faces, face)
    assert seen.score > 0.6
    assert seen.relief_mm > 12

    done = mask_heads(phantom.frames, phantom.places, modality, "HEAD", detectors().faces)

    assert done.finding is Finding.MASKED
    after = volume_of(done.frames, stack, stack.layers[0])
    assert after is not None
    seen = look(after, (skin,), detectors().faces, face)
    assert seen.score < 0.3
    assert seen.relief_mm < 4
    _assert_only_the_face_changed(phantom, done.frames)
    again = mask_heads(done.frames, phantom.places, modality, "HEAD", detectors().faces)
    assert again.finding is Finding.MASKED
    assert _changed(done.frames, again.frames) < 0.2 * _changed(phantom.frames, done.frames)
    _assert_only_the_face_changed(phantom, again.frames)


def _changed(before: tuple[MaskedFrame, ...], after: tuple[MaskedFrame, ...]) -> int:
    return sum(int((a.pixels != b.pixels).sum()) for a, b in zip(before, after, strict=True))


def _assert_only_the_face_changed(phantom: Phantom, frames: tuple[MaskedFrame, ...]) -> None:
    for before, after, place, brain in zip(
        phantom.frames, frames, phantom.places, phantom.brain, strict=True
    ):
        assert after.pixels.dtype == before.pixels.dtype
        assert after.pixels.shape == before.pixels.shape
        assert (after.offset, after.presentation) == (before.offset, before.presentation)
        changed = before.pixels != after.pixels
        assert not (changed & brain).any()
        assert place.position is not None
        assert place.orientation is not None
        rows, columns = np.nonzero(changed)
        y = place.position[1] + columns * 1.5 * place.orientation[1] + rows * 1.5 * place.orientation[4]
        assert (y < 35).all()  # the back half of the head is as it was


def test_a_face_in_a_series_of_another_body_part_is_masked_and_held() -> None:
    phantom = head("CT", tilt=18.0)
    done = _settled(phantom, "CT", "KNEE")
    assert done.triage.verdict is Verdict.HELD
    assert done.triage.reasons == (Reason.HEAD_UNSURE,)
    assert _changed(phantom.frames, done.frames) > 0


def test_a_face_is_masked_where_the_header_names_no_body_part() -> None:
    done = _settled(head("CT", tilt=18.0), "CT", None)
    assert done.triage.verdict is Verdict.RELEASED
    assert done.faces is Outcome.DEFACED
    assert all(box.detector == "face" for box in done.regions)


def test_what_is_no_head_stays_as_it_is() -> None:
    phantom = head("CT", tilt=18.0)
    rows, columns = np.indices(phantom.frames[0].pixels.shape)
    limb = ((rows - 80) ** 2 + (columns - 70) ** 2 < 40**2) * 1100
    pixels = np.asarray(limb, np.uint16)
    frames = tuple(replace(frame, pixels=pixels) for frame in phantom.frames)
    for part in (None, "KNEE"):
        done = mask_heads(frames, phantom.places, "CT", part, detectors().faces)
        assert done.finding is Finding.NONE
        assert done.frames == frames


def test_a_few_slices_draw_no_surface_and_are_held_only_where_the_others_are_elsewhere() -> None:
    phantom = head("CT", tilt=18.0)
    few = replace(phantom, frames=phantom.frames[60:65], places=phantom.places[60:65])
    done = _settled(few, "CT", "HEAD")
    assert done.triage.verdict is Verdict.RELEASED
    assert done.faces is Outcome.SLICES
    split = _settled(few, "CT", "HEAD", is_split=True)
    assert split.triage.reasons == (Reason.HEAD_SPLIT,)


def test_a_head_without_geometry_is_held() -> None:
    phantom = head("CT", tilt=18.0)
    places = tuple(
        msgspec.structs.replace(place, position=None, orientation=None) for place in phantom.places
    )
    for part in ("HEAD", None):
        assert _settled(replace(phantom, places=places), "CT", part).triage.verdict is Verdict.HELD
    assert _settled(replace(phantom, places=places), "CT", "KNEE").triage.verdict is Verdict.RELEASED


@pytest.mark.parametrize("error", [RuntimeError("it broke"), ValueError("x"), OSError("y")])
def test_a_failing_detector_holds_a_head_with_nothing_to_see(error: Exception) -> None:
    done = _settled(head("CT", tilt=18.0), "CT", "HEAD", with_detectors=_failing(error))
    assert done.triage.verdict is Verdict.HELD
    assert done.triage.reasons == (Reason.FACE_UNSEARCHED,)
    assert all(len(np.unique(frame.pixels)) == 1 for frame in done.frames)


def _settled(
    phantom: Phantom,
    modality: str,
    part: str | None,
    *,
    is_split: bool = False,
    with_detectors: Detectors | None = None,
) -> Settled:
    first = Settled(frames=phantom.frames, triage=RELEASED, check=PixelCheck.SEARCHED, regions=())
    subject = Subject(modality=modality, part=part, is_split=is_split)
    return settle_heads(first, phantom.places, subject, with_detectors or detectors())


def _portrait() -> NDArray[np.uint8]:
    """The face of the phantom, 320 px high, on a grey wall of 700 x 900."""
    phantom = head("CT", tilt=18.0)
    (stack,) = stacks_of(phantom.frames, phantom.places)
    volume = volume_of(phantom.frames, stack, stack.layers[0])
    assert volume is not None
    drawn = next(renderings(volume, body(volume, -300), -300))
    drawn = np.asarray(cv2.resize(drawn, None, fx=320 / drawn.shape[0], fy=320 / drawn.shape[0]), np.uint8)
    wall = np.full((700, 900), 90, np.uint8)
    wall[200 : 200 + drawn.shape[0], 300 : 300 + drawn.shape[1]] = np.maximum(drawn, 90)
    return np.asarray(cv2.cvtColor(wall, cv2.COLOR_GRAY2RGB), np.uint8)


def _frame(pixels: NDArray[np.uint8]) -> MaskedFrame:
    colour = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    return MaskedFrame(pixels=pixels, offset=0, presentation=Presentation(photometric=colour))


@pytest.mark.parametrize("turns", range(4))
def test_a_face_in_a_picture_is_found_in_each_direction(turns: int) -> None:
    picture = np.ascontiguousarray(np.rot90(_portrait(), turns))
    marked = np.zeros(picture.shape[:2], bool)
    eyes = np.zeros((700, 900), bool)
    eyes[280:400, 400:480] = True
    for box in find_faces((_frame(picture),), detectors().faces):
        marked[box.y : box.y + box.height, box.x : box.x + box.width] = True
    assert marked[np.rot90(eyes, turns)].all()
    assert marked.mean() < 0.3


def test_a_face_in_a_film_is_masked_in_the_frames_around_it_too() -> None:
    face = _portrait()
    frames = tuple(_frame(face if number == 5 else np.full_like(face, 90)) for number in range(10))
    assert {box.frame for box in find_faces(frames, detectors().faces)} == {4, 5, 6, 7, 8}


def _masked_picture(
    with_detectors: Detectors, *, keep: bool = False
) -> tuple[object, tuple[SafeHarborLine, ...]]:
    small = np.asarray(cv2.resize(_portrait(), (450, 350)), np.uint8)
    frame = RawFrame(pixels=small, presentation=Presentation(photometric="RGB"))
    profile = read_profile('name = "portraits"\nkeep-faces = true\n') if keep else BASIC
    source = PictureSource(image=RawImage(frames=(frame,)), origin="o")
    done = apply(source, profile, derive_keys(bytes(32), ""), with_detectors)
    assert done.verdict is Verdict.HELD
    lines = tuple(line for line in done.report.safe_harbor if line.item is SafeHarborItem.FACES)
    return {box.detector for box in done.regions}, lines


def test_faces_of_pictures_are_masked_unless_the_profile_keeps_them() -> None:
    found, (line,) = _masked_picture(detectors())
    assert "face" in found  # type: ignore[operator]
    assert line.outcome is Outcome.MASKED
    found, (line,) = _masked_picture(detectors(), keep=True)
    assert "face" not in found  # type: ignore[operator]
    assert line.outcome is Outcome.KEPT


def test_a_picture_that_cannot_be_searched_for_faces_is_blank_and_held() -> None:
    done = settle(RELEASED, (_frame(_portrait()),), _failing(RuntimeError("no")), with_faces=True)
    assert done.triage.verdict is Verdict.HELD
    assert done.triage.reasons == (Reason.FACE_UNSEARCHED,)
    assert not done.frames[0].pixels.any() or len(np.unique(done.frames[0].pixels)) == 1


def test_a_profile_that_keeps_faces_says_so_in_so_many_words() -> None:
    assert read_profile('name = "a"\nkeep-faces = true\n').keep_faces
    assert not read_profile('name = "a"\n').keep_faces
    with pytest.raises(MaskingError, match="faces"):
        read_profile('name = "a"\nfaces = true\n')


@pytest.mark.parametrize("turns", range(4))
def test_the_face_of_a_photograph_is_found(shared_data: Path, turns: int) -> None:
    picture = cv2.imread(str(shared_data / "images" / "astronaut.png"))
    assert picture is not None
    turned = np.ascontiguousarray(np.rot90(picture[..., ::-1], turns).astype(np.uint8))
    eyes = np.zeros(picture.shape[:2], bool)
    eyes[80:170, 190:260] = True
    marked = np.zeros(turned.shape[:2], bool)
    for box in find_faces((_frame(turned),), detectors().faces):
        marked[box.y : box.y + box.height, box.x : box.x + box.width] = True
    assert marked[np.rot90(eyes, turns)].all()
    assert marked.mean() < 0.25


@pytest.mark.parametrize(("levels", "shape"), [(160, (256, 200)), (20, (56, 350))])
def test_a_slab_of_a_head_is_drawn_no_larger_than_a_whole_one(levels: int, shape: tuple[int, int]) -> None:
    """Eight slices were stretched to the height of a head, and cost seconds."""
    assert shaded(np.zeros((levels, 125), np.float32), 2.0, 256).shape == shape


@pytest.mark.parametrize(("modality", "plane", "tilt"), HEADS)
def test_no_pixel_of_a_face_lies_outside_of_the_part_of_a_slice_that_is_searched(
    modality: str, plane: str, tilt: float
) -> None:
    phantom = head(modality, plane=plane, tilt=tilt)
    (stack,) = stacks_of(phantom.frames, phantom.places)
    volume = volume_of(phantom.frames, stack, stack.layers[0])
    assert volume is not None
    face = front(volume, body(volume, SKIN[modality]), SKIN[modality])
    whole = (slice(0, stack.shape[0]), slice(0, stack.shape[1]))
    sizes = []
    for origin in stack.origins.values():
        found = np.logical_or(*parts(stack, origin, whole, volume, face))
        window = reached(stack, origin, volume, face)
        inside = found[window] if window else found[:0]
        assert inside.sum() == found.sum()
        sizes.append(inside.size / found.size)
    assert np.mean(sizes) < 0.75
