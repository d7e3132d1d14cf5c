"""Operations of a network joined to fewer that give the same, in an ONNX model's bytes: each reads and writes every value once more.

What the runtime doesn't join: a convolution whose result is multiplied by one number and added to another, which its
own weights can do; the hard swish x * clip(x + 3, 0, 6) / 6, written as four operations; and two numbers for what comes
of that, for which the runtime lays every value out anew, and back.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.masking.messages import Field, fields, of_bytes, of_float, of_number
from viewer.masking.weights import floats_of

_GRAPH, _NODE = 7, 1  # of a ModelProto; of a GraphProto (onnx.proto)
_INPUT, _OUTPUT, _KIND, _ATTRIBUTE = 1, 2, 4, 5  # of a NodeProto
_TENSOR = 5  # of an AttributeProto
_FLOAT, _TENSORS = 1, 4  # AttributeProto.AttributeType
_SWISH = (3.0, 0.0, 6.0, 6.0)  # what is added, the bounds, and what it is divided by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """`place`: of its message; `values`: of a constant of floats, where they are."""

    kind: str
    inputs: tuple[str, ...]
    output: str
    place: Field
    values: slice | None


def folded(content: bytes) -> bytes:
    """The model with fewer operations; numbers differ by rounding alone."""
    made = bytearray(content)
    graph = next((each for each in fields(made, 0, len(made)) if each.number == _GRAPH), None)
    if graph is None:
        return content
    folding = _Folding(made, graph)
    folding.scales()
    folding.swishes()
    body = b"".join(folding.parts())
    return bytes(made[: graph.start]) + of_bytes(_GRAPH, body) + bytes(made[graph.end :])


class _Folding:
    def __init__(self, content: bytearray, graph: Field) -> None:
        self._content, self._graph = content, graph
        nodes = [
            _node(content, each) for each in fields(content, graph.first, graph.end) if each.number == _NODE
        ]
        self._nodes = nodes
        self._makers = {node.output: node for node in nodes}
        self._users: dict[str, list[_Node]] = defaultdict(list)
        for node in nodes:
            for name in node.inputs:
                self._users[name].append(node)
        self._instead: dict[int, bytes] = {}  # of the node that begins there

    def parts(self) -> Iterator[bytes]:
        """The graph's fields."""
        for each in fields(self._content, self._graph.first, self._graph.end):
            whole = bytes(self._content[each.start : each.end])
            yield self._instead.get(each.start, whole) if each.number == _NODE else whole

    def scales(self) -> None:
        """Numbers that a convolution's result is multiplied by and added to go into its weights."""
        for node in self._nodes:
            if node.kind != "Conv" or len(node.inputs) != 3:
                continue
            weights, bias = (self._floats(name) for name in node.inputs[1:])
            scale, times = self._followed(node, "Mul")
            shift, plus = self._followed(scale, "Add") if scale else (None, 0.0)
            if weights is None or bias is None or scale is None or shift is None:
                continue
            weights *= np.float32(times)
            bias *= np.float32(times)
            bias += np.float32(plus)
            self._drop(scale, shift)
            self._makers[shift.output] = node
            self._instead[node.place.start] = _renamed(self._content, node.place, shift.output)

    def swishes(self) -> None:
        """A hard swish becomes the runtime's own hard sigmoid, and one product."""
        for last in self._nodes:
            product = self._maker(last, "Div")
            clip = self._maker(product, "Mul")
            add = self._maker(clip, "Clip")
            if product is None or clip is None or add is None or add.kind != "Add":
                continue
            value = next(name for name in product.inputs if name != clip.output)
            numbers = (self._number(add), self._number(clip, 1), self._number(clip, 2), self._number(last))
            if value not in add.inputs or numbers != _SWISH:
                continue
            self._drop(add, clip, product)
            share = f"{clip.output} share"
            output, after = self._scaled(last, value)
            self._instead[last.place.start] = (
                _hard_sigmoid(value, share) + _product(value, share, output) + after
            )

    def _scaled(self, last: _Node, value: str) -> tuple[str, bytes]:
        """What the result of the swish of `value` is called, and the operation after it that multiplies and adds."""
        scale, times = self._followed(last, "Mul")
        shift, plus = self._followed(scale, "Add") if scale else (None, 0.0)
        channels = self._channels(value)
        if scale is None or shift is None or not channels:
            return last.output, b""
        self._drop(scale, shift)
        users = [self._pointwise(user, channels) for user in self._users[shift.output]]
        if None in users:  # a larger kernel sees past the edge, where nothing is added
            return last.output, _normalized(last.output, shift.output, channels, times, plus)
        for weights, bias in filter(None, users):
            np.add(bias, np.float32(plus) * weights.reshape(len(bias), channels).sum(axis=1), out=bias)
            np.multiply(weights, np.float32(times), out=weights)
        return shift.output, b""

    def _channels(self, value: str) -> int:
        """Of what a convolution gives; 0 for anything else."""
        maker = self._makers.get(value)
        bias = self._floats(maker.inputs[2]) if maker and maker.kind == "Conv" and maker.inputs[2:] else None
        return 0 if bias is None else len(bias)

    def _pointwise(
        self, node: _Node, channels: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Weights and bias of a convolution of 1 x 1 that sees all `channels` of its input."""
        if node.kind != "Conv" or len(node.inputs) != 3:
            return None
        weights, bias = (self._floats(name) for name in node.inputs[1:])
        if weights is None or bias is None or len(weights) != channels * len(bias):
            return None
        # As many weights has a kernel of the root's size that sees one channel: the count does not tell these apart.
        is_square = math.isqrt(channels) ** 2 == channels
        return None if is_square and len(bias) == channels else (weights, bias)

    def _maker(self, node: _Node | None, kind: str) -> _Node | None:
        """What gives `node`, of this `kind`, its input: of a product its clip; None if anything else uses that."""
        if node is None or node.kind != kind:
            return None
        makers = [self._makers[name] for name in node.inputs if name in self._makers]
        found = [
            each for each in makers if each.kind == "Clip" or (kind != "Mul" and each.kind != "Constant")
        ]
        return found[0] if len(found) == 1 and len(self._users[found[0].output]) == 1 else None

    def _followed(self, node: _Node, kind: str) -> tuple[_Node | None, float]:
        """The only node that uses `node`, if it is of this `kind`, and the one number in it."""
        users = self._users[node.output]
        number = self._number(users[0]) if len(users) == 1 and users[0].kind == kind else None
        return (users[0], number) if number is not None else (None, 0.0)

    def _number(self, node: _Node, at: int | None = None) -> float | None:
        """The one number among its inputs, or that which is input `at`."""
        names = node.inputs if at is None else node.inputs[at : at + 1]
        found = [values for name in names if (values := self._floats(name, only=False)) is not None]
        return float(found[0][0]) if len(found) == 1 and found[0].size == 1 else None

    def _floats(self, name: str, *, only: bool = True) -> NDArray[np.float32] | None:
        """The values of a constant, to be read; or to be changed, if `only` one node uses it."""
        maker = self._makers.get(name)
        if maker is None or maker.values is None or (only and len(self._users[name]) != 1):
            return None
        first, end = maker.values.start, maker.values.stop
        return np.frombuffer(self._content, "<f4", (end - first) // 4, first)

    def _drop(self, *nodes: _Node) -> None:
        self._instead.update((node.place.start, b"") for node in nodes)


def _node(content: bytearray, place: Field) -> _Node:
    texts: dict[int, list[str]] = defaultdict(list)
    values = None
    for each in fields(content, place.first, place.end):
        if each.number in {_INPUT, _OUTPUT, _KIND}:
            texts[each.number].append(content[each.first : each.end].decode())
        elif each.number == _ATTRIBUTE:
            values = _values(content, each) or values
    kind = texts[_KIND][0]
    return _Node(
        kind=kind,
        inputs=tuple(texts[_INPUT]),
        output=texts[_OUTPUT][0],
        place=place,
        values=values if kind == "Constant" else None,
    )


def _values(content: bytearray, attribute: Field) -> slice | None:
    for tensor in fields(content, attribute.first, attribute.end):
        if tensor.number == _TENSOR and (values := floats_of(content, tensor.first, tensor.end)):
            return values
    return None


def _renamed(content: bytearray, place: Field, output: str) -> bytes:
    kept = (each for each in fields(content, place.first, place.end) if each.number != _OUTPUT)
    body = b"".join(bytes(content[each.start : each.end]) for each in kept)
    return of_bytes(_NODE, body + of_bytes(_OUTPUT, output.encode()))


def _hard_sigmoid(value: str, output: str) -> bytes:
    """clip(value / 6 + 1 / 2, 0, 1)."""
    factors = (("alpha", 1 / 6), ("beta", 0.5))
    attributes = (
        of_bytes(_ATTRIBUTE, of_bytes(1, name.encode()) + of_float(2, factor) + of_number(20, _FLOAT))
        for name, factor in factors
    )
    return _made("HardSigmoid", (value,), output, b"".join(attributes))


def _normalized(value: str, output: str, channels: int, times: float, plus: float) -> bytes:
    """A batch normalization of mean 0 and variance 1: `value` * `times` + `plus`, for which the runtime lays nothing out anew."""
    numbers = {"times": times, "plus": plus, "mean": 0.0, "variance": 1.0}
    names = [f"{output} {name}" for name in numbers]
    constants = b"".join(
        _constant(name, np.full(channels, number, np.float32))
        for name, number in zip(names, numbers.values(), strict=True)
    )
    exactly = of_bytes(_ATTRIBUTE, of_bytes(1, b"epsilon") + of_float(2, 0.0) + of_number(20, _FLOAT))
    return constants + _made("BatchNormalization", (value, *names), output, exactly)


def _constant(name: str, values: NDArray[np.float32]) -> bytes:
    tensor = of_number(1, len(values)) + of_number(2, _FLOAT) + of_bytes(9, values.tobytes())
    attribute = of_bytes(1, b"value") + of_bytes(_TENSOR, tensor) + of_number(20, _TENSORS)
    return _made("Constant", (), name, of_bytes(_ATTRIBUTE, attribute))


def _product(one: str, other: str, output: str) -> bytes:
    return _made("Mul", (one, other), output, b"")


def _made(kind: str, inputs: tuple[str, ...], output: str, attributes: bytes) -> bytes:
    names = b"".join(of_bytes(_INPUT, name.encode()) for name in inputs)
    return of_bytes(
        _NODE, names + of_bytes(_OUTPUT, output.encode()) + of_bytes(_KIND, kind.encode()) + attributes
    )
