"""What a stream's machine wants done at once: frames sent and recorded, pictures drawn, the ledger told; the rest are errands."""

from collections.abc import Callable

from gateway.stream.effects import (
    Close,
    Drawn,
    Effect,
    Exposure,
    Follow,
    PutAway,
    Record,
    Render,
    Send,
    TellValue,
    Touch,
)
from gateway.stream.machine import Machine
from gateway.stream.viewlog import Told
from gateway.web.easel import Easel
from gateway.web.errands import Errands, Step
from gateway.web.outbox import Outbox
from gateway.web.services import Services
from gateway.web.shoulder import Shoulder
from gateway.web.workplace import Workplace


class Deeds:
    """Those of one stream, on the event loop: none of them waits. `machine` gets answers in steps that `later` takes.

    `errands`: what takes longer, for whoever has something done beside the machine.
    """

    def __init__(
        self,
        services: Services,
        workplace: Workplace,
        machine: Machine,
        outbox: Outbox,
        later: Callable[[Step], None],
    ) -> None:
        self.errands = Errands(services, workplace, machine, later)
        self._ledger = services.ledger
        self._session = workplace.session.id
        self._lightbox = workplace.lightbox
        self._outbox = outbox
        self._shoulder = Shoulder(services, workplace, machine, later)
        self._easel = Easel(services, workplace, machine, later)

    def close(self) -> None:
        """Draw nothing any more, and look over no shoulder."""
        self._easel.close()
        self._shoulder.close()

    def do(self, effect: Effect, now: float) -> None:  # noqa: C901 - one case an effect
        """Do `effect`. `now`: UTC seconds. Errors: StoreError where a frame can't be recorded; then it must not leave."""
        match effect:
            case Send():
                self._send(effect, now)
            case Record(event=Exposure() as seen):
                self._ledger.record(self._lightbox.scene(seen.view.item), seen)
            case Render(request=request):
                self._easel.draw(request, now)
            case Drawn(seq=seq):
                self._ledger.drawn(self._session, seq, now)
            case Touch(now=at):
                self._ledger.touch(self._session, at)
            case PutAway(count=count):
                self._ledger.put_away(self._session, count, now)
            case TellValue():
                self._tell_value(effect, now)
            case Follow(session=watched):
                self._shoulder.follow(watched, self.errands.after)
            case Close(code=code, reason=reason):
                self._outbox.close(code, reason)
            case Record():
                raise TypeError("what is not a frame is recorded before anything else is done")
            case _:
                self.errands.run(effect)

    def _tell_value(self, wanted: TellValue, now: float) -> None:
        """Have the value read and told, once it is in the ledger that it is."""
        seen = wanted.seen
        told = Told(seq=seen.seq, column=wanted.column, row=wanted.row, at=round(now * 1000))
        if self._ledger.told(self._lightbox.scene(seen.view.item), told):
            self.errands.run(wanted)

    def _send(self, send: Send, now: float) -> None:
        self._outbox.put(send.data, send.payload, urgent=send.urgent)
        if send.urgent and isinstance(send.data, bytes):  # the blank
            self._ledger.gone(self._session, now)
