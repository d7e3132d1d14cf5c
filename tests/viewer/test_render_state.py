"""`python -m viewer render FILE --state PR.dcm`: as dcmtk's `dcmp2pgm` draws it, or one line that says why not."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from tests.viewer import dcmtk, dicom_files
from tests.viewer.test_imaging_softcopy import LUT, STATES, _image, _item, _reference, _state, _window
from viewer.__main__ import main

CLOSED = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 9,
    "ShutterRightVerticalEdge": 40,
    "ShutterUpperHorizontalEdge": 5,
    "ShutterLowerHorizontalEdge": 30,
    "ShutterPresentationValue": 0x6000,
}


def _files(folder: Path, image: Dataset, state: Dataset) -> tuple[Path, Path]:
    for name, dataset in (("image", image), ("state", state)):
        (folder / name).write_bytes(dicom_files.encoded(dataset))
    return folder / "image", folder / "state"


@pytest.mark.parametrize("name", STATES)
def test_as_dcmtk_draws_it(name: str, tmp_path: Path) -> None:
    image, state = _files(tmp_path, *STATES[name])
    out = tmp_path / "out.png"
    assert main(["render", str(image), "--state", str(state), "--rounding", "floor", "-o", str(out)]) == 0
    subprocess.run(
        [dcmtk.tool("dcmp2pgm"), "-p", state, image, tmp_path / "out.pgm"], check=True, capture_output=True
    )
    ours, theirs = np.asarray(Image.open(out)), np.asarray(Image.open(tmp_path / "out.pgm"))
    assert dcmtk.difference(ours, theirs) == 0


def test_what_a_shutter_closes_is_grey(tmp_path: Path) -> None:
    """`dcmp2pgm` leaves shutters out."""
    open_, closed = (
        _state(SoftcopyVOILUTSequence=_window(1000, 1500)),
        _state(SoftcopyVOILUTSequence=_window(1000, 1500), **CLOSED),
    )
    drawn = []
    for name, wanted in (("open", open_), ("closed", closed)):
        image, state = _files(tmp_path, _image(), wanted)
        out = tmp_path / f"{name}.png"
        assert main(["render", str(image), "--state", str(state), "-o", str(out)]) == 0
        drawn.append(np.asarray(Image.open(out)))
    expected = np.full((48, 64), 0x60)
    expected[4:30, 8:40] = drawn[0][4:30, 8:40]
    np.testing.assert_array_equal(drawn[1], expected)


OTHER = [_item(SeriesInstanceUID="2.25.4", ReferencedImageSequence=[_reference("2.25.7")])]
SECOND = [_item(SeriesInstanceUID="2.25.4", ReferencedImageSequence=[_reference(frames=2)])]


@pytest.mark.parametrize(
    ("image", "state", "cause"),
    [
        (_image(), _image(), "the state `{state}`: it is not a grayscale softcopy presentation state"),
        (_image(), _state(ReferencedSeriesSequence=OTHER), "the state `{state}` is not about frame 1 of it"),
        (_image(), _state(ReferencedSeriesSequence=SECOND), "the state `{state}` is not about frame 1 of it"),
        (
            _image(),
            _state(PresentationLUTSequence=[LUT.VOILUTSequence[0]]),
            "the presentation state has a presentation LUT of its own",
        ),
        (
            _image(np.zeros((8, 8, 3)), photometric="RGB"),
            _state(),
            "a grayscale presentation state does not go with a colour picture",
        ),
    ],
)
def test_what_does_not_go_together(
    image: Dataset, state: Dataset, cause: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = _files(tmp_path, image, state)
    out = tmp_path / "out.png"
    assert main(["render", str(files[0]), "--state", str(files[1]), "-o", str(out)]) == 1
    assert capfd.readouterr().err == f"error: `{files[0]}`: {cause.format(state=files[1])}\n"
    assert not out.exists()


def test_a_state_that_is_none_of_dicom(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    image, state = _files(tmp_path, _image(), _state())
    Image.new("L", (8, 8)).save(tmp_path / "picture.png")
    (tmp_path / "note.txt").write_text("seen by nobody\n")
    for first, second, cause in (
        (tmp_path / "picture.png", state, "a presentation state goes with DICOM alone"),
        (
            image,
            tmp_path / "picture.png",
            f"the state `{tmp_path / 'picture.png'}`: it is not a grayscale softcopy presentation state",
        ),
        (image, tmp_path / "note.txt", f"the state `{tmp_path / 'note.txt'}`: it is text, not a picture"),
    ):
        assert main(["render", str(first), "--state", str(second), "-o", str(tmp_path / "out.png")]) == 1
        assert capfd.readouterr().err == f"error: `{first}`: {cause}\n"


def test_a_state_and_a_window_are_one_too_many(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["render", "a", "--state", "b", "--window", "40,400", "-o", "c"])
    assert "not allowed with argument" in capfd.readouterr().err
