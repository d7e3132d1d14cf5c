"""What is changed in a network's model before it is loaded: it sees the same, in a fraction of the time."""

from collections import Counter
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from viewer.masking.folding import folded
from viewer.masking.messages import fields, of_bytes, of_float, of_number
from viewer.masking.models import DETECT_V4, DETECT_V6, FACES, READ_V4, ModelFile, load, read
from viewer.masking.weights import without_tiny_weights

MODELS = pytest.mark.parametrize(
    "model", [DETECT_V4, DETECT_V6, READ_V4, FACES], ids=lambda model: model.name
)
ROUNDING = 1e-4  # of probabilities


def _session(content: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(content, options)


def _seen(session: Any, model: ModelFile) -> list[NDArray[np.float32]]:
    rows = 48 if model is READ_V4 else 160
    levels = np.random.default_rng(1).integers(0, 255, (1, 3, rows, 160)).astype(np.float32)
    levels[..., 8:40, 8:150:9] = 255
    picture = levels if model is FACES else levels * np.float32(2 / 255) - np.float32(1)
    found: list[NDArray[np.float32]] = session.run(None, {session.get_inputs()[0].name: picture})
    return found


@MODELS
def test_without_tiny_weights_a_network_gives_the_same_numbers(model: ModelFile) -> None:
    content = read(model)
    as_it_is, changed = (_seen(_session(each), model) for each in (content, without_tiny_weights(content)))
    for one, other in zip(changed, as_it_is, strict=True):
        assert np.array_equal(one, other)


@MODELS
def test_a_loaded_network_gives_the_same_but_for_rounding(model: ModelFile) -> None:
    for one, other in zip(
        _seen(load(model), model)[:1], _seen(_session(read(model)), model)[:1], strict=True
    ):
        assert np.abs(one - other).max() < ROUNDING


def test_only_tiny_weights_change() -> None:
    content = read(DETECT_V6)
    made = without_tiny_weights(content)
    before, after = (np.frombuffer(each, np.uint8) for each in (content, made))
    changed = before != after
    assert len(made) == len(content)
    assert changed.sum() > 250_000, "decayed weights are no longer found in the file"
    assert not after[changed].any()


@pytest.mark.parametrize(
    ("model", "fewer", "normalized"),
    [(DETECT_V4, 138, 14), (READ_V4, 151, 17), (DETECT_V6, 0, 0), (FACES, 0, 0)],
)
def test_operations_are_joined(model: ModelFile, fewer: int, normalized: int) -> None:
    """Two of every swish's four, two of every scaled convolution's three; of every scaled swish's two numbers both or one."""
    content = read(model)
    before, after = (_operations(each) for each in (content, folded(content)))
    assert before.total() - after.total() == fewer
    assert after["BatchNormalization"] - before["BatchNormalization"] == normalized


def _operations(content: bytes) -> Counter[str]:
    """How many there are of each kind."""
    (graph,) = (each for each in fields(content, 0, len(content)) if each.number == 7)
    kinds = (
        content[part.first : part.end].decode()
        for each in fields(content, graph.first, graph.end)
        if each.number == 1
        for part in fields(content, each.first, each.end)
        if part.number == 4
    )
    return Counter(kind for kind in kinds if kind != "Constant")


def test_a_model_without_operations_is_left_alone() -> None:
    for content in (b"", of_number(1, 7) + of_bytes(7, b"")):
        assert without_tiny_weights(content) == content
        assert folded(content) == content


def test_fields_are_found_as_they_were_made() -> None:
    made = of_number(1, 300) + of_bytes(20, b"x" * 200) + of_float(3, 0.5)
    found = [(each.number, made[each.first : each.end]) for each in fields(made, 0, len(made))]
    assert found == [(1, b"\xac\x02"), (20, b"x" * 200), (3, b"\x00\x00\x00\x3f")]
