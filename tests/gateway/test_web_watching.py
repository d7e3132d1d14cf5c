"""What changes reaches real streams, and no frame leaves after the word; a bad policy reaches nobody. How soon: `bench_reach`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.events import EventCode
from gateway.sessions.controls import controls_of
from gateway.sessions.entering import REAUTHENTICATE
from gateway.store import credentials, policy_versions, recalling, sessions
from gateway.store.credentials import CredentialRow
from gateway.web.live import LiveStreams
from tests.benchmarks.studio import Seat, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Thin, connect, open_task
from tests.gateway.stores import note


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Studio, Serving, list[Seat]]]:
    frames, _ = ct_slices(3)
    with studio() as made:
        made.add_series("head", [masked(pixels) for pixels in frames], tasks_=8)
        seats = made.seat(2)
        with made.serving("--workers", "1") as serving:
            yield made, serving, seats


def test_a_change_is_told_at_once_and_once_and_time_ends_the_wait() -> None:
    async def run() -> None:
        live, loop = LiveStreams(), asyncio.get_running_loop()
        waiting = asyncio.create_task(live.changed(loop.time() + 3600))
        await asyncio.sleep(0)
        live.change()
        await asyncio.wait_for(waiting, 60)
        live.change()
        await asyncio.wait_for(live.changed(loop.time() + 3600), 60)
        began = loop.time()
        await live.changed(began + 0.01)
        assert loop.time() >= began + 0.01, "the second change was told twice"

    asyncio.run(run())


async def _looking(made: Studio, port: int, seat: Seat) -> Thin:
    stream = await connect(made, seat, port)
    task = await open_task(stream)
    stream.look(task["item"]["id"], 1, 1, width=64, height=64, scale=0.125)
    await stream.until(lambda: stream.frames)
    return stream


def test_who_has_to_prove_again_who_they_are_is_locked_in_mid_stream(
    place: tuple[Studio, Serving, list[Seat]],
) -> None:
    made, serving, _ = place
    (seat,) = made.seat(1)

    async def run() -> None:
        stream = await _looking(made, serving.port, seat)
        with made.store.read() as connection:
            row = sessions.by_id(connection, seat.session)
        assert row is not None
        longest = controls_of(row).reauthenticate_s
        with made.store.write() as tx:
            sessions.set_proven(tx, seat.session, tx.now - longest)
            tx.append(note(EventCode.SESSION_UNLOCK))
        assert (await stream.text("lock"))["reason"] == REAUTHENTICATE
        assert stream.frames[-1].blank
        stream.close()

    asyncio.run(run())


def test_a_bad_policy_a_message_and_a_lost_credential(place: tuple[Studio, Serving, list[Seat]]) -> None:
    made, serving, (seat, other) = place
    with made.store.read() as connection:
        row = sessions.by_id(connection, seat.session)
    assert row is not None
    with made.store.write() as tx:
        credentials.add(
            tx,
            CredentialRow(
                id="c1", user=row.user, name="nda", issuer="x", granted=tx.now, expires=None, revoked=None
            ),
        )
        tx.append(note(EventCode.CREDENTIAL_GRANT))
    policy = made.data / "policies" / "annotators.toml"
    good = policy.read_text()

    async def run() -> None:
        stream, bystander = (
            await _looking(made, serving.port, seat),
            await _looking(made, serving.port, other),
        )
        policy.write_text(good.replace("idle_lock", "idel_lock"))
        with made.store.write() as tx:
            sessions.tell(tx, seat.session, "hello")
            tx.append(note(EventCode.SESSION_MESSAGE))
        assert (await stream.text("notice"))["text"] == "from an admin: hello"
        assert not bystander.ended
        policy.write_text(good.replace("credentials = []", 'credentials = ["nda"]'))
        end = await bystander.text("end")
        assert end["reason"] == "you may not go on: no valid credential `nda`"
        assert (await stream.text("controls"))["controls"]["require"]["credentials"] == ["nda"]
        with made.store.write() as tx:
            assert credentials.revoke(tx, row.user, "nda") == 1
            tx.append(note(EventCode.CREDENTIAL_REVOKE))
        end = await stream.text("end")
        assert "no valid credential `nda`" in end["reason"]
        await asyncio.wait_for(stream.closed.wait(), 10)
        assert stream.frames[-1].blank, "a frame left after the word"
        bystander.close()

    asyncio.run(run())
    with made.store.read() as connection:
        states = [version.state for version in policy_versions.newest(connection)]
    assert sorted(states) == ["in force", "superseded"], "the one in error was never a version"


@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_clock_that_jumps_locks_every_stream_and_changes_no_policy(tmp_path: Path, jump_s: int) -> None:
    """The server's wall clock is set by libfaketime while it serves; its monotonic clock runs on."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("no libfaketime on this machine: `make test` installs it with apt-get")
    dial = tmp_path / "clock"
    dial.write_text("+0")
    environment = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(dial),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    frames, _ = ct_slices(2)
    with studio() as made:
        made.add_series("head", [masked(pixels) for pixels in frames], tasks_=2)
        seats = made.seat(2)
        with made.serving("--workers", "1", environment=environment) as serving:

            async def run() -> None:
                streams = [await _looking(made, serving.port, seat) for seat in seats]
                turned = dial.with_suffix(".new")
                turned.write_text(f"{jump_s:+d}")
                turned.rename(dial)
                for stream in streams:
                    told = (await stream.text("lock"))["reason"]
                    assert f"the server's clock jumped by {jump_s} s" in told
                    assert stream.frames[-1].blank
                    stream.close()

            asyncio.run(run())
            with made.store.read() as connection:
                states = [version.state for version in policy_versions.newest(connection)]
            assert states == ["in force"], "the policies are those of before"
        (jump,) = recalling.events_since(made.store, 0, {EventCode.CLOCK_JUMP})
        assert jump.details == {"count": 2, "jump_s": 3600}
