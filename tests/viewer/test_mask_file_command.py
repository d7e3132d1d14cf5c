"""`python -m viewer mask`: what it writes can be read, holds what it held, and every refusal is one line and a report."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from pydicom import uid

from tests.viewer import dicom_files
from viewer.imaging.decoding import decode_all
from viewer.imaging.reading import read

ROOT = Path(__file__).resolve().parents[2]
NAME = "QUENBY^FENWICK"


def _run(*arguments: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "mask", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == (code != 0)
    return done.stderr


def _mask(path: Path, folder: Path, suffix: str = ".dcm") -> tuple[Path, dict[str, Any]]:
    out, report = folder / f"out{suffix}", folder / "r.json"
    _run(path, "--out", out, "--report", report)
    return out, json.loads(report.read_bytes())


def _levels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"))


def _ct(**attributes: Any) -> Any:
    rng = np.random.default_rng(5)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (160, 200)), (0, 0), 15)
    pixels = (300 * smooth / np.abs(smooth).max() + rng.normal(0, 4, smooth.shape)).astype(np.int16)
    given = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "PatientName": NAME,
        "PatientID": "4711-0815",
        **attributes,
    }
    return dicom_files.dataset(pixels, bits=16, stored=16, RescaleSlope=1, RescaleIntercept=-1024, **given)


def _lettered() -> Any:
    dataset = _ct()
    pixels = np.frombuffer(dataset.PixelData, "<i2").reshape(160, 200).copy()
    ink = np.zeros(pixels.shape, np.uint8)
    cv2.putText(ink, "QUENBY F", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 255, 2)
    pixels[ink > 128] = 1500
    dataset.PixelData = pixels.tobytes()
    return dataset


def test_a_scan_without_text_is_released_with_its_pixels(tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(dicom_files.encoded(_ct()))
    out, report = _mask(tmp_path / "in.dcm", tmp_path)
    assert (report["state"], report["reasons"], report["regions"]) == ("released", [], [])
    content = out.read_bytes()
    assert b"QUENBY" not in content
    assert b"4711-0815" not in content
    before, after = (decode_all(read(data)) for data in ((tmp_path / "in.dcm").read_bytes(), content))
    assert np.array_equal(before.frames[0].pixels, after.frames[0].pixels)
    assert before.frames[0].presentation.modality == after.frames[0].presentation.modality


def test_text_is_filled_and_everything_else_stays(tmp_path: Path) -> None:
    dataset = _lettered()
    (tmp_path / "in.dcm").write_bytes(dicom_files.encoded(dataset))
    out, report = _mask(tmp_path / "in.dcm", tmp_path)
    assert report["state"] == "held"
    assert report["reasons"]
    before = np.frombuffer(dataset.PixelData, "<i2").reshape(160, 200)
    after = decode_all(read(out.read_bytes())).frames[0].pixels
    filled = np.zeros(before.shape, bool)
    for region in report["regions"]:
        assert set(region) == {"frame", "x", "y", "w", "h", "detector"}
        assert region["frame"] == 1
        assert region["detector"]
        filled[region["y"] : region["y"] + region["h"], region["x"] : region["x"] + region["w"]] = True
    assert filled[before > 1000].all()
    assert np.array_equal(before[~filled], after[~filled])
    assert len(report["details"]["safe_harbor"]) == 18


def test_dicom_becomes_a_picture_and_a_picture_stays_one(tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(dicom_files.encoded(_ct()))
    out, _ = _mask(tmp_path / "in.dcm", tmp_path, ".png")
    assert _levels(out).shape == (160, 200)
    page = np.full((120, 400, 3), (20, 40, 30), np.uint8)
    cv2.putText(page, "MRN 5551234", (30, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (240, 240, 250), 2)
    for name in ("in.png", "in.jpg"):
        Image.fromarray(page).save(tmp_path / name, quality=95)
        out, report = _mask(tmp_path / name, tmp_path, ".png")
        assert report["state"] == "held"
        assert int(_levels(out).max()) < 80, "letters are left"
        assert _levels(out).shape == (120, 400)


@pytest.mark.parametrize(
    ("name", "out", "cause"),
    [
        ("notes.txt", "o.dcm", "it is text"),
        ("noise.bin", "o.dcm", "neither DICOM nor a picture"),
        ("cut.dcm", "o.dcm", "shorter"),
        ("unknown.dcm", "o.dcm", "transfer syntax"),
        ("cut.png", "o.png", "can't be read"),
        ("page.png", "o.dcm", ".png"),
        ("good.dcm", "o.txt", ".dcm or .png"),
        ("missing.dcm", "o.dcm", "No such file"),
    ],
)
def test_what_it_refuses_leaves_a_report_and_no_output(
    name: str, out: str, cause: str, tmp_path: Path
) -> None:
    good = dicom_files.encoded(_ct())
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(tmp_path / "page.png")
    files = {
        "notes.txt": b"Seen today: J. Doe",
        "noise.bin": bytes(range(256)) * 4,
        "cut.dcm": good[:-5000],
        "unknown.dcm": good.replace(uid.ExplicitVRLittleEndian.encode() + b"\0", b"1.2.840.10008.9.9\0\0\0"),
        "cut.png": (tmp_path / "page.png").read_bytes()[:40],
        "good.dcm": good,
    }
    for each, content in files.items():
        (tmp_path / each).write_bytes(content)
    report = tmp_path / "r.json"
    report.write_text("of an earlier run")
    error = _run(tmp_path / name, "--out", tmp_path / out, "--report", report, code=1)
    assert cause in error
    written = json.loads(report.read_bytes())
    assert (written["state"], written["regions"]) == ("rejected", [])
    (reason,) = written["reasons"]
    assert cause in reason or reason == "the file could not be read or masked"
    assert not (tmp_path / out).exists()


def test_a_rejected_kind_is_a_verdict(tmp_path: Path) -> None:
    dataset = _ct(SOPClassUID=uid.EncapsulatedPDFStorage)
    (tmp_path / "in.dcm").write_bytes(dicom_files.encoded(dataset))
    report = tmp_path / "r.json"
    _run(tmp_path / "in.dcm", "--out", tmp_path / "o.dcm", "--report", report)
    assert json.loads(report.read_bytes())["state"] == "rejected"
    assert not (tmp_path / "o.dcm").exists()


def test_a_key_makes_other_pseudonyms(tmp_path: Path) -> None:
    (tmp_path / "in.dcm").write_bytes(dicom_files.encoded(_ct()))
    (tmp_path / "key").write_bytes(bytes(range(32)))
    made = set()
    for extra in ([], ["--key", tmp_path / "key"]):
        _run(tmp_path / "in.dcm", "--out", tmp_path / "o.dcm", *extra)
        made.add(str(read((tmp_path / "o.dcm").read_bytes()).PatientID))
    assert len(made) == 2


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (Debian: dicom3tools) is not installed"
)
def test_dciodvfy_finds_no_error_in_a_ct(tmp_path: Path, shared_data: Path) -> None:
    out, _ = _mask(shared_data / "dicom" / "ct-head-28" / "0001.dcm", tmp_path)
    done = subprocess.run(["dciodvfy", str(out)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if line.startswith("Error")] == []


def test_real_banners_are_gone(tmp_path: Path, shared_data: Path) -> None:
    folder = shared_data / "dicom" / "burned-in-phi"
    truth = json.loads((folder / "presidio_0_ground_truth.json").read_bytes())
    _, report = _mask(folder / "presidio_0_cr_rle.dcm", tmp_path)
    filled = np.zeros((1760, 2140), bool)
    for region in report["regions"]:
        filled[region["y"] : region["y"] + region["h"], region["x"] : region["x"] + region["w"]] = True
    for word in next(iter(truth.values())):  # its boxes count from 25 px outside of the picture
        top, left = word["top"] - 25, word["left"] - 25
        window = filled[top : top + word["height"], left : left + word["width"]]
        assert window.all(), word["label"]
    assert report["state"] == "held"
