"""Exact values of pixels: told where the policy allows, so many a minute, each kept in the ledger; of what was shown alone."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gateway.store import exposures
from gateway.stream import viewlog
from gateway.stream.effects import Denial, Record, TellValue
from gateway.stream.limits import Allowance
from gateway.stream.messages import Probe
from gateway.stream.viewlog import Told
from policies.controls import Controls
from policies.values import Reveal
from tests.benchmarks.studio import Serving, Studio, ct_slices, masked, studio
from tests.benchmarks.thin import PATIENCE_S, Thin, connect, open_task
from tests.gateway.stream_visits import Caller, controls, grant, look, task
from viewer.imaging.presentation import Presentation, Rescale
from viewer.masking.image import MaskedFrame
from viewer.render.reading import Reading, is_in_view, read_pixel
from viewer.render.view import View

HEADER = Presentation(
    photometric="MONOCHROME2", modality=Rescale(slope=2, intercept=-1024), unit="HU", padding=(63535, 63535)
)


def _looking(**rights: object) -> Caller:
    caller = Caller().open(grant(**rights), work=task())
    caller.say(look(1))
    caller.draw()
    return caller


def _asked(caller: Caller, x: float = 3.75, y: float = 40.25, seen: int = 1) -> list[TellValue]:
    effects = caller.do(caller.machine.receive(f'{{"t":"probe","seen":{seen},"x":{x},"y":{y}}}', caller.now))
    return [effect for effect in effects if isinstance(effect, TellValue)]


def test_a_value_is_asked_of_a_frame_that_was_shown() -> None:
    caller = _looking(values_per_min=60)
    assert caller.exposed is not None
    (wanted,) = _asked(caller, seen=caller.exposed.seq)
    assert (wanted.seen.seq, wanted.column, wanted.row) == (caller.exposed.seq, 3, 40)
    assert _asked(_looking(values_per_min=60), seen=99) == []
    assert _asked(_looking(values_per_min=60), x=-0.5) == []


@pytest.mark.parametrize(
    "kept_back",
    [
        {"values_per_min": 0},
        {"values_per_min": 60, "reveal": Reveal.SPOTLIGHT},
        {"values_per_min": 60, "max_detail": 0.5},
        {"values_per_min": 60, "share_of_item": 0.5},
        {"values_per_min": 60, "record_views": False},
    ],
    ids=str,
)
def test_where_something_is_kept_back_no_value_is_told_and_the_ask_is_audited(
    kept_back: dict[str, object],
) -> None:
    caller = _looking(**kept_back)
    effects = caller.say(Probe(seen=1, x=3.0, y=4.0))
    assert [
        effect.event.message
        for effect in effects
        if isinstance(effect, Record) and isinstance(effect.event, Denial)
    ] == ["probe"]
    assert not [effect for effect in effects if isinstance(effect, TellValue)]


def test_one_too_many_has_no_answer() -> None:
    allowance, told = Allowance(0.0), 0
    for tenth in range(36_000):  # an hour, ten asks a second
        told += allowance.take(60, tenth / 10)
    assert 3595 <= told <= 3611
    fresh = Allowance(0.0)  # of a new connection
    assert [fresh.take(60, 0.0), fresh.take(60, 0.1)] == [True, False]


def test_controls_of_before_there_was_the_field_tell_nothing() -> None:
    stored = replace(controls(), values_per_min=60).to_dict()
    del stored["display"]["values"]  # type: ignore[attr-defined]
    assert Controls.from_dict(stored).values_per_min == 0


def test_a_pixel_is_read_as_it_is_stored_and_in_its_unit() -> None:
    pixels = np.array([[10, 20], [30, 65535]], np.uint16)
    frame = MaskedFrame(pixels=pixels, offset=-2000, presentation=HEADER)
    assert read_pixel(frame, 1, 0) == Reading(stored=(-1980.0,), value=-4984.0, unit="HU")
    assert [read_pixel(frame, *place) for place in ((1, 1), (2, 0), (0, 2), (-1, 0))] == [None] * 4
    colour = MaskedFrame(
        pixels=np.full((1, 1, 3), 7, np.uint8), offset=0, presentation=Presentation(photometric="RGB")
    )
    assert read_pixel(colour, 0, 0) == Reading(stored=(7.0, 7.0, 7.0))


def test_only_what_is_in_view_is_read() -> None:
    view = View(item="i", frame=0, width=100, height=60, x=50.0, y=50.0, scale=2.0)
    tall = Presentation(photometric="MONOCHROME2", spacing_mm=(2.0, 1.0))
    assert is_in_view(view, HEADER, 74, 64)
    assert not is_in_view(view, HEADER, 75, 50)
    assert not is_in_view(view, tall, 50, 58)
    turned = View(item="i", frame=0, width=100, height=60, x=50.0, y=50.0, scale=2.0, turned=90)
    assert is_in_view(turned, HEADER, 50, 74)
    assert not is_in_view(turned, HEADER, 74, 50)


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Studio, Serving]]:
    frames, _ = ct_slices(2)
    with studio() as made:  # the demo policies tell annotators 60 a minute
        made.add_series("only", [masked(pixels) for pixels in frames], tasks_=9)
        with made.serving("--workers", "1") as serving:
            yield made, serving


def test_a_value_is_told_exactly_once_it_is_in_the_ledger(place: tuple[Studio, Serving]) -> None:
    made, serving = place
    (seat,) = made.seat(1)
    frames, _ = ct_slices(2)

    def kept() -> list[Told]:
        with made.store.read() as connection:
            segments = exposures.of_session(connection, seat.session)
        return [entry for each in segments for entry in viewlog.read(each.data)[1] if isinstance(entry, Told)]

    async def ask(stream: Thin, x: float, y: float) -> None:
        stream.say(json.dumps({"t": "probe", "seen": stream.frames[-1].seq, "x": x, "y": y}).encode())

    async def run() -> dict[str, object]:
        stream = await connect(made, seat, serving.port)
        item = str((await open_task(stream))["item"]["id"])
        stream.look(item, 1, 1, width=512, height=512, scale=1.0)
        await stream.until(lambda: stream.frames)
        await ask(stream, 200.5, 301.25)
        value = await stream.text("value")
        async with asyncio.timeout(PATIENCE_S):
            while not kept():  # noqa: ASYNC110 - the store is asked
                await asyncio.sleep(0.05)
        stream.close()
        return value

    value = asyncio.run(run())
    wanted = masked(frames[1])
    found = read_pixel(wanted, 200, 301)
    assert found is not None
    assert (value["column"], value["row"]) == (200, 301)
    assert value["stored"] == list(found.stored)
    assert value["value"] == found.value
    assert [(entry.seq, entry.column, entry.row) for entry in kept()] == [(value["seen"], 200, 301)]
