"""Several pictures of one item side by side, and sections through its volume: what the machine lets through, and in which turns."""

import pytest

from gateway.stream.display import may_cut, may_show
from gateway.stream.effects import Denial, PutAway, Record, TakeSurvey
from gateway.stream.messages import Ack, Panes, Survey
from gateway.stream.replies import Surveyed
from gateway.stream.wire import FrameType
from policies.values import Reveal
from tests.gateway.stream_visits import Caller, controls, grant, look, pictures, task, told
from viewer.imaging.volume import Plane, Slab
from viewer.render.view import Cut

CORONAL = Cut(plane=Plane.CORONAL, slab=Slab.MAXIMUM, thickness_mm=10.0)


@pytest.mark.parametrize(
    ("changes", "beside", "cut"),
    [
        ({}, True, True),
        ({"max_zoom": 2.0, "max_side_px": 512}, True, True),
        ({"share_of_item": 0.5}, True, False),
        ({"max_detail": 0.5}, True, False),
        ({"reveal": Reveal.SPOTLIGHT}, False, False),
    ],
    ids=["full", "small", "share", "detail", "spotlight"],
)
def test_what_a_policy_leaves(changes: dict[str, object], beside: bool, cut: bool) -> None:
    rights = controls(**changes)
    assert may_show(look(1), rights)
    assert may_show(look(1, pane=3), rights) is beside
    assert may_show(look(1, cut=CORONAL), rights) is cut
    assert may_cut(rights) is cut


def test_each_pane_gets_its_own_latest_view_in_turn() -> None:
    caller = Caller().open(grant(), work=task())
    for pane in range(4):
        caller.say(look(1, frame=1, pane=pane))
        caller.say(look(2, frame=pane, pane=pane))
    caller.draw()
    for _ in range(4):
        caller.draw()
    shown = [(header.pane, header.answers) for header in caller.frames]
    # The first view of the first pane was already being drawn; after it each pane has one turn.
    assert shown == [(0, 1), (1, 2), (2, 2), (3, 2), (0, 2)]
    caller.say(Ack(seq=caller.last_binary))
    caller.pass_time(1)
    while caller.render is not None:
        assert caller.render.encoding.lossless
        caller.draw()
        caller.say(Ack(seq=caller.last_binary))
    assert sorted(header.pane for header in caller.frames if header.flags & 1) == [0, 1, 2, 3]


def test_a_pane_that_was_put_away_gets_nothing_more() -> None:
    caller = Caller().open(grant(), work=task())
    caller.say(look(1))
    caller.draw()
    caller.say(look(1, pane=1))
    assert caller.say(Panes(count=1)) == [PutAway(1)]
    assert not pictures(caller.draw()), "its frame was on its way"
    caller.say(Ack(seq=caller.last_binary))
    caller.pass_time(1)
    caller.draw()
    assert {header.pane for header in caller.frames} == {0}
    caller.say(look(7, pane=1))
    caller.draw()
    assert caller.frames[-1].pane == 1, "it may come again"


def test_acknowledgements_of_panes_may_come_in_any_order() -> None:
    caller = Caller().open(grant(), work=task())
    caller.say(look(1))
    caller.draw()
    caller.say(look(1, pane=1))
    caller.draw()
    assert [type(effect).__name__ for effect in caller.say(Ack(seq=2))][:1] == ["Drawn"]
    assert [type(effect).__name__ for effect in caller.say(Ack(seq=1))][:1] == ["Drawn"]
    assert not caller.say(Ack(seq=1)) or caller.render is not None


def test_what_the_policy_hides_is_denied_and_taken_away() -> None:
    lit = grant(reveal=Reveal.SPOTLIGHT)
    caller = Caller().open(lit, work=task())
    assert Record(Denial(message="view", object="i")) in caller.say(look(1, pane=1))
    assert Record(Denial(message="view", object="i")) in caller.say(look(1, cut=CORONAL))
    assert caller.render is None

    caller = Caller().open(grant(), work=task())
    caller.say(look(1))
    caller.draw()
    caller.say(look(1, pane=1, cut=CORONAL))
    caller.draw()
    effects = caller.do(caller.machine.change_controls(controls(max_detail=0.5), [], caller.now))
    assert [header.type for header in pictures(effects)] == [FrameType.BLANK]
    assert caller.render is not None
    assert (caller.render.view.pane, caller.render.view.cut) == (0, None)


def test_a_survey_is_of_the_open_item_only() -> None:
    caller = Caller().open(grant(), work=task())
    assert caller.say(Survey(item="i")) == [TakeSurvey("i")]
    assert caller.say(Survey(item="j")) == []
    (said,) = told(caller.do(caller.machine.tell(Surveyed(item="i", planes=None, why="no"), caller.now)))
    assert said == {"t": "surveyed", "item": "i", "planes": None, "why": "no", "times_ms": [], "places": None}
