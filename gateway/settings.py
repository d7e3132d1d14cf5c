"""Values that enter at the edge and are passed down: the clock, randomness, and where things are."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

TokenBytes = Callable[[int], bytes]  # n -> n random bytes


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """UTC seconds since 1970."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where rows, objects and keys are.

    `database_url`: `sqlite:///PATH` or `postgresql+pg8000://…`. `objects_url`: `file:///PATH` or `s3://bucket/prefix`.
    `keys`: a folder of key files, mode 0700.
    """

    database_url: str
    objects_url: str
    keys: Path
