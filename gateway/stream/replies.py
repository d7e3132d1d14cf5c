"""What the server says, as JSON of the subprotocol `isinglass.v1` (`messages`); frames go as binary."""

import msgspec


class _Out(msgspec.Struct, frozen=True, kw_only=True, tag_field="t"):
    """A message to the client."""


class Welcome(_Out, frozen=True, tag="welcome"):
    """The stream is open. `controls`: the policy in force, as `policies.Controls` spells it."""

    session: str
    user: str
    role: str
    project: str
    controls: dict[str, object]
    policies: list[str]
    labels: list[dict[str, object]]


class Task(_Out, frozen=True, tag="task"):
    """A task is open; `None` fields mean that there is no work.

    `item`: {"id", "title", "kind", "frames", "rows", "columns", "spacing_mm": [row, column] | None, "windows": [[center, width, function]],
    "grey": bool, "unit", "suv_per_unit": None, or g/ml of body weight per unit of a PET, "states": the presentation states that
    speak of its frames: [{"id", "label", "turned", "mirrored", "looks": [{"frames", "window": [center, width, function] | None, "area":
    [left, top, right, bottom] | None, "drawings": [{"kind", "points", "filled"}]}]}]};
    `annotations`: [{"id", "label", "frame", "geometry", "revision", "author"}]; `comments`: [{"text", "verdict", "by", "time"}];
    `history`: op ids of this person that undo can take back, oldest first; `mode`: annotate | review | read.
    """

    id: str | None
    stage: str = ""
    mode: str = "read"
    revision: int = 0
    item: dict[str, object] | None = None
    annotations: list[dict[str, object]] = []
    comments: list[dict[str, object]] = []
    history: list[str] = []
    waiting: int = 0


class Surveyed(_Out, frozen=True, tag="surveyed"):
    """What the slices of `item` are as a whole.

    `planes`: plane → {"rows", "columns", "frames", "spacing_mm", "origin_mm"} of the sections in it, `origin_mm` along a row, down a
    column and through; None if they make no volume, or none that the policy shows: `why` says which. `places`: {"row", "column",
    "slices": [[frame, x, y, z]]}, where the slices lie among the sections, in mm. `times_ms`: when a loop shows each slice, after
    its first; empty where no header says.
    """

    item: str
    planes: dict[str, dict[str, object]] | None
    why: str = ""
    times_ms: list[float] = []
    places: dict[str, object] | None = None


class Value(_Out, frozen=True, tag="value"):
    """The pixel at (`column`, `row`), from 0, of frame `seen`. `stored`: its value in the file, of a colour three.

    `value`: after the modality LUT, in `unit`; `suv`: g/ml of body weight of a PET.
    """

    seen: int
    column: int
    row: int
    stored: list[float]
    value: float | None = None
    unit: str | None = None
    suv: float | None = None


class Page(_Out, frozen=True, tag="page"):
    """The letters of page `frame` (from 0) of the document `item`, as its picture in the first pane shows them.

    `text` None: they are not shown, or not any more; `why` says why not, if there is more to say.
    """

    item: str
    frame: int
    text: str | None
    why: str = ""


class Queue(_Out, frozen=True, tag="queue"):
    """A reviewer's list: [{"id", "title", "stage", "annotator", "changed"}]."""

    tasks: list[dict[str, object]]


class Receipt(_Out, frozen=True, tag="receipt"):
    """The op is durable and audited. `annotation`: its new state, or None if it is gone; `stage`: the task's stage now."""

    op: str
    revision: int
    index: int
    stage: str
    annotation: dict[str, object] | None = None


class Refused(_Out, frozen=True, tag="refused"):
    """The op was not done, and why. `annotation`: the state on the server, so that the client can go back to it."""

    op: str
    reason: str
    annotation: dict[str, object] | None = None


class Notice(_Out, frozen=True, tag="notice"):
    """A line for the person. level: info | warning | error | ask: a `reason` is what goes on."""

    level: str
    text: str


class Controls(_Out, frozen=True, tag="controls"):
    """The policy in force changed."""

    controls: dict[str, object]
    policies: list[str]


class Lock(_Out, frozen=True, tag="lock"):
    """The picture must go; the person signs in again at `/unlock`."""

    reason: str


class Challenge(_Out, frozen=True, tag="challenge"):
    """The page signs `nonce` with its key, within 20 s; else the session is locked."""

    nonce: str


class Shadow(_Out, frozen=True, tag="shadow"):
    """What the frames that answer `answers` show: what `session` was shown last. 0: it is shown nothing now.

    `title`: of its item; `slice`: counted from 1, of `slices`; `plane`: of a section, which is counted so. `why`: it is
    shown a picture that may not be shown here.
    """

    session: str
    user: str
    answers: int
    title: str = ""
    slice: int = 0
    slices: int = 0
    plane: str = ""
    state: str = "active"
    why: str = ""


class Watched(_Out, frozen=True, tag="watched"):
    """Whether an admin looks over the person's shoulder."""

    on: bool


class End(_Out, frozen=True, tag="end"):
    """The last message: the session or the stream is over."""

    reason: str


ServerMessage = (
    Welcome
    | Task
    | Surveyed
    | Page
    | Value
    | Queue
    | Receipt
    | Refused
    | Notice
    | Controls
    | Challenge
    | Shadow
    | Watched
    | Lock
    | End
)
