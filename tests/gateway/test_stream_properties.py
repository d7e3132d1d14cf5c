"""Any order of messages, frames, receipts and time: what `Caller` asserts at each step, and where every stream ends up.

`Caller` asserts: never more than the window in flight, one frame rendered and one store call at a time, frame numbers
without a gap, answers that never go back, an exposure recorded before each frame, nothing shown in the dark, no op
answered twice, nothing after the end.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.stream.effects import Commit, FindWork
from gateway.stream.limits import Limits
from gateway.stream.machine import State
from gateway.stream.messages import OP_KINDS, SIGNALS, Ack, Bye, Input, Next, Open
from policies.actions import Action
from tests.gateway.stream_visits import Caller, controls, frame_of, grant, look, op, task

ITEMS = ("i", "j", "secret")


class Streams(RuleBasedStateMachine):
    """A client, a renderer and a store that do what they do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.caller = Caller(Limits(waiting=4, answers=3, remembered=3, denials=1000))
        self.caller.open(grant(idle_lock_s=40), work=task())
        self.seq = 0
        self.item: str | None = "i"
        self.exact_allowed = True
        self.old: list[object] = []

    @property
    def alive(self) -> bool:
        return self.caller.machine.state is not State.CLOSED

    # --- the client
    @rule(frame=st.integers(0, 2), item=st.none() | st.sampled_from(ITEMS), step=st.integers(-2, 3))
    def look(self, frame: int, item: str | None, step: int) -> None:
        seq = max(0, self.seq + step)
        self.caller.say(look(seq, frame=frame, item=item or self.item or "i"))
        self.seq = max(self.seq, seq)

    @rule(
        name=st.sampled_from("abcdef"),
        kind=st.sampled_from(OP_KINDS),
        base=st.integers(0, 1),
        seen=st.none() | st.integers(0, 9),
    )
    def op(self, name: str, kind: str, base: int, seen: int | None) -> None:
        self.caller.say(op(name, kind, base=base, seen=seen))

    @rule(message=st.sampled_from([Next(), Open(task="t"), *(Input(signal=each) for each in SIGNALS)]))
    def say(self, message: Next | Open | Input) -> None:
        self.caller.say(message)

    @rule(back=st.integers(0, 3), held_ms=st.floats(0, 1e7))
    def ack(self, back: int, held_ms: float) -> None:
        seq = max(0, self.caller.last_binary - back)
        self.caller.acked = max(self.caller.acked, seq)
        self.caller.say(Ack(seq=seq, held_ms=held_ms))

    # --- the server's parts
    @precondition(lambda self: self.caller.render is not None)
    @rule()
    def rendered(self) -> None:
        self.old.append(self.caller.render)
        self.caller.draw()

    @precondition(lambda self: self.caller.render is not None)
    @rule()
    def failed(self) -> None:
        request, self.caller.render = self.caller.render, None
        assert request is not None
        self.caller.do(self.caller.machine.failed(request, "it can't be drawn", self.caller.now))

    @precondition(lambda self: bool(self.old))
    @rule(data=st.data())
    def rendered_again(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(self.old))
        caller, before = self.caller, len(self.caller.frames)
        caller.do(caller.machine.rendered(request, frame_of(request), "d", caller.now))  # type: ignore[arg-type]
        assert len(caller.frames) == before, "a frame left twice"

    @precondition(lambda self: isinstance(self.caller.store, Commit))
    @rule(refused=st.booleans())
    def committed(self, refused: bool) -> None:
        self.caller.commit(refused=refused)

    @precondition(lambda self: isinstance(self.caller.store, FindWork))
    @rule(item=st.none() | st.sampled_from(ITEMS[:2]), kind=st.sampled_from(["image", "text"]))
    def found(self, item: str | None, kind: str) -> None:
        if self.caller.machine.state is State.OPEN:
            self.item = item
        self.caller.find(task(item, kind))

    @rule(seconds=st.sampled_from([0.001, 0.02, 0.09, 1.0, 15.0, 31.0]))
    def wait(self, seconds: float) -> None:
        self.caller.pass_time(seconds)

    @rule(late=st.floats(0.1, 20))
    def stall(self, late: float) -> None:
        """Time goes by and the timer does not come."""
        self.caller.now += late

    @rule(
        lossless=st.booleans(),
        gone=st.sets(st.sampled_from([Action.ITEM_VIEW, Action.ANNOTATION_WRITE, Action.TASK_TAKE])),
    )
    def change(self, lossless: bool, gone: set[Action]) -> None:
        new = controls(lossless=lossless, idle_lock_s=40, actions=frozenset(Action) - gone)
        if self.caller.machine.state is State.OPEN:
            self.exact_allowed = lossless
        self.caller.do(self.caller.machine.change_controls(new, ["p"], self.caller.now))

    @precondition(lambda self: self.seq > 12)
    @rule(how=st.sampled_from(["lock", "end", "gone", "bye"]))
    def stop(self, how: str) -> None:
        match how:
            case "lock":
                self.caller.do(self.caller.machine.lock("by the admin", self.caller.now))
            case "end":
                self.caller.do(self.caller.machine.end("by the admin", self.caller.now))
            case "gone":
                self.caller.do(self.caller.machine.gone(self.caller.now))
            case _:
                self.caller.say(Bye())

    # --- what must hold at the end of all that
    @invariant()
    def nothing_is_due_that_was_done(self) -> None:
        deadline = self.caller.machine.deadline()
        assert deadline is None or deadline > self.caller.now or self.alive

    def teardown(self) -> None:
        self._answer_everything()
        if self.caller.machine.state is State.CLOSED:
            return
        assert not +self.caller.owed, "an op was never answered"
        if self.caller.machine.state is State.OPEN:
            self._settle()

    def _answer_everything(self) -> None:
        while self.caller.store is not None and self.alive:
            if isinstance(self.caller.store, Commit):
                self.caller.commit()
            else:
                self.found("i", "image")

    def _settle(self) -> None:
        """A last view, and a client that acknowledges: it gets the exact frame."""
        caller = self.caller
        caller.say(Input(signal="activity"))  # may find the session overdue
        new = controls(lossless=self.exact_allowed, idle_lock_s=40)
        caller.do(caller.machine.change_controls(new, [], caller.now))
        if caller.machine.state is not State.OPEN:
            return
        caller.do(caller.machine.tell(task(self.item or "i", "image"), caller.now))
        self.seq += 1
        caller.say(look(self.seq, frame=1, item=self.item or "i"))
        for _ in range(20):
            if caller.render is not None:
                caller.draw()
            caller.acked = caller.last_binary
            caller.say(Ack(seq=caller.last_binary))
            caller.pass_time(0.05)
        if caller.render is not None:  # an epoch began in the last moment: the same once more, with its mark
            caller.draw()
        last = caller.frames[-1]
        assert (last.answers, caller.render) == (self.seq, None)
        assert bool(last.flags & 1) or not self.exact_allowed
        assert last.scale == 1


Streams.TestCase.settings = settings(max_examples=150, stateful_step_count=60)
test_streams = Streams.TestCase
