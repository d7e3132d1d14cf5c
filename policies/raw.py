"""The check that a TOML value has the type that it must have, and the words for it."""

from collections.abc import Iterable
from typing import TypeVar

_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a table",
}
_T = TypeVar("_T")


def typed(raw: object, wanted: type[_T], description: str) -> _T:
    """`raw`, if it is a `wanted` and nothing else: `true` is no number here. Errors: ValueError."""
    if type(raw) is not wanted:
        raise ValueError(f"must be {description}, not {_KINDS.get(type(raw), 'a date or time')}")
    return raw


def listed(names: Iterable[str]) -> str:
    """`names` in backticks, with commas."""
    return ", ".join(f"`{name}`" for name in names)
