"""Whose frame is rendered next: deficit round robin (Shreedhar, Varghese 1995), so that one heavy user slows nobody else.

Each owner in the ring may spend one quantum a round and keeps what is left for the next; an owner without work leaves and
keeps nothing. A frame that costs three quanta waits three rounds, while cheap ones of others pass.
"""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

Job = TypeVar("Job")


class Turns(Generic[Job]):
    """Jobs by owner. `quantum`: what an owner may spend a round, in the unit of the jobs' costs."""

    def __init__(self, quantum: float) -> None:
        self._quantum = quantum
        self._waiting: dict[Hashable, deque[tuple[float, Job]]] = {}
        self._ring: deque[Hashable] = deque()
        self._left: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def __bool__(self) -> bool:
        return bool(self._ring)

    def put(self, owner: Hashable, cost: float, job: Job) -> None:
        """Let `job` wait for a turn of `owner`."""
        if owner not in self._waiting:
            self._waiting[owner] = deque()
            self._ring.append(owner)
            self._left[owner] = 0.0
        self._waiting[owner].append((cost, job))

    def take(self) -> Job | None:
        """The next job, None if none waits."""
        while self._ring:
            owner = self._ring[0]
            cost, job = self._waiting[owner][0]
            if len(self._ring) > 1 and self._left[owner] < cost:
                self._left[owner] += self._quantum
                if self._left[owner] < cost:
                    self._ring.rotate(-1)
                    continue
            self._served(owner, cost)
            return job
        return None

    def _served(self, owner: Hashable, cost: float) -> None:
        self._waiting[owner].popleft()
        self._left[owner] = max(0.0, self._left[owner] - cost)
        if not self._waiting[owner]:
            del self._waiting[owner], self._left[owner]
            self._ring.popleft()
        elif self._left[owner] < self._waiting[owner][0][0]:
            self._ring.rotate(-1)
