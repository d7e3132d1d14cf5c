"""Text beside the picture: of the page on screen alone, recorded before it leaves, gone with the picture or the permission."""

from dataclasses import replace

import pytest

from gateway.stream.coverage import CELLS, Coverage
from gateway.stream.effects import Effect, Limit, Reading, ReadPage, Record, Send
from gateway.stream.grant import Grant
from gateway.stream.messages import Next, Reason
from gateway.stream.replies import Page, Shadow
from policies.values import OnLimit, Reveal, TextDelivery
from tests.gateway.stream_visits import DIGEST, SIDE, Caller, grant, look, task, told

READS = {"text": TextDelivery.TEXT}


def page(frame: int = 0, text: str | None = "seen", why: str = "") -> Page:
    return Page(item="i", frame=frame, text=text, why=why)


def asked(effects: list[Effect]) -> list[ReadPage]:
    return [effect for effect in effects if isinstance(effect, ReadPage)]


def texts(effects: list[Effect]) -> list[tuple[object, object]]:
    """(page, text) of what was told of texts."""
    return [(said["frame"], said["text"]) for said in told(effects) if said["t"] == "page"]


def reading(rights: Grant | None = None, kind: str = "text") -> Caller:
    """A stream that shows page 0 of a document, and whether its text is asked for."""
    caller = Caller().open(rights or grant(**READS), work=task(kind=kind))
    caller.say(look(1))
    return caller


def answer(caller: Caller, found: Page) -> list[Effect]:
    return caller.do(caller.machine.page(found, caller.now))


def test_the_text_of_the_page_on_screen_is_recorded_and_then_sent() -> None:
    caller = reading()
    assert asked(caller.draw()) == [ReadPage("i", 0, DIGEST)]
    effects = answer(caller, page())
    said = Reading(item="i", page=0, digest=DIGEST, size=4, time=caller.now)
    assert effects[0] == Record(said)
    assert texts(effects[1:]) == [(0, "seen")]
    caller.say(look(2, x=20.0))
    assert asked(caller.draw()) == []  # the same page


@pytest.mark.parametrize(
    "changes",
    [
        {"text": TextDelivery.PIXELS},
        {"reveal": Reveal.SPOTLIGHT},
        {"max_detail": 0.5},
    ],
)
def test_no_text_is_asked_for_where_the_controls_leave_less(changes: dict[str, object]) -> None:
    assert asked(reading(grant(**(READS | changes))).draw()) == []


def test_a_picture_has_no_text() -> None:
    assert asked(reading(kind="image").draw()) == []


def test_leafing_through_asks_for_one_page_at_a_time_and_sends_the_last() -> None:
    caller = reading()
    caller.draw()
    for frame in (1, 2):
        caller.say(look(frame + 1, frame=frame))
        assert asked(caller.draw()) == []
    effects = answer(caller, page(0))
    assert texts(effects) == []
    assert asked(effects) == [ReadPage("i", 2, DIGEST)]
    assert texts(answer(caller, page(2))) == [(2, "seen")]


def test_an_answer_about_another_task_is_dropped() -> None:
    caller = reading()
    caller.draw()
    caller.do(caller.machine.tell(task("j", "text"), caller.now))
    assert texts(answer(caller, page())) == []


def test_a_page_without_text_is_said_and_nothing_is_recorded() -> None:
    caller = reading()
    caller.draw()
    (sent,) = answer(caller, page(text=None, why="it isn't kept"))
    assert isinstance(sent, Send)
    assert told([sent])[0]["why"] == "it isn't kept"


@pytest.mark.parametrize("changes", [{"text": TextDelivery.PIXELS}, {"reveal": Reveal.SPOTLIGHT}])
def test_a_change_of_policy_takes_the_text_away_and_gives_it_back(changes: dict[str, object]) -> None:
    caller = reading()
    caller.draw()
    answer(caller, page())
    before = caller.machine.grant
    assert before is not None
    less = replace(before.controls, **changes)  # type: ignore[arg-type]
    effects = caller.do(caller.machine.change_controls(less, ["p"], caller.now))
    assert texts(effects) == [(0, None)]
    assert [said["t"] for said in told(effects)][:2] == ["page", "controls"]
    caller.draw()
    caller.do(caller.machine.change_controls(before.controls, ["p"], caller.now))
    assert asked(caller.draw()) == [ReadPage("i", 0, DIGEST)]


def test_a_change_of_policy_while_the_text_is_looked_up_keeps_it_back() -> None:
    caller = reading()
    caller.draw()
    before = caller.machine.grant
    assert before is not None
    less = replace(before.controls, text=TextDelivery.PIXELS)
    caller.do(caller.machine.change_controls(less, ["p"], caller.now))
    assert answer(caller, page()) == []


def test_nothing_is_sent_once_the_session_is_locked() -> None:
    caller = reading()
    caller.draw()
    caller.do(caller.machine.lock("an admin said so", caller.now))
    assert answer(caller, page()) == []


def test_nobody_reads_over_a_shoulder() -> None:
    caller = Caller().open(grant(**READS))
    other = Shadow(session="other", user="Bo", answers=0)
    caller.do(caller.machine.shadow(look(1), other, caller.now, exact=True))
    assert asked(caller.draw()) == []


# --- budgets
def _counted(on_limit: OnLimit, share: float, slices: int = 2) -> tuple[Caller, Coverage]:
    caller = Caller().open(grant(**READS, share_of_item=share, on_limit=on_limit))
    coverage = Coverage(rows=SIDE, columns=SIDE, slices=slices, stretch=1.0)
    caller.say(Next())
    caller.store = None
    caller.do(caller.machine.found(task(kind="text"), caller.now, coverage=coverage))
    caller.say(look(1, width=16, height=16, x=8.0, y=8.0))
    caller.draw()
    return caller, coverage


def test_a_reason_takes_no_text_away() -> None:
    caller = reading(grant(**READS, on_limit=OnLimit.ASK))
    caller.draw()
    answer(caller, page())
    assert texts(caller.say(Reason(text="another item, please"))) == []


def test_a_text_counts_as_all_of_its_page_at_full_detail() -> None:
    caller, coverage = _counted(OnLimit.STOP, 0.6)
    assert 0 < coverage.share < 0.1
    assert texts(answer(caller, page())) == [(0, "seen")]
    assert coverage.share == 0.5
    assert int(coverage.seen[0].sum()) == CELLS * CELLS


def test_a_page_beyond_the_share_is_not_sent_until_a_reason_is_given() -> None:
    caller, coverage = _counted(OnLimit.ASK, 0.4)
    effects = answer(caller, page())
    assert texts(effects) == [(0, None)]
    assert Limit("i") in effects
    assert not any(isinstance(effect, Record) for effect in effects)
    assert coverage.share < 0.1
    caller.say(Reason(text="it goes on below"))
    assert caller.render is None, "nothing before the reason is in the log"
    caller.do(caller.machine.explained("i", caller.now))
    assert asked(caller.draw()) == [ReadPage("i", 0, DIGEST)]
    assert texts(answer(caller, page())) == [(0, "seen")]
