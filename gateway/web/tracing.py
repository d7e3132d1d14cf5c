"""The Trace page: a leaked picture comes in, lines of progress go out, then the case and its evidence, marked like any picture."""

import base64
import json
import queue
import threading
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from starlette.responses import Response, StreamingResponse

from gateway.audit.events import Event, EventCode
from gateway.errors import Conflict, GatewayError, Invalid
from gateway.intake.isolation import Failure
from gateway.sessions.controls import controls_of
from gateway.store import marks, users
from gateway.store.sessions import SessionRow
from gateway.stream.pacing import EPOCH_S
from gateway.tracing.casework import Case, Leak, investigate
from gateway.web.cases import earlier
from gateway.web.marking import mark_text
from gateway.web.pages import with_canvas
from gateway.web.routing import Visit
from gateway.web.services import Services
from gateway.workers.sandbox import Sandbox
from policies.values import Forensic as Strictness
from viewer.errors import ViewerError
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.frame import Encoding, render
from viewer.render.mark import Forensic, make_mark
from viewer.render.view import MIN_SIDE, View
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength

UPLOAD_BYTES = 64 << 20
_SHOWN = 720  # px, an evidence picture's longer side

_tracing = threading.Lock()  # a trace takes a processor for seconds: one at a time in a process

Picture = NDArray[np.uint8]
Line = dict[str, object]


def page(services: Services, visit: Visit) -> Response:
    """The page; it asks for a picture."""
    return with_canvas(
        services, visit, "trace.html", at="trace", most_mib=UPLOAD_BYTES >> 20, cases=earlier(services.store)
    )


def trace(services: Services, visit: Visit) -> Response:
    """Trace the uploaded picture: a JSON object a line, `step` while it runs, then `case` and `evidence`, or `error`."""
    if not visit.upload:
        raise Invalid("choose a picture first")
    if not _tracing.acquire(blocking=False):
        raise Conflict("another leak is being traced: try again in a minute")
    lines: queue.Queue[Line | None] = queue.Queue()
    thread = threading.Thread(target=_run, args=(services, visit, lines), name="trace", daemon=True)
    thread.start()
    return StreamingResponse(_spelled(lines), media_type="application/x-ndjson")


def _spelled(lines: "queue.Queue[Line | None]") -> Iterator[str]:
    while (line := lines.get()) is not None:
        yield json.dumps(line) + "\n"


def _run(services: Services, visit: Visit, lines: "queue.Queue[Line | None]") -> None:
    try:
        lines.put({"step": "opening the picture in the sandbox"})
        with Sandbox() as sandbox:
            shown = sandbox.picture(visit.upload)
        if isinstance(shown, Failure):
            lines.put({"error": shown.cause})
            return
        case = investigate(
            services.store,
            Leak.of(visit.upload, shown),
            actor=visit.holder.user,
            progress=lambda step: lines.put({"step": step}),
        )
        lines.put({"case": case.to_dict(), "evidence": _evidence(services, visit.holder, case)})
    except (GatewayError, ViewerError) as error:
        lines.put({"error": str(error)})
    except Exception as error:  # noqa: BLE001 - whatever is left is a line too
        lines.put({"error": f"the trace failed ({type(error).__name__})"})
    finally:
        _tracing.release()
        lines.put(None)


def _evidence(services: Services, session: SessionRow, case: Case) -> dict[str, str]:
    """Name → PNG in base64: each carries the marks of whoever looks at it."""
    if case.evidence is None:
        return {}
    with services.store.write() as tx:
        number = marks.number_for(tx, session.id, services.token_bytes)
        tx.append(
            Event(
                code=EventCode.TRACE_SHOW,
                actor=session.user,
                session=session.id,
                payload={"mark": f"{number:08x}", "leak": case.digest},
            )
        )
    pictures = {"leak": case.evidence.leak, "sent": case.evidence.sent, "agreement": case.evidence.agreement}
    return {
        name: base64.b64encode(_marked(services, session, number, picture)).decode()
        for name, picture in pictures.items()
        if picture is not None
    }


def _marked(services: Services, session: SessionRow, number: int, picture: Picture) -> bytes:
    longest = max(picture.shape[:2])
    if longest > _SHOWN:
        share = _SHOWN / longest
        picture = np.asarray(
            cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8
        )
    short = [max(0, MIN_SIDE - side) for side in picture.shape[:2]]
    picture = np.pad(picture, [(0, short[0]), (0, short[1]), (0, 0)][: picture.ndim])
    height, width = picture.shape[:2]
    store, epoch = services.store, int(services.clock.now() // EPOCH_S)
    with store.read() as conn:
        user = users.names_of(conn, [session.user]).get(session.user, session.user)
    text = mark_text(session, user=user, project="", epoch=epoch)
    opacity = controls_of(session).watermark_opacity
    forensic = None
    if controls_of(session).forensic is not Strictness.OFF:
        forensic = Forensic(key=Key(store.keys.watermark[-1]), session=number, strength=Strength.STANDARD)
    mark = make_mark(width=width, height=height, text=text, opacity=opacity, epoch=epoch, forensic=forensic)
    kind = "RGB" if picture.ndim == 3 else "MONOCHROME2"
    frame = MaskedFrame(
        pixels=np.ascontiguousarray(picture), offset=0, presentation=Presentation(photometric=kind)
    )
    view = View(item="evidence", frame=0, width=width, height=height, x=width / 2, y=height / 2, scale=1.0)
    return render(view, frame, mark, Encoding(lossless=True)).payload
