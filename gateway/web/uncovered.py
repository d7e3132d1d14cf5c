"""What one session sees unmasked of its item: the frames that were made for its own grants, as long as those hold."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway.sessions.controls import controls_of
from gateway.store import derivatives, grants
from gateway.store.framelists import FrameList
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.workers.caching import FrameCache
from policies.actions import Action
from policies.deciding import permits


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """Frame `position` of `item` with a region unmasked for `grant`. `subject`: whose key opens it."""

    grant: str
    item: str
    position: int
    subject: str
    object: str
    digest: str


def uncovered(store: Store, session: SessionRow, item: str) -> tuple[Uncovered, ...]:
    """Of `item`, for the grants that the controls of `session` were decided with; none where they don't permit it any more."""
    names = _grants(session)
    if not names:
        return ()
    with store.read() as connection:
        in_force = grants.in_force(connection, [session.user], store.clock.now())
        made = derivatives.of_grants(connection, [row.id for row in in_force if row.id in names])
    return tuple(
        Uncovered(
            grant=each.grant, item=each.item, position=each.position, subject=each.subject,
            object=each.object, digest=each.digest,
        )
        for each in made
        if each.grant is not None and each.item == item
    )  # fmt: skip


class Overlay:
    """What is laid over the frames of the open item for one session."""

    def __init__(self, cache: FrameCache) -> None:
        self._cache = cache
        self._plain: FrameList | None = None  # the item's own
        self._item = ""
        self._laid: tuple[Uncovered, ...] = ()
        self.frames: FrameList | None = None

    def open(self, item: str, frames: FrameList) -> None:
        """Have `frames` of `item` as they are."""
        before, self._laid = self._laid, ()
        self._item, self._plain, self.frames = item, frames, frames
        self._forget(before)

    def lay(self, found: Sequence[Uncovered], session: Callable[[], SessionRow]) -> None:
        """Have `found` in the places of its own frames, as far as `session` may see it.

        The session is asked for after they are set: whoever changes it meanwhile calls `cover` afterwards.
        """
        if self._plain is None:
            return
        before, self._laid = self._laid, tuple(each for each in found if each.item == self._item)
        names = _grants(session())
        self._laid = tuple(each for each in self._laid if each.grant in names)
        self.frames = self._plain
        for each in self._laid:
            if each.position < len(self.frames):
                self.frames = self.frames.with_frame(each.position, each.object, each.digest)
        self._forget(before)

    def cover(self, session: Callable[[], SessionRow]) -> bool:
        """Have no more of it than `session` may still see; whether there was anything."""
        if not self._laid:
            return False
        self.lay(self._laid, session)
        return True

    def subject(self, item: ItemRow, key: str) -> str:
        """Whose data key opens the object `key` of `item`."""
        if not self._laid:
            return item.subject
        return next((each.subject for each in self._laid if each.object == key), item.subject)

    def _forget(self, before: Sequence[Uncovered]) -> None:
        gone = {each.subject for each in before} - {each.subject for each in self._laid}
        if gone:
            self._cache.forget(gone)


def _grants(session: SessionRow) -> set[str]:
    if not permits(controls_of(session), Action.UNMASK_REQUEST):
        return set()
    return granted(session.policies)


def granted(policies: Iterable[str]) -> set[str]:
    """The ids of the grants among the names of `policies` that a session's controls were decided with."""
    return {name.removeprefix("grant ") for name in policies if name.startswith("grant ")}
