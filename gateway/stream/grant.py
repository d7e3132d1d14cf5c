"""What one session may say on its stream. A message without a row in the table, or without permission, is denied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.stream.messages import (
    Ack,
    Answer,
    Beat,
    Bye,
    ClientMessage,
    Hello,
    Input,
    Leak,
    Look,
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
from policies.controls import Controls
from policies.deciding import permits

_ANY = tuple(Action)  # grants nothing and shows nothing: any session that may do anything at all may say it
_WRITE = (Action.ANNOTATION_WRITE,)

ACTION_OF: Mapping[type[ClientMessage] | str, tuple[Action, ...]] = MappingProxyType(
    {
        Hello: _ANY,
        Input: _ANY,
        Ack: _ANY,
        Unfilm: _ANY,
        Leak: _ANY,
        Beat: _ANY,
        Answer: _ANY,
        Watch: (Action.SESSION_WATCH,),
        Bye: _ANY,
        Look: (Action.ITEM_VIEW,),
        Panes: (Action.ITEM_VIEW,),
        Probe: (Action.ITEM_VIEW,),
        Survey: (Action.ITEM_VIEW,),
        Reason: (Action.ITEM_VIEW, Action.SESSION_WATCH),  # who looks over a shoulder has budgets too
        Next: (Action.TASK_TAKE,),
        Open: (Action.TASK_REVIEW,),
        "create": _WRITE,
        "update": _WRITE,
        "delete": _WRITE,
        "undo": _WRITE,
        "redo": _WRITE,
        "submit": (Action.TASK_SUBMIT,),
        "accept": (Action.TASK_REVIEW,),
        "return": (Action.TASK_REVIEW,),
        "comment": (Action.ANNOTATION_WRITE, Action.TASK_REVIEW),  # both sides of a review speak
    }
)
"""Message kind (for an op, its kind) -> the actions of which one is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A session's rights on its stream.

    `session`, `user`, `project` are ids (`project` None outside all projects); `expires` is UTC seconds; `policy` is
    the digest of the policy set that the controls come from. `key`: the page's, None if it has none; `seed`: of the
    challenges that it answers.
    """

    session: str
    user: str
    role: str
    project: str | None
    controls: Controls
    expires: float
    policy: str
    key: str | None = None
    seed: bytes = field(default=b"", repr=False)

    def permits(self, message: ClientMessage) -> bool:
        """Whether the session may send `message`."""
        key = message.kind if isinstance(message, Op) else type(message)
        controls = self.controls
        for action in ACTION_OF.get(key, ()):  # noqa: SIM110 - asked of every message: a generator would cost more
            if permits(controls, action):
                return True
        return False
