"""`isinglass mask`: a folder made anonymous on its own, whatever is in it, and one report."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

SHIPPED = ("clinical-strict", "research-dates")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "mask", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    made = tmp_path / "in"
    (made / "study").mkdir(parents=True)
    for name in ("0001", "0003", "0005"):
        shutil.copy(shared_data / f"dicom/ct-phantom-64/{name}.dcm", made / "study" / f"{name}.dcm")
    shutil.copy(shared_data / "dicom/derived/sr_test-SR.dcm", made / "report.dcm")
    shutil.copy(shared_data / "dicom/malformed/MR_truncated.dcm", made / "broken.dcm")
    shutil.copy(shared_data / "images/coins.png", made / "coins.png")
    (made / "note.txt").write_text("Seen by Dr. Okonkwo.")
    (made / "program.bin").write_bytes(b"\x7fELF\x00\x01\x02" * 40)
    return made


def test_a_mixed_folder(folder: Path, tmp_path: Path) -> None:
    out, report, key = tmp_path / "out", tmp_path / "r.json", tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    result = run(folder, "--profile", "research-dates", "--out", out, "--report", report, "--key", key)
    assert result.returncode == 3, result.stderr  # some files could not be read
    answer = json.loads(report.read_bytes())
    lines = {line["source"]: line for line in answer["files"]}
    assert answer["profile"] == "research-dates"
    assert {name: line["state"] for name, line in lines.items()} == {
        "study/0001.dcm": "released",
        "study/0003.dcm": "released",
        "study/0005.dcm": "released",
        "report.dcm": "held",
        "broken.dcm": "rejected",
        "coins.png": "held",
        "note.txt": "held",
        "program.bin": "rejected",
    }
    assert all(line["reasons"] for line in lines.values() if line["state"] != "released")
    slices = [
        pydicom.dcmread(out / lines[f"study/{name}.dcm"]["output"]) for name in ("0001", "0003", "0005")
    ]
    assert len({ds.SeriesInstanceUID for ds in slices}) == len({ds.PatientID for ds in slices}) == 1
    assert len({ds.SOPInstanceUID for ds in slices}) == 3
    before = pydicom.dcmread(folder / "study/0001.dcm")
    assert (slices[0].pixel_array == before.pixel_array).all()
    assert slices[0].StudyDate not in {"", before.StudyDate}
    assert "Okonkwo" not in (out / lines["note.txt"]["output"]).read_text()
    written = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert written == {line["output"] for line in lines.values() if line["output"]}

    again = tmp_path / "again"
    assert (
        run(
            folder / "study" / "0001.dcm", "--profile", "research-dates", "--out", again, "--key", key
        ).returncode
        == 0
    )
    same = next(again.rglob("*.dcm")).read_bytes()
    assert same == (out / lines["study/0001.dcm"]["output"]).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (("nowhere", "--out", "x"), "no file or folder `nowhere`"),
        ((".", "--out", "x"), "inside the folder"),
        ((__file__, "--out", "x", "--profile", "lenient"), "no masking profile `lenient`"),
        ((__file__, "--out", "x", "--key", "nowhere"), "`nowhere`"),
    ],
)
def test_one_line_for_a_wrong_call(arguments: tuple[str, ...], cause: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway", "mask", *arguments]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""}
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )
    assert result.returncode == 1
    assert cause in result.stderr
    assert result.stderr.count("\n") == 1
