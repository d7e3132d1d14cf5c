"""`python -m viewer mask` on pictures of every form: the text is gone, the size stays, and nothing but pixels is written."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from viewer.__main__ import main

ROWS, COLUMNS = 240, 400
NAME = "QUENBY FENWICK"


def _ink() -> np.ndarray:
    ink = np.zeros((ROWS, COLUMNS), np.uint8)
    for text, at in ((NAME, (30, 60)), ("MRN 76753889", (150, 200))):
        cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2, cv2.LINE_AA)
    return ink


def _picture() -> np.ndarray:
    """RGB, uint8, with light text on a smooth ground."""
    rng = np.random.default_rng(4)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (ROWS, COLUMNS, 3)), (0, 0), 20)
    ground = 100 + 50 * smooth / np.abs(smooth).max() + rng.normal(0, 3, smooth.shape)
    share = _ink()[..., None] / 255
    return np.clip(ground * (1 - share) + 240 * share, 0, 255).astype(np.uint8)


def _dark_on_clear() -> Image.Image:
    """Dark letters that nothing but transparency sets off."""
    return Image.fromarray(np.dstack([np.full((ROWS, COLUMNS, 3), 20, np.uint8), _ink()]))


def _turned(way: int) -> tuple[Image.Image, Image.Exif]:
    """Stored turned; EXIF says how to see it upright (and whose it is)."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = way, NAME
    stored = {5: _picture().transpose(1, 0, 2), 6: np.rot90(_picture(), 1), 3: np.rot90(_picture(), 2)}[way]
    return Image.fromarray(np.ascontiguousarray(stored)), exif


def _noted() -> PngInfo:
    info = PngInfo()
    info.add_text("Author", NAME)
    info.add_itxt("Title", NAME)
    return info


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


_RGB = Image.fromarray(_picture())
_GREY = Image.fromarray(_picture()[..., 0])
FORMS: dict[str, Callable[[], bytes]] = {
    "turned JPEG": lambda: _saved(_turned(6)[0], "JPEG", quality=92, exif=_turned(6)[1]),
    "mirrored PNG": lambda: _saved(_turned(5)[0], "PNG", exif=_turned(5)[1]),
    "upside-down TIFF": lambda: _saved(_turned(3)[0], "TIFF", exif=_turned(3)[1]),
    "CMYK JPEG": lambda: _saved(_RGB.convert("CMYK"), "JPEG", quality=92),
    "palette PNG": lambda: _saved(_RGB.quantize(64), "PNG", transparency=3),
    "16-bit PNG": lambda: _saved(Image.fromarray(np.asarray(_GREY).astype(np.uint16) * 16), "PNG"),
    "black and white PNG": lambda: _saved(Image.fromarray(_ink()).convert("1"), "PNG"),
    "grey PNG with transparency": lambda: _saved(_GREY.convert("LA"), "PNG"),
    "dark letters on nothing": lambda: _saved(_dark_on_clear(), "PNG"),
    "PNG with notes": lambda: _saved(_RGB, "PNG", pnginfo=_noted()),
}


@pytest.mark.parametrize("form", FORMS)
def test_text_is_gone_from_a_picture(form: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(FORMS[form]())
    out, report = tmp_path / "out.png", tmp_path / "r.json"
    assert main(["mask", str(tmp_path / "in"), "--out", str(out), "--report", str(report)]) == 0
    said = json.loads(report.read_bytes())
    assert said["state"] == "held"
    assert said["reasons"]
    filled = np.zeros((ROWS, COLUMNS), bool)
    with Image.open(out) as masked:
        assert masked.size == (COLUMNS, ROWS)
        assert masked.info == {}
        levels = np.asarray(masked.convert("L"))
    for box in said["regions"]:
        window = np.s_[box["y"] : box["y"] + box["h"], box["x"] : box["x"] + box["w"]]
        filled[window] = True
        assert np.ptp(levels[window]) == 0
        assert (box["frame"], bool(box["detector"])) == (1, True)
    assert filled[_ink() > 128].all()
    assert NAME.encode() not in out.read_bytes()


def test_every_picture_of_an_animation_is_searched_and_the_first_is_written(tmp_path: Path) -> None:
    plain = Image.fromarray(np.full((ROWS, COLUMNS, 3), 90, np.uint8))
    plain.save(tmp_path / "in.png", save_all=True, append_images=[_RGB, plain])
    out, report = tmp_path / "out.png", tmp_path / "r.json"
    assert main(["mask", str(tmp_path / "in.png"), "--out", str(out), "--report", str(report)]) == 0
    assert {box["frame"] for box in json.loads(report.read_bytes())["regions"]} == {2}
    with Image.open(out) as masked:
        assert getattr(masked, "n_frames", 1) == 1
