"""Weights too small to matter are set to zero: the networks see the same, in a fraction of the time."""

import numpy as np
import onnxruntime
import pytest

from viewer.masking.models import DETECT_V4, DETECT_V6, FACES, READ_V4, ModelFile, load, read
from viewer.masking.weights import without_tiny_weights


@pytest.mark.parametrize("model", [DETECT_V4, DETECT_V6, READ_V4, FACES], ids=lambda model: model.name)
def test_a_network_gives_the_same_numbers(model: ModelFile) -> None:
    rows = 48 if model is READ_V4 else 160
    levels = np.random.default_rng(1).integers(0, 255, (1, 3, rows, 160)).astype(np.float32)
    levels[..., 8:40, 8:150:9] = 255
    picture = levels if model is FACES else levels * np.float32(2 / 255) - np.float32(1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    as_it_is = onnxruntime.InferenceSession(read(model), options)
    given = {as_it_is.get_inputs()[0].name: picture}
    for one, other in zip(load(model).run(None, given), as_it_is.run(None, given), strict=True):
        assert np.array_equal(one, other)


def test_only_tiny_weights_change() -> None:
    content = read(DETECT_V6)
    made = without_tiny_weights(content)
    before, after = (np.frombuffer(each, np.uint8) for each in (content, made))
    changed = before != after
    assert len(made) == len(content)
    assert changed.sum() > 250_000, "decayed weights are no longer found in the file"
    assert not after[changed].any()


def test_a_model_without_weights_is_left_alone() -> None:
    assert without_tiny_weights(b"\x08\x07\x3a\x00") == b"\x08\x07\x3a\x00"
