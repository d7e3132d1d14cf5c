"""Whoever shouts at the socket gets one reason and a closed stream; everybody else works on."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.journeys.planting import Canaries
from tests.journeys.serving import PATIENCE_S, Server, Station, Stream

MESSAGES = 10_000


@pytest.fixture(scope="module")
def server(seed: tuple[Path, Canaries], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests here: a stream that was attacked must leave the server as it was for the next."""
    data = shutil.copytree(seed[0], tmp_path_factory.mktemp("attacked") / "data")
    with Server(data) as running:
        yield running


def _socket(server: Server, station: Station | None, origin: str | None):  # noqa: ANN202 - a context manager of websockets
    return connect(
        server.origin.replace("http", "ws") + "/stream",
        origin=origin,
        subprotocols=["isinglass.v1"],
        additional_headers={"Cookie": station.cookie} if station else {},
        compression=None,
        open_timeout=PATIENCE_S,
    )


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "https://127.0.0.1"],
    ids=["none", "null", "evil", "scheme"],
)
def test_a_foreign_origin_never_gets_a_socket(server: Server, origin: str | None) -> None:
    station = Station(server, "ada")
    with pytest.raises(InvalidStatus), _socket(server, station, origin):
        pass


def test_no_session_no_socket(server: Server) -> None:
    with pytest.raises(InvalidStatus), _socket(server, None, server.origin):
        pass


def test_a_ticket_works_once_and_for_its_own_session(server: Server) -> None:
    ada, bo = Station(server, "ada"), Station(server, "bo")
    ticket = ada.post("/ticket").json()["ticket"]
    for station, welcomed in ((bo, False), (ada, False)):
        with _socket(server, station, server.origin) as socket:
            socket.send(json.dumps({"t": "hello", "ticket": ticket}))
            assert (json.loads(socket.recv(PATIENCE_S))["t"] == "welcome") is welcomed
    fresh = ada.post("/ticket").json()["ticket"]
    for welcomed in (True, False):
        with _socket(server, ada, server.origin) as socket:
            socket.send(json.dumps({"t": "hello", "ticket": fresh}))
            assert (json.loads(socket.recv(PATIENCE_S))["t"] == "welcome") is welcomed


def _malformed(rng: np.random.Generator) -> str | bytes:
    kinds: list[str | bytes] = [
        "",
        "{",
        "null",
        "[]",
        '"hello"',
        '{"t":"nope"}',
        '{"t":"view"}',
        '{"t":"view","seq":-1}',
        '{"t":"ack","seq":1,"extra":1}',
        '{"t":"op","id":"x"}',
        "[" * 5000,
        "x" * 70_000,
        bytes(rng.integers(0, 256, 64, dtype=np.uint8)),
        json.dumps(
            {
                "t": "view",
                "seq": 1,
                "item": "x" * 65,
                "frame": 0,
                "width": 1,
                "height": 1,
                "x": 0,
                "y": 0,
                "scale": 1,
            }
        ),
    ]
    return kinds[rng.integers(len(kinds))]


@pytest.mark.slow
def test_ten_thousand_malformed_messages(server: Server) -> None:
    """Each closes its own stream with a reason; a stream that behaves gets its frames all the while."""
    rng = np.random.default_rng(10)
    noisy, quiet = Station(server, "bo"), Station(server, "ada")
    with quiet.stream() as stream:
        stream.send(t="next")
        task = stream.wait("task")
        sent = 0
        while sent < MESSAGES:
            with _socket(server, noisy, server.origin) as socket:
                try:
                    for _ in range(100):
                        sent += 1
                        socket.send(_malformed(rng))
                except ConnectionClosed:
                    pass
            if sent % 1000 < 100:
                _look(stream, task["item"]["id"], sent)
        _look(stream, task["item"]["id"], sent + 1)
    assert noisy.get("/healthz").status_code == 200


def _look(stream: Stream, item: str, seq: int) -> None:
    stream.send(t="view", seq=seq, item=item, frame=seq % 12, width=256, height=256, x=128, y=128, scale=1)
    while int.from_bytes(stream.frame()[8:12], "little") < seq:
        pass


@pytest.mark.parametrize("message", ['{"t":"nope"}', '{"t":"ack","seq":1,"extra":2}', b"\x00\x01", "{"])
def test_the_reason_is_said_and_the_stream_closed(server: Server, message: str | bytes) -> None:
    with Station(server, "ada").stream() as stream:
        stream.socket.send(message)
        assert stream.wait("end")["reason"]
        with pytest.raises(ConnectionClosed):
            stream.read()


def test_an_unacknowledged_operation_resent_on_another_stream_is_done_once(server: Server) -> None:
    station = Station(server, "ada")
    receipts = []
    op = {"t": "op", "id": "op-1", "kind": "create", "base": 0, "annotation": "a-1"}
    patch = {"label": "finding", "frame": 3, "geometry": {"type": "point", "x": 9.5, "y": 8.25}}
    for _ in range(3):
        with station.stream() as stream:
            stream.send(t="next")
            task = stream.wait("task")
            stream.send(**op, task=task["id"], patch=patch)
            receipts.append(
                {key: value for key, value in stream.wait("receipt").items() if key != "annotation"}
            )
            assert len(task["annotations"]) == (len(receipts) > 1)
    assert receipts[0] == receipts[1] == receipts[2]
