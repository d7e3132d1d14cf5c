"""What changes reaches real streams within a second, and no frame leaves after the word; a bad policy reaches nobody."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from gateway.audit.events import EventCode
from gateway.store import credentials, policy_versions, sessions
from gateway.store.credentials import CredentialRow
from tests.benchmarks.studio import Seat, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Thin, connect, open_task
from tests.gateway.stores import note

SOON_S = 2.0  # one second, and one for a busy machine


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Studio, Serving, list[Seat]]]:
    frames, _ = ct_slices(3)
    with studio() as made:
        made.add_series("head", [masked(pixels) for pixels in frames], tasks_=8)
        seats = made.seat(2)
        with made.serving("--workers", "1") as serving:
            yield made, serving, seats


async def _looking(made: Studio, port: int, seat: Seat) -> Thin:
    stream = await connect(made, seat, port)
    task = await open_task(stream)
    stream.look(task["item"]["id"], 1, 1, width=64, height=64, scale=0.125)
    await stream.until(lambda: stream.frames)
    return stream


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
        assert (await stream.text("notice", SOON_S))["text"] == "from an admin: hello"
        assert not bystander.ended
        policy.write_text(good.replace("credentials = []", 'credentials = ["nda"]'))
        end = await bystander.text("end", SOON_S)
        assert end["reason"] == "you may not go on: no valid credential `nda`"
        assert (await stream.text("controls", SOON_S))["controls"]["require"]["credentials"] == ["nda"]
        with made.store.write() as tx:
            assert credentials.revoke(tx, row.user, "nda") == 1
            tx.append(note(EventCode.CREDENTIAL_REVOKE))
        lost = time.monotonic()
        end = await stream.text("end", SOON_S)
        assert "no valid credential `nda`" in end["reason"]
        assert time.monotonic() - lost < SOON_S
        await asyncio.wait_for(stream.closed.wait(), 10)
        assert stream.frames[-1].blank, "a frame left after the word"
        bystander.close()

    asyncio.run(run())
    with made.store.read() as connection:
        states = [version.state for version in policy_versions.newest(connection)]
    assert sorted(states) == ["in force", "superseded"], "the one in error was never a version"
