"""What is drawn, and the values that messages are made of. Coordinates are image space: x = column, y = row, in image pixels."""

from typing import Annotated

import msgspec
from msgspec import Meta

Id = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")
]  # \Z: a $ lets a line feed pass
Seq = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Coordinate = Annotated[float, Meta(ge=-1e6, le=1e6)]


class Box(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="box", tag_field="type"):
    """An axis-parallel rectangle; `w`, `h` > 0."""

    x: Coordinate
    y: Coordinate
    w: Annotated[float, Meta(gt=0, le=1e6)]
    h: Annotated[float, Meta(gt=0, le=1e6)]


class Polygon(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="polygon", tag_field="type"
):
    """One closed ring, the last point joined to the first."""

    points: Annotated[tuple[tuple[Coordinate, Coordinate], ...], Meta(min_length=3, max_length=2000)]


class Point(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="point", tag_field="type"
):
    """One place."""

    x: Coordinate
    y: Coordinate


Geometry = Box | Polygon | Point


class Patch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an op changes. `create` needs all three; `update` at least one of label and geometry."""

    label: Id | None = None
    frame: Annotated[int, Meta(ge=0)] | None = None
    geometry: Geometry | None = None
