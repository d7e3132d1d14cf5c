"""The real text detectors, loaded once for all tests."""

import functools

from viewer.masking.detectors import Detectors, load


@functools.cache
def detectors() -> Detectors:
    return load()
