"""`python -m viewer mark` and `trace`: a mark goes in, comes out of a copy that suffered, and nobody else is named."""

import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from viewer.__main__ import main
from viewer.watermark.leak import read_leak

KEY = "5a" * 32


@pytest.fixture(scope="module")
def scan() -> np.ndarray:
    """A made-up scan, 640 x 640: smooth tissue on black, some grain."""
    noise = np.random.default_rng(5)
    tissue = cv2.GaussianBlur(noise.normal(size=(640, 640)), (0, 0), 24)
    tissue = 120 + 50 * tissue / np.abs(tissue).max() + 2 * noise.normal(size=tissue.shape)
    y, x = np.mgrid[-1:1:640j, -1:1:640j]
    return np.where(x * x + y * y < 0.8, np.clip(tissue, 0, 255), 0).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, scan: np.ndarray) -> Path:
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "other").write_text("a5" * 32)
    Image.fromarray(scan).save(tmp_path / "plain.png")
    return tmp_path


def mark(folder: Path, out: str = "marked.png", *, strength: str = "standard") -> np.ndarray:
    arguments = [
        "mark",
        str(folder / "plain.png"),
        str(folder / out),
        "--session",
        "C0ffee",
        "--epoch",
        "59000001",
    ]
    assert main([*arguments, "--key", str(folder / "key"), "--strength", strength]) == 0
    return np.asarray(Image.open(folder / out))


def trace(
    folder: Path, capfd: pytest.CaptureFixture[str], leak: str, *more: str, key: str = "key"
) -> dict[str, object]:
    assert main(["trace", str(folder / leak), "--key", str(folder / key), *more, "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def named(found: dict[str, object]) -> bool:
    assert set(found) == {"found", "session", "epoch", "false_accusation", "seconds"}
    if not found["found"]:
        assert (found["session"], found["epoch"], found["false_accusation"]) == (None, None, 1.0)
        return False
    assert (found["session"], found["epoch"]) == ("00c0ffee", 59000001)
    assert 0 < float(str(found["false_accusation"])) <= 1e-6
    return True


@pytest.mark.parametrize("strength", ["light", "standard", "strong"])
def test_a_marked_picture_names_its_session(
    folder: Path, scan: np.ndarray, capfd: pytest.CaptureFixture[str], strength: str
) -> None:
    marked = mark(folder, strength=strength)
    assert marked.shape[:2] == scan.shape
    assert named(trace(folder, capfd, "marked.png"))


def test_a_squeezed_mirrored_piece_names_it_too(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    piece = np.ascontiguousarray(mark(folder)[101:573, 93:590][:, ::-1])
    Image.fromarray(piece).save(folder / "leak.jpg", quality=70)
    assert named(trace(folder, capfd, "leak.jpg"))
    assert named(trace(folder, capfd, "leak.jpg", "--sent", str(folder / "plain.png")))


def test_a_light_mark_is_read_in_its_colour(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    piece = mark(folder, strength="light")[50:450, 60:500]
    Image.fromarray(piece).save(folder / "leak.jpg", quality=92)
    assert named(trace(folder, capfd, "leak.jpg"))


def test_an_unmarked_picture_and_another_key_name_nobody(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mark(folder)
    assert not named(trace(folder, capfd, "plain.png", "--sent", str(folder / "plain.png")))
    assert not named(trace(folder, capfd, "marked.png", "--sent", str(folder / "plain.png"), key="other"))


def test_small_and_odd_pictures_name_nobody(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number, size in enumerate(((1, 1), (1, 5000), (47, 47))):
        Image.new("L", size, 90).save(folder / f"{number}.png")
        assert not named(trace(folder, capfd, f"{number}.png"))
    pages = [Image.new("P", (64, 64), shade) for shade in (0, 80, 160)]
    pages[0].save(folder / "pages.gif", save_all=True, append_images=pages[1:])
    assert not named(trace(folder, capfd, "pages.gif"))


@pytest.mark.parametrize("format_", ["png", "webp", "gif"])
def test_of_an_animation_the_first_picture_is_traced(
    folder: Path, capfd: pytest.CaptureFixture[str], format_: str
) -> None:
    marked = Image.fromarray(mark(folder))
    pages = [Image.new("L", marked.size, shade) for shade in (0, 80)]
    how = {"lossless": True} if format_ == "webp" else {}
    marked.save(folder / f"moving.{format_}", save_all=True, append_images=pages, **how)
    assert named(trace(folder, capfd, f"moving.{format_}"))


def test_a_hundred_megapixels_are_traced(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (11_600, 8_700), 120).save(folder / "large.png")
    assert not named(trace(folder, capfd, "large.png"))


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_a_picture_of_any_mode_is_reduced_to_what_is_looked_at(mode: str) -> None:
    kept = io.BytesIO()
    Image.new(mode, (9000, 60)).save(kept, "TIFF")
    assert read_leak(kept.getvalue()).shape[:2] == (20, 3000)


def test_a_long_picture_is_marked_at_its_size(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.tile(np.asarray(Image.open(folder / "plain.png")), (1, 8))).save(folder / "plain.png")
    assert mark(folder).shape[:2] == (640, 5120)
    Image.open(folder / "marked.png").crop((4500, 0, 5100, 600)).save(folder / "leak.png")
    assert named(trace(folder, capfd, "leak.png"))


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 2), (9000, 60), (47, 400)])
def test_a_frame_that_was_never_sent_helps_nobody_and_harms_nothing(
    folder: Path, capfd: pytest.CaptureFixture[str], size: tuple[int, int]
) -> None:
    mark(folder)
    Image.new("L", size, 90).save(folder / "odd.png")
    assert named(trace(folder, capfd, "marked.png", "--sent", str(folder / "odd.png")))


def test_a_huge_frame_is_compared_within_the_memory_that_is_allowed(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mark(folder)
    Image.new("1", (9000, 9000)).save(folder / "huge.png")
    assert named(trace(folder, capfd, "marked.png", "--sent", str(folder / "huge.png")))


def test_a_picture_beyond_what_can_be_traced_is_one_line(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "huge.pgm").write_bytes(b"P5 20000 20000 255\n" + bytes(64))
    assert main(["trace", str(folder / "huge.pgm"), "--key", str(folder / "key"), "--json"]) == 1
    assert capfd.readouterr().err == "error: the picture is larger than can be traced\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty", b""), ("text", b"no picture"), ("cut.png", None), ("absent", b"-")],
)
def test_what_is_no_picture_is_one_line(
    folder: Path, capfd: pytest.CaptureFixture[str], name: str, data: bytes | None
) -> None:
    if data is None:
        data = (folder / "plain.png").read_bytes()[:4000]
    if name != "absent":
        (folder / name).write_bytes(data)
    assert main(["trace", str(folder / name), "--key", str(folder / "key"), "--json"]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--session", "123456789", "--epoch", "1"],
        ["--session", "xyz", "--epoch", "1"],
        ["--session", "1", "--epoch", "-1"],
        ["--session", "1", "--epoch", "1_0"],
        ["--session", "1", "--epoch", "\uff11"],
        ["--session", "1", "--epoch", "4294967296"],
        ["--session", "1", "--epoch", "9" * 5000],
    ],
)
def test_what_cannot_be_marked_is_one_line(
    folder: Path, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    command = [
        "mark",
        str(folder / "plain.png"),
        str(folder / "out.png"),
        *arguments,
        "--key",
        str(folder / "key"),
    ]
    try:
        status: object = main(command)
    except SystemExit as error:
        status = error.code
    assert status == 1
    assert capfd.readouterr().err.startswith("error: ")
    assert not (folder / "out.png").exists()


@pytest.mark.parametrize("size", [(1, 1), (47, 400)])
def test_a_picture_too_small_for_a_mark_is_refused(
    folder: Path, capfd: pytest.CaptureFixture[str], size: tuple[int, int]
) -> None:
    Image.new("L", size, 90).save(folder / "plain.png")
    command = ["mark", str(folder / "plain.png"), str(folder / "out.png"), "--session", "1", "--epoch", "1"]
    assert main([*command, "--key", str(folder / "key")]) == 1
    assert "too small to carry a mark" in capfd.readouterr().err
    assert not (folder / "out.png").exists()


def test_a_key_file_without_a_key_is_named_but_not_shown(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "key").write_text("secret words")
    assert main(["trace", str(folder / "plain.png"), "--key", str(folder / "key")]) == 1
    said = capfd.readouterr().err
    assert "64 hexadecimal digits" in said
    assert "secret words" not in said
