"""What the visible mark of a drafted policy looks like: on a neutral picture, half film and half page, marked like any frame."""

import base64

import numpy as np
from starlette.responses import JSONResponse, Response

from gateway.audit.events import Event, EventCode
from gateway.errors import Invalid
from gateway.sessions import drafting
from gateway.store import marks, policy_versions, users
from gateway.stream.pacing import EPOCH_S
from gateway.web.marking import filled
from gateway.web.routing import Visit
from gateway.web.services import Services
from policies.fields import FIELD_AT
from viewer.imaging.presentation import Presentation
from viewer.masking.image import MaskedFrame
from viewer.render.frame import Encoding, render
from viewer.render.mark import Forensic, make_mark
from viewer.render.view import View
from viewer.watermark.keying import Key
from viewer.watermark.pattern import Strength

WIDTH, HEIGHT = 1080, 420  # px
_PROJECT = "a project"


def preview(services: Services, visit: Visit) -> Response:
    """`{"picture": PNG in base64, "text": what it says}` for the draft in the form; the picture is null while it has errors."""
    with services.store.read() as conn:
        digest = policy_versions.in_force(conn)
        row = policy_versions.by_digest(conn, digest) if digest else None
    try:
        draft = drafting.draft(
            row.files if row else {}, visit.form.get("file", ""), visit.form.get("text", "")
        )
    except Invalid:
        return JSONResponse({"picture": None, "text": ""})
    policy = next((each for each in draft.policies.policies if each.file == draft.file), None)
    if policy is None:
        return JSONResponse({"picture": None, "text": ""})
    said = {
        path: policy.settings.get(path, FIELD_AT[path].default)
        for path in ("watermark.visible", "watermark.opacity")
    }
    epoch = int(services.clock.now() // EPOCH_S)
    fields = (
        ("{user}", _name(services, visit)),
        ("{session}", visit.holder.id),
        ("{project}", _PROJECT),
        ("{address}", visit.holder.address),
        ("{policy}", policy.name),
    )
    text = filled(str(said["watermark.visible"]), fields, epoch)
    picture = _drawn(services, visit, text, float(said["watermark.opacity"]), epoch)
    return JSONResponse({"picture": base64.b64encode(picture).decode(), "text": text})


def _name(services: Services, visit: Visit) -> str:
    with services.store.read() as conn:
        return users.names_of(conn, [visit.holder.user]).get(visit.holder.user, visit.holder.user)


def _drawn(services: Services, visit: Visit, text: str, opacity: float, epoch: int) -> bytes:
    forensic = Forensic(
        key=Key(services.store.keys.watermark[-1]),
        session=_number(services, visit),
        strength=Strength.STANDARD,
    )
    mark = make_mark(width=WIDTH, height=HEIGHT, text=text, opacity=opacity, epoch=epoch, forensic=forensic)
    frame = MaskedFrame(pixels=_neutral(), offset=0, presentation=Presentation(photometric="MONOCHROME2"))
    view = View(item="preview", frame=0, width=WIDTH, height=HEIGHT, x=WIDTH / 2, y=HEIGHT / 2, scale=1.0)
    return render(view, frame, mark, Encoding(lossless=True)).payload


def _number(services: Services, visit: Visit) -> int:
    """The number of the session's marks; that it was drawn is an event, so that a leak of a preview is traced too."""
    with services.store.read() as conn:
        known = marks.numbers_of(conn, [visit.holder.id]).get(visit.holder.id)
    if known is not None:
        return known
    with services.store.write() as tx:
        number = marks.number_for(tx, visit.holder.id, services.token_bytes)
        tx.append(
            Event(
                code=EventCode.POLICY_PREVIEW,
                actor=visit.holder.user,
                session=visit.holder.id,
                payload={"mark": f"{number:08x}"},
            )
        )
    return number


def _neutral() -> np.ndarray:
    """Black film that brightens to the middle, then a white page with grey lines of print."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    half = WIDTH // 2
    ramp = np.clip((np.arange(half) - half / 3) * 0.7, 0, 160)
    picture[:, :half] = np.round(ramp * (0.6 + 0.4 * np.sin(np.arange(HEIGHT) / 60) ** 2)[:, np.newaxis])
    picture[:, half:] = 255
    for top in range(24, HEIGHT - 16, 18):
        picture[top : top + 5, half + 24 : WIDTH - 24 - (top * 7) % 90] = 90
    return picture
