"""The life of a stream: how it opens, what it shows, how it goes dark, how it ends."""

import pytest

from gateway.stream.effects import (
    Close,
    Commit,
    Drawn,
    Effect,
    Exposure,
    FindWork,
    LockSession,
    Record,
    Redeem,
    Render,
    Send,
    Signal,
    Touch,
    Work,
)
from gateway.stream.limits import Limits
from gateway.stream.machine import Machine, State
from gateway.stream.messages import SIGNALS, Ack, Beat, Bye, Hello, Input, Leak, Next, Open
from gateway.stream.replies import Notice
from gateway.stream.wire import FrameType
from policies.actions import Action
from policies.values import Devtools, LeakTest
from tests.gateway.stream_visits import (
    DIGEST,
    START,
    WELCOME,
    Caller,
    controls,
    frame_of,
    grant,
    look,
    op,
    pictures,
    task,
    told,
)


def kinds(effects: list[Effect]) -> list[str]:
    """What was sent and done, one word each."""
    words = []
    for effect in effects:
        match effect:
            case Send(data=str()):
                words.append(str(told([effect])[0]["t"]))
            case Send():
                words.append(pictures([effect])[0].type.name.lower())
            case _:
                words.append(type(effect).__name__)
    return words


def watching(**changes: object) -> Caller:
    """A stream with a picture on screen, drawn and acknowledged, exact."""
    caller = Caller().open(grant(**changes), work=task())
    caller.say(look(1))
    caller.draw()
    caller.pass_time(0.1)
    caller.draw()
    _ack(caller)
    return caller


def _ack(caller: Caller) -> list[Effect]:
    caller.acked = caller.last_binary
    return caller.say(Ack(seq=caller.last_binary, held_ms=4.5))


# --- opening
def test_hello_welcome_work_picture() -> None:
    caller = Caller()
    assert caller.machine.state is State.NEW
    assert caller.say(Hello(ticket="secret")) == [Redeem("secret")]
    assert caller.machine.state is State.ADMITTING
    assert caller.machine.grant is None
    assert kinds(caller.do(caller.machine.admit(grant(), caller.now, welcome=WELCOME))) == ["welcome"]
    assert caller.machine.state is State.OPEN
    assert caller.machine.grant == grant()
    assert caller.say(Next()) == [FindWork(Work.NEXT, None)]
    assert kinds(caller.find(task())) == ["task"]
    assert kinds(caller.say(look(1))) == ["Render"]
    request = caller.render
    record, send = caller.draw()
    assert request is not None
    assert record == Record(
        Exposure(
            seq=1,
            view=look(1).view(),
            encoding=request.encoding,
            digest=DIGEST,
            sent=frame_of(request).trace.hex(),
            lossless=False,
            epoch=int(START // 30),
            time=caller.now,
        )
    )
    (header,) = pictures([send])
    assert (header.type, header.seq, header.answers, header.scale) == (FrameType.FRAME, 1, 1, 1.0)


def test_frame_numbers_go_on_where_the_ledger_ends() -> None:
    caller = Caller()
    caller.last_binary = 41
    caller.say(Hello(ticket="t"))
    caller.do(caller.machine.admit(grant(), caller.now, welcome=WELCOME, first_frame=42))
    caller.do(caller.machine.tell(task(), caller.now))
    caller.say(look(1))
    caller.draw()
    assert caller.frames[-1].seq == 42


@pytest.mark.parametrize(
    "said",
    [look(1), Next(), Open(task="t"), op("o"), Input(signal="activity"), Ack(seq=0)],
    ids=lambda m: type(m).__name__,
)
@pytest.mark.parametrize("after_hello", [False, True])
def test_nothing_comes_before_the_welcome(said: object, after_hello: bool) -> None:
    caller = Caller()
    if after_hello:
        caller.say(Hello(ticket="t"))
    effects = caller.say(said)  # type: ignore[arg-type]
    assert kinds(effects) == ["end", "Close"]
    assert effects[-1] == Close(1008, "a message came before the stream was open")


@pytest.mark.parametrize("opened", [False, True])
def test_hello_comes_once(opened: bool) -> None:
    caller = Caller().open() if opened else Caller()
    if not opened:
        caller.say(Hello(ticket="t"))
    assert kinds(caller.say(Hello(ticket="t")))[-2:] == ["end", "Close"]


def test_a_ticket_that_is_not_good() -> None:
    caller = Caller()
    caller.say(Hello(ticket="t"))
    effects = caller.do(caller.machine.end("the ticket is used up", caller.now, code=1008))
    assert kinds(effects) == ["end", "Close"]
    assert caller.machine.admit(grant(), caller.now, welcome=WELCOME) == []
    assert caller.machine.state is State.CLOSED


def test_an_admission_that_nobody_asked_for_does_nothing() -> None:
    machine = Machine(START)
    assert machine.admit(grant(), START, welcome=WELCOME) == []
    assert machine.state is State.NEW


def test_no_hello_in_time() -> None:
    caller = Caller()
    assert caller.machine.deadline() == START + 10
    assert caller.pass_time(9.9) == []
    assert caller.pass_time(0.2)[-1] == Close(1008, "no hello came within 10 s")
    assert caller.machine.deadline() is None


def test_a_hello_too_late() -> None:
    caller = Caller()
    caller.now += 10
    assert kinds(caller.say(Hello(ticket="t"))) == ["end", "Close"]


def test_a_grant_that_has_expired_opens_nothing() -> None:
    caller = Caller()
    caller.say(Hello(ticket="t"))
    effects = caller.do(caller.machine.admit(grant(expires=caller.now), caller.now, welcome=WELCOME))
    assert kinds(effects) == ["blank", "end", "Close"]


# --- pictures
def test_previews_while_moving_then_the_exact_frame_then_rest() -> None:
    caller = Caller().open(work=task())
    for seq in range(1, 6):
        caller.say(look(seq, frame=seq))
        caller.draw()
        _ack(caller)
        caller.pass_time(0.03)
    assert [bool(frame.flags & 1) for frame in caller.frames] == [False] * 5
    caller.pass_time(0.1)
    caller.draw()
    assert caller.frames[-1].flags & 1
    assert (caller.frames[-1].answers, caller.render) == (5, None)
    _ack(caller)
    assert caller.pass_time(1.0) == []


def test_a_new_watermark_epoch_redraws_the_picture() -> None:
    caller = watching()
    seen = caller.frames[-1]
    caller.pass_time(31)
    caller.draw()
    assert (caller.frames[-1].epoch, caller.frames[-1].answers) == (seen.epoch + 1, seen.answers)


def test_an_acknowledgement_is_noted_once() -> None:
    caller = Caller().open(work=task())
    caller.say(look(1))
    caller.draw()
    assert _ack(caller) == [Drawn(1, 4.5)]
    assert _ack(caller) == []


def test_an_acknowledgement_of_a_frame_that_was_not_sent_ends_the_stream() -> None:
    caller = watching()
    assert kinds(caller.say(Ack(seq=caller.last_binary + 1))) == ["blank", "end", "Close"]


def test_text_is_exact_from_the_first_frame() -> None:
    caller = Caller().open(grant(lossless=False), work=task(kind="text"))
    caller.say(look(1))
    assert caller.render is not None
    assert caller.render.encoding.lossless
    caller.draw()
    _ack(caller)
    assert caller.pass_time(5) == []


def test_the_text_rule_goes_with_the_item() -> None:
    caller = Caller().open(work=task(kind="text"))
    caller.do(caller.machine.tell(task("j"), caller.now))
    caller.say(look(1, item="j"))
    assert caller.render is not None
    assert not caller.render.encoding.lossless


def test_a_frame_of_the_task_before_is_not_sent() -> None:
    caller = Caller().open(work=task())
    caller.say(look(1))
    assert caller.render is not None
    caller.do(caller.machine.tell(task("j"), caller.now))
    assert caller.draw() == []
    assert caller.pass_time(60) == []


def test_the_same_task_told_again_keeps_the_picture() -> None:
    caller = Caller().open(work=task())
    caller.say(look(1))
    caller.do(caller.machine.tell(task(), caller.now))
    assert kinds(caller.draw()) == ["Record", "frame"]


def test_a_view_that_cannot_be_rendered_is_said_once() -> None:
    caller = Caller().open(work=task())
    caller.say(look(1))
    request, caller.render = caller.render, None
    assert request is not None
    effects = caller.do(caller.machine.failed(request, "a colour picture has no window", caller.now))
    assert told(effects) == [{"t": "notice", "level": "error", "text": "a colour picture has no window"}]
    assert caller.pass_time(100) == [Signal("silent")]
    caller.say(look(2))
    assert caller.render is not None


# --- ops
def test_ops_carry_the_frame_that_was_on_screen() -> None:
    caller = watching()
    drawn, later = caller.frames[-1].seq, look(2, frame=2)
    caller.say(later)
    caller.draw()
    caller.say(op("a"))
    assert isinstance(caller.store, Commit)
    context = caller.store.context
    assert context is not None
    assert (context.seq, context.lossless, context.digest, context.view) == (
        drawn,
        True,
        DIGEST,
        look(1).view(),
    )
    caller.commit()
    caller.say(op("b", seen=drawn + 1))
    assert isinstance(caller.store, Commit)
    assert caller.store.context is not None
    assert (caller.store.context.seq, caller.store.context.view) == (drawn + 1, later.view())
    caller.commit()
    caller.say(op("c", seen=99))
    assert isinstance(caller.store, Commit)
    assert caller.store.context is None


def test_an_op_on_a_frame_that_is_not_drawn_yet_names_the_newest_sent() -> None:
    caller = Caller().open(work=task())
    caller.say(op("a"))
    assert isinstance(caller.store, Commit)
    assert caller.store.context is None
    caller.commit()
    caller.say(look(1))
    caller.draw()
    caller.say(op("b"))
    assert isinstance(caller.store, Commit)
    assert caller.store.context is not None
    assert caller.store.context.seq == 1


def test_old_frames_are_forgotten() -> None:
    caller = Caller(Limits(remembered=2)).open(work=task())
    for seq in range(1, 5):
        caller.say(look(seq, frame=seq))
        caller.draw()
        _ack(caller)
    for seq, known in ((2, False), (3, True), (4, True)):
        caller.say(op(f"o{seq}", seen=seq))
        assert isinstance(caller.store, Commit)
        assert (caller.store.context is not None) is known
        caller.commit()


def test_work_is_asked_for_after_the_ops_before_it() -> None:
    caller = watching()
    caller.say(op("a", "submit"))
    assert caller.say(Next()) == []
    assert caller.commit()[-1] == FindWork(Work.NEXT, None)
    assert kinds(caller.find(task("j"))) == ["task"]
    caller.say(Open(task="t2"))
    assert caller.store == FindWork(Work.OPEN, "t2")


def test_work_that_is_not_found() -> None:
    caller = Caller().open()
    caller.say(Next())
    caller.store = None
    effects = caller.do(caller.machine.found(Notice(level="info", text="no such task"), caller.now))
    assert kinds(effects) == ["notice"]
    caller.say(Next())
    assert kinds(caller.find(task(None))) == ["task"]


def test_no_picture_without_work() -> None:
    caller = watching()
    caller.do(caller.machine.tell(task(None), caller.now))
    assert caller.say(look(2)) == []
    assert caller.pass_time(60) == []


# --- input
@pytest.mark.parametrize("signal", [each for each in SIGNALS if each != "activity"])
def test_signals_are_audited_but_not_twice_a_second(signal: str) -> None:
    caller = Caller().open()
    assert Signal(signal) in caller.say(Input(signal=signal))
    assert caller.say(Input(signal=signal)) == []
    caller.now += 1
    assert Signal(signal) in caller.say(Input(signal=signal))


def test_activity_is_no_signal() -> None:
    caller = Caller().open()
    assert caller.say(Input(signal="activity")) == []


def test_the_last_input_is_written_now_and_then() -> None:
    caller = Caller().open()
    touches = 0
    for _ in range(100):
        caller.now += 0.5
        touches += caller.say(Input(signal="activity")) == [Touch(caller.now)]
    assert touches == 10
    assert Caller().open(grant(idle_lock_s=8)).limits.touch_s > 1
    caller = Caller().open(grant(idle_lock_s=8))
    caller.now += 1
    assert caller.say(Input(signal="activity")) == [Touch(caller.now)]


# --- the lock
def test_the_idle_lock() -> None:
    caller = watching(idle_lock_s=20)
    assert caller.machine.deadline() == START + 20
    effects = caller.pass_time(30)
    assert kinds(effects) == ["blank", "lock", "LockSession"]
    assert [effect.urgent for effect in effects if isinstance(effect, Send)] == [True, True]
    assert effects[-1] == LockSession("nothing was done for a while")
    assert caller.machine.state is State.LOCKED
    assert caller.pass_time(3600) == []


@pytest.mark.parametrize("late", ["draw", "say", "receipt"])
def test_a_late_timer_lets_nothing_through(late: str) -> None:
    caller = Caller().open(grant(idle_lock_s=20), work=task())
    caller.say(op("a"))
    caller.say(look(1))
    caller.now += 20
    match late:
        case "draw":
            effects = caller.draw()
        case "say":
            effects = caller.say(look(2))
        case _:
            effects = caller.commit()
    assert kinds(effects)[:3] == ["blank", "lock", "LockSession"]
    assert kinds(effects)[3:] == (["receipt"] if late == "receipt" else [])


@pytest.mark.parametrize(
    ("said", "keeps"),
    [
        (Input(signal="activity"), True),
        (Input(signal="copy"), True),
        (Input(signal="focus"), True),
        (Input(signal="blur"), False),
        (Input(signal="hidden"), False),
        (Input(signal="devtools"), False),
        (Ack(seq=0), False),
        (look(9), True),
        (op("x"), True),
        (Next(), True),
    ],
    ids=str,
)
def test_what_counts_as_a_person_at_work(said: object, keeps: bool) -> None:
    caller = Caller().open(grant(idle_lock_s=20), work=task())
    caller.pass_time(15)
    caller.say(said)  # type: ignore[arg-type]
    caller.pass_time(10)
    assert (caller.machine.state is State.OPEN) is keeps


def test_what_is_denied_does_not_keep_a_session_awake() -> None:
    caller = Caller().open(grant(idle_lock_s=20, actions=frozenset({Action.ITEM_VIEW})))
    caller.pass_time(15)
    caller.say(Next())
    caller.pass_time(10)
    assert caller.machine.state is State.LOCKED


def test_in_the_dark_nothing_is_shown_but_what_was_drawn_before_is_saved() -> None:
    caller = watching()
    caller.say(look(2, frame=2))
    assert caller.render is not None
    caller.say(op("a"))
    caller.say(Next())
    caller.say(op("b"))
    assert kinds(caller.do(caller.machine.lock("by the admin", caller.now))) == ["blank", "lock"]
    assert caller.machine.lock("again", caller.now) == []
    assert caller.draw() == []
    assert caller.say(look(3, frame=3)) == []
    assert kinds(caller.commit()) == ["receipt", "Commit"]
    assert kinds(caller.commit()) == ["receipt"]
    (refused,) = told(caller.say(op("c")))
    assert (refused["t"], refused["op"]) == ("refused", "c")
    assert caller.say(Next()) == []
    assert caller.say(Input(signal="blur")) == [Signal("blur")]
    assert caller.say(Input(signal="activity")) == []
    assert caller.do(caller.machine.tell(task("j"), caller.now)) == []
    assert not +caller.owed


def test_work_found_in_the_dark_is_not_told_and_the_next_op_goes_on() -> None:
    caller = Caller().open()
    caller.say(Next())
    caller.say(op("a"))
    caller.do(caller.machine.lock("locked", caller.now))
    assert kinds(caller.find(task())) == ["Commit"]


# --- the end
def test_the_end_blanks_says_why_and_closes() -> None:
    caller = watching()
    caller.say(look(2, frame=2))
    effects = caller.do(caller.machine.end("ended by sam", caller.now))
    assert kinds(effects) == ["blank", "end", "Close"]
    assert [effect.urgent for effect in effects if isinstance(effect, Send)] == [True, True]
    assert effects[-1] == Close(1000, "ended by sam")
    assert caller.machine.end("again", caller.now) == []
    assert caller.draw() == []
    assert caller.say(look(3)) == []
    assert caller.do(caller.machine.due(caller.now)) == []
    assert caller.machine.lock("late", caller.now) == []
    assert caller.machine.gone(caller.now) == []
    assert caller.machine.deadline() is None


def test_a_reason_too_long_for_a_close_frame_is_cut_between_characters() -> None:
    caller = Caller().open()
    effects = caller.machine.end("ü" * 100, caller.now)
    assert effects[-1] == Close(1000, "ü" * 61)
    assert told(effects) == [{"t": "end", "reason": "ü" * 100}]


@pytest.mark.parametrize("locked", [False, True])
def test_the_longest_duration(locked: bool) -> None:
    caller = Caller().open(grant(expires=START + 100, idle_lock_s=50 if locked else 300), work=task())
    assert kinds(caller.pass_time(99)) == (["blank", "lock", "LockSession"] if locked else ["Signal"])
    assert caller.machine.deadline() == START + 100
    effects = caller.pass_time(2)
    assert kinds(effects) == ["end", "Close"] if locked else ["blank", "end", "Close"]
    assert effects[-1] == Close(1000, "the session has reached its longest duration")


def test_a_receipt_after_the_end_goes_nowhere() -> None:
    caller = watching()
    caller.say(op("a"))
    caller.say(op("b"))
    caller.do(caller.machine.end("over", caller.now))
    assert caller.commit() == []


@pytest.mark.parametrize("how", ["bye", "gone"])
def test_who_leaves_leaves_the_drawn_behind(how: str) -> None:
    caller = watching()
    caller.say(op("a"))
    caller.say(op("b"))
    caller.say(Next())
    caller.say(op("c"))
    effects = caller.say(Bye()) if how == "bye" else caller.do(caller.machine.gone(caller.now))
    assert [effect.op.id for effect in effects if isinstance(effect, Commit)] == ["b", "c"]
    assert kinds(effects)[2:] == (["Close"] if how == "bye" else [])
    assert caller.machine.state is State.CLOSED
    assert caller.say(look(2)) == []


def test_bye_before_the_welcome() -> None:
    assert Caller().say(Bye()) == [Close(1000, "bye")]
    assert Machine(START).gone(START) == []


# --- other controls
def test_other_controls_take_effect_at_once() -> None:
    caller = watching()
    caller.say(look(2, frame=2))
    old = caller.render
    assert old is not None
    effects = caller.do(
        caller.machine.change_controls(
            controls(lossless=False, idle_lock_s=9), ["strict"], caller.now, policy="f" * 64
        )
    )
    (said,) = told(effects)
    assert (said["t"], said["policies"], said["controls"]) == (
        "controls",
        ["strict"],
        controls(lossless=False, idle_lock_s=9).to_dict(),
    )
    assert caller.machine.grant is not None
    assert caller.machine.grant.policy == "f" * 64
    assert kinds(caller.draw()) == ["Render"]  # the frame made under the old ones does not leave
    assert caller.render is not None
    assert caller.render.number > old.number
    caller.draw()
    caller.pass_time(1)
    assert not any(frame.flags & 1 for frame in caller.frames[2:])
    caller.pass_time(9)
    assert caller.machine.state is State.LOCKED


def test_a_new_watermark_is_drawn_on_the_picture_that_stands() -> None:
    caller = watching()
    effects = caller.do(caller.machine.change_controls(controls(watermark_opacity=0.9), [], caller.now))
    assert kinds(effects) == ["controls", "Render"]


def test_who_may_not_look_any_more_is_left_in_the_dark() -> None:
    caller = watching()
    blind = controls(actions=frozenset({Action.TASK_TAKE}))
    assert kinds(caller.do(caller.machine.change_controls(blind, [], caller.now))) == ["blank", "controls"]
    assert kinds(caller.say(look(2)))[-1] == "notice"
    assert caller.render is None
    assert caller.pass_time(100) == [Signal("silent")]


def test_an_op_that_waits_is_refused_when_it_is_not_allowed_any_more() -> None:
    caller = watching()
    caller.say(op("a"))
    caller.say(op("b"))
    caller.say(op("c", "submit"))
    rights = frozenset({Action.ITEM_VIEW, Action.TASK_SUBMIT})
    effects = caller.do(caller.machine.change_controls(controls(actions=rights), [], caller.now))
    assert kinds(effects)[:3] == ["Record", "refused", "controls"]
    effects = caller.commit()
    assert kinds(effects) == ["receipt", "Commit"]
    caller.commit()
    assert not +caller.owed


def test_an_earlier_end_comes_with_other_controls() -> None:
    caller = watching()
    effects = caller.do(caller.machine.change_controls(controls(), [], caller.now, expires=caller.now))
    assert kinds(effects)[-3:] == ["blank", "end", "Close"]


def test_other_controls_in_the_dark_are_kept_to_themselves() -> None:
    caller = watching()
    caller.do(caller.machine.lock("locked", caller.now))
    assert caller.do(caller.machine.change_controls(controls(), [], caller.now, expires=caller.now + 5)) == []
    assert kinds(caller.pass_time(6)) == ["end", "Close"]


def test_other_controls_before_the_welcome_do_nothing() -> None:
    assert Machine(START).change_controls(controls(), [], START) == []


# --- answers that come too late
def test_a_frame_that_was_not_asked_for_does_not_leave() -> None:
    caller = Caller().open(work=task())
    caller.say(look(1))
    request = caller.render
    assert request is not None
    caller.draw()
    assert caller.machine.rendered(request, frame_of(request), DIGEST, caller.now) == []
    assert caller.machine.failed(request, "late", caller.now) == []


def test_failures_and_tellings_before_the_welcome_do_nothing() -> None:
    request = Caller().open(work=task()).say(look(1))[-1]
    assert isinstance(request, Render)
    machine = Machine(START)
    assert machine.failed(request.request, "late", START) == []
    assert machine.tell(task(), START) == []
    assert machine.found(task(), START) == []
    assert machine.due(START) == []


# --- the page's own word
def test_a_page_that_stops_beating_is_noted_once() -> None:
    caller = Caller().open(grant(idle_lock_s=3000), work=task())
    caller.pass_time(80)
    caller.say(Beat(faults=()))
    assert [e for e in caller.pass_time(89) if isinstance(e, Signal)] == []
    assert [e for e in caller.pass_time(100) if isinstance(e, Signal)] == [Signal("silent")]
    caller.say(Beat(faults=()))
    assert [e for e in caller.pass_time(100) if isinstance(e, Signal)] == [Signal("silent")]


@pytest.mark.parametrize(
    ("devtools", "ends"),
    [
        (Devtools.END, ["Signal", "EndSession", "blank", "end", "Close"]),
        (Devtools.LOCK, ["Signal", "blank", "lock", "LockSession"]),
        (Devtools.BLANK, ["Signal"]),
    ],
)
@pytest.mark.parametrize("said", [Beat(faults=("canvas",)), Input(signal="devtools")])
def test_tampering_and_developer_tools(devtools: Devtools, ends: list[str], said: object) -> None:
    caller = Caller().open(grant(devtools=devtools), work=task())
    assert [kind for kind in kinds(caller.say(said)) if kind != "Touch"] == ends  # type: ignore[arg-type]


def test_no_picture_before_the_leak_test_where_the_policy_wants_it_passed() -> None:
    held = ("to-data-url", "to-blob", "get-image-data", "capture-stream", "display-capture")
    for leak, shown in (
        (Leak(passed=held, failed=()), True),
        (Leak(passed=held[1:], failed=()), False),
        (Leak(passed=held, failed=("clipboard-read",)), False),
    ):
        caller = Caller().open(grant(require_leak_test=LeakTest.PASS), work=task())
        caller.say(look(1))
        assert caller.render is None
        caller.say(leak)
        assert (caller.render is not None) is shown
