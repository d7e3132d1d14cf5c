"""The console's exposure: who was shown what, which regions of it, and when; drawn from the ledger alone, without a pixel of a picture."""

from datetime import UTC, datetime

import numpy as np
from starlette.responses import Response

from gateway.errors import GatewayError
from gateway.sessions.exposed import ItemExposure
from gateway.sessions.exposing import exposure_of
from gateway.store import users
from gateway.store.lately import Record, lately
from gateway.stream.coverage import CELLS
from gateway.web.routing import Visit
from gateway.web.services import Services

KINDS = ("user", "subject", "item")
LISTED = 60  # entries that one page draws, the newest
SHADES = 5  # steps of the heat
RECORDS = 2000  # of the ledger, the newest, from which the page begins
BEGINS = 12  # people, and subjects, that it begins with


def exposure(services: Services, visit: Visit) -> Response:
    """What one person was shown, or who was shown one subject or item; a form where none is named."""
    by = visit.query.get("by", "user")
    by = by if by in KINDS else "user"
    of = visit.query.get("of", "").strip()
    found: list[ItemExposure] = []
    error = None
    try:
        if of:
            found = exposure_of(services.store, **{by: of})
    except GatewayError as cause:
        error = str(cause)
    found.sort(key=lambda entry: entry.last, reverse=True)
    with services.store.read() as conn:
        recent = [] if of else lately(conn, RECORDS)
        names = [user.name for user in users.all_users(conn)]
    return services.page(
        "exposure.html",
        session=visit.holder,
        status=404 if error else 200,
        at="exposure",
        by=by,
        of=of,
        kinds=KINDS,
        names=names,
        rows=[_shown(entry) for entry in found[:LISTED]],
        total=len(found),
        listed=LISTED,
        records=RECORDS,
        figures=_figures(found),
        people=_lately(recent, "user", "subject"),
        subjects=_lately(recent, "subject", "user"),
        error=error,
    )


def _figures(found: list[ItemExposure]) -> list[tuple[str, str]]:
    return [
        ("People", str(len({e.seen.user for e in found}))),
        ("Sessions", str(len({e.seen.segment.session for e in found}))),
        ("Items", str(len({e.seen.segment.item for e in found}))),
        ("People in pictures", str(len({e.seen.subject for e in found}))),
        ("Frames", f"{sum(e.frames for e in found):,}"),
        ("On screen", _span(sum(e.seconds for e in found))),
    ]


def _lately(recent: list[Record], of: str, other: str) -> list[dict[str, str]]:
    """The people, or the subjects, of `recent`, the newest first, and how much of it is about each."""
    grouped: dict[str, list[Record]] = {}
    for each in recent:
        grouped.setdefault(getattr(each, of), []).append(each)
    return [
        {
            "name": name,
            "last": _time(those[0].ended)[:-3],
            "others": str(len({getattr(each, other) for each in those})),
            "shown": str(len({each.item for each in those})),
            "frames": f"{sum(each.frames for each in those):,}",
        }
        for name, those in list(grouped.items())[:BEGINS]
    ]


def _shown(entry: ItemExposure) -> dict[str, object]:
    seen = entry.seen
    return {
        "user": seen.user_name,
        "session": seen.segment.session,
        "item": seen.segment.item,
        "title": seen.title,
        "subject": seen.subject,
        "first": _time(entry.first),
        "seconds": _span(entry.seconds),
        "frames": f"{entry.frames:,}",
        "slices": f"{len(entry.slices)} of {entry.of_slices}",
        "texts": len({each.page for each in entry.texts}),
        "sections": sum(len(each.positions) for each in entry.sections.values()),
        "share": round(100 * entry.share),
        "heat": _heat(entry),
        "growth": _growth(entry),
        "aspect": seen.columns / max(1, seen.rows),
    }


def _heat(entry: ItemExposure) -> list[dict[str, int]]:
    """Where its slices were shown at full detail: rows of equal cells, in a square of `CELLS`; `shade` 1..`SHADES` by how many slices."""
    counts = np.zeros((CELLS, CELLS), int)
    for each in entry.slices.values():
        counts += each.full
    most = int(counts.max())
    cells = []
    for y, row in enumerate(counts):
        x = 0
        while x < CELLS:
            end = x + 1
            while end < CELLS and row[end] == row[x]:
                end += 1
            if row[x]:
                shade = max(1, round(SHADES * int(row[x]) / most))
                cells.append({"x": x, "y": y, "w": end - x, "shade": shade})
            x = end
    return cells


def _growth(entry: ItemExposure) -> str:
    """The points of a line: time across, 0..100, the share that was seen at full detail down from the top, 40..0."""
    if len(entry.growth) < 2:
        return ""
    began, ended = entry.growth[0][0], max(entry.last, entry.growth[-1][0])
    span = max(1e-3, ended - began)
    points, before = [], 0.0
    for at, share in [*entry.growth, (ended, entry.growth[-1][1])]:
        x = 100 * (at - began) / span
        points += [f"{x:.1f},{40 - 40 * before:.1f}", f"{x:.1f},{40 - 40 * share:.1f}"]
        before = share
    return " ".join(points)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
