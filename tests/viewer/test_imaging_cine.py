"""When frames of a loop are shown, from each of the attributes that may say so."""

import itertools
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from viewer.imaging.cine import frame_times
from viewer.imaging.reading import read


def _loop(frames: int, **attributes: object) -> Dataset:
    ds = Dataset()
    ds.NumberOfFrames = frames
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


USUAL = pytest.approx((0, 1000 / 15, 2000 / 15))


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (_loop(1, FrameTime=40), ()),
        (_loop(3, FrameTime=40), (0, 40, 80)),
        (_loop(3, FrameTimeVector=[0, 30, 50]), (0, 30, 80)),
        (_loop(3, FrameTimeVector=[0, 30, 50], FrameTime=40), (0, 30, 80)),
        (_loop(3, FrameTimeVector=[0, 30], FrameTime=40), (0, 40, 80)),
        (_loop(3, FrameTimeVector=[0, 30, -5], FrameTime=40), (0, 40, 80)),
        (_loop(3, RecommendedDisplayFrameRate=25, CineRate=10), (0, 40, 80)),
        (_loop(3, CineRate=20), (0, 50, 100)),
        (_loop(3, FrameTime=0, CineRate=20), (0, 50, 100)),
        (_loop(3, FrameTime=1e9), USUAL),
        (_loop(3), USUAL),
    ],
)
def test_frame_times(dataset: Dataset, expected: tuple[float, ...]) -> None:
    assert frame_times(dataset) == expected


def test_durations_of_functional_groups() -> None:
    frames = []
    for duration in (30.0, 60.0, 30.0):
        content, frame = Dataset(), Dataset()
        content.FrameAcquisitionDuration = duration
        frame.FrameContentSequence = [content]
        frames.append(frame)
    assert frame_times(_loop(3, PerFrameFunctionalGroupsSequence=frames)) == (0, 30, 90)


def test_real_loops(shared_data: Path) -> None:
    for name, frames in (("xa_jpeg_baseline_96f.dcm", 96), ("examples_ybr_color_30f.dcm", 30)):
        times = frame_times(read((shared_data / "dicom" / "cine" / name).read_bytes()))
        assert len(times) == frames
        assert all(1 <= after - before < 1000 for before, after in itertools.pairwise(times))
