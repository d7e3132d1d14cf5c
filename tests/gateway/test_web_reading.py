"""The text of a document's page, from a real server: as the policy says, of the page on screen alone, in the log and the ledger."""

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest

from gateway.audit.events import EventCode
from gateway.sessions.exposed import ItemExposure
from gateway.sessions.exposing import exposure_of
from gateway.store import auditing, items, page_texts, readings, recalling, sessions
from gateway.web.reading import CHANGED, NOT_KEPT
from tests.benchmarks.studio import Seat, Serving, Studio, studio
from tests.benchmarks.thin import PATIENCE_S, Thin, connect, open_task
from tests.gateway.amending import amended
from tests.gateway.stores import note
from tests.gateway.test_web_views import settles
from tests.journeys.serving import isinglass
from viewer.document.pages import draw_page, page_text, paginate
from viewer.masking.pixels import from_page

NOTE = "".join(f"[person 0001] was seen again, line {line}\n" for line in range(120))
PAGES = paginate(NOTE)
LETTERS = [page_text(page, NOTE) for page in PAGES]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Studio, Serving]]:
    with studio() as made:
        pictures = [from_page(draw_page(page)) for page in PAGES]
        frames = made.add_series("kept", pictures, tasks_=40, kind="text")
        keep(made, {frame.digest: letters for frame, letters in zip(frames, LETTERS, strict=True)})
        with made.serving("--workers", "1") as serving:
            yield made, serving


@pytest.fixture
def said(place: tuple[Studio, Serving]) -> Iterator[Callable[..., None]]:
    """A function: have the annotators' policy say `key` = value in TOML until the test is over; `text` says "text" in all of it."""
    with amended(place[0], text='"text"') as put:
        put()
        yield put


def keep(made: Studio, letters: dict[str, str]) -> None:
    with made.store.write() as tx:
        page_texts.keep(tx, "original-kept", "subject-kept", letters)
        tx.append(note(EventCode.INTAKE_MASK, object="kept"))


async def reading(made: Studio, port: int, seat: Seat) -> tuple[Thin, str]:
    """A stream that shows the first page of the document."""
    stream = await connect(made, seat, port)
    item = str((await open_task(stream))["item"]["id"])
    await turn(stream, item, 1, 0)
    return stream, item


async def turn(stream: Thin, item: str, seq: int, page: int) -> None:
    stream.look(item, page, seq, width=512, height=512, x=512.0, y=512.0, scale=1.0)
    await stream.until(lambda: any(got.answers == seq and not got.blank for got in stream.frames))


def read(made: Studio, seat: Seat) -> list[tuple[str, int]]:
    with made.store.read() as connection:
        return [(each.item, each.page) for each in readings.of(connection, session=seat.session)]


def none_came(stream: Thin) -> bool:
    return not [message for message in stream.texts if message["t"] == "page"]


def test_the_page_on_screen_is_read_recorded_and_counted(
    place: tuple[Studio, Serving], said: Callable[..., None]
) -> None:
    made, serving = place
    (seat,) = made.seat(1)

    async def run() -> None:
        stream, item = await reading(made, serving.port, seat)
        assert await stream.text("page") == {
            "t": "page", "item": item, "frame": 0, "text": LETTERS[0], "why": ""
        }  # fmt: skip
        await turn(stream, item, 2, 2)
        assert (await stream.text("page"))["text"] == LETTERS[2]
        await turn(stream, item, 3, 2)
        await settles(lambda: bool(exposure_of(made.store, item="kept")))
        stream.close()

    asyncio.run(run())
    assert read(made, seat) == [("kept", 0), ("kept", 2)]
    leaves = recalling.events_since(made.store, 0, {EventCode.EXPOSURE_TEXT})
    assert [(leaf.session, leaf.object) for leaf in leaves] == [(seat.session, "kept")] * 2
    assert auditing.verify_log(made.store).ok
    (found,) = exposure_of(made.store, item="kept")
    assert [each.page for each in found.texts] == [0, 2]
    assert found.share == pytest.approx(2 / 3)  # all of two pages, though a quarter of each was in view
    answer = json.loads(isinglass(made.data, "exposure", "--item", "kept", "--json"))
    assert [text["page"] for text in answer["exposures"][0]["texts"]] == [0, 2]
    assert "the text of a page went out 2 times" in isinglass(made.data, "replay", seat.session)


@pytest.mark.parametrize(
    "changes",
    [{"text": '"pixels"'}, {"reveal": '"spotlight"'}, {"max_detail": "0.5"}],
    ids=["pixels", "spotlight", "less detail"],
)
def test_no_text_goes_out_where_the_policy_leaves_less(
    place: tuple[Studio, Serving], said: Callable[..., None], changes: dict[str, str]
) -> None:
    made, serving = place
    said(**changes)
    (seat,) = made.seat(1)

    async def run() -> None:
        stream, item = await reading(made, serving.port, seat)
        await turn(stream, item, 2, 1)
        assert none_came(stream)
        said()
        await stream.until(lambda: not none_came(stream))  # once it may
        assert [each["t"] for each in stream.texts if each["t"] in {"controls", "page"}] == [
            "controls",
            "page",
        ]
        await stream.text("controls")
        assert (await stream.text("page"))["text"] == LETTERS[1]
        said(**changes)
        assert (await stream.text("page"))["text"] is None
        await stream.text("controls")
        await turn(stream, item, 3, 0)
        assert none_came(stream)
        stream.close()

    asyncio.run(run())
    assert read(made, seat) == [("kept", 1)]


def test_views_are_kept_where_text_is_sent_whatever_the_policy_says(
    place: tuple[Studio, Serving], said: Callable[..., None]
) -> None:
    made, serving = place
    said(views="false")
    (seat,) = made.seat(1)

    async def run() -> None:
        stream, _ = await reading(made, serving.port, seat)
        await stream.text("page")
        await settles(lambda: [len(each.texts) for each in mine()] == [1])
        stream.close()

    def mine() -> list[ItemExposure]:
        found = exposure_of(made.store, item="kept")
        return [each for each in found if each.seen.segment.session == seat.session]

    asyncio.run(run())


def test_a_share_of_an_item_counts_its_text(place: tuple[Studio, Serving], said: Callable[..., None]) -> None:
    made, serving = place
    said(share_of_item="0.5", on_limit='"stop"')
    (seat,) = made.seat(1)

    async def run() -> None:
        for text in (LETTERS[0], LETTERS[0]):  # the second time from what the ledger holds
            stream, item = await reading(made, serving.port, seat)
            assert (await stream.text("page"))["text"] == text
            await turn(stream, item, 2, 1)
            refused = await stream.text("page")
            assert (refused["text"], refused["why"][:13]) == (None, "You have seen")
            stream.close()
            await asyncio.wait_for(stream.closed.wait(), PATIENCE_S)

    asyncio.run(run())


def test_a_document_without_kept_text_says_so_and_one_that_changed_too(
    place: tuple[Studio, Serving], said: Callable[..., None]
) -> None:
    made, serving = place
    (seat,) = made.seat(1)
    letters = page_texts.of_original(made.store, "original-kept")

    async def run() -> None:
        stream, item = await reading(made, serving.port, seat)
        await stream.text("page")
        with made.store.write() as tx:
            items.set_item_state(tx, item, items.HELD)
            tx.append(note(EventCode.ITEM_HOLD, object=item))
        await turn(stream, item, 2, 1)
        assert (await stream.text("page"))["why"] == CHANGED
        with made.store.write() as tx:
            items.set_item_state(tx, item, items.RELEASED)
            tx.append(note(EventCode.ITEM_RELEASE, object=item))
        keep(made, {"0" * 64: "of another picture"})
        await turn(stream, item, 3, 2)
        assert (await stream.text("page"))["why"] == NOT_KEPT
        stream.close()

    asyncio.run(run())
    keep(made, letters)
    assert read(made, seat) == [("kept", 0)]


def test_a_locked_session_reads_nothing(place: tuple[Studio, Serving], said: Callable[..., None]) -> None:
    made, serving = place
    (seat,) = made.seat(1)

    async def run() -> None:
        stream, item = await reading(made, serving.port, seat)
        await stream.text("page")
        made.use.lock(seat.session, "an admin said so")
        await stream.text("lock")
        stream.look(item, 1, 2, width=512, height=512, x=512.0, y=512.0, scale=1.0)
        stream.say(b'{"t":"input","signal":"activity"}')
        await asyncio.wait({asyncio.create_task(stream.closed.wait())}, timeout=1.0)
        assert none_came(stream)
        stream.close()

    asyncio.run(run())
    assert read(made, seat)[-1] == ("kept", 0)
    with made.store.read() as connection:
        row = sessions.by_id(connection, seat.session)
    assert row is not None
    assert row.state == "locked"
