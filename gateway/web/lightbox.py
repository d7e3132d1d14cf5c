"""The item that one stream shows, and what is drawn of it: its slices, what is unmasked of them, its states and its volume."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.sessions.controls import controls_of
from gateway.store.framelists import FrameList
from gateway.store.items import ItemRow
from gateway.store.sessions import SessionRow
from gateway.store.tiles import is_large
from gateway.store.volumes import VolumeSource
from gateway.stream.effects import Exposure, RenderRequest
from gateway.web.marking import Marking, Viewer, conditions, modality_of, render_job, strength_of
from gateway.web.presenting import States
from gateway.web.services import Services
from gateway.web.track import Scene
from gateway.web.uncovered import Overlay, Uncovered
from gateway.workers.rendering import RenderJob
from policies.delivering import keeps_views
from viewer.errors import ViewError
from viewer.render.view import View
from viewer.watermark.pattern import Strength

AHEAD = 4  # slices in the direction of the scroll
_OPENED = 4


class Lightbox:
    """That of the stream of `session`, which may change; every method but `open` and `close` runs on the event loop."""

    def __init__(self, services: Services, session: Callable[[], SessionRow]) -> None:
        self.item: ItemRow | None = None
        self.volume: VolumeSource | None = None
        self.viewer = Viewer(user="", project="", number=None, secret=b"")
        self._renderer = services.renderer
        self._keys = services.store.keys
        self._session = session
        self._frames: FrameList | None = None
        self._last, self._step = -1, 0  # the slice that was drawn last, and which way the hand went
        self._states = States()
        self._scene: tuple[SessionRow, Scene] | None = None
        self._opened: dict[str, FrameList] = {}  # of late: a frame of the item before may be on its way
        self._overlay = Overlay(services.renderer.cache)
        self._marking = Marking()

    def open(self, item: ItemRow, frames: FrameList, shown: Sequence[Uncovered], states: States) -> None:
        """Show `item`, of which `shown` is unmasked; runs on a thread."""
        self.item, self.volume, self._states = item, None, states
        self._overlay.open(item.id, frames)
        self.lay_over(shown)
        if len(self._opened) > _OPENED:
            del self._opened[next(iter(self._opened))]
        if not is_large(item.rows, item.columns):
            self._renderer.cache.read_ahead(item.subject, frames.object(0))

    def close(self) -> None:
        """Hold nothing any more of what was unmasked; runs on a thread."""
        self._overlay.lay((), self._session)

    def look_over(
        self, session: str, item: ItemRow, frames: FrameList, volume: VolumeSource | None, states: States
    ) -> None:
        """Have `item` open as `session` has it, whose person is looked at over the shoulder."""
        self.viewer, self.volume = replace(self.viewer, watched=session), volume
        self._frames, self.item, self._states, self._scene = frames, item, states, None
        self._overlay.open(item.id, frames)
        self._opened = {item.id: frames}

    def lay_over(self, found: Sequence[Uncovered]) -> None:
        """Show `found` in the open item from now on, as far as the session may see it."""
        self._overlay.lay(found, self._session)
        self._show_overlay()

    def cover(self) -> None:
        """Show no more of what was unmasked than the session may still see."""
        if self._overlay.cover(self._session):
            self._show_overlay()

    def _show_overlay(self) -> None:
        if self.item is not None and self._overlay.frames is not None:
            self._frames = self._opened[self.item.id] = self._overlay.frames
            self._scene = None

    @property
    def strength(self) -> Strength | None:
        """Of the invisible mark in frames of the open item; None if there is none."""
        return strength_of(self._session(), modality_of(self.item.title)) if self.item is not None else None

    def render_job(self, request: RenderRequest | Exposure) -> tuple[RenderJob, str]:
        """The frame to draw for `request`, and the masked frame's digest.

        Errors: ViewError for an item that is not open or a frame that it does not have.
        """
        view, item, session = request.view, self.item, self._session()
        if item is None or self._frames is None or view.item != item.id:
            raise ViewError("that item is not open")
        mark = self._marking.of(session, self.viewer, item.title, request)
        if view.cut is not None:
            if self.volume is None:
                raise ViewError("the slices of this item make no volume that may be shown")
            job = render_job(session, self.viewer, item, "", request, self.volume, mark=mark)
            return job, item.masked_digest
        if view.frame >= len(self._frames):
            raise ViewError(f"there is no frame {view.frame + 1}: the item has {len(self._frames)}")
        key = self._frames.object(view.frame)
        subject = self._overlay.subject(item, key)
        if subject != item.subject:
            item = replace(item, subject=subject)
        state = self._states.of(view)
        job = render_job(session, self.viewer, item, key, request, state=state, mark=mark)
        return job, self._frames.digest(view.frame)

    def read_ahead(self, view: View) -> None:
        """Have the slices read that the hand is about to reach; they stay here until somebody looks at them."""
        item, frames, before = self.item, self._frames, self._last
        if view.cut is not None:
            return
        self._last = view.frame
        if item is None or frames is None or before == view.frame or view.item != item.id:
            return
        if is_large(item.rows, item.columns):
            return
        step = 1 if view.frame > before else -1
        goes_on = (
            view.frame - before == step and self._step == step
        )  # then the nearer ones were asked for before
        self._step = step
        for away in range(AHEAD if goes_on else 1, AHEAD + 1):
            position = view.frame + step * away
            if 0 <= position < len(frames):
                key = frames.object(position)
                self._renderer.cache.read_ahead(self._overlay.subject(item, key), key)

    def scene(self, item: str) -> Scene:
        """What holds for a frame of `item`, for the exposure ledger."""
        session = self._session()
        if self._scene is None or self._scene[0] is not session or self._scene[1].item != item:
            scene = Scene.of(
                session=session.id,
                user=session.user,
                policy=session.policy_digest,
                item=item,
                order=self._opened[item].digests(),
                controls=conditions(session, self._keys, self.viewer.watched),
                kept=keeps_views(controls_of(session)),
            )
            self._scene = session, scene
        return self._scene[1]
