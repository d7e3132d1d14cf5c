"""What a client says is taken whole or refused with a reason that repeats none of it."""

import json
import string
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import ProtocolError
from gateway.stream import messages
from gateway.stream.codec import decode, encode
from gateway.stream.effects import Close, Send
from gateway.stream.machine import Machine
from gateway.stream.messages import (
    MAX_TEXT_BYTES,
    OP_KINDS,
    SIGNALS,
    Ack,
    Bye,
    ClientMessage,
    Hello,
    Input,
    Look,
    Next,
    Op,
    Open,
)
from gateway.stream.replies import Notice, Receipt, Task
from gateway.stream.shapes import Box, Patch, Point, Polygon
from tests.gateway.stream_visits import START
from viewer.imaging.presentation import Window, WindowFunction
from viewer.render.view import View

CANARY = "Doe^Jane"

ids = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)
seqs = st.integers(0, 2**32 - 1)
coordinates = st.floats(-1e6, 1e6)
lengths = st.floats(0, 1e6, exclude_min=True)
points = st.tuples(coordinates, coordinates)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
geometries = (
    st.builds(Point, x=coordinates, y=coordinates)
    | st.builds(Box, x=coordinates, y=coordinates, w=lengths, h=lengths)
    | st.builds(Polygon, points=st.lists(points, min_size=3, max_size=20).map(tuple))
)
patches = st.builds(
    Patch,
    label=st.none() | ids,
    frame=st.none() | st.integers(0, 10**6),
    geometry=st.none() | geometries,
)
windows = st.builds(
    Window,
    center=st.floats(allow_nan=False, allow_infinity=False),
    width=st.floats(1, 1e6),
    function=st.sampled_from(WindowFunction),
)
client_messages = st.one_of(
    st.builds(Hello, ticket=words),
    st.just(Next()),
    st.just(Bye()),
    st.builds(Open, task=ids),
    st.builds(
        Look,
        seq=seqs,
        item=ids,
        frame=st.integers(0, 1_000_000),
        width=st.integers(16, 4096),
        height=st.integers(16, 4096),
        x=coordinates,
        y=coordinates,
        scale=st.floats(0, 256, exclude_min=True),
        window=st.none() | windows,
        invert=st.booleans(),
    ),
    st.builds(
        Op,
        id=ids,
        task=ids,
        kind=st.sampled_from(OP_KINDS),
        base=seqs,
        annotation=st.none() | ids,
        patch=st.none() | patches,
        target=st.none() | ids,
        text=st.none() | words,
        seen=st.none() | seqs,
    ),
    st.builds(Input, signal=st.sampled_from(SIGNALS)),
    st.builds(Ack, seq=seqs, held_ms=st.floats(0, 1e7)),
)

WRONG = [
    ("", "a message is not JSON in UTF-8"),
    ("{", "a message is not JSON in UTF-8"),
    ('{"t":"bye"} x', "a message is not JSON in UTF-8"),
    ('{"t":"ack","seq":NaN}', "a message is not JSON in UTF-8"),
    (b"\x00\x01", "a message is not JSON in UTF-8"),
    (b'{"t":"open","task":"\xff"}', "a message is not JSON in UTF-8"),
    ('{"t":"open","task":"\ud800"}', "a message is not JSON in UTF-8"),
    ('{"a":' + "[" * 30_000 + "]" * 30_000 + "}", "a message is not JSON in UTF-8"),
    ("null", "a message has an unknown or a missing field"),
    ("[]", "a message has an unknown or a missing field"),
    ("{}", "a message has an unknown or a missing field"),
    ('{"t":"bye","extra":1}', "a message has an unknown or a missing field"),
    ('{"t":"ack"}', "a message has an unknown or a missing field"),
    ('{"t":"nope"}', "a message has an unknown, missing or wrong value at `t`"),
    ('{"t":"welcome"}', "a message has an unknown, missing or wrong value at `t`"),
    ('{"t":"bye\\n"}', "a message has an unknown, missing or wrong value at `t`"),
    ('{"t":"ack","seq":-1}', "a message has an unknown, missing or wrong value at `seq`"),
    ('{"t":"ack","seq":4294967296}', "a message has an unknown, missing or wrong value at `seq`"),
    ('{"t":"ack","seq":"1"}', "a message has an unknown, missing or wrong value at `seq`"),
    ('{"t":"ack","seq":true}', "a message has an unknown, missing or wrong value at `seq`"),
    ('{"t":"open","task":"a\\n"}', "a message has an unknown, missing or wrong value at `task`"),
    ('{"t":"open","task":"../a"}', "a message has an unknown, missing or wrong value at `task`"),
    ('{"t":"input","signal":"blur\\n"}', "a message has an unknown, missing or wrong value at `signal`"),
    (
        '{"t":"op","id":"a","task":"t","kind":"create\\n"}',
        "a message has an unknown, missing or wrong value at `kind`",
    ),
    (
        '{"t":"op","id":"a","task":"t","kind":"erase"}',
        "a message has an unknown, missing or wrong value at `kind`",
    ),
    (
        '{"t":"op","id":"a","task":"t","kind":"create","base":0,"patch":{"geometry":{"type":"box","x":1}}}',
        "a message has an unknown, missing or wrong value at `patch.geometry`",
    ),
    (
        '{"t":"op","id":"a","task":"t","kind":"create","base":0,"patch":{"geometry":{"type":"polygon","points":[[0,"x"]]}}}',
        "a message has an unknown, missing or wrong value at `patch.geometry.points`",
    ),
    # a field name of the client's that imitates a path: what is quoted must be ours
    (f'{{"t":"bye","x` - at `$.{CANARY}":1}}', "a message has an unknown or a missing field"),
    ('{"t":"bye","x` - at `$.jane.doe":1}', "a message has an unknown or a missing field"),
    (json.dumps({"t": "hello", "ticket": "x" * MAX_TEXT_BYTES}), "a message is longer than 65536 bytes"),
    ("é" * (MAX_TEXT_BYTES // 2 + 1), "a message is longer than 65536 bytes"),
    (b" " * (MAX_TEXT_BYTES + 1), "a message is longer than 65536 bytes"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG, ids=range(len(WRONG)))
def test_wrong_messages(text: str | bytes, reason: str) -> None:
    with pytest.raises(ProtocolError) as raised:
        decode(text)
    assert str(raised.value) == reason


def test_the_longest_message_is_taken() -> None:
    longest = '{"t":"bye"}'.ljust(MAX_TEXT_BYTES)
    assert decode(longest) == decode(longest.encode()) == Bye()
    with pytest.raises(ProtocolError, match="longer"):
        decode(longest + " ")


@given(client_messages)
def test_a_message_comes_back_as_it_went(message: ClientMessage) -> None:
    data = msgspec.json.encode(message)
    assert decode(data) == decode(data.decode()) == message


@given(
    st.text()
    | st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
        max_leaves=30,
    ).map(json.dumps)
    | client_messages.map(lambda m: msgspec.json.encode(m)[:-1])
)
def test_nothing_else_is_ever_raised(data: str | bytes) -> None:
    try:
        message = decode(data)
    except ProtocolError:
        return
    assert isinstance(message, ClientMessage)


@settings(max_examples=30)
@given(depth=st.integers(1, 32_000), opening=st.sampled_from(["[", '{"a":', '{"t":', '[{"t":"bye","b":']))
def test_depth_is_no_danger(depth: int, opening: str) -> None:
    with pytest.raises(ProtocolError):
        decode((opening * depth)[:MAX_TEXT_BYTES])
    with pytest.raises(ProtocolError):
        decode('{"b":' + (opening * depth)[: MAX_TEXT_BYTES - 5])


VALID: list[dict[str, object]] = [
    {"t": "hello", "ticket": CANARY},
    {"t": "open", "task": "t-1"},
    {
        "t": "view",
        "seq": 1,
        "item": "i",
        "frame": 0,
        "width": 64,
        "height": 64,
        "x": 1.0,
        "y": 1.0,
        "scale": 1.0,
    },
    {"t": "op", "id": "o", "task": "t", "kind": "comment", "base": 0, "text": CANARY},
    {"t": "input", "signal": "blur"},
    {"t": "ack", "seq": 1},
]
OUT_OF_RANGE = {
    "ticket": CANARY * 100,
    "text": CANARY * 1000,
    "task": CANARY,
    "item": CANARY,
    "id": CANARY,
    "signal": CANARY,
    "kind": CANARY,
    "seq": -1,
    "frame": 10**7,
    "width": 15,
    "height": 4097,
    "x": 1e7,
    "y": -1e7,
    "scale": 0,
    "base": 2**40,
}


def _malformed(rng: np.random.Generator) -> str | bytes:
    """A valid message with one defect that no valid message has."""
    message = dict(VALID[rng.integers(len(VALID))])
    field = list(message)[rng.integers(1, len(message))]
    match rng.integers(8):
        case 0:
            whole = json.dumps(message)
            return whole[: rng.integers(len(whole))]
        case 1:
            message[CANARY] = 1
        case 2:
            if field == "text":
                field = "kind"
            del message[field]
        case 3:
            message[field] = [[CANARY], {"a": CANARY}, True][rng.integers(3)]
        case 4:
            message["t"] = [CANARY, "welcome", None, 7][rng.integers(4)]
        case 5:
            message[field] = OUT_OF_RANGE[field]
        case 6:
            return b"\xff" + bytes(rng.integers(0, 256, rng.integers(40), dtype=np.uint8))
        case _:
            return '{"' + CANARY + '":' + "[" * int(rng.integers(1, 2000))
    return json.dumps(message)


def test_ten_thousand_malformed_messages_each_end_their_stream() -> None:
    rng = np.random.default_rng(7)
    for _ in range(10_000):
        data = _malformed(rng)
        with pytest.raises(ProtocolError):
            decode(data)
        effects = Machine(START).receive(data, START)
        assert [type(effect) for effect in effects] == [Send, Close]
        end, close = effects
        assert isinstance(end, Send)
        assert isinstance(close, Close)
        said = json.loads(end.data)
        assert said["t"] == "end"
        assert close == Close(1008, said["reason"])
        assert "Doe" not in said["reason"]
        assert "Jane" not in said["reason"]


@given(words)
def test_server_messages_are_json(said: str) -> None:
    assert json.loads(encode(Notice(level="info", text=said))) == {
        "t": "notice",
        "level": "info",
        "text": said,
    }


def test_server_messages_spell_what_is_absent() -> None:
    task = json.loads(encode(Task(id=None)))
    assert task["t"] == "task"
    assert task["id"] is None
    assert task["item"] is None
    receipt = json.loads(encode(Receipt(op="o", revision=1, index=2, stage="annotate")))
    assert receipt == {
        "t": "receipt",
        "op": "o",
        "revision": 1,
        "index": 2,
        "stage": "annotate",
        "annotation": None,
    }


def test_a_look_becomes_its_view() -> None:
    look = Look(seq=9, item="i", frame=3, width=64, height=32, x=1.5, y=2.5, scale=2.0, invert=True)
    assert look.view() == View(item="i", frame=3, width=64, height=32, x=1.5, y=2.5, scale=2.0, invert=True)
    assert set(View.__struct_fields__) - {"spot"} == set(Look.__struct_fields__) - {"seq", "pointer"}, (
        "a view forgets a field of its message"
    )


def test_every_message_refuses_unknown_fields() -> None:
    kinds = [
        kind for kind in vars(messages).values() if isinstance(kind, type) and issubclass(kind, messages._In)
    ]
    assert {*kinds} == {messages._In, *get_args(messages.ClientMessage)}
    assert all(kind.__struct_config__.forbid_unknown_fields for kind in kinds)
