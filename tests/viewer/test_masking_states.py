"""Presentation states as they are kept: numbers of the file, none of its words; and frames as a state wants them."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from pydicom.dataset import Dataset

from tests.viewer import dicom_files
from tests.viewer.test_imaging_softcopy import (
    PIXELS,
    STATES,
    _image,
    _item,
    _reference,
    _state,
    _window,
    _written,
)
from viewer.errors import UnsupportedFile, ViewError
from viewer.imaging.decoding import decode_all
from viewer.imaging.presentation import Presentation, Window
from viewer.imaging.shutters import shutter
from viewer.imaging.softcopy import draw, softcopy
from viewer.masking.image import MaskedFrame
from viewer.masking.pixels import mask_frame
from viewer.masking.pseudonyms import derive_keys
from viewer.masking.state import State, clean_label
from viewer.masking.states import mask_state
from viewer.render.drawing import levels
from viewer.render.presenting import presented
from viewer.render.region import level_sizes, moved, region_of
from viewer.render.turning import turned
from viewer.render.view import View

KEYS = derive_keys(b"0" * 32, "p")
IMAGE = KEYS.instance("2.25.1")
NAME = "QUENBY"


def _masked(folder: Path, **attributes: object) -> State:
    return mask_state(_written(folder, "state", _state(**attributes)), KEYS)


def _annotation(*graphics: Dataset, texts: tuple[Dataset, ...] = (), **more: object) -> Dataset:
    return _item(GraphicLayer="L", GraphicObjectSequence=graphics, TextObjectSequence=texts, **more)


def _graphic(kind: str, *points: float, units: str = "PIXEL") -> Dataset:
    return _item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points) // 2,
        GraphicData=list(points),
        GraphicType=kind,
        GraphicFilled="N",
    )


def _whole(frame: MaskedFrame, state: State) -> np.ndarray:
    rows, columns = frame.pixels.shape[:2]
    view = View(item="i", frame=0, width=columns, height=rows, x=columns / 2, y=rows / 2, scale=1.0)
    look = state.look_of(IMAGE, 1)
    assert look is not None
    drawn = levels(view, presented(frame, state, look), width=columns, height=rows)
    return turned(drawn, state.turned, mirrored=state.mirrored)


@pytest.mark.parametrize("name", STATES)
def test_a_masked_frame_looks_as_the_file_does(name: str, tmp_path: Path) -> None:
    made, wanted = STATES[name]
    image, state = _written(tmp_path, "image", made), _written(tmp_path, "state", wanted)
    frame = mask_frame(next(iter(decode_all(image).frames)))
    np.testing.assert_array_equal(
        _whole(frame, mask_state(state, KEYS)), draw(image, 0, softcopy(state, image, 0))
    )


@pytest.mark.parametrize("signed", [False, True])
def test_a_state_without_a_window_shows_all_that_the_bits_hold(tmp_path: Path, *, signed: bool) -> None:
    image = _written(tmp_path, "image", _image(PIXELS - 500 * signed))
    state = _written(tmp_path, "state", _state())
    frame = mask_frame(next(iter(decode_all(image).frames)))
    np.testing.assert_array_equal(
        _whole(frame, mask_state(state, KEYS)), draw(image, 0, softcopy(state, image, 0))
    )


@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
def test_the_grey_of_a_shutter_is_that_of_the_file(shape: str, tmp_path: Path) -> None:
    image = _written(tmp_path, "image", _image())
    wanted = _state(
        SoftcopyVOILUTSequence=_window(1000, 1500),
        PresentationLUTShape=shape,
        ShutterPresentationValue=0x6000,
        **SHUTTERS["circle"],
    )
    state = _written(tmp_path, "state", wanted)
    frame = mask_frame(next(iter(decode_all(image).frames)))
    theirs = draw(image, 0, softcopy(state, image, 0))
    assert theirs[0, 0] == 0x60
    np.testing.assert_array_equal(_whole(frame, mask_state(state, KEYS)), theirs)


SHUTTERS = {
    "rectangle": {
        "ShutterShape": "RECTANGULAR",
        "ShutterLeftVerticalEdge": 9,
        "ShutterRightVerticalEdge": 40,
        "ShutterUpperHorizontalEdge": 5,
        "ShutterLowerHorizontalEdge": 30,
    },
    "circle": {
        "ShutterShape": "CIRCULAR",
        "CenterOfCircularShutter": [20, 30],
        "RadiusOfCircularShutter": 15,
    },
    "polygon": {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [3, 5, 40, 9, 30, 60, 8, 50]},
}


@pytest.mark.parametrize("name", SHUTTERS)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("level", [0, 96])
def test_what_a_shutter_closes_is_of_its_grey_and_in_no_value(
    name: str, kind: type, level: int, tmp_path: Path
) -> None:
    wanted = _state(
        SoftcopyVOILUTSequence=_window(100, 50), ShutterPresentationValue=level << 8, **SHUTTERS[name]
    )
    state = mask_state(_written(tmp_path, "state", wanted), KEYS)
    opened = shutter(wanted, 0, (48, 64))
    assert opened is not None
    pixels = np.full((48, 64), 200, kind)
    frame = MaskedFrame(pixels=pixels, offset=0, presentation=Presentation(photometric="MONOCHROME2"))
    look = state.look_of(IMAGE, 1)
    assert look is not None
    assert not (presented(frame, state, look).pixels[~opened.opening] == 200).any()
    np.testing.assert_array_equal(_whole(frame, state), np.where(opened.opening, 255, level))


def test_a_part_of_a_large_picture_is_closed_as_the_whole_is(tmp_path: Path) -> None:
    closing = {
        "ShutterShape": "CIRCULAR",
        "CenterOfCircularShutter": [900, 700],
        "RadiusOfCircularShutter": 600,
    }
    state = _masked(tmp_path, SoftcopyVOILUTSequence=_window(100, 50), **closing)
    look = state.look_of(IMAGE, 1)
    assert look is not None
    header = Presentation(photometric="MONOCHROME2")
    pixels = np.full((3000, 2600), 200, np.uint16)
    whole = MaskedFrame(pixels=pixels, offset=0, presentation=header)
    for scale in (1.0, 0.25):
        view = View(item="i", frame=0, width=400, height=300, x=500.0, y=600.0, scale=scale)
        region = region_of(view, header, level_sizes(3000, 2600), width=400, height=300)
        inner = moved(view, region)
        side = inner.scale / view.scale
        step = 2**region.level
        part = pixels[::step, ::step][region.top : region.bottom, region.left : region.right]
        held = MaskedFrame(pixels=np.ascontiguousarray(part), offset=0, presentation=header)
        place = (view.x - inner.x * side, view.y - inner.y * side, side)
        drawn = levels(inner, presented(held, state, look, place), width=400, height=300)
        wanted = levels(view, presented(whole, state, look), width=400, height=300)
        assert (drawn != wanted).mean() < (0 if scale == 1 else 0.01) + 1e-9


def test_nothing_that_is_written_stays(tmp_path: Path) -> None:
    words = _item(
        UnformattedTextValue=NAME,
        BoundingBoxAnnotationUnits="PIXEL",
        BoundingBoxTopLeftHandCorner=[1, 1],
        BoundingBoxBottomRightHandCorner=[9, 9],
    )
    writing = _graphic("POLYLINE", *range(40))
    state = _masked(
        tmp_path,
        PatientName=NAME,
        PatientID=NAME,
        ContentLabel=f"DR_{NAME}",
        ContentDescription=NAME,
        ContentCreatorName=NAME,
        InstitutionName=NAME,
        GraphicAnnotationSequence=[_annotation(_graphic("CIRCLE", 9, 9, 9, 12), writing, texts=(words,))],
        GraphicLayerSequence=[_item(GraphicLayer=NAME, GraphicLayerOrder=1, GraphicLayerDescription=NAME)],
        SoftcopyVOILUTSequence=_window(40, 400, WindowCenterWidthExplanation=NAME),
    )
    kept = msgspec.json.encode(state)
    assert NAME.encode() not in kept.upper()
    assert b"2.25" not in kept
    (look,) = state.looks
    assert [drawing.kind for drawing in look.drawings] == ["CIRCLE"]
    assert look.signed.windows == (Window(center=40, width=400),)


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("LUNG_WINDOW", "LUNG WINDOW"),
        ("KEY 2", "KEY 2"),
        ("", ""),
        ("QUENBY", ""),
        ("CHEST_1987", ""),
        ("MR_QUENBY", ""),
    ],
)
def test_a_label_of_known_words_stays(label: str, kept: str) -> None:
    assert clean_label(label) == kept


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", ["N", "Y"])
def test_graphics_in_shares_of_the_display_are_where_they_are_seen(
    turn: int, mirrored: str, tmp_path: Path
) -> None:
    state = _masked(
        tmp_path,
        ImageRotation=turn,
        ImageHorizontalFlip=mirrored,
        GraphicAnnotationSequence=[_annotation(_graphic("POINT", 0.25, 0.125, units="DISPLAY"))],
    )
    (x, y) = state.looks[0].drawings[0].points[0]
    marked = np.zeros((48, 64), np.uint8)
    marked[int(y), int(x)] = 1
    seen = turned(marked, turn, mirrored=mirrored == "Y")
    row, column = np.argwhere(seen)[0]
    height, width = seen.shape
    assert (abs(column - 0.25 * width) <= 1, abs(row - 0.125 * height) <= 1) == (True, True)


def test_frames_of_one_file_look_each_in_its_own_way(tmp_path: Path) -> None:
    two = _window(30, 60)[0]
    two.ReferencedImageSequence = [_reference(frames=2)]
    rest = _window(50, 100)[0]
    state = _masked(tmp_path, SoftcopyVOILUTSequence=[two, rest])

    def center(frame: int) -> float:
        look = state.look_of(IMAGE, frame)
        assert look is not None
        return look.signed.windows[0].center

    assert [center(frame) for frame in (1, 2, 3)] == [50, 30, 50]
    assert state.look_of(KEYS.instance("2.25.77"), 1) is None


@pytest.mark.parametrize(
    ("attributes", "cause"),
    [
        ({"ImageRotation": 45}, "quarter turn"),
        ({"ShutterShape": "BITMAP", "ShutterOverlayGroup": 0x6000}, "bitmap"),
        ({"PresentationLUTSequence": [dicom_files.table(0, 8, np.arange(256))]}, "presentation LUT"),
        ({"ReferencedSeriesSequence": []}, "no picture"),
    ],
)
def test_what_can_not_be_kept_true_is_refused(
    attributes: dict[str, object], cause: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedFile, match=cause):
        _masked(tmp_path, **attributes)


def test_a_colour_picture_has_no_state(tmp_path: Path) -> None:
    state = _masked(tmp_path)
    frame = MaskedFrame(
        pixels=np.zeros((4, 4, 3), np.uint8), offset=0, presentation=Presentation(photometric="RGB")
    )
    with pytest.raises(ViewError, match="colour"):
        presented(frame, state, state.looks[0])
