"""Where one stream's frames are drawn: asked of the renderer, handed to the machine, and their marks made ahead of time."""

import asyncio
import contextlib
import logging
import zlib
from collections.abc import Callable
from functools import partial

import msgspec

from gateway.errors import GatewayError
from gateway.stream.effects import Effect, RenderRequest
from gateway.stream.machine import Machine
from gateway.stream.messages import MAX_PANES
from gateway.stream.pacing import EPOCH_S
from gateway.web.errands import DEFECT, Step
from gateway.web.services import Services
from gateway.web.workplace import Workplace
from gateway.workers.films import Unfilmed
from gateway.workers.rendering import Drawn
from viewer.errors import ViewerError
from viewer.render.frame import Film, MarkedFrame
from viewer.watermark.pattern import Strength

log = logging.getLogger(__name__)


class Easel:
    """That of one stream: `machine` gets its frames in steps that `later` takes. Used on the event loop."""

    def __init__(
        self, services: Services, workplace: Workplace, machine: Machine, later: Callable[[Step], None]
    ) -> None:
        self._services = services
        self._workplace = workplace
        self._machine = machine
        self._later = later
        self._loop = asyncio.get_running_loop()
        self._epoch = -1
        self._sizes: dict[tuple[int, float], RenderRequest] = {}  # one of each size that was asked for in it
        self._ahead: asyncio.TimerHandle | None = None

    def draw(self, request: RenderRequest, now: float) -> None:
        """Have the frame of `request` drawn. `now`: UTC seconds."""
        film = self._film(request) if request.encoding.video else None
        if request.encoding.video and film is None:
            request = _plain(request)
        try:
            job, digest = self._workplace.lightbox.render_job(request)
        except (GatewayError, ViewerError) as error:
            self._take(request, "", error)
            return
        if film is not None:
            job = msgspec.structs.replace(job, film=film)
        self._services.renderer.ask(self, job, partial(self._take, request, digest))
        self._mark_ahead(request, now)
        self._workplace.lightbox.read_ahead(request.view)

    def close(self) -> None:
        """Make no marks any more, and no video."""
        if self._ahead is not None:
            self._ahead.cancel()
        if self._services.films is not None:
            for pane in range(MAX_PANES):
                self._services.films.drop((self, pane))

    def _film(self, request: RenderRequest) -> Film | None:
        """What adds a frame to its pane's video; None where there is no encoder, or the mark would not outlive it."""
        films = self._services.films
        if films is None or self._workplace.lightbox.strength is Strength.LIGHT:
            return None
        return films.film((self, request.view.pane), request.encoding.video, key=request.key)

    def _take(self, request: RenderRequest, digest: str, drawn: Drawn) -> None:
        machine = self._machine
        if isinstance(drawn, MarkedFrame):
            self._later(lambda now: machine.rendered(request, drawn, digest, now))
            return
        if isinstance(drawn, Unfilmed):
            self._later(partial(self._draw_plain, request))
            return
        reason = str(drawn)
        if not isinstance(drawn, GatewayError | ViewerError):
            session = self._workplace.session.id
            log.error("the stream of session %s ends on a defect", session, exc_info=drawn)
            self._later(lambda now: machine.end(DEFECT, now))
        else:
            self._later(lambda now: machine.failed(request, reason, now))

    def _draw_plain(self, request: RenderRequest, now: float) -> list[Effect]:
        self.draw(_plain(request), now)
        return []

    def _mark_ahead(self, request: RenderRequest, now: float) -> None:
        """Have the next epoch's marks made before it comes, each session at a moment of its own."""
        if request.epoch != self._epoch:
            self._epoch = request.epoch
            self._sizes = {}
            share = zlib.crc32(self._workplace.session.id.encode()) / 2**32
            until_end = (request.epoch + 1) * EPOCH_S - now
            if self._ahead is not None:
                self._ahead.cancel()
            self._ahead = self._loop.call_later(until_end * (0.2 + 0.6 * share), self._prepare)
        self._sizes[request.view.width * request.view.height, request.encoding.shrink] = request

    def _prepare(self) -> None:
        for request in self._sizes.values():
            with contextlib.suppress(GatewayError, ViewerError):  # the item was closed meanwhile
                job, _ = self._workplace.lightbox.render_job(
                    msgspec.structs.replace(request, epoch=self._epoch + 1)
                )
                self._services.renderer.marks.ask(job.mark)


def _plain(request: RenderRequest) -> RenderRequest:
    """`request`, whose frame is a picture by itself instead of a video's."""
    assert request.plain is not None
    return msgspec.structs.replace(request, encoding=request.plain, plain=None)
