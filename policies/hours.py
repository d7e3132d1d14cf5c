"""Working hours: windows of a week in a time zone, and whether a moment is in one."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from policies.errors import shown
from policies.raw import typed

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_WINDOWS = 32
_KEYS = ("days", "from", "to", "zone")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_ZONE = re.compile(r"[A-Za-z0-9+_-]{1,32}(?:/[A-Za-z0-9+_-]{1,32}){0,2}")
_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` to `stop`, minutes after midnight, on `days` (0: Monday), by the clocks of `zone`.

    `stop` <= `start` is on the day after, and the window belongs to the day on which it begins. The start is
    in the window, the stop is not.
    """

    days: tuple[int, ...]
    start: int
    stop: int
    zone: str

    def holds(self, now: float) -> bool:
        """Whether `now` (UTC seconds) is in it."""
        local = datetime.fromtimestamp(now, ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        if self.start < self.stop:
            return local.weekday() in self.days and self.start <= minute < self.stop
        if minute >= self.start:
            return local.weekday() in self.days
        return minute < self.stop and (local - timedelta(days=1)).weekday() in self.days

    def spell(self) -> dict[str, object]:
        """The TOML table that reads as this window."""
        return {
            "days": _spell_days(self.days),
            "from": _spell_time(self.start),
            "to": _spell_time(self.stop),
            "zone": self.zone,
        }


HoursValue = frozenset[frozenset[Window]]
"""One of the windows of every set must hold. No sets: any time. An empty set: never."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A window, or a list of windows of which one must hold; `[]` is any time. Policies add up: each one's must hold."""

    describe = '`{ days = "mon-fri", from = "08:00", to = "18:00", zone = "Europe/Berlin" }`, or a list of these; `[]`: any time'
    order = "less time < more"
    combined = "only moments that are in all of them"
    schema = MappingProxyType(
        {
            "anyOf": [{"$ref": "#/$defs/window"}, {"type": "array", "items": {"$ref": "#/$defs/window"}}],
        }
    )
    ranked = False

    def read(self, raw: object) -> HoursValue:
        if isinstance(raw, dict):
            return frozenset((frozenset((_window(raw),)),))
        windows = typed(raw, list, f"a table of {', '.join(_KEYS)}, or a list of these")
        if len(windows) > MAX_WINDOWS:
            raise ValueError(f"has {len(windows)} windows; a list may have {MAX_WINDOWS}")
        if all(isinstance(window, list) for window in windows):  # what `spell` gives for several policies
            return frozenset(frozenset(_window(window) for window in one) for one in windows)
        return frozenset((frozenset(_window(window) for window in windows),))

    def spell(self, value: HoursValue) -> list[object]:
        return [[window.spell() for window in sorted(one)] for one in sorted(value, key=sorted)]

    def meet(self, one: HoursValue, other: HoursValue) -> HoursValue:
        return one | other


def opens(hours: HoursValue, now: float | None) -> bool:
    """Whether `now` (UTC seconds) is in `hours`. An unknown time is only in hours that are any time."""
    return not hours or (now is not None and all(any(window.holds(now) for window in one) for one in hours))


def _window(raw: object) -> Window:
    table = typed(raw, dict, f"a table of {', '.join(_KEYS)}")
    if unknown := [key for key in table if key not in _KEYS]:
        raise ValueError(
            f"{shown(unknown[0])} is not a key of a window: {', '.join(f'`{key}`' for key in _KEYS)}"
        )
    if missing := [key for key in _KEYS if key not in table]:
        raise ValueError(f"`{missing[0]}` is missing: a window has {', '.join(f'`{key}`' for key in _KEYS)}")
    texts = {key: typed(table[key], str, f"text in quotes at `{key}`") for key in _KEYS}
    start, stop = _time(texts["from"]), _time(texts["to"])
    if start == _DAY_MIN:
        raise ValueError("`from` can't be `24:00`: that is `00:00` of the next day")
    if start == stop:
        raise ValueError("`from` and `to` are the same: a whole day is `00:00` to `24:00`")
    return Window(_days(texts["days"]), start, stop, read_zone(texts["zone"]))


def _days(text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"{shown(text)} are not days: such as `mon-fri` or `mon,wed,sat`")
        start, stop = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(start, stop + 1 if start <= stop else stop + 8)}
    return tuple(sorted(days))


def _spell_days(days: tuple[int, ...]) -> str:
    runs = [[days[0]]]
    for before, day in pairwise(days):
        if day == before + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def _time(text: str) -> int:
    if text == "24:00":
        return _DAY_MIN
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a time of day: `00:00` to `24:00`")
    return int(match[1]) * 60 + int(match[2])


def _spell_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=256)
def read_zone(text: str) -> str:
    """`text`, if the time zone database (a table that Python brings) has it."""
    if _ZONE.fullmatch(text):
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            pass
        else:
            return text
    raise ValueError(f"{shown(text)} is not a time zone, such as `Europe/Berlin` or `UTC`")
