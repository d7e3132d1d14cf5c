"""How soon a change reaches 200 live sessions, and whether a frame still leaves after it."""

import asyncio
import os
import time
from collections.abc import Callable

from gateway.audit.events import Event, EventCode
from gateway.store import credentials, sessions, users
from gateway.store.credentials import CredentialRow
from tests.benchmarks.studio import Seat, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import Thin, connect, open_task

SESSIONS = 200
GOAL_S = 1.0
LISTEN_S = 2.0  # so long a frame may still come after the word
_NEEDS = '[require]\ncredentials = ["nda"]\n'


def run() -> list[dict[str, object]]:
    """The longest time over 200 real streams, for other controls, for a lost credential, and for a kill."""
    frames, _ = ct_slices(3)
    with studio() as made:
        made.add_series("head", [masked(pixels) for pixels in frames], tasks_=2 * SESSIONS)
        with made.serving() as serving:
            figures = asyncio.run(_measure(made, serving.port))
    return figures


async def _measure(made: Studio, port: int) -> list[dict[str, object]]:
    policy = made.data / "policies" / "annotators.toml"
    seats = made.seat(SESSIONS)
    with made.store.write() as tx:
        for user in users.all_users(tx.connection):
            row = CredentialRow(
                id=f"c-{user.id}",
                user=user.id,
                name="nda",
                issuer="x",
                granted=tx.now,
                expires=None,
                revoked=None,
            )
            credentials.add(tx, row)
        tx.append(Event(code=EventCode.CREDENTIAL_GRANT, actor="system"))
    streams = await _looking(made, port, seats)

    def change() -> None:
        policy.write_text(
            policy.read_text()
            .replace("opacity = 0.14", "opacity = 0.2")
            .replace("[require]\n", _NEEDS, 1)
            .replace("credentials = []\n", "")
        )

    def lose() -> None:
        with made.store.write() as tx:
            for user in losers:
                credentials.revoke(tx, user, "nda")
            tx.append(Event(code=EventCode.CREDENTIAL_REVOKE, actor="system"))

    def kill() -> None:
        for seat in seats[SESSIONS // 2 :]:
            made.use.end(seat.session, "told to go", by="system")

    half = SESSIONS // 2
    losers = [_user(made, seat) for seat in seats[:half]]
    figures = [
        await _figure("a change of policy", change, streams, "controls"),
        await _figure("a lost credential", lose, streams[:half], "end"),
        await _figure("a kill", kill, streams[half:], "end"),
    ]
    for stream in streams:
        stream.close()
    return figures


async def _looking(made: Studio, port: int, seats: list[Seat]) -> list[Thin]:
    streams = [await connect(made, seat, port) for seat in seats]
    for stream in streams:
        task = await open_task(stream)
        stream.look(task["item"]["id"], 1, 1, width=64, height=64, scale=0.125)
    for stream in streams:
        await stream.until(lambda s=stream: s.frames, 60.0)
    return streams


async def _figure(what: str, act: Callable[[], None], streams: list[Thin], told: str) -> dict[str, object]:
    worker = asyncio.get_running_loop().run_in_executor(None, act)
    await worker
    done = time.monotonic()
    came = await asyncio.gather(*(_told(stream, told) for stream in streams))
    late = 0
    if told == "end":
        await asyncio.sleep(LISTEN_S)
        late = sum(
            frame.at > at and not frame.blank
            for stream, at in zip(streams, came, strict=True)
            for frame in stream.frames
        )
    value = max(came) - done
    return {
        "name": f"{what} reaches {len(streams)} live sessions",
        "value": value,
        "unit": "s",
        "goal": f"< {GOAL_S:g} s, no frame after it",
        "holds": value < GOAL_S and late == 0,
        "detail": f"the last of {len(streams)} real streams, from the moment the change was durable; {late} frames after the word; "
        f"{len(os.sched_getaffinity(0))} processors shared with the clients",
    }


async def _told(stream: Thin, kind: str) -> float:
    await stream.text(kind, 30.0)
    return time.monotonic()


def _user(made: Studio, seat: Seat) -> str:
    with made.store.read() as connection:
        row = sessions.by_id(connection, seat.session)
    assert row is not None
    return row.user
