"""What a client says, subprotocol `isinglass.v1`: strict tagged JSON both ways, frames as binary (`replies`, `wire`).

Nothing unknown is ignored: an unknown tag, field or type ends the stream with a reason. Coordinates are image space: x = column,
y = row, (0, 0) the corner of the top-left pixel, in image pixels. Sequence numbers rise by at least one per message of a kind.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.stream.shapes import Coordinate, Id, Patch, Seq
from viewer.imaging.presentation import Window
from viewer.render.view import Cut, Spot, View

SUBPROTOCOL = "isinglass.v1"
MAX_PANES = 4
MAX_TEXT_BYTES = 65_536  # a polygon of 1,000 points is 20 kB; nothing a client says needs more

OP_KINDS = ("create", "update", "delete", "undo", "redo", "submit", "accept", "return", "comment")
SIGNALS = (
    *("activity", "blur", "focus", "hidden", "visible", "capture-key"),
    *("copy", "paste", "print", "save", "drag", "menu", "devtools", "fast-keys", "fast-pastes"),
)
PROBES = (
    *("to-data-url", "to-blob", "get-image-data", "capture-stream", "display-capture"),
    *("clipboard-read", "clipboard-write", "top-level", "script-source"),
)
FAULTS = ("canvas", "cover", "listeners", "script", "page")

Luminance = Annotated[float, Meta(ge=0.05, le=4000)]  # cd/m²
Side = Annotated[int, Meta(ge=16, le=4096)]
PlainText = Annotated[str, Meta(max_length=4096)]
Proof = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{86}\Z")]  # a signature


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="t"):
    """A message from the client."""


class Hello(_In, frozen=True, tag="hello"):
    """The first message, once. `ticket` comes from `POST /ticket` and works once, within 15 s.

    `key`: of the page, `proof`: what it signed (`stream.bond`); from the first one on the session knows no other key.
    `video`: the page can decode VP8.
    """

    ticket: Annotated[str, Meta(max_length=512)]
    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{87}\Z")] | None = None
    proof: Proof | None = None
    video: bool = False


class Next(_In, frozen=True, tag="next"):
    """Ask for work: the task in hand, else a returned one, else the next in the queue."""


class Open(_In, frozen=True, tag="open"):
    """Open a task by id (a reviewer picks from the list)."""

    task: Id


class Look(_In, frozen=True, tag="view"):
    """Show this. The latest per pane wins; earlier unanswered ones are dropped.

    `pane`: which of the pictures on screen. `cut`: a section in this plane instead of a slice; `frame` counts the sections.
    `state`: a presentation state of the item, its id; sections have none. `turned`, `mirrored`, `luminance`: as in `View`.
    `pointer`: where the pointer is, in image space; None if it is not on the picture. A spotlight follows it.
    """

    seq: Seq
    item: Id
    frame: Annotated[int, Meta(ge=0, le=1_000_000)]
    width: Side
    height: Side
    x: Coordinate
    y: Coordinate
    scale: Annotated[float, Meta(gt=0, le=256)]
    window: Window | None = None
    invert: bool = False
    pointer: tuple[Coordinate, Coordinate] | None = None
    pane: Annotated[int, Meta(ge=0, lt=MAX_PANES)] = 0
    cut: Cut | None = None
    state: Id | None = None
    turned: Literal[0, 90, 180, 270] = 0
    mirrored: bool = False
    luminance: tuple[Luminance, Luminance] | None = None

    def view(self) -> View:
        """The view that is asked for."""
        return self.drawn(self.window, None)

    def drawn(self, window: Window | None, spot: Spot | None) -> View:
        """The same with `window`, and all but `spot` in less detail."""
        return View(
            item=self.item,
            frame=self.frame,
            width=self.width,
            height=self.height,
            x=self.x,
            y=self.y,
            scale=self.scale,
            window=window,
            invert=self.invert,
            spot=spot,
            cut=self.cut,
            pane=self.pane,
            state=self.state,
            turned=self.turned,
            mirrored=self.mirrored,
            luminance=self.luminance,
        )


class Panes(_In, frozen=True, tag="panes"):
    """The client shows `count` pictures of the item: panes from `count` on are put away."""

    count: Annotated[int, Meta(ge=1, le=MAX_PANES)]


class Probe(_In, frozen=True, tag="probe"):
    """Ask for the value of the pixel at image point (`x`, `y`) of frame `seen`, which is on screen."""

    seen: Seq
    x: Coordinate
    y: Coordinate


class Survey(_In, frozen=True, tag="survey"):
    """Ask what the slices of `item` are as a whole: a volume, a loop."""

    item: Id


class Op(_In, frozen=True, tag="op"):
    """One operation on a task. `id` is the client's: sending it twice does it once.

    kind: create, update, delete (need `annotation`), undo, redo (need `target`, an op's id), submit, accept, return, comment
    (`text`; required for return and comment). `base`: the task revision that the client has seen; an annotation changed
    since then by somebody else refuses the op. `seen`: the frame on screen.
    """

    id: Id
    task: Id
    kind: Annotated[str, Meta(pattern=rf"^({'|'.join(OP_KINDS)})\Z")]
    base: Seq
    annotation: Id | None = None
    patch: Patch | None = None
    target: Id | None = None
    text: PlainText | None = None
    seen: Seq | None = None


class Input(_In, frozen=True, tag="input"):
    """The person did something (at most one a second is sent); `signal` names what a deterrent noticed."""

    signal: Annotated[str, Meta(pattern=rf"^({'|'.join(SIGNALS)})\Z")]


class Ack(_In, frozen=True, tag="ack"):
    """Frame `seq` was drawn, `held_ms` after it arrived."""

    seq: Seq
    held_ms: Annotated[float, Meta(ge=0, le=1e7)] = 0.0


class Unfilm(_In, frozen=True, tag="unfilm"):
    """A frame of a video can't be decoded: send pictures from now on."""


class Reason(_In, frozen=True, tag="reason"):
    """Why the person needs to see more than a budget of the policy allows; goes into the audit log."""

    text: Annotated[str, Meta(min_length=10, max_length=500)]


Trial = Annotated[str, Meta(pattern=rf"^({'|'.join(PROBES)})\Z")]
Fault = Annotated[str, Meta(pattern=rf"^({'|'.join(FAULTS)})\Z")]


class Leak(_In, frozen=True, tag="leak"):
    """What the leak self-test of the page gave; a changed page can lie."""

    passed: Annotated[tuple[Trial, ...], Meta(max_length=len(PROBES))]
    failed: Annotated[tuple[Trial, ...], Meta(max_length=len(PROBES))]


class Beat(_In, frozen=True, tag="beat"):
    """The page is there, and `faults` of it are not as they were sent."""

    faults: Annotated[tuple[Fault, ...], Meta(max_length=len(FAULTS))]


class Answer(_In, frozen=True, tag="answer"):
    """The page's signature over the nonce of the open challenge."""

    proof: Proof


class Watch(_In, frozen=True, tag="watch"):
    """Show what `session` is shown; without one, each live session in turn, small."""

    session: Id | None = None


class Bye(_In, frozen=True, tag="bye"):
    """The person closed the workstation."""


ClientMessage = (
    Hello
    | Next
    | Open
    | Look
    | Panes
    | Probe
    | Survey
    | Op
    | Input
    | Ack
    | Unfilm
    | Reason
    | Leak
    | Beat
    | Answer
    | Watch
    | Bye
)
