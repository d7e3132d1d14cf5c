"""When each frame of a loop is shown: PS3.3 C.7.6.5 and C.7.6.16.2.2."""

from itertools import accumulate

from pydicom.dataset import Dataset

from viewer.imaging.attributes import number, numbers, scopes
from viewer.imaging.pixel_header import frame_count

_MIN_MS, _MAX_MS = 1.0, 60_000.0
_USUAL_MS = 1000 / 15


def frame_times(dataset: Dataset) -> tuple[float, ...]:
    """Milliseconds after the first at which each frame is shown; none for a single frame.

    From, in this order: Frame Time Vector, Frame Time, the recommended or the cine rate, the frames' own acquisition
    durations, and else 15 frames a second. Times that no clock could keep are not believed.
    """
    count = frame_count(dataset)
    if count < 2:
        return ()
    return recorded_times(dataset) or tuple(accumulate((_USUAL_MS,) * (count - 1), initial=0.0))


def recorded_times(dataset: Dataset) -> tuple[float, ...]:
    """The same, none where the header does not say."""
    count = frame_count(dataset)
    if count < 2:
        return ()
    steps = _vector(dataset, count) or _uniform(dataset, count) or _durations(dataset, count)
    return tuple(accumulate(steps, initial=0.0)) if steps else ()


def _vector(dataset: Dataset, count: int) -> tuple[float, ...]:
    """The steps between frames: the vector's first entry is 0, the time before the first frame."""
    found = numbers(dataset, "FrameTimeVector")
    steps = found[1:count]
    return steps if len(found) >= count and all(map(_is_sane, steps)) else ()


def _uniform(dataset: Dataset, count: int) -> tuple[float, ...]:
    for keyword in ("FrameTime", "RecommendedDisplayFrameRate", "CineRate"):
        value = number(dataset, keyword)
        if value is None or value <= 0:
            continue
        step = value if keyword == "FrameTime" else 1000 / value
        if _is_sane(step):
            return (step,) * (count - 1)
    return ()


def _durations(dataset: Dataset, count: int) -> tuple[float, ...]:
    steps = []
    for index in range(count - 1):
        own = scopes(dataset, index, "FrameContentSequence")
        value = number(own[0], "FrameAcquisitionDuration") if len(own) > 1 else None
        if value is None or not _is_sane(value):
            return ()
        steps.append(value)
    return tuple(steps)


def _is_sane(step: float) -> bool:
    return _MIN_MS <= step <= _MAX_MS
