"""Every message kind has a row, and a message without permission reaches nothing."""

from typing import get_args

import pytest

from gateway.stream.effects import Denial, Record, Redeem, Send
from gateway.stream.grant import ACTION_OF
from gateway.stream.messages import (
    OP_KINDS,
    Ack,
    Answer,
    Beat,
    Bye,
    ClientMessage,
    Hello,
    Input,
    Leak,
    Next,
    Op,
    Open,
    Panes,
    Probe,
    Reason,
    Survey,
    Unfilm,
    Watch,
)
from policies.actions import Action
from tests.gateway.stream_visits import Caller, grant, look, op, task, told

MESSAGES: dict[type[ClientMessage] | str, ClientMessage] = {
    Hello: Hello(ticket="x"),
    Next: Next(),
    Open: Open(task="t"),
    type(look(1)): look(1),
    Input: Input(signal="activity"),
    Ack: Ack(seq=0),
    Unfilm: Unfilm(),
    Leak: Leak(passed=(), failed=()),
    Beat: Beat(faults=()),
    Answer: Answer(proof="p" * 86),
    Watch: Watch(),
    Panes: Panes(count=2),
    Survey: Survey(item="i"),
    Probe: Probe(seen=0, x=1.0, y=2.0),
    Reason: Reason(text="there is more of it"),
    Bye: Bye(),
} | {kind: op("o", kind) for kind in OP_KINDS}

# Written down a second time on purpose: who changes the table changes a promise.
NEEDS = {
    "hello": set(Action),
    "input": set(Action),
    "ack": set(Action),
    "unfilm": set(Action),
    "leak": set(Action),
    "beat": set(Action),
    "answer": set(Action),
    "watch": {"session.watch"},
    "bye": set(Action),
    "view": {"item.view"},
    "panes": {"item.view"},
    "survey": {"item.view"},
    "probe": {"item.view"},
    "reason": {"item.view", "session.watch"},
    "next": {"task.take"},
    "open": {"task.review"},
    "create": {"annotation.write"},
    "update": {"annotation.write"},
    "delete": {"annotation.write"},
    "undo": {"annotation.write"},
    "redo": {"annotation.write"},
    "submit": {"task.submit"},
    "accept": {"task.review"},
    "return": {"task.review"},
    "comment": {"annotation.write", "task.review"},
}


def name(key: type[ClientMessage] | str) -> str:
    return key if isinstance(key, str) else str(key.__struct_config__.tag)


def test_the_table_is_total() -> None:
    assert set(ACTION_OF) == {kind for kind in get_args(ClientMessage) if kind is not Op} | set(OP_KINDS)
    assert set(MESSAGES) == set(ACTION_OF)
    assert {name(key): set(actions) for key, actions in ACTION_OF.items()} == NEEDS


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("key", MESSAGES, ids=name)
def test_every_message_under_every_single_action(key: type[ClientMessage] | str, action: Action) -> None:
    rights = grant(actions=frozenset({action}))
    assert rights.permits(MESSAGES[key]) is (action in NEEDS[name(key)])
    _check(key, frozenset({action}))


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("key", MESSAGES, ids=name)
def test_every_message_with_every_action_taken_away(key: type[ClientMessage] | str, action: Action) -> None:
    _check(key, frozenset(Action) - {action})


@pytest.mark.parametrize("key", MESSAGES, ids=name)
def test_no_action_no_message(key: type[ClientMessage] | str) -> None:
    assert _check(key, frozenset()), "a session without any action said something"


def _check(key: type[ClientMessage] | str, actions: frozenset[Action]) -> bool:
    """Whether the message was denied: one record, one answer, no other effect."""
    message = MESSAGES[key]
    caller = Caller().open(grant(actions=actions), work=task())
    effects = caller.say(message)
    denied = [effect for effect in effects if isinstance(effect, Record) and isinstance(effect.event, Denial)]
    assert bool(denied) is not bool(actions & NEEDS[name(key)])
    if denied:
        about = {"o": "o", "t": "t", "i": "i"}.get(
            getattr(message, "id", getattr(message, "task", getattr(message, "item", "")))
        )
        assert denied == [Record(Denial(message=name(key), object=about))]
        assert [type(effect) for effect in effects] == [Record, Send]
        (answer,) = told(effects)
        reason = str(answer["reason"] if isinstance(message, Op) else answer["text"])
        assert answer["t"] == ("refused" if isinstance(message, Op) else "notice")
        assert reason.startswith(f"the session policy does not allow `{name(key)}`")
    return bool(denied)


def test_an_item_that_was_not_opened_is_denied() -> None:
    caller = Caller().open(work=task("i"))
    effects = caller.say(look(1, item="secret"))
    assert effects[-2] == Record(Denial(message="view", object="secret"))
    assert caller.render is None
    assert told(effects)[0]["t"] == "notice"


def test_a_late_view_of_the_task_before_is_dropped_without_a_word() -> None:
    caller = Caller().open(work=task("i"))
    caller.do(caller.machine.tell(task("j"), caller.now))
    assert caller.say(look(1, item="i")) == []
    assert caller.render is None
    caller.say(look(2, item="j"))
    assert caller.render is not None


def test_who_asks_too_often_for_what_is_denied_is_sent_away() -> None:
    caller = Caller().open(grant(actions=frozenset({Action.ITEM_VIEW})))
    for _ in range(caller.limits.denials):
        assert isinstance(caller.say(Next())[0], Record)
    assert told(caller.say(Next()))[-1]["t"] == "end"
    assert caller.closed


def test_a_kind_without_a_row_is_denied() -> None:
    assert not grant().permits(op("o", "release"))


def test_nothing_is_permitted_before_the_grant() -> None:
    caller = Caller()
    assert caller.say(Hello(ticket="x")) == [Redeem("x")]
    assert told(caller.say(look(1)))[0]["t"] == "end"
