"""Ops and asks for work on their way to the store: one at a time, in the order in which they came.

One order for both, because an ask for work means something else before a `submit` than after it.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator

from gateway.stream.codec import encode
from gateway.stream.effects import Commit, Effect, FindWork, Send
from gateway.stream.limits import Limits
from gateway.stream.messages import ClientMessage, Next, Op, Open
from gateway.stream.replies import Notice, Receipt, Refused, ServerMessage

_FULL = "too many operations wait to be saved: do it again in a moment"


class Desk:
    """What waits, what is in hand, and what was answered of late."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: list[Commit | FindWork] = []  # an empty deque takes 760 bytes
        self._in_hand: Commit | FindWork | None = None
        self._answers: OrderedDict[str, tuple[Op, Receipt | Refused]] = OrderedDict()

    def put(self, asked: Commit | FindWork) -> list[Effect]:
        """What to do now that `asked` came in."""
        if len(self._waiting) >= self._limits.waiting:
            full: ServerMessage = Notice(level="error", text=_FULL)
            return [
                Send(encode(Refused(op=asked.op.id, reason=_FULL) if isinstance(asked, Commit) else full))
            ]
        self._waiting.append(asked)
        return list(self._serve())

    def answer(self, answer: Receipt | Refused) -> list[Effect]:
        """What to do now that the op in hand is answered. Errors: ValueError if another op is in hand."""
        if not isinstance(self._in_hand, Commit) or self._in_hand.op.id != answer.op:
            raise ValueError("an answer to an operation that is not in hand")
        self._answers[answer.op] = (self._in_hand.op, answer)
        if len(self._answers) > self._limits.answers:
            self._answers.popitem(last=False)
        self._in_hand = None
        return [Send(encode(answer)), *self._serve()]

    def found(self) -> list[Effect]:
        """What to do now that the ask for work in hand is answered. Errors: ValueError if none is in hand."""
        if self._in_hand is None or isinstance(self._in_hand, Commit):
            raise ValueError("an answer to an ask for work that is not in hand")
        self._in_hand = None
        return list(self._serve())

    def withdraw(self, permits: Callable[[ClientMessage], bool]) -> list[Op | Next | Open]:
        """Take away what waits and is not permitted any more."""
        waiting, self._waiting = self._waiting, []
        withdrawn = []
        for asked in waiting:
            message = _message(asked)
            if permits(message):
                self._waiting.append(asked)
            else:
                withdrawn.append(message)
        return withdrawn

    def give_up_work(self) -> None:
        """Drop the asks for work that wait; ops stay."""
        self._waiting = [asked for asked in self._waiting if isinstance(asked, Commit)]

    def leave(self) -> list[Effect]:
        """The ops that still wait, all at once: nobody is there to be answered, but what was drawn is kept."""
        self.give_up_work()
        left: list[Effect] = list(self._waiting)
        self._waiting.clear()
        return left

    def _serve(self) -> Iterator[Effect]:
        while self._in_hand is None and self._waiting:
            asked = self._waiting.pop(0)
            answered = self._answers.get(asked.op.id) if isinstance(asked, Commit) else None
            # The same id with another content is not a resend: the store compares, and refuses.
            if isinstance(asked, Commit) and answered is not None and answered[0] == asked.op:
                yield Send(encode(answered[1]))
            else:
                self._in_hand = asked
                yield asked


def _message(asked: Commit | FindWork) -> Op | Next | Open:
    """What the client said."""
    if isinstance(asked, Commit):
        return asked.op
    return Next() if asked.task is None else Open(task=asked.task)
