"""The part of every frame that the invisible mark leaves out: a rectangle, in shares of the frame's sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from policies.errors import shown
from policies.raw import typed

MOST = 0.25  # of a frame's area: a leak of what is left of it is still traced
_NOTHING = "nothing"


class Region(NamedTuple):
    """Shares of a frame's width and height, from its top left corner. `NOTHING` has no area."""

    left: float
    top: float
    right: float
    bottom: float


NOTHING = Region(0.0, 0.0, 0.0, 0.0)
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


@dataclass(frozen=True, slots=True)
class Exempt:
    """A rectangle of at most `MOST` of the frame, or nothing; less is stricter. A meet is what both leave out."""

    describe = (
        '`"nothing"` or `{ left = 0.25, top = 0.25, right = 0.75, bottom = 0.75 }`, shares of the frame\'s sides: '
        f"at most {MOST:.0%} of its area"
    )
    order = "smaller < larger"
    combined = "only what all of them leave out"
    schema = MappingProxyType(
        {
            "anyOf": [
                {"const": _NOTHING},
                {
                    "type": "object",
                    "properties": dict.fromkeys(Region._fields, _SHARE),
                    "required": list(Region._fields),
                    "additionalProperties": False,
                },
            ]
        }
    )
    ranked = False

    def read(self, raw: object) -> Region:
        if raw == _NOTHING:
            return NOTHING
        if isinstance(raw, str):
            raise ValueError(f"{shown(raw)} is not `{_NOTHING}`, nor a table of {_sides()}")  # noqa: TRY004 - the reader's contract
        region = _region(typed(raw, dict, f"`{_NOTHING}` in quotes, or a table of {_sides()}"))
        if not (region.left < region.right and region.top < region.bottom):
            raise ValueError(f'is empty: `left` < `right` and `top` < `bottom`; no region is `"{_NOTHING}"`')
        area = (region.right - region.left) * (region.bottom - region.top)
        if round(area, 9) > MOST:
            raise ValueError(f"is {area:.0%} of the frame: the mark may leave out {MOST:.0%}")
        return region

    def spell(self, value: Region) -> str | Mapping[str, float]:
        return _NOTHING if value == NOTHING else dict(value._asdict())

    def meet(self, one: Region, other: Region) -> Region:
        left, top = max(one.left, other.left), max(one.top, other.top)
        right, bottom = min(one.right, other.right), min(one.bottom, other.bottom)
        return Region(left, top, right, bottom) if left < right and top < bottom else NOTHING


def _region(table: Mapping[str, object]) -> Region:
    for key in table:
        if key not in Region._fields:
            raise ValueError(f"{shown(key)} is not one of {_sides()}")
    for key in Region._fields:
        if key not in table:
            raise ValueError(f"has no `{key}`: a region is a table of {_sides()}")
    return Region(**{key: _share(key, value) for key, value in table.items()})


def _share(key: str, raw: object) -> float:
    share = raw if type(raw) is int else typed(raw, float, f"a number as `{key}`")
    if not 0 <= share <= 1:  # also for nan
        raise ValueError(f"`{key}` is {shown(share)}: a share is 0.0 to 1.0")
    return float(share)


def _sides() -> str:
    return ", ".join(f"`{key}`" for key in Region._fields)
