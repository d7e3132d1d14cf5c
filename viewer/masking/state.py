"""What is kept of a presentation state: numbers, pseudonyms, and a label of known words."""

from typing import Annotated

import msgspec
from msgspec import Meta

from viewer.imaging.outlines import Outline
from viewer.imaging.presentation import Presentation
from viewer.masking.vocabulary import STATE_WORDS

MAX_IMAGES = 5_000  # frames that one state names
MAX_LOOKS = 200
MAX_DRAWINGS = 200
MAX_POINTS = 500
TURNS = frozenset((0, 90, 180, 270))

Pair = tuple[float, float]
Instance = Annotated[str, Meta(pattern="^[a-z2-7]{26}$")]


class Drawing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A graphic annotation. `points`: image space; PS3.3 C.10.5.1.2 says what each is of its kind."""

    kind: Annotated[str, Meta(pattern="^(POINT|POLYLINE|INTERPOLATED|CIRCLE|ELLIPSE)$")]
    points: Annotated[tuple[Pair, ...], Meta(min_length=1, max_length=MAX_POINTS)]
    filled: bool = False


class Appearance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How some pictures are to look. `signed` is of those whose stored values can be negative, `unsigned` of the others.

    `area`: the displayed area, left, top, right, bottom of its outer edges in image space; None for all of it.
    """

    signed: Presentation
    unsigned: Presentation
    area: tuple[float, float, float, float] | None = None
    drawings: Annotated[tuple[Drawing, ...], Meta(max_length=MAX_DRAWINGS)] = ()


class Subject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture that a state speaks of: frame `frame` of `instance`, from 1; 0 for all that are not named. It looks as `look`."""

    instance: Instance
    frame: Annotated[int, Meta(ge=0, le=1_000_000)]
    look: Annotated[int, Meta(ge=0, lt=MAX_LOOKS)]


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A masked presentation state. `turned`: clockwise degrees, after which `mirrored` left to right."""

    label: Annotated[str, Meta(max_length=16)]
    turned: int
    mirrored: bool
    shutter: Outline | None
    looks: Annotated[tuple[Appearance, ...], Meta(min_length=1, max_length=MAX_LOOKS)]
    pictures: Annotated[tuple[Subject, ...], Meta(min_length=1, max_length=MAX_IMAGES)]

    def look_of(self, instance: str, frame: int) -> Appearance | None:
        """How frame `frame` (from 1) of `instance` is to look; None if the state does not speak of it."""
        found = {
            each.frame: each.look
            for each in self.pictures
            if each.instance == instance and each.frame in {0, frame}
        }
        index = found.get(frame, found.get(0))
        return None if index is None else self.looks[index]

    def __post_init__(self) -> None:
        """Errors: ValueError for a turn, a label or a look that no masked state has."""
        if self.turned not in TURNS or clean_label(self.label) != self.label:
            raise ValueError("a state is turned by quarters, and labelled with known words")
        if any(each.look >= len(self.looks) for each in self.pictures):
            raise ValueError("a state has a look for each of its pictures")


def clean_label(label: str) -> str:
    """`label` if labels are made of its words, else nothing: people are named in labels, too."""
    words = label.replace("_", " ").upper().split()
    known = all(
        word in STATE_WORDS or (word.isascii() and word.isdigit() and len(word) <= 2) for word in words
    )
    return " ".join(words)[:16].strip() if known else ""
