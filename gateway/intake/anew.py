"""An item's files masked anew, laid out on the places that its frames have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from gateway.intake.isolation import Failure
from gateway.intake.keeping import Outcome
from gateway.intake.processing import Tools, grouped, mask_group
from gateway.store import pixels
from gateway.store.items import FrameRow, ItemRow, OriginalRow
from gateway.store.opening import Store
from viewer.imaging.geometry import Place
from viewer.masking import report as reporting
from viewer.masking.image import MaskedFrame
from viewer.masking.masked import Masked
from viewer.masking.report import Report
from viewer.masking.verdict import Verdict

_SHAPE = "masked anew its pictures have another size or number"
_DRAWN = "masked anew its text stands in other places, and there are annotations on it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """An item masked anew: a new frame for each place, in order."""

    frames: tuple[MaskedFrame, ...]
    rows: tuple[FrameRow, ...]  # of the places, with the digests and presentations of now
    report: Report
    masked: tuple[tuple[str, Masked], ...]  # by original


def mask_anew(
    store: Store, item: ItemRow, rows: Sequence[FrameRow], originals: Sequence[OriginalRow], tools: Tools
) -> Anew | str:
    """The item masked anew, or why nothing comes of it."""
    outcomes: list[Outcome] = []
    for group in grouped(originals):
        outcomes += mask_group(store, group, tools)
    files: dict[str, Masked] = {}
    for outcome in outcomes:
        if isinstance(outcome.result, Failure):
            return outcome.result.cause
        kept = outcome.kept
        if kept is None or kept.image is None:
            return f"masked anew it is rejected: {outcome.result.reasons[0]}"
        if kept.subject != item.subject:
            return "masked anew it is of another subject"
        files[outcome.original.digest] = kept
    frames, placed = _placed(item, rows, files)
    report = _merged([each.report for each in files.values()])
    if report is None:
        return "masked anew its files do not belong together any more"
    return Anew(frames=frames, rows=placed, report=report, masked=tuple(files.items()))


def _placed(
    item: ItemRow, rows: Sequence[FrameRow], files: dict[str, Masked]
) -> tuple[tuple[MaskedFrame, ...], tuple[FrameRow, ...]]:
    """The new frame of each place; of a text, its new pages."""
    frames: list[MaskedFrame] = []
    placed: list[FrameRow] = []
    if item.kind == "text":
        for original, masked in files.items():
            for frame in masked.image.frames if masked.image else ():
                frames.append(frame)
                placed.append(_frame_row(item, len(placed), original, frame))
        return tuple(frames), tuple(placed)
    ranks: dict[str, int] = {}
    for row in rows:
        rank = ranks[row.original] = ranks.get(row.original, -1) + 1
        place = msgspec.convert(row.place, Place | None)
        image = files[row.original].image
        index = rank if place is None else place.frame
        if image is None or index >= len(image.frames):
            return (), ()
        frames.append(image.frames[index])
        made = _frame_row(item, row.position, row.original, image.frames[index], row.place)
        placed.append(replace(made, instance=files[row.original].instance, number=index + 1))
    return tuple(frames), tuple(placed)


def _frame_row(
    item: ItemRow, position: int, original: str, frame: MaskedFrame, place: dict[str, object] | None = None
) -> FrameRow:
    return FrameRow(
        item=item.id, position=position, original=original, object="", digest=pixels.digest_of(frame),
        presentation=frame.presentation, place=place,
    )  # fmt: skip


def _merged(reports: Sequence[Report]) -> Report | None:
    """One report of files that may be released and held: the item is held if one of them is."""
    held = any(report.verdict is Verdict.HELD for report in reports)
    verdict = Verdict.HELD if held else Verdict.RELEASED
    merged: Report | None = None
    for report in reports:
        alike = msgspec.structs.replace(report, verdict=verdict)
        merged = reporting.merge(merged, alike) if merged else alike
    return merged


def objection(item: ItemRow, rows: Sequence[FrameRow], anew: Anew, drawn: int) -> str | None:
    """Why the new pictures can't take the places of the old ones."""
    shapes = {frame.pixels.shape[:2] for frame in anew.frames}
    same = [row.digest for row in rows] == [row.digest for row in anew.rows]
    if item.kind == "text":
        return _DRAWN if drawn and not same else None
    if len(anew.rows) != len(rows) or shapes != {(item.rows, item.columns)}:
        return _SHAPE
    return None
