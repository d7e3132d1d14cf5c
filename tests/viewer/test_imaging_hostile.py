"""Files that were made to break readers, and good ones cut and flipped: a picture, or exit 1 and one line, each time.

Each is opened as `python -m viewer render` does it, in a forked process: a decoder that dies is a failure here too.
"""

import resource
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.viewer import dicom_files
from viewer.__main__ import main

Attempt = Callable[[bytes], str]

BASES = [path for path in dicom_files.shipped() if path.stat().st_size < 60_000]  # of every syntax
FUZZED = 60  # of the hostile corpus, for each run of the tests; `make soak` takes all of it


@pytest.fixture
def attempt(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Attempt:
    """What `render` says to some bytes: nothing, or its one line."""

    def run(data: bytes) -> str:
        file, out = tmp_path / "file", tmp_path / "out.png"
        out.unlink(missing_ok=True)
        file.write_bytes(data)
        code = main(["render", str(file), "-o", str(out)])
        said = capfd.readouterr()
        assert said.out == ""
        if code == 0:
            assert said.err == ""
            assert out.read_bytes().startswith(b"\x89PNG")
        else:
            assert code == 1
            assert said.err.startswith("error: ")
            assert said.err.count("\n") == 1
            assert "crashed" not in said.err
            assert not out.exists()
        return said.err

    return run


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[tuple[str, bytes]]:
    archive = shared / "fuzz" / "dicom-fuzz-v2.tar.xz"
    if not archive.exists():
        pytest.skip(f"no hostile corpus at {archive}")
    with tarfile.open(archive) as files:
        return [
            (member.name, held.read()) for member in files if (held := files.extractfile(member)) is not None
        ]


def test_hostile_corpus(attempt: Attempt, corpus: list[tuple[str, bytes]]) -> None:
    for number in np.random.default_rng(7).choice(len(corpus), FUZZED, replace=False):
        attempt(corpus[number][1])


@pytest.mark.soak
def test_whole_hostile_corpus(attempt: Attempt, corpus: list[tuple[str, bytes]]) -> None:
    said = [attempt(data) for _, data in corpus]
    assert 100 < sum(bool(line) for line in said) < len(said)


def test_malformed_files(attempt: Attempt, shared_data: Path) -> None:
    files = sorted((shared_data / "dicom" / "malformed").rglob("*.dcm"))
    assert len([attempt(path.read_bytes()) for path in files]) > 70


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """A shipped file, cut off or with some bytes changed."""
    data = bytearray(draw(st.sampled_from(BASES)).read_bytes())
    if draw(st.booleans()):
        return bytes(data[: draw(st.integers(0, len(data) - 1))])
    for _ in range(draw(st.integers(1, 16))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=mutations())
def test_cut_and_flipped(attempt: Attempt, data: bytes) -> None:
    attempt(data)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_cut_and_flipped_at_length(attempt: Attempt, shared_data: Path) -> None:
    chance = np.random.default_rng(7)
    files = [
        *BASES,
        *(path for path in (shared_data / "dicom").rglob("*.dcm") if path.stat().st_size < 300_000),
    ]
    for data in _mutated(chance, [path.read_bytes() for path in files], 5000):
        attempt(data)


def _mutated(chance: np.random.Generator, files: list[bytes], count: int) -> Iterator[bytes]:
    for _ in range(count):
        data = bytearray(files[chance.integers(len(files))])
        if chance.random() < 0.3:
            yield bytes(data[: chance.integers(len(data))])
            continue
        for at in chance.integers(len(data), size=chance.choice((1, 2, 4, 16, 64))):
            data[at] = chance.choice(
                (data[at] ^ 1 << int(chance.integers(8)), int(chance.integers(256)), 0, 255)
            )
        yield bytes(data)


@pytest.mark.parametrize("suffix", ["", ".dcm", ".txt"])
def test_two_gigabytes_of_nothing_cost_no_memory(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"big{suffix}"
    with file.open("wb") as sparse:
        sparse.write(b"Seen today.\n" if suffix == ".txt" else b"")
        sparse.truncate(2 << 30)
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "render", file, "-o", tmp_path / "out.png"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29)),
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "neither" in done.stderr or "text" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "required"),
        (["nowhere", "-o", "out.png"], "`nowhere`: No such file"),
        ([".", "-o", "out.png"], "directory"),
        (["x", "-o", "y", "--frame", "one"], "--frame"),
        (["x", "-o", "y", "--frame", "0"], "frames count from 1"),
        (["x", "-o", "y", "--window", "40"], "--window"),
        (["x", "-o", "y", "--window", "40,nan"], "--window"),
        (["x", "-o", "y", "--window", "40,0"], "--window"),
        (["x", "-o", "y", "--window", "40,1,cubic"], "--window"),
        (["x", "-o", "y", "--rounding", "up"], "--rounding"),
    ],
)
def test_wrong_arguments(arguments: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "render", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
