"""What an operator names becomes files; what is no file, or a trap, is named with its cause."""

import os
import zipfile
from pathlib import Path

import pytest

from gateway.intake import finding
from gateway.intake.finding import FoundFile, Unfit, find


def _seen(*paths: Path) -> dict[str, str | None]:
    """Name → cause, None for a good one."""
    return {each.name: each.cause if isinstance(each, Unfit) else None for each in find(paths)}


def test_a_folder_is_walked_in_order_and_hidden_things_are_passed_over(tmp_path: Path) -> None:
    for name in ("b/2.dcm", "b/10.dcm", "a.dcm", ".hidden", ".git/config", "DICOMDIR", "b/dicomdir"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert list(_seen(tmp_path)) == ["a.dcm", "b/10.dcm", "b/2.dcm"]


def test_an_empty_file_a_pipe_and_a_dead_link_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.dcm").touch()
    os.mkfifo(tmp_path / "pipe.dcm")  # opening it would wait for ever
    (tmp_path / "dead.dcm").symlink_to(tmp_path / "nowhere")
    assert _seen(tmp_path) == {
        "dead.dcm": "it is not a regular file",
        "empty.dcm": "it is empty",
        "pipe.dcm": "it is not a regular file",
    }


def test_names_that_a_terminal_would_act_on_are_made_harmless(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\nb.dcm").write_bytes(b"x")
    (name,) = _seen(tmp_path)
    assert name == "a?[31m?b.dcm"


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


def test_a_zip_is_looked_into_and_nothing_is_unpacked(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "a.zip", {"s/1.dcm": b"one", "../../2.dcm": b"two", "in.zip": b"PK", "e": b"", "d/": b""}
    )
    found = {each.name: each for each in find([path])}
    assert set(found) == {"a.zip/s/1.dcm", "a.zip/../../2.dcm", "a.zip/in.zip", "a.zip/e"}
    good = found["a.zip/s/1.dcm"]
    assert isinstance(good, FoundFile)
    with good.open() as one, good.open() as again:
        assert one.read() == again.read() == b"one"
    nested, empty = found["a.zip/in.zip"], found["a.zip/e"]
    assert isinstance(nested, Unfit)
    assert nested.cause == "it is an archive in an archive"
    assert isinstance(empty, Unfit)
    assert list(tmp_path.iterdir()) == [path]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        finding, "RATIO_FROM_BYTES", 1 << 20
    )  # the same rule, at a size that a test can write
    path = _zip(tmp_path / "bomb.zip", {"zeros": bytes(4 << 20)})
    ((name, cause),) = _seen(path).items()
    assert name == "bomb.zip"
    assert cause is not None
    assert "unpacks to more than" in cause
    assert "`zeros`" in cause
    even = _zip(tmp_path / "even.zip", {"noise": os.urandom(4 << 20)})
    assert _seen(even) == {"even.zip/noise": None}, "negative control: a large ZIP file that is no bomb"


def test_a_damaged_zip_and_a_crowded_one_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cut.zip").write_bytes(_zip(tmp_path / "whole.zip", {"a": b"x" * 999}).read_bytes()[:60])
    assert _seen(tmp_path / "cut.zip") == {"cut.zip": "the ZIP file is damaged"}
    monkeypatch.setattr(finding, "MAX_MEMBERS", 3)
    crowded = _zip(tmp_path / "crowd.zip", {str(number): b"x" for number in range(4)})
    ((_, cause),) = _seen(crowded).items()
    assert cause is not None
    assert "more than 3 files" in cause


def test_a_file_named_zip_that_is_none_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "scan.zip").write_bytes(b"\0" * 128 + b"DICM")
    assert _seen(tmp_path / "scan.zip") == {"scan.zip": None}
