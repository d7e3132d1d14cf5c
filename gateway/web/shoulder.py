"""An admin's look over shoulders: what others are shown is rendered for the admin, with the admin's own mark, and counted as theirs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from anyio.to_thread import run_sync

from gateway.errors import Denied, NotFound
from gateway.sessions import shadowing
from gateway.sessions.shadowing import Glimpse
from gateway.stream.machine import Machine, State
from gateway.stream.messages import Look, Notice, Shadow
from gateway.web.errands import Step
from gateway.web.services import Services
from gateway.web.workplace import Workplace
from viewer.render.view import View

FOLLOW_S = 0.4  # between looks at one session
TURN_S = 1.0  # between one session's small picture and the next one's
IDLE_S = 3.0  # before asking again where nobody is at work
NOTED_S = 6.0  # a look is noted as lasting so long, and noted again before
SMALL_PX = 320  # the longer side of a small picture

Background = Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"]


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
        self._begun: set[str] = set()
        self._opened: set[str] = set()
        self._last: tuple[str, View | None] | None = None

    def follow(self, session: str | None, background: Background) -> None:
        """Look over the shoulder of `session` from now on, or of all in turn."""
        self.close()
        self._task = background(self._one(session) if session is not None else self._all())

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
            why = Notice(level="warning", text=str(error))
            self._later(lambda now: self._machine.tell(why, now))
            return False
        if not small and self._last == (seen.live.session.id, seen.view):
            return True
        self._last = (seen.live.session.id, seen.view)
        self._later(lambda now: self._step(seen, now, small=small))
        return True

    def _seen(self, session: str, until: float) -> Glimpse:
        store, admin = self._services.store, self._workplace.session
        seen = shadowing.glimpse(store, admin, session, until)
        if session not in self._begun:
            shadowing.begin(store, admin, seen.live.session)
            self._begun.add(session)
        if seen.item is not None and seen.item.id not in self._opened:
            shadowing.open_item(store, admin, seen.item)
            self._opened.add(seen.item.id)
        return seen

    def _step(self, seen: Glimpse, now: float, *, small: bool) -> list[Any]:
        item, frames, view = seen.item, seen.frames, seen.view
        told = Shadow(
            session=seen.live.session.id,
            user=seen.live.user_name,
            answers=0,
            title=item.title if item else "",
            slice=view.frame + 1 if view else 0,
            slices=len(frames) if frames else 0,
            state=seen.live.session.state,
        )
        look = None
        if item is not None and frames is not None and view is not None:
            self._workplace.look_over(seen.live.session.id, item, frames)
            look = _look(view, small=small)
        return self._machine.shadow(look, told, now, exact=item is not None and item.kind == "text")


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
