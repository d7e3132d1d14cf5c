"""Ops and asks for work: one at a time, in order, each answered once."""

import json
from dataclasses import replace

import pytest

from gateway.stream.desk import Desk
from gateway.stream.effects import Commit, Effect, FindWork, Send, Work
from gateway.stream.limits import Limits
from gateway.stream.messages import Op
from gateway.stream.replies import Refused
from tests.gateway.stream_visits import op, receipt, told

NEXT = FindWork(Work.NEXT, None)
OPEN = FindWork(Work.OPEN, "t")


def commit(name: str, base: int = 0) -> Commit:
    return Commit(op(name, base=base), None)


def test_one_at_a_time_in_order() -> None:
    desk = Desk(Limits())
    assert desk.put(commit("a")) == [commit("a")]
    assert desk.put(commit("b")) == []
    assert desk.put(NEXT) == []
    assert desk.put(commit("c")) == []
    first, second = desk.answer(receipt("a"))
    assert told([first]) == [
        {"t": "receipt", "op": "a", "revision": 1, "index": 2, "stage": "annotate", "annotation": None}
    ]
    assert second == commit("b")
    assert desk.answer(Refused(op="b", reason="no"))[1] == NEXT  # an ask for work waits for the ops before it
    assert desk.found() == [commit("c")]
    assert len(desk.answer(receipt("c"))) == 1


def test_an_op_that_was_answered_is_answered_again_without_the_store() -> None:
    desk = Desk(Limits())
    desk.put(commit("a"))
    answer = desk.answer(receipt("a"))
    assert desk.put(commit("a")) == answer
    assert desk.put(replace(commit("a"), context=None)) == answer


def test_a_duplicate_that_waits_gets_the_first_ones_answer_in_its_turn() -> None:
    desk = Desk(Limits())
    desk.put(commit("a"))
    desk.put(commit("b"))
    desk.put(commit("a"))
    assert desk.answer(Refused(op="a", reason="no"))[1] == commit("b")
    effects = desk.answer(receipt("b"))
    assert [(said["t"], said["op"]) for said in told(effects)] == [("receipt", "b"), ("refused", "a")]


def test_the_same_id_with_another_content_goes_to_the_store() -> None:
    desk = Desk(Limits())
    desk.put(commit("a"))
    desk.answer(receipt("a"))
    assert desk.put(commit("a", base=7)) == [commit("a", base=7)]


def test_answers_are_kept_up_to_a_limit() -> None:
    desk = Desk(Limits(answers=2))
    for name in "abc":
        desk.put(commit(name))
        desk.answer(receipt(name))
    assert isinstance(desk.put(commit("b"))[0], Send)
    assert desk.put(commit("a")) == [commit("a")]


def test_a_full_desk_says_so_at_once() -> None:
    desk = Desk(Limits(waiting=2))
    for name in "abc":
        desk.put(commit(name))
    (refused,) = told(desk.put(commit("d")))
    assert (refused["t"], refused["op"]) == ("refused", "d")
    (notice,) = told(desk.put(NEXT))
    assert notice["t"] == "notice"
    assert desk.answer(receipt("a"))[1] == commit("b")
    assert desk.put(commit("d")) == []  # a refusal for want of room is not remembered


@pytest.mark.parametrize("in_hand", [None, commit("a"), NEXT])
def test_answers_to_what_is_not_in_hand_are_defects(in_hand: Commit | FindWork | None) -> None:
    desk = Desk(Limits())
    if in_hand is not None:
        desk.put(in_hand)
    with pytest.raises(ValueError, match="not in hand"):
        desk.answer(receipt("b"))
    if in_hand != NEXT:
        with pytest.raises(ValueError, match="not in hand"):
            desk.found()


def test_what_is_no_longer_permitted_is_taken_away() -> None:
    desk = Desk(Limits())
    for asked in (commit("a"), commit("b"), NEXT, OPEN, commit("c")):
        desk.put(asked)
    gone = desk.withdraw(lambda message: isinstance(message, Op) and message.id != "b")
    assert [json.dumps(getattr(each, "id", type(each).__name__)) for each in gone] == [
        '"b"',
        '"Next"',
        '"Open"',
    ]
    assert desk.answer(receipt("a"))[1] == commit("c")


def test_who_leaves_leaves_the_ops_behind() -> None:
    desk = Desk(Limits())
    for asked in (commit("a"), commit("b"), NEXT, commit("c")):
        desk.put(asked)
    left: list[Effect] = [commit("b"), commit("c")]
    assert desk.leave() == left
    assert desk.leave() == []


def test_a_lock_gives_up_asks_for_work_only() -> None:
    desk = Desk(Limits())
    for asked in (commit("a"), NEXT, commit("b"), OPEN):
        desk.put(asked)
    desk.give_up_work()
    assert desk.answer(receipt("a"))[1] == commit("b")
    assert len(desk.answer(receipt("b"))) == 1
