"""The controls of the picture hold on the server, whatever a client asks for."""

from dataclasses import replace

import pytest

from gateway.stream.display import bounded, limited
from gateway.stream.replies import Task
from policies.values import Reveal, Windowing
from tests.gateway.stream_visits import START, Caller, controls, grant, look, task
from viewer.imaging.presentation import Window
from viewer.render.frame import Encoding, output_size

OWN = Window(center=40.0, width=400.0)
OTHER = Window(center=0.0, width=20.0)


@pytest.mark.parametrize(
    ("changes", "scale", "wanted"),
    [
        ({}, 8.0, 1.0),
        ({"max_side_px": 512}, 1.0, 0.5),
        ({"max_zoom": 2.0}, 8.0, 0.25),
        ({"max_detail": 0.5}, 1.0, 0.5),
        ({"max_detail": 0.5}, 0.25, 1.0),
        ({"max_detail": 0.5}, 8.0, 0.0625),
        ({"max_side_px": 512, "max_detail": 0.25}, 1.0, 0.25),
    ],
)
def test_a_frame_is_no_larger_than_allowed(changes: dict[str, object], scale: float, wanted: float) -> None:
    view = look(1, width=1024, height=512, scale=scale).view()
    got = limited(Encoding(lossless=True), view, controls(**changes))
    assert got.shrink == wanted
    width, height = output_size(view, got)
    assert max(width, height) <= controls(**changes).max_side_px
    assert limited(Encoding(lossless=False, shrink=0.01), view, controls(**changes)).shrink == 0.01


@pytest.mark.parametrize(
    ("changes", "asked", "wanted"),
    [
        ({}, OTHER, OTHER),
        ({"windowing": Windowing.PRESETS}, OTHER, None),
        ({"windowing": Windowing.PRESETS}, OWN, OWN),
        ({"windowing": Windowing.PRESETS}, None, None),
        ({"min_window_width": 100.0}, OTHER, Window(center=0.0, width=100.0)),
        ({"min_window_width": 1000.0}, OWN, OWN),  # the item's own is always allowed
    ],
)
def test_windows(changes: dict[str, object], asked: Window | None, wanted: Window | None) -> None:
    assert bounded(look(1, window=asked), controls(**changes), [OWN]).window == wanted


def test_the_spotlight_is_the_policys_and_follows_the_pointer() -> None:
    lit = controls(reveal=Reveal.SPOTLIGHT, spotlight_radius_px=100, spotlight_detail=0.25)
    spot = bounded(look(1, pointer=(3.0, 4.0)), lit, []).spot
    assert spot is not None
    assert (spot.x, spot.y, spot.radius, spot.detail) == (3.0, 4.0, 100, 0.25)
    without = bounded(look(1), lit, []).spot
    assert without is not None
    assert without.radius == 0  # no pointer, no detail
    assert bounded(look(1, pointer=(3.0, 4.0)), controls(), []).spot is None


def test_the_machine_renders_and_records_what_is_left() -> None:
    rights = grant(reveal=Reveal.SPOTLIGHT, windowing=Windowing.PRESETS, max_side_px=24, lossless=False)
    work = Task(id="t", item={"id": "i", "kind": "image", "frames": 9, "windows": [[40.0, 400.0, "linear"]]})
    caller = Caller().open(rights, work=work)
    caller.say(look(1, window=OTHER, pointer=(1.0, 2.0)))
    request = caller.render
    assert request is not None
    assert (request.view.window, request.encoding.shrink) == (None, 0.5)
    assert request.view.spot is not None
    caller.draw()
    assert caller.exposed is not None
    assert (caller.exposed.view, caller.exposed.encoding.shrink) == (request.view, 0.5)


def test_a_change_of_policy_draws_the_same_view_anew_within_its_limits() -> None:
    caller = Caller().open(work=task())
    caller.say(look(1, pointer=(1.0, 2.0)))
    assert caller.render is not None
    assert caller.render.view.spot is None
    caller.draw()
    lit = replace(grant().controls, reveal=Reveal.SPOTLIGHT)
    caller.do(caller.machine.change_controls(lit, ["p"], caller.now))
    assert caller.render is not None
    assert caller.render.view.spot is not None
    assert caller.now >= START
