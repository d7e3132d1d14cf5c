"""Bad input at the command line: one clear line each, nothing lost, the rest goes on, the exit status says so."""

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from tests.journeys.planting import SLICES, plant
from tests.journeys.serving import ROOT, isinglass


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    isinglass(folder, "project", "add", "demo")
    return folder


@pytest.fixture
def scan() -> bytes:
    """A small CT that pydicom ships."""
    return (Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm").read_bytes()


def _empty(folder: Path) -> None:
    folder.mkdir()


def _no_scans(folder: Path) -> None:
    folder.mkdir()
    (folder / "program.bin").write_bytes(bytes(range(256)) * 64)


@pytest.mark.parametrize(
    ("make", "code", "says"), [(_empty, 1, "nothing to take in"), (_no_scans, 3, "program.bin")]
)
def test_a_folder_without_anything_to_read(
    data: Path, tmp_path: Path, make: Callable[[Path], None], code: int, says: str
) -> None:
    make(tmp_path / "in")
    said = isinglass(data, "ingest", str(tmp_path / "in"), "--project", "demo", code=code)
    assert says in said
    assert "Traceback" not in said


def test_a_missing_folder_or_project_is_named(data: Path, tmp_path: Path) -> None:
    assert "nowhere" in isinglass(data, "ingest", str(tmp_path / "nowhere"), "--project", "demo", code=1)
    plant(tmp_path / "in", 1)
    assert "`other`" in isinglass(data, "ingest", str(tmp_path / "in"), "--project", "other", code=1)


def test_truncated_files_cost_themselves_alone(data: Path, tmp_path: Path, scan: bytes) -> None:
    folder = tmp_path / "in"
    canaries = plant(folder, 2)
    for kept in (10, 132, 300, len(scan) // 2, len(scan) - 40):
        (folder / f"cut-{kept}.dcm").write_bytes(scan[:kept])
    said = isinglass(data, "ingest", str(folder), "--project", "demo", code=3)
    lines = [line for line in said.splitlines() if line.startswith("cut-") or "/cut-" in line]
    assert lines, said
    assert all(":" in line for line in lines)
    assert "Traceback" not in said
    assert not canaries.found_in(said.encode())
    assert "verifies" in isinglass(data, "audit", "verify")


def test_the_good_part_of_a_bad_folder_is_served(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    plant(folder, 3)
    (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 64)
    isinglass(data, "ingest", str(folder), "--project", "demo", code=3)
    again = isinglass(data, "ingest", str(folder), "--project", "demo", code=3)
    assert "broken.dcm" in again, "a second run names what is still unreadable"
    out = tmp_path / "out"
    isinglass(data, "export", "--project", "demo", "--out", str(out), "--stage", "all")
    assert (out / "coco.json").read_text().count('"file_name"') == SLICES


def test_a_zip_is_a_folder_and_a_bomb_is_not(data: Path, tmp_path: Path, scan: bytes) -> None:
    good = tmp_path / "good.zip"
    with zipfile.ZipFile(good, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("study/a.dcm", scan)
        archive.writestr("../../outside.dcm", scan[:200])
    said = isinglass(data, "ingest", str(good), "--project", "demo", code=3)
    assert "outside.dcm" in said
    assert not (tmp_path.parent / "outside.dcm").exists()
    bomb = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros.txt", "w", force_zip64=True) as file,
    ):
        for _ in range(300):
            file.write(bytes(1 << 20))
    said = isinglass(data, "ingest", str(bomb), "--project", "demo", code=3)
    assert "zeros.txt" in said


def test_a_text_of_two_gigabytes_is_refused_by_its_size(data: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.write(b"Seen today.\n")
        file.truncate(2 << 30)  # sparse: the disk holds a block
    said = isinglass(data, "ingest", str(big), "--project", "demo", code=3)
    assert "big.txt" in said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_hostile_corpus(data: Path, tmp_path: Path, shared: Path) -> None:
    corpus = shared / "fuzz" / "dicom-fuzz-v2.tar.xz"
    if not corpus.exists():
        pytest.skip(f"no hostile corpus at {corpus}")
    with tarfile.open(corpus) as archive:
        archive.extractall(tmp_path / "in", filter="data")
    files = sum(path.is_file() for path in (tmp_path / "in").rglob("*"))
    said = isinglass(data, "ingest", str(tmp_path / "in"), "--project", "demo", code=3, patience_s=900)
    assert "Traceback" not in said
    refused = [line for line in said.splitlines() if ".dcm: " in line]
    assert 0 < len(refused) < files
    assert "verifies" in isinglass(data, "audit", "verify")


def test_pictures_and_text_wait_in_the_check_queue(data: Path, tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "in"
    folder.mkdir()
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 150)).save(picture, "PNG")
    (folder / "photo.png").write_bytes(picture.getvalue())
    (folder / "note.txt").write_text("Seen today by Dr Fenwick.\n", encoding="utf-8")
    said = isinglass(data, "ingest", str(folder), "--project", "demo")
    assert "0 released" in said
    assert "2 held" in said


def test_policy_check_names_file_and_line(data: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(
        (ROOT / "deploy" / "policies" / "demo-annotators.toml").read_text() + "\n[surprise]\nx = 1\n"
    )
    said = isinglass(data, "policy", "check", str(bad), code=1)
    assert "bad.toml" in said
    assert "surprise" in said
    shutil.copy(ROOT / "deploy" / "policies" / "demo-annotators.toml", tmp_path / "good.toml")
    assert "1 policy is good" in isinglass(data, "policy", "check", str(tmp_path / "good.toml"))
