"""The heads of what a decode worker hands back: closed types, in which every word is of a fixed set, and every number in bounds."""

from typing import Annotated, Literal

import msgspec

from gateway.workers.probing import Attempt
from viewer.document.pages import MAX_CHARACTERS
from viewer.imaging.geometry import Place
from viewer.imaging.presentation import Presentation
from viewer.masking.offsets import Stretch
from viewer.masking.report import Report
from viewer.masking.state import State
from viewer.masking.verdict import Reason, Verdict

MAX_FRAMES = 20_000
MAX_STRETCHES = 1 << 20  # masked passages of a text
MAX_SIDE = 65_535  # Rows and Columns are 16 bits
ITEM_BYTES = {"uint8": 1, "uint16": 2, "float32": 4}

Pseudonym = Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{26}$")]


class FrameHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One frame; its pixels follow the head, in order. `colours`: 1 grey, 3 RGB. `letters`: of a page of text."""

    dtype: Literal["uint8", "uint16", "float32"]
    rows: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    columns: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    colours: Literal[1, 3]
    offset: Annotated[int, msgspec.Meta(ge=-(1 << 31), le=1 << 32)]
    presentation: Annotated[int, msgspec.Meta(ge=0, le=MAX_FRAMES)]  # its index in the head's list
    place: Place | None
    letters: Annotated[str, msgspec.Meta(max_length=MAX_CHARACTERS)] | None = None

    @property
    def size(self) -> int:
        """Of the pixels, in bytes."""
        return self.rows * self.columns * self.colours * ITEM_BYTES[self.dtype]


class Made(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="made"):
    """What may be kept of the file."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    report: Report
    subject: Pseudonym
    series: Pseudonym | None
    modality: str
    presentations: Annotated[tuple[Presentation, ...], msgspec.Meta(max_length=MAX_FRAMES)]
    frames: Annotated[tuple[FrameHead, ...], msgspec.Meta(max_length=MAX_FRAMES)]
    offsets: Annotated[tuple[Stretch, ...], msgspec.Meta(max_length=MAX_STRETCHES)] = ()
    instance: Pseudonym | None = None
    state: State | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="refused"):
    """Nothing may be kept: the file is damaged or not supported."""

    cause: Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f]{1,300}$")]


class Probed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="probed"):
    """What a confined worker tried, and whether it was refused."""

    refused: dict[Attempt, bool]


class Depicted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="depicted"):
    """What a picture shows, for the tracer alone; its levels follow the head. `colours`: 1 grey, 3 RGB."""

    rows: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    columns: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    colours: Literal[1, 3]


class Uncovered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="uncovered"):
    """What one region of a frame hides; its pixels follow the head. `whole`: rows and columns of the frame."""

    dtype: Literal["uint8", "uint16", "float32"]
    rows: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    columns: Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    colours: Literal[1, 3]
    offset: Annotated[int, msgspec.Meta(ge=-(1 << 31), le=1 << 32)]
    whole: tuple[
        Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)], Annotated[int, msgspec.Meta(ge=1, le=MAX_SIDE)]
    ]


Head = Made | Depicted | Uncovered | Refused | Probed
