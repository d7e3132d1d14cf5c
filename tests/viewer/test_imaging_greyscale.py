"""The Grayscale Standard Display Function against the values of PS3.14 and against dcmtk's own curve."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.viewer import dcmtk
from viewer.imaging.greyscale import calibration, jnd_index, luminance


@pytest.mark.parametrize(
    ("jnd", "cd_per_m2"), [(1, 0.0500), (2, 0.0547), (3, 0.0594), (4, 0.0643), (5, 0.0696), (1023, 3993.4040)]
)
def test_table_b_1(jnd: int, cd_per_m2: float) -> None:
    assert float(luminance(jnd)) == pytest.approx(cd_per_m2, rel=5e-4, abs=5e-5)


@pytest.mark.parametrize(("low", "high"), [(0.5, 300.0), (0.05, 3993.404), (1.0, 500.0)])
def test_the_curve_of_dcmtk(low: float, high: float, tmp_path: Path) -> None:
    out = tmp_path / "curve.txt"
    subprocess.run(
        [dcmtk.tool("dcmdspfn"), "+Il", str(low), str(high), "+Cd", "256", "+Og", out],
        check=True,
        capture_output=True,
    )
    lines = [line.split() for line in out.read_text().splitlines() if line[:1].isdigit()]
    theirs = np.array([float(line[1]) for line in lines])
    ends = jnd_index(np.array([low, high]))
    ours = luminance(np.linspace(ends[0], ends[1], 256).clip(1, 1023))
    assert len(theirs) == 256
    assert np.allclose(ours, theirs, rtol=2e-3)


@given(st.floats(1, 1023))
def test_there_and_back(jnd: float) -> None:
    assert float(jnd_index(float(luminance(jnd)).__float__() if jnd > 2 else 0.06)) == pytest.approx(
        jnd if jnd > 2 else 3.1, abs=0.15
    )


def test_it_rises() -> None:
    assert (np.diff(luminance(np.arange(1, 1024))) > 0).all()


def test_a_calibrated_display_is_perceptually_even() -> None:
    gamma = 0.4 + 349.6 * (np.arange(256) / 255) ** 2.2
    levels = calibration(gamma)
    steps = np.diff(jnd_index(gamma[levels]))
    assert (np.diff(levels.astype(int)) >= 0).all()
    assert (levels[0], levels[-1]) == (0, 255)
    # 8 bits of a display can't hit each step: over eight of them they are even.
    eight = np.array([steps[at : at + 8].sum() for at in range(0, 248, 8)])
    assert eight.std() / eight.mean() < 0.15


@pytest.mark.parametrize("measured", [np.ones(10), np.linspace(300, 0.5, 256), np.linspace(0, 300, 256)])
def test_a_display_that_is_none(measured: np.ndarray) -> None:
    with pytest.raises(ValueError):
        calibration(measured)


@pytest.mark.parametrize("value", [0.0, 1024.0])
def test_outside_of_the_function(value: float) -> None:
    with pytest.raises(ValueError):
        luminance(value)
