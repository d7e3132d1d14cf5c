"""Several serving processes over one store: what one of them or the command line writes reaches the streams of all."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.errors import Unconfigured
from gateway.store import auditing, exposures, sessions
from gateway.workers.occupancy import NAME, occupied
from gateway.workers.processes import listen, shares
from tests.benchmarks.studio import Seat, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import PATIENCE_S, Thin, connect, open_task
from tests.journeys.serving import free_port

STREAMS = 8  # all on one of two processes once in 128 runs; the tests hold then too


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Studio, Serving, list[Seat]]]:
    frames, _ = ct_slices(3)
    with studio() as made:
        made.add_series("head", [masked(pixels) for pixels in frames], tasks_=40)
        seats = made.seat(3 * STREAMS)
        with made.serving("--workers", "2") as serving:
            yield made, serving, seats


async def _look(made: Studio, port: int, seats: list[Seat]) -> list[Thin]:
    streams = [await connect(made, seat, port) for seat in seats]
    for stream in streams:
        task = await open_task(stream)
        stream.look(task["item"]["id"], 1, 1, width=64, height=64, scale=0.125)
    for stream in streams:
        await stream.until(lambda s=stream: s.frames)
    return streams


def test_an_end_and_a_changed_policy_reach_every_process(
    place: tuple[Studio, Serving, list[Seat]],
) -> None:
    made, serving, seats = place

    async def run() -> None:
        streams = await _look(made, serving.port, seats[:STREAMS])
        policy = made.data / "policies" / "annotators.toml"
        policy.write_text(policy.read_text().replace("opacity = 0.14", "opacity = 0.2"))
        for stream in streams:
            told = await stream.text("controls")
            assert told["controls"] != {}
        for seat in seats[:STREAMS]:
            made.use.end(seat.session, "told to go", by="system")
        for stream in streams:
            assert (await stream.text("end"))["reason"] == "told to go"
            assert stream.frames[-1].blank
        for stream in streams:
            stream.close()

    asyncio.run(run())


def test_what_was_shown_is_in_one_ledger_and_one_unbroken_log(
    place: tuple[Studio, Serving, list[Seat]],
) -> None:
    made, serving, seats = place

    async def run() -> list[Thin]:
        streams = await _look(made, serving.port, seats[STREAMS : 2 * STREAMS])
        for stream in streams:
            stream.close()
        return streams

    def rows() -> list[int]:
        with made.store.read() as connection:
            return [_shown(connection, seat) for seat in seats[STREAMS : 2 * STREAMS]]

    expected = [len(stream.frames) for stream in asyncio.run(run())]
    deadline = time.monotonic() + PATIENCE_S
    while any(have < want for have, want in zip(rows(), expected, strict=True)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    report = auditing.verify_log(made.store)
    assert report.ok, report.problems


def test_a_killed_process_is_started_again_and_its_exposures_are_taken_in(
    place: tuple[Studio, Serving, list[Seat]],
) -> None:
    made, serving, seats = place
    mine = seats[2 * STREAMS :]

    async def run() -> None:
        streams = await _look(made, serving.port, mine)
        shown = [len(stream.frames) for stream in streams]
        children = [pid for pid in serving.processes() if _is_worker(pid)]
        assert len(children) == 2
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for stream in streams:
            await asyncio.wait_for(stream.closed.wait(), PATIENCE_S)
        again = await connect(made, mine[0], serving.port)
        task = await open_task(again)
        again.look(task["item"]["id"], 2, 1, width=64, height=64, scale=0.125)
        await again.until(lambda: again.frames)
        assert again.frames[0].seq > 1 << 22  # numbers of its own
        again.close()
        deadline = time.monotonic() + PATIENCE_S
        for seat, count in zip(mine, shown, strict=True):
            while True:
                with made.store.read() as connection:
                    if _shown(connection, seat) >= count:
                        break
                assert time.monotonic() < deadline, "frames that left are missing from the ledger"
                await asyncio.sleep(0.05)

    asyncio.run(run())
    with made.store.read() as connection:
        assert sessions.by_id(connection, mine[0].session) is not None


def _shown(connection: sa.Connection, seat: Seat) -> int:
    """How many frames the ledger holds of a session."""
    return sum(segment.frames for segment in exposures.of_session(connection, seat.session))


def _is_worker(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_a_port_that_is_taken_is_named(first: int, second: int) -> None:
    port = free_port()
    taken = listen("127.0.0.1", port, first)
    with pytest.raises(Unconfigured, match=f"`127.0.0.1:{port}` can't be served on"):
        listen("127.0.0.1", port, second)
    for each in taken:
        each.close()
    for each in listen("127.0.0.1", port, second):
        each.close()


def test_a_data_folder_has_one_server(tmp_path: Path) -> None:
    with (
        occupied(tmp_path, "127.0.0.1:8470"),
        pytest.raises(Unconfigured, match=r"is served already, on `127\.0\.0\.1:8470`: stop that server"),
        occupied(tmp_path, "127.0.0.1:9"),
    ):
        pass
    with occupied(tmp_path, "127.0.0.1:9"):
        assert (tmp_path / NAME).read_text() == "127.0.0.1:9"


@pytest.mark.parametrize(
    ("processors", "count", "expected"),
    [
        ({0, 1}, 2, [{0}, {1}]),
        ({0, 1, 2, 3}, 2, [{0, 2}, {1, 3}]),
        ({5}, 2, [{5}, {5}]),
        ({0, 1, 2}, 1, [{0, 1, 2}]),
    ],
)
def test_processors_are_shared_out(processors: set[int], count: int, expected: list[set[int]]) -> None:
    assert shares(processors, count) == expected
