"""kill -9 at random moments of a drawing script: what was acknowledged is there, once, and the log verifies."""

import contextlib
import threading
import uuid
from pathlib import Path

import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from gateway.app import ServerSettings, open_data
from gateway.store import tasks
from tests.journeys.planting import Canaries
from tests.journeys.serving import Server, Station, isinglass

GONE = (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    httpx.TransportError,
    OSError,
)  # ways to notice it


def _draw_until_killed(
    station: Station, killer: threading.Timer, acknowledged: dict[str, int], sent: list[str]
) -> None:
    """Create boxes as fast as receipts come, remembering each receipt. An unacknowledged op is sent again first, as a client would."""
    with station.stream() as stream:
        stream.send(t="next")
        task = stream.wait("task")
        killer.start()
        again = [op for op in sent if op not in acknowledged][-1:]
        while True:
            op = again.pop() if again else str(uuid.uuid4())
            if op not in sent:
                sent.append(op)
            stream.send(
                t="op",
                id=op,
                task=task["id"],
                kind="create",
                base=0,
                annotation=f"a-{op}",
                patch={
                    "label": "finding",
                    "frame": 0,
                    "geometry": {"type": "box", "x": 10, "y": 10, "w": 20, "h": 20},
                },
            )
            receipt = stream.wait("receipt")
            assert receipt["op"] == op
            assert acknowledged.setdefault(op, receipt["revision"]) == receipt["revision"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "workers"), [(8, 1), pytest.param(50, 2, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)  # fifty starts of a server take minutes
def test_kills_lose_nothing_and_double_nothing(
    planted: tuple[Path, Canaries], kills: int, workers: int
) -> None:
    data, _ = planted
    rng = np.random.default_rng(9)
    acknowledged: dict[str, int] = {}
    sent: list[str] = []
    server = Server(data, workers=workers).start()
    station = Station(server, "ada")
    for _ in range(kills):
        # the moment of the kill: uniform over the first 0.4 s of drawing
        killer = threading.Timer(float(rng.uniform(0.0, 0.4)), server.kill)
        with contextlib.suppress(*GONE):
            _draw_until_killed(station, killer, acknowledged, sent)
        killer.join()
        server.start()
    server.stop()
    assert len(acknowledged) > kills, "the script drew too little to mean anything"
    store = open_data(ServerSettings(data=data))
    with store.read() as conn:
        (task,) = tasks.of_project_named(conn, "demo")
        done = {op.id: op.revision for op in tasks.ops_of(conn, task.id) if op.kind == "create"}
        shapes = [shape.id for shape in tasks.annotations_of(conn, task.id)]
    store.close()
    assert acknowledged.items() <= done.items(), (
        "an acknowledged operation is missing or has another revision"
    )
    assert done.keys() <= set(sent), "an operation that nobody sent"
    assert sorted(shapes) == sorted(f"a-{op}" for op in done), "an operation was done twice or by halves"
    assert "verifies" in isinglass(data, "audit", "verify")
