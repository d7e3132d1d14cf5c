"""An admin's look over shoulders: what others are shown is rendered for the admin, with the admin's own mark, and counted as theirs."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from anyio.to_thread import run_sync

from gateway.errors import Denied, NotFound
from gateway.sessions import shadowing
from gateway.sessions.budgets import count_limit, judge_opening
from gateway.sessions.controls import controls_of
from gateway.sessions.shadowing import Glimpse
from gateway.store import items
from gateway.store.framelists import FrameList
from gateway.store.items import ItemRow
from gateway.store.volumes import VolumeSource
from gateway.stream.coverage import Coverage
from gateway.stream.machine import Machine, State
from gateway.stream.messages import Look
from gateway.stream.replies import Notice, Shadow
from gateway.web.covering import covered
from gateway.web.errands import Step
from gateway.web.presenting import States, states_of
from gateway.web.services import Services
from gateway.web.surveying import survey
from gateway.web.workplace import Workplace
from viewer.render.view import View

FOLLOW_S = 0.4  # between looks at one session
TURN_S = 1.0  # between one session's small picture and the next one's
IDLE_S = 3.0  # before asking again where nobody is at work
NOTED_S = 6.0  # a look is noted as lasting so long, and noted again before
SMALL_PX = 320  # the longer side of a small picture

After = Callable[[Callable[[], Coroutine[None, None, None]]], "asyncio.Task[None]"]


class Shoulder:
    """That of one stream: `machine` gets what is to be shown in steps that `later` takes. Used on the event loop."""

    def __init__(
        self, services: Services, workplace: Workplace, machine: Machine, later: Callable[[Step], None]
    ) -> None:
        self._services = services
        self._workplace = workplace
        self._machine = machine
        self._later = later
        self._task: asyncio.Task[None] | None = None
        self._begun: dict[str, float] = {}  # session -> until when the look at it is noted, UTC seconds
        self._known: dict[str, _Known] = {}  # by item
        self._limited: set[str] = set()  # items that were one too many, as the log has it
        self._last: tuple[str, View | None] | None = None

    def follow(self, session: str | None, after: After) -> None:
        """Look over the shoulder of `session` from now on, or of all in turn."""
        self.close()
        self._task = after(self._all if session is None else partial(self._one, session))

    def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def _open(self) -> bool:
        """Whether the admin is still there, and unlocked."""
        return self._machine.state is State.OPEN

    async def _one(self, session: str) -> None:
        while self._open and await self._look(session, NOTED_S, small=False):  # noqa: ASYNC110 - the store is asked
            await asyncio.sleep(FOLLOW_S)

    async def _all(self) -> None:
        while self._open:
            found = await run_sync(shadowing.others, self._services.store, self._workplace.session)
            for live in found:
                await self._look(live.session.id, NOTED_S + TURN_S * len(found), small=True)
                await asyncio.sleep(TURN_S)
            if not found:
                await asyncio.sleep(IDLE_S)

    async def _look(self, session: str, noted_s: float, *, small: bool) -> bool:
        """Show what `session` is shown; whether it is still there to be looked at."""
        until = self._services.clock.now() + noted_s
        try:
            seen = await run_sync(self._seen, session, until)
        except NotFound:
            gone = Shadow(session=session, user="", answers=0, state="ended")
            self._later(lambda now: self._machine.shadow(None, gone, now, exact=False))
            return False
        except Denied as error:
            ask = isinstance(error, _Spent) and error.ask
            why = Notice(level="ask" if ask else "warning", text=str(error))
            self._later(lambda now: self._machine.tell(why, now))
            return False
        await self._wait(seen)
        if not small and self._last == (seen.live.session.id, seen.view):
            return True
        self._last = (seen.live.session.id, seen.view)
        self._later(lambda now: self._step(seen, now, small=small))
        return True

    async def _wait(self, seen: Glimpse) -> None:
        """Let the time pass by which the admin's budgets slow the first sight of an item."""
        known = self._known.get(seen.item.id) if seen.item is not None else None
        if known is not None:
            delay, known.delay_s = known.delay_s, 0.0
            await asyncio.sleep(delay)

    def _seen(self, session: str, until: float) -> Glimpse:
        store, admin = self._services.store, self._workplace.session
        seen = shadowing.glimpse(store, admin, session, until)
        if self._begun.get(session, 0.0) <= self._services.clock.now():  # it lapsed: this is another look
            shadowing.begin(store, admin, seen.live.session)
        self._begun[session] = until
        if seen.item is not None and seen.frames is not None:
            known = self._known.get(seen.item.id) or self._open_item(seen.item, seen.frames)
            if seen.view is not None and seen.view.cut is not None and not known.surveyed:
                self._survey(seen.item, known)
        return seen

    def _open_item(self, item: ItemRow, frames: FrameList) -> "_Known":
        """Count `item` as the admin's. Errors: Denied if that is more than the admin's budgets allow."""
        store, admin = self._services.store, self._workplace.session
        verdict = judge_opening(store, admin, item)
        if not verdict.allowed:
            if item.id not in self._limited:
                self._limited.add(item.id)
                count_limit(store, admin, item.id)
            raise _Spent(verdict.why, ask=verdict.ask)
        shadowing.open_item(store, admin, item)
        known = self._known[item.id] = _Known(delay_s=verdict.delay_s, states=states_of(store, item.id))
        if controls_of(admin).share_of_item < 1:
            known.coverage = covered(store, admin.user, item, frames)
        return known

    def _survey(self, item: ItemRow, known: "_Known") -> None:
        """What sections of `item` are cut from, if the admin may see any."""
        with self._services.store.read() as connection:
            rows = items.frames_of(connection, item.id)
        surveyed, known.volume = survey(item, rows, controls_of(self._workplace.session))
        known.surveyed, known.why = True, surveyed.why

    def _step(self, seen: Glimpse, now: float, *, small: bool) -> list[Any]:
        item, frames, view = seen.item, seen.frames, seen.view
        told = Shadow(
            session=seen.live.session.id,
            user=seen.live.user_name,
            answers=0,
            state=seen.live.session.state,
        )
        if item is None or frames is None or view is None:
            return self._machine.shadow(None, told, now, exact=False)
        known = self._known[item.id]
        look: Look | None = _look(view, small=small)
        slices, plane, why = len(frames), "", ""
        if view.cut is not None:
            plane, volume = str(view.cut.plane), known.volume
            if volume is None:
                look, why = None, f"They look at a section through the volume: {known.why}."
            else:
                slices = int(str(volume.planes()[plane]["frames"]))
        self._workplace.lightbox.look_over(seen.live.session.id, item, frames, known.volume, known.states)
        told = msgspec.structs.replace(
            told, title=item.title, slice=view.frame + 1, slices=slices, plane=plane, why=why
        )
        exact = item.kind == "text"
        return self._machine.shadow(look, told, now, exact=exact, coverage=known.coverage)


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is known of an item that the admin was shown. `why`: it has no `volume`, or none that may be shown."""

    delay_s: float  # before it is shown the first time
    coverage: Coverage | None = None
    surveyed: bool = False
    volume: VolumeSource | None = None
    why: str = ""
    states: States = field(default_factory=States)


class _Spent(Denied):
    """One more item than the admin's budgets allow. `ask`: a reason would open it."""

    def __init__(self, why: str, *, ask: bool) -> None:
        super().__init__(why)
        self.ask = ask


def _look(view: View, *, small: bool) -> Look:
    """What shows `view`, or the same in a small picture. A spotlight stays where the watched person's is."""
    shrink = min(1.0, SMALL_PX / max(view.width, view.height)) if small else 1.0
    shape = {name: getattr(view, name) for name in View.__struct_fields__ if name != "spot"}
    shape |= {
        "width": max(16, round(view.width * shrink)),
        "height": max(16, round(view.height * shrink)),
        "scale": view.scale * shrink,
    }
    pointer = (view.spot.x, view.spot.y) if view.spot is not None else None
    return Look(seq=0, pointer=pointer, **shape)
