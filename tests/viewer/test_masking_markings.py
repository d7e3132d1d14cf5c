"""Lines of text in pictures: found when they are drawn, not seen in anatomy."""

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from viewer.imaging.decoding import decode
from viewer.imaging.presentation import Presentation
from viewer.imaging.reading import read
from viewer.masking.image import MaskedFrame
from viewer.masking.markings import RADIOGRAPH, SECTION, find_lettering
from viewer.masking.pixels import mask_frame

SIDE = 512


def _anatomy(seed: int) -> np.ndarray:
    """Smooth blobs and noise, 12 bits: nothing that was drawn."""
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)), (0, 0), 12)
    values = 1500 + 600 * smooth / smooth.std() + rng.normal(0, 12, (SIDE, SIDE))
    return np.clip(values, 0, 4095).astype(np.uint16)


def _frame(pixels: np.ndarray, photometric: str = "MONOCHROME2") -> MaskedFrame:
    return MaskedFrame(pixels=pixels, offset=0, presentation=Presentation(photometric=photometric))


def _write(
    pixels: np.ndarray, text: str, scale: float, value: int, at: tuple[int, int] = (40, 200)
) -> np.ndarray:
    ink = np.zeros(pixels.shape, np.uint8)
    cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, max(1, round(2 * scale)))
    drawn = pixels + (value - pixels.astype(np.float32)) * (ink / np.float32(255))
    return drawn.astype(np.uint16)


@pytest.mark.parametrize("sensitivity", [RADIOGRAPH, SECTION])
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.2])
@pytest.mark.parametrize("value", [0, 4095])
def test_a_name_is_found(sensitivity: object, scale: float, value: int) -> None:
    background = _anatomy(1) // 2 if value else _anatomy(1) + 1000
    boxes = find_lettering(_frame(_write(background, "FENWICK QUENBY", scale, value)), sensitivity)
    assert boxes
    assert all(box.x >= 0 and box.y >= 0 and box.x + box.width <= SIDE for box in boxes)
    assert any(abs(box.y + box.height - 200) < 20 for box in boxes)


def test_in_colour() -> None:
    picture = np.full((SIDE, SIDE, 3), 40, np.uint8)
    cv2.putText(picture, "FENWICK QUENBY", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (250, 250, 90), 2)
    assert find_lettering(_frame(picture, "RGB"), SECTION)


@pytest.mark.parametrize("sensitivity", [RADIOGRAPH, SECTION])
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_found_where_nothing_was_drawn(sensitivity: object, seed: int) -> None:
    assert find_lettering(_frame(_anatomy(seed)), sensitivity) == ()


def test_a_side_marker_is_no_line() -> None:
    assert find_lettering(_frame(_write(_anatomy(2), "R", 1.5, 4095)), RADIOGRAPH) == ()


@pytest.mark.parametrize("value", [0, 7, 65535])
def test_flat_pictures(value: int) -> None:
    assert find_lettering(_frame(np.full((9, 9), value, np.uint16)), RADIOGRAPH) == ()


@pytest.mark.parametrize(
    ("name", "sensitivity"),
    [
        ("burned-in-phi/presidio_0_cr_rle.dcm", RADIOGRAPH),
        ("burned-in-phi/us_greyscale_image.dcm", RADIOGRAPH),
        ("palette/OBXXXX1A.dcm", RADIOGRAPH),
    ],
)
def test_real_pictures_with_text(shared_data: Path, name: str, sensitivity: object) -> None:
    frame = mask_frame(decode(read((shared_data / "dicom" / name).read_bytes()), 0))
    assert find_lettering(frame, sensitivity)


@pytest.mark.parametrize(
    ("pattern", "step", "sensitivity"),
    [
        ("ct-phantom-64/*.dcm", 8, SECTION),
        ("ct-head-28/*.dcm", 4, SECTION),
        ("mr-t1w-96/*.dcm", 8, SECTION),
        ("large/*.dcm", 1, RADIOGRAPH),
    ],
)
def test_real_pictures_without_text(shared_data: Path, pattern: str, step: int, sensitivity: object) -> None:
    files = sorted((shared_data / "dicom").glob(pattern))[::step]
    assert files
    for file in files:
        frame = mask_frame(decode(read(file.read_bytes()), 0))
        assert find_lettering(frame, sensitivity) == (), file.name


def test_the_demo_scans_without_text() -> None:
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    for name in ("CT_small.dcm", "MR_small.dcm"):
        assert find_lettering(mask_frame(decode(read((folder / name).read_bytes()), 0)), SECTION) == ()


@pytest.mark.timeout(60)
def test_a_page_of_texture_does_not_hang_it() -> None:
    speckle = (np.random.default_rng(3).random((SIDE, SIDE)) > 0.5).astype(np.uint8) * 255
    speckle = cv2.resize(speckle[:64, :64], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    find_lettering(_frame(speckle), RADIOGRAPH)
