"""What a client is told of a task that is opened."""

from gateway.stream.replies import Task
from gateway.tasks.work import OpenTask
from gateway.web.presenting import States


def told(found: OpenTask, states: States) -> Task:
    """The message that opens `found` in the client."""
    item, first = found.item, found.frames.first
    return Task(
        id=found.task.id,
        stage=found.task.stage,
        mode=found.mode,
        revision=found.task.revision,
        item={
            "id": item.id,
            "title": item.title,
            "kind": item.kind,
            "frames": len(found.frames),
            "rows": item.rows,
            "columns": item.columns,
            "spacing_mm": first.spacing_mm,
            "windows": [[window.center, window.width, window.function] for window in first.windows],
            "grey": first.photometric != "RGB",
            "unit": first.unit,
            "suv_per_unit": first.suv_per_unit,
            "states": states.told() if first.photometric != "RGB" else [],
        },
        annotations=found.annotations,
        comments=found.comments,
        history=found.history,
        waiting=found.waiting,
    )
