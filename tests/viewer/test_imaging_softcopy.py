"""Presentation states and shutters: against dcmtk's `dcmp2pgm`, against what their authors drew, and by geometry."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

from tests.viewer import dcmtk, dicom_files
from viewer.errors import UnsupportedFile
from viewer.imaging.presentation import Rounding
from viewer.imaging.reading import read
from viewer.imaging.shutters import close, shutter
from viewer.imaging.softcopy import SOP_CLASS, Graphic, draw, softcopy

PIXELS = np.arange(48 * 64).reshape(48, 64)


def _image(pixels: NDArray[np.generic] = PIXELS, **attributes: object) -> Dataset:
    ds = dicom_files.dataset(pixels, **attributes)  # type: ignore[arg-type]
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.2", "2.25.4"
    return ds


def _item(**attributes: object) -> Dataset:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return item


def _window(center: float, width: float, **attributes: object) -> list[Dataset]:
    return [_item(WindowCenter=center, WindowWidth=width, **attributes)]


def _reference(instance: str = "2.25.1", frames: int | None = None) -> Dataset:
    item = _item(ReferencedSOPClassUID=uid.CTImageStorage, ReferencedSOPInstanceUID=instance)
    if frames is not None:
        item.ReferencedFrameNumber = frames
    return item


def _state(**attributes: object) -> Dataset:
    """What the standard asks of every state, and `attributes`."""
    ds = _item(
        SOPClassUID=SOP_CLASS,
        SOPInstanceUID="2.25.9",
        Modality="PR",
        PatientName="nobody",
        StudyInstanceUID="2.25.2",
        SeriesInstanceUID="2.25.3",
        ContentLabel="A",
        PresentationCreationDate="20240101",
        PresentationCreationTime="120000",
        PresentationLUTShape="IDENTITY",
        ReferencedSeriesSequence=[_item(SeriesInstanceUID="2.25.4", ReferencedImageSequence=[_reference()])],
        DisplayedAreaSelectionSequence=[
            _item(
                DisplayedAreaTopLeftHandCorner=[1, 1],
                DisplayedAreaBottomRightHandCorner=[64, 48],
                PresentationSizeMode="SCALE TO FIT",
                PresentationPixelAspectRatio=[1, 1],
            )
        ],
    )
    for keyword in ("PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"):
        setattr(ds, keyword, "")
    for keyword in ("ReferringPhysicianName", "AccessionNumber", "Manufacturer", "ContentDescription"):
        setattr(ds, keyword, "")
    ds.SeriesNumber = ds.InstanceNumber = 1
    ds.ContentCreatorName = ""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def _written(folder: Path, name: str, ds: Dataset) -> Dataset:
    (folder / name).write_bytes(dicom_files.encoded(ds))
    return read((folder / name).read_bytes())


LUT = _item(VOILUTSequence=[dicom_files.table(0, 12, np.linspace(4095, 0, 4096).astype(int))])
STATES = {
    "window": (_image(), _state(SoftcopyVOILUTSequence=_window(1000, 1500))),
    "inverse": (
        _image(),
        _state(SoftcopyVOILUTSequence=_window(1000, 1500), PresentationLUTShape="INVERSE"),
    ),
    "the image's polarity is not asked": (
        _image(photometric="MONOCHROME1"),
        _state(SoftcopyVOILUTSequence=_window(1000, 1500)),
    ),
    "rescale of the state": (
        _image(),
        _state(
            RescaleSlope=2,
            RescaleIntercept=-100,
            RescaleType="US",
            SoftcopyVOILUTSequence=_window(1000, 1500),
        ),
    ),
    "rescale of the image is not done": (
        _image(RescaleSlope=2, RescaleIntercept=-100),
        _state(SoftcopyVOILUTSequence=_window(1000, 1500)),
    ),
    "window of the image is not asked": (_image(WindowCenter=100, WindowWidth=50), _state()),
    "VOI LUT": (_image(), _state(SoftcopyVOILUTSequence=[LUT])),
    **{
        f"turned {turned}, mirrored {mirrored}": (
            _image(),
            _state(
                SoftcopyVOILUTSequence=_window(1000, 1500), ImageRotation=turned, ImageHorizontalFlip=mirrored
            ),
        )
        for turned in (0, 90, 180, 270)
        for mirrored in "NY"
    },
}


@pytest.mark.parametrize("name", STATES)
def test_as_dcmtk_draws_it(name: str, tmp_path: Path) -> None:
    made, wanted = STATES[name]
    image, state = _written(tmp_path, "image", made), _written(tmp_path, "state", wanted)
    subprocess.run(
        [dcmtk.tool("dcmp2pgm"), "-p", tmp_path / "state", tmp_path / "image", tmp_path / "out.pgm"],
        check=True,
        capture_output=True,
    )
    theirs = np.asarray(Image.open(tmp_path / "out.pgm"))
    assert dcmtk.difference(draw(image, 0, softcopy(state, image, 0), Rounding.FLOOR), theirs) == 0


def test_overlays_of_image_and_state_are_those_that_the_author_drew(shared_data: Path) -> None:
    image = read((shared_data / "dicom" / "overlays" / "overlay_test.dcm").read_bytes())
    state = read((shared_data / "dicom" / "presentation-state" / "prOverlay.dcm").read_bytes())
    folder = shared_data / "reference"
    author = np.asarray(
        Image.open(folder / "upstream" / "presentation-state" / "expected_overlay.png").convert("L")
    )
    bare = np.asarray(Image.open(folder / "dcmtk" / "presentation-state" / "prOverlay.dcmp2pgm.png"))
    ours = draw(image, 0, softcopy(state, image, 0), Rounding.FLOOR)
    drawn = ours != bare
    assert drawn.sum() > 3000
    assert set(ours[drawn]) == {255}
    # The author drew the same pixels, in one grey of a layer; elsewhere their rounding may differ by one.
    off = np.abs(ours.astype(int) - author.astype(int)) > 1
    assert np.array_equal(off, drawn)
    assert len(set(author[off])) == 1


def test_what_speaks_of_another_frame_is_not_taken(tmp_path: Path) -> None:
    state = _written(
        tmp_path,
        "state",
        _state(
            SoftcopyVOILUTSequence=[
                *_window(10, 20, ReferencedImageSequence=[_reference("2.25.7")]),
                *_window(30, 40, ReferencedImageSequence=[_reference(frames=2)]),
                *_window(50, 60, ReferencedImageSequence=[_reference(frames=1)]),
            ]
        ),
    )
    image = _written(tmp_path, "image", _image())
    assert [window.center for window in softcopy(state, image, 0).presentation.windows] == [50]
    assert [window.center for window in softcopy(state, image, 1).presentation.windows] == [30]


def test_graphics_and_area(tmp_path: Path) -> None:
    annotation = _item(
        GraphicLayer="ONE",
        GraphicObjectSequence=[
            _item(
                GraphicAnnotationUnits="PIXEL",
                GraphicDimensions=2,
                NumberOfGraphicPoints=2,
                GraphicData=[1.5, 2.5, 10, 20],
                GraphicType="POLYLINE",
                GraphicFilled="N",
            )
        ],
        TextObjectSequence=[
            _item(
                BoundingBoxAnnotationUnits="DISPLAY",
                BoundingBoxTopLeftHandCorner=[0.1, 0.2],
                BoundingBoxBottomRightHandCorner=[0.5, 0.3],
                UnformattedTextValue="left lung",
            )
        ],
    )
    image = _written(tmp_path, "image", _image())
    found = softcopy(_written(tmp_path, "state", _state(GraphicAnnotationSequence=[annotation])), image, 0)
    assert found.area == (0, 0, 64, 48)
    line, words = found.graphics
    assert line == Graphic(kind="POLYLINE", layer="ONE", points=((1.5, 2.5), (10, 20)))
    assert (words.kind, words.content, words.is_relative) == ("TEXT", "left lung", True)
    assert words.points == pytest.approx(np.array([(0.1, 0.2), (0.5, 0.3)]))


def test_other_objects_and_colour_are_refused(tmp_path: Path) -> None:
    image = _written(tmp_path, "image", _image())
    with pytest.raises(UnsupportedFile, match="presentation state"):
        softcopy(image, image, 0)
    colour = _written(tmp_path, "colour", _image(np.zeros((4, 4, 3)), bits=8, stored=8, photometric="RGB"))
    with pytest.raises(UnsupportedFile, match="colour"):
        draw(colour, 0, softcopy(_written(tmp_path, "state", _state()), colour, 0))


# Shutters


def _open(shape: tuple[int, int] = (48, 64), **attributes: object) -> NDArray[np.bool_]:
    found = shutter(_item(**attributes), 0, shape)
    assert found is not None
    return found.opening


def test_a_rectangle() -> None:
    opening = _open(
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge=10,
        ShutterRightVerticalEdge=50,
        ShutterUpperHorizontalEdge=5,
        ShutterLowerHorizontalEdge=30,
    )
    assert opening.sum() == 41 * 26
    assert (opening[4, 9], opening[29, 49], opening[3, 9], opening[30, 49]) == (True, True, False, False)


def test_a_circle() -> None:
    opening = _open(ShutterShape="CIRCULAR", CenterOfCircularShutter=[20, 30], RadiusOfCircularShutter=12)
    assert opening.sum() == pytest.approx(np.pi * 144, rel=0.03)
    assert (opening[19, 29], opening[7, 29], opening[6, 29]) == (True, True, False)


@pytest.mark.parametrize(
    "corners", [[5, 5, 5, 20, 15, 20, 15, 5], [15, 5, 15, 20, 5, 20, 5, 5]], ids=["clockwise", "against"]
)
def test_a_polygon_with_its_edge(corners: list[int]) -> None:
    opening = _open(ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=corners)
    expected = np.zeros((48, 64), bool)
    expected[4:15, 4:20] = True
    assert np.array_equal(opening, expected)


def test_a_concave_polygon() -> None:
    opening = _open(
        ShutterShape="POLYGONAL", VerticesOfThePolygonalShutter=[1, 1, 41, 1, 41, 41, 21, 21, 1, 41]
    )
    assert opening[19, 5]
    assert not opening[19, 30], "the notch"


def test_a_bitmap_and_two_shapes() -> None:
    bits = np.zeros((48, 64), int)
    bits[:10] = 1
    ds = dicom_files.with_overlay(_image(), bits, 1, 1, group=0x6002)
    ds.ShutterShape, ds.ShutterOverlayGroup = ["BITMAP", "RECTANGULAR"], 0x6002
    ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = 1, 32
    ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = 1, 48
    found = shutter(read(dicom_files.encoded(ds)), 0, (48, 64))
    assert found is not None
    assert found.opening.sum() == 38 * 32


def test_what_is_closed_has_the_shutters_grey() -> None:
    levels = np.full((48, 64), 200, np.uint8)
    ds = _item(
        ShutterShape="CIRCULAR",
        CenterOfCircularShutter=[20, 30],
        RadiusOfCircularShutter=5,
        ShutterPresentationValue=0x8000,
    )
    found = shutter(ds, 0, (48, 64))
    assert set(np.unique(close(levels, found))) == {128, 200}
    assert (levels == 200).all()
    assert close(levels, None) is levels
    assert shutter(Dataset(), 0, (4, 4)) is None


@pytest.mark.parametrize(
    ("attributes", "level"),
    [
        ({}, 0),
        ({"ShutterPresentationValue": 0x80FF}, 0x80),
        ({"ShutterPresentationColorCIELabValue": [0xFFFF, 0x8080, 0x8080]}, 255),
        ({"ShutterPresentationColorCIELabValue": [round(0xFFFF * 0.53585), 0x8080, 0x8080]}, 128),
        ({"ShutterPresentationColorCIELabValue": [round(0xFFFF * 0.0506), 0x8080, 0x8080]}, 17),
        ({"ShutterPresentationColorCIELabValue": [0, 0x8080, 0x8080]}, 0),
        ({"ShutterPresentationColorCIELabValue": [0xFFFF]}, 0),
        ({"ShutterPresentationValue": 0, "ShutterPresentationColorCIELabValue": [0xFFFF, 0, 0]}, 0),
    ],
)
def test_the_grey_of_what_a_shutter_closes(attributes: dict[str, object], level: int) -> None:
    """CIELab as PS3.3 C.10.7.1.1 scales it; L* 53.585 and 5.06 are the sRGB greys 128 and 17."""
    closing = _item(ShutterShape="CIRCULAR", CenterOfCircularShutter=[5, 5], RadiusOfCircularShutter=2)
    for keyword, value in attributes.items():
        setattr(closing, keyword, value)
    found = shutter(closing, 0, (9, 9))
    assert found is not None
    assert found.level == level
