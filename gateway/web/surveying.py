"""What the slices of an item are as a whole: a volume that sections go through, a loop that is played."""

from collections.abc import Sequence

from gateway.store.items import FrameRow, ItemRow
from gateway.store.volumes import VolumeSource, volume_source
from gateway.stream.display import may_cut
from gateway.stream.replies import Surveyed
from policies.controls import Controls
from viewer.errors import ViewerError, ViewError


def survey(
    item: ItemRow, rows: Sequence[FrameRow], controls: Controls
) -> tuple[Surveyed, VolumeSource | None]:
    """The answer for a client, and what sections are cut from; None where there is no volume, or `controls` show none of it."""
    times = [time for row in rows if (time := (row.place or {}).get("time_ms")) is not None]
    known: list[float] = times if len(times) == len(rows) else []
    try:
        if not may_cut(controls):
            raise ViewError("the session policy shows slices only")
        source = volume_source(item.subject, rows, (item.rows, item.columns))
    except ViewerError as error:
        return Surveyed(item=item.id, planes=None, why=str(error), times_ms=known), None
    surveyed = Surveyed(item=item.id, planes=source.planes(), places=source.places(), times_ms=known)
    return surveyed, source
