"""What of a session is kept, what its invisible mark leaves out, and what an admin's own policies leave of a look over a shoulder."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from gateway.audit.events import EventCode
from gateway.sessions.exposing import exposure_of
from gateway.store import auditing, exposures, items, openings, recalling, sessions
from gateway.web.marking import forensic_mark
from tests.benchmarks.studio import Seat, Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import PATIENCE_S, Thin, connect, open_task
from tests.gateway.amending import amended
from tests.gateway.stores import note
from viewer.imaging.geometry import Place
from viewer.watermark.pattern import Exempt

ADMIN = """
policy = "watchers"
applies_to = { roles = ["admin"] }
[allow]
actions = ["session.watch"]
[exposure]
items_per_hour = 1
on_limit = "ask"
"""


CHECKER = """
policy = "checkers"
applies_to = {{ roles = ["reviewer"] }}
[allow]
actions = ["queue.check"]
[record]
views = {views}
"""


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Studio, Serving]]:
    frames, _ = ct_slices(2)
    with studio() as made:
        for name in ("first", "second"):
            made.add_series(name, [masked(pixels) for pixels in frames], tasks_=9)
        (made.data / "policies" / "watchers.toml").write_text(ADMIN)
        made.use.book.refresh()
        with made.serving("--workers", "1") as serving:
            yield made, serving


@pytest.fixture
def said(place: tuple[Studio, Serving]) -> Iterator[Callable[..., None]]:
    """A function: have the annotators' policy say `key` = value in TOML, and what it says without, until the test is over."""
    with amended(place[0]) as put:
        yield put


def kept(made: Studio, seat: Seat) -> int:
    """How many frames of a session the ledger holds."""
    with made.store.read() as connection:
        return sum(segment.frames for segment in exposures.of_session(connection, seat.session))


async def looking(made: Studio, port: int, seat: Seat) -> tuple[Thin, str]:
    stream = await connect(made, seat, port)
    item = str((await open_task(stream))["item"]["id"])
    await shown(stream, item, 1)
    return stream, item


async def shown(stream: Thin, item: str, seq: int, **changes: object) -> None:
    stream.look(item, seq % 2, seq, width=64, height=64, scale=0.125, **changes)
    await stream.until(lambda: any(got.answers == seq and not got.blank for got in stream.frames))


async def settles(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - the store is asked
            await asyncio.sleep(0.05)


def test_views_are_kept_as_the_policy_says_from_one_frame_to_the_next(
    place: tuple[Studio, Serving], said: Callable[..., None]
) -> None:
    made, serving = place
    said(views="false")
    (seat,) = made.seat(1)

    async def run() -> None:
        stream, item = await looking(made, serving.port, seat)
        opened = recalling.events_since(made.store, 0, {EventCode.ITEM_OPEN})
        assert [(event.session, event.object) for event in opened] == [(seat.session, item)]
        said(views="true")
        await stream.text("controls")
        await shown(stream, item, 2)
        await settles(lambda: kept(made, seat) > 0)
        said(views="false")
        await stream.text("controls")
        await shown(stream, item, 3)
        await settles(lambda: bool(_sealed(made, seat)))
        had = kept(made, seat)
        assert sum(_sealed(made, seat)) == had
        assert _last(made, seat) < min(got.seq for got in stream.frames if got.answers == 3)
        said(views="false", share_of_item="0.9")
        await stream.text("controls")
        await shown(stream, item, 4)
        await settles(lambda: kept(made, seat) > had)
        stream.close()

    asyncio.run(run())
    assert auditing.verify_log(made.store).ok


@pytest.mark.parametrize(("views", "kept_"), [("false", 0), ("true", 1)])
def test_pictures_of_the_check_queue_are_kept_as_the_policy_says(views: str, kept_: int) -> None:
    """Without a record of views the log still says that the item was checked, and the budgets count it."""
    with studio() as made:
        (made.data / "policies" / "checkers.toml").write_text(CHECKER.format(views=views))
        made.use.book.refresh()
        made.add_series("unsure", [masked(pixels) for pixels in ct_slices(2)[0]], tasks_=0)
        with made.store.write() as tx:
            items.set_item_state(tx, "unsure", items.HELD)
            tx.append(note(EventCode.ITEM_HOLD, object="unsure"))
        (checker,) = made.seat(1, "reviewer")
        with made.serving("--workers", "1") as serving:
            answer = _ask_for_part(serving, checker, "1/0")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert kept(made, checker) == kept_
        leaves = recalling.events_since(made.store, 0, {EventCode.ITEM_CHECK, EventCode.EXPOSURE_BATCH})
        mine = [leaf for leaf in leaves if leaf.session == checker.session]
        assert [leaf.action for leaf in mine] == ["item.check", *["exposure.batch"] * kept_]
        assert all(leaf.policy == made.use.book.current.digest for leaf in mine)
        with made.store.read() as connection:
            person = "u-" + seat_name(made, checker)
            assert openings.use(connection, person, "", "", made.store.clock.now()).items == 1


def _ask_for_part(serving: Serving, seat: Seat, part: str) -> httpx.Response:
    """The answer to what the check page asks for a part of a picture."""
    origin = f"http://127.0.0.1:{serving.port}"
    page = httpx.get(f"{origin}/check", headers={"Cookie": seat.cookie}, timeout=PATIENCE_S)
    found = re.search(r'<meta name="csrf" content="([^"]+)"', page.text)
    assert found, page.text[:500]
    headers = {"Cookie": seat.cookie, "Origin": origin, "X-CSRF": found.group(1)}
    return httpx.post(f"{origin}/check/unsure/{part}", headers=headers, timeout=PATIENCE_S)


def seat_name(made: Studio, seat: Seat) -> str:
    with made.store.read() as connection:
        row = sessions.by_id(connection, seat.session)
    assert row is not None
    return row.user.removeprefix("u-")


def _last(made: Studio, seat: Seat) -> int:
    """The number of the last frame that the ledger holds."""
    with made.store.read() as connection:
        return max(segment.last for segment in exposures.of_session(connection, seat.session))


def _sealed(made: Studio, seat: Seat) -> list[int]:
    leaves = recalling.events_since(made.store, 0, {EventCode.EXPOSURE_BATCH})
    return [leaf.details["count"] for leaf in leaves if leaf.session == seat.session and leaf.details]


def test_the_mark_leaves_out_what_the_policy_exempts(
    place: tuple[Studio, Serving], said: Callable[..., None]
) -> None:
    made, _ = place
    said(exempt="{ left = 0.25, top = 0.3, right = 0.75, bottom = 0.7 }")
    (seat,) = made.seat(1)
    with made.store.read() as connection:
        row = sessions.by_id(connection, seat.session)
    assert row is not None
    mark = forensic_mark(row, 1, b"k" * 32, "CT")
    assert mark is not None
    assert mark.exempt == (Exempt(left=0.25, top=0.3, width=0.5, height=0.7 - 0.3),)


def test_an_admin_is_told_why_there_is_nothing_to_look_at(
    place: tuple[Studio, Serving], said: Callable[..., None]
) -> None:
    made, serving = place
    said(views="false")
    (seat,), (admin,) = made.seat(1), made.seat(1, "admin")

    async def run() -> None:
        stream, _ = await looking(made, serving.port, seat)
        over = await connect(made, admin, serving.port)
        watch(over, seat)
        assert "keep no record of its views" in (await over.text("notice"))["text"]
        assert all(got.blank for got in over.frames)
        for each in (stream, over):
            each.close()

    asyncio.run(run())


@pytest.mark.parametrize(("told", "word"), [("true", "shown"), ("false", "withheld")])
def test_the_log_says_whether_the_person_was_told(
    place: tuple[Studio, Serving], said: Callable[..., None], told: str, word: str
) -> None:
    made, serving = place
    said(shadow_notice=told)
    (seat,), (admin,) = made.seat(1), made.seat(1, "admin")

    async def run() -> None:
        stream, _ = await looking(made, serving.port, seat)
        over = await connect(made, admin, serving.port)
        await settles(lambda: kept(made, seat) > 0)
        watch(over, seat)
        await over.until(lambda: any(not got.blank for got in over.frames))
        if told == "true":
            assert (await stream.text("watched"))["on"]
        over.close()
        stream.say(json.dumps({"t": "input", "signal": "activity"}).encode())
        await shown(stream, stream_item(made, seat), 5)
        assert not [text for text in stream.texts if text["t"] == "watched" and text["on"]]
        stream.close()

    asyncio.run(run())
    leaves = recalling.events_since(made.store, 0, {EventCode.SESSION_SHADOW})
    assert [leaf.details for leaf in leaves if leaf.object == seat.session] == [{"notice": word}]


def stream_item(made: Studio, seat: Seat) -> str:
    with made.store.read() as connection:
        row = sessions.by_id(connection, seat.session)
    assert row is not None
    return str(row.item)


def watch(over: Thin, seat: Seat) -> None:
    over.say(json.dumps({"t": "watch", "session": seat.session}).encode())


def test_budgets_hold_for_whoever_looks_over_a_shoulder(place: tuple[Studio, Serving]) -> None:
    made, serving = place
    (seat, other), (admin,) = made.seat(2), made.seat(1, "admin")

    async def run() -> None:
        stream, item = await looking(made, serving.port, seat)
        made.add_series("urgent", [masked(pixels) for pixels in ct_slices(2)[0]], priority=9)
        another, second = await looking(made, serving.port, other)
        assert second != item
        over = await connect(made, admin, serving.port)
        await settles(lambda: kept(made, seat) > 0 and kept(made, other) > 0)
        watch(over, seat)
        await over.until(lambda: over.frames)
        count = len(over.frames)
        watch(over, other)
        notice = await over.text("notice")
        assert notice["level"] == "ask"
        assert "1 items an hour" in notice["text"]
        assert [got for got in over.frames[count:] if not got.blank and got.answers > 1] == []
        over.say(b'{"t":"reason","text":"they asked me for help"}')
        watch(over, other)
        await over.until(lambda: any(got.answers > 1 for got in over.frames))
        for each in (stream, another, over):
            each.close()

    asyncio.run(run())
    limits = recalling.events_since(made.store, 0, {EventCode.EXPOSURE_LIMIT})
    assert [limit.session for limit in limits] == [admin.session], (
        "once an item, however often it is looked at"
    )


def test_a_section_is_shown_over_the_shoulder(place: tuple[Studio, Serving]) -> None:
    """The admin's own policy shows sections; theirs are cut from the same volume, counted and named as what they are."""
    made, serving = place
    frames, _ = ct_slices(12)
    places = [
        Place(instance=k, orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), position=(0.0, 0.0, 2.0 * k))
        for k in range(12)
    ]
    made.add_series("head", [masked(pixels) for pixels in frames], priority=99, places=places)
    path: Path = made.data / "policies" / "watchers.toml"
    path.write_text(ADMIN.replace("items_per_hour = 1", "items_per_hour = 99"))
    made.use.book.refresh()
    (seat,), (admin,) = made.seat(1), made.seat(1, "admin")
    cut = {"plane": "coronal", "slab": "mean", "thickness_mm": 4.0}

    async def run() -> None:
        stream = await connect(made, seat, serving.port)
        item = str((await open_task(stream))["item"]["id"])
        assert item == "head"
        stream.say(json.dumps({"t": "survey", "item": item}).encode())
        extent = (await stream.text("surveyed"))["planes"]["coronal"]
        middle = {
            "x": extent["columns"] / 2,
            "y": extent["rows"] / 2,
            "scale": 1.0,
            "width": 128,
            "height": 64,
        }
        stream.look(item, extent["frames"] // 2, 1, cut=cut, **middle)
        await stream.until(lambda: any(not got.blank for got in stream.frames))
        await settles(lambda: kept(made, seat) > 0)
        over = await connect(made, admin, serving.port)
        watch(over, seat)
        await over.until(lambda: any(not got.blank for got in over.frames))
        shadow = await over.text("shadow")
        assert (shadow["plane"], shadow["slice"], shadow["slices"], shadow["why"]) == (
            "coronal",
            extent["frames"] // 2 + 1,
            extent["frames"],
            "",
        )
        await settles(lambda: kept(made, admin) > 0)
        for each in (stream, over):
            each.close()

    asyncio.run(run())
    (found,) = [
        each for each in exposure_of(made.store, item="head") if each.seen.segment.session == admin.session
    ]
    assert list(found.sections) == ["coronal"]
    assert not found.slices


def test_a_share_that_is_used_up_holds_over_a_shoulder_and_a_section_says_why(
    place: tuple[Studio, Serving],
) -> None:
    made, serving = place
    path: Path = made.data / "policies" / "watchers.toml"
    path.write_text(ADMIN.replace("items_per_hour = 1", "share_of_item = 0.01\nitems_per_hour = 99"))
    made.use.book.refresh()
    (seat,), (admin,) = made.seat(1), made.seat(1, "admin")

    async def run() -> None:
        stream = await connect(made, seat, serving.port)
        item = str((await open_task(stream))["item"]["id"])
        stream.look(item, 0, 1, width=512, height=512, scale=1.0)
        await stream.until(lambda: stream.frames)
        over = await connect(made, admin, serving.port)
        watch(over, seat)
        await over.until(lambda: over.frames)
        assert "as much as your session's policies allow" in (await over.text("notice"))["text"]
        stream.say(json.dumps({"t": "survey", "item": item}).encode())
        assert (await stream.text("surveyed"))["planes"] is None
        for each in (stream, over):
            each.close()

    asyncio.run(run())
