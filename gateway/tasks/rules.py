"""What an op may do, whatever the client says: stages, roles, ownership, labels, geometry. Pure."""

from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.errors import Conflict, Denied, Invalid
from gateway.store.annotations import AnnotationRow
from gateway.store.items import RELEASED
from gateway.store.ops import DRAWING, OpRow
from gateway.store.sessions import SessionRow
from gateway.store.tasks import ACCEPTED, ANNOTATE, RETURNED, REVIEW, DeskRow
from gateway.stream.messages import Op
from gateway.stream.shapes import Box, Geometry, Patch, Point, Polygon

MARGIN_PX = 1.0  # how far a stroke may run over the edge: the pointer is not that exact

State = dict[str, Any]  # {"label", "frame", "geometry"}

_GEOMETRY_NAMES = {Box: "box", Polygon: "polygon", Point: "point"}
_DRAWABLE = (ANNOTATE, RETURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What an op meets: the task, the session that asks, the annotation it is about, the op that it takes back or brings again."""

    desk: DeskRow
    session: SessionRow
    annotation: AnnotationRow | None = None
    target: OpRow | None = None

    @property
    def state(self) -> State | None:
        """The annotation's state; None if it is not there or was deleted."""
        row = self.annotation
        if row is None or row.deleted:
            return None
        return {"label": row.label, "frame": row.frame, "geometry": row.geometry}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an op does. `annotation`: its id, None if it touches none; `stage`: the task's afterwards.

    `reviewer`: who settled it, None to leave that as it is. `undone`: what becomes of the target.
    """

    stage: str
    annotation: str | None = None
    before: State | None = None
    after: State | None = None
    reviewer: str | None = None
    undone: bool | None = None


def plan(op: Op, scene: Scene) -> Change:
    """What `op` does there. Errors: Denied (role, stage, ownership), Conflict (it was changed meanwhile), Invalid (content)."""
    if scene.desk.item_state != RELEASED:
        raise Denied("the item of this task is not released")
    match op.kind:
        case "create" | "update" | "delete":
            return _draw(op, scene)
        case "undo" | "redo":
            return _take_back(op, scene)
        case _:
            return _judge(op, scene)


def _draw(op: Op, scene: Scene) -> Change:
    _check_drawing(scene)
    if op.annotation is None:
        raise Invalid(f"`{op.kind}` names no annotation")
    patch, before = op.patch or Patch(), scene.state
    after: State | None
    if op.kind == "create":
        if scene.annotation is not None:
            raise Conflict("an annotation with this id was drawn before")
        after = _patched({}, patch)
    else:
        if before is None:
            raise Conflict("the annotation is not there any more")
        if op.kind == "update" and patch.label is None and patch.geometry is None:
            raise Invalid("an update changes the label or the geometry")
        after = None if op.kind == "delete" else _patched(before, patch)
    if after is not None:
        check_state(after, patch.geometry, scene.desk)
    return Change(stage=scene.desk.task.stage, annotation=op.annotation, before=before, after=after)


def _take_back(op: Op, scene: Scene) -> Change:
    _check_drawing(scene)
    target, redo = scene.target, op.kind == "redo"
    if target is None or target.task != op.task or target.kind not in DRAWING:
        raise Invalid(f"`{op.kind}` names no operation on an annotation of this task")
    if target.user != scene.session.user:
        raise Denied("only who did it can take it back")
    if target.undone is not redo:
        raise Conflict("it was taken back already" if target.undone else "it was not taken back")
    expected, wanted = (target.before, target.after) if redo else (target.after, target.before)
    if scene.state != expected:
        raise Conflict("the annotation was changed since")
    return Change(
        stage=scene.desk.task.stage,
        annotation=target.annotation,
        before=expected,
        after=wanted,
        undone=not redo,
    )


def _judge(op: Op, scene: Scene) -> Change:
    task = scene.desk.task
    said = bool(op.text and op.text.strip())
    if op.kind in {"return", "comment"} and not said:
        raise Invalid(f"`{op.kind}` needs a text")
    match op.kind:
        case "submit":
            _check_drawing(scene)
            return Change(stage=REVIEW)
        case "accept":
            _check_reviewing(scene)
            return Change(stage=ACCEPTED, reviewer=scene.session.user)
        case "return":
            _check_reviewing(scene)
            return Change(stage=RETURNED, reviewer=scene.session.user)
        case "comment":
            if task.stage == ACCEPTED:
                raise Denied("an accepted task can't be changed")
            if scene.session.user != task.annotator and scene.session.role != "reviewer":
                raise Denied("only its annotator and reviewers comment on a task")
            return Change(stage=task.stage)
        case other:
            raise Invalid(f"there is no operation `{other}`")


def _check_drawing(scene: Scene) -> None:
    task = scene.desk.task
    if task.annotator != scene.session.user:
        raise Denied("this task is somebody else's")
    if task.stage == ACCEPTED:
        raise Denied("an accepted task can't be changed")
    if task.stage not in _DRAWABLE:
        raise Denied("this task is in review: it can be changed again if it is returned")


def _check_reviewing(scene: Scene) -> None:
    task = scene.desk.task
    if scene.session.role != "reviewer":
        raise Denied("only a reviewer can do this")
    if task.annotator == scene.session.user:
        raise Denied("nobody reviews what they drew")
    if task.stage != REVIEW:
        raise Denied(f"this task is not in review: its stage is `{task.stage}`")


def _patched(state: State, patch: Patch) -> State:
    changes = msgspec.to_builtins(patch)
    after = {**state, **changes}
    if missing := {"label", "frame", "geometry"} - after.keys():
        raise Invalid(f"a new annotation needs a {min(missing)}")
    # JSON has one kind of sequence: what is stored compares equal to what is read back.
    after["geometry"] = msgspec.json.decode(msgspec.json.encode(after["geometry"]))
    return after


def check_state(state: State, geometry: Geometry | None, desk: DeskRow) -> None:
    """Pass an annotation that the project's labels allow, on a frame that there is, inside its picture.

    `geometry`: the new one; None if it stays. Errors: Invalid.
    """
    label = next((each for each in desk.labels if each.get("key") == state["label"]), None)
    if label is None:
        raise Invalid(f"there is no label `{state['label']}` in this project")
    kind = state["geometry"]["type"]
    if kind not in label.get("geometry", ()):
        raise Invalid(f"the label `{state['label']}` can't be drawn as a {kind}")
    if state["frame"] >= desk.frames:
        raise Invalid(f"there is no frame {state['frame'] + 1}: the item has {desk.frames}")
    if geometry is not None:
        left, top, right, bottom = _extent(geometry)
        if min(left, top) < -MARGIN_PX or right > desk.columns + MARGIN_PX or bottom > desk.rows + MARGIN_PX:
            raise Invalid(
                f"the {kind} reaches out of the picture, which is {desk.columns} x {desk.rows} pixels"
            )


def _extent(geometry: Geometry) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in image pixels."""
    match geometry:
        case Box(x=x, y=y, w=w, h=h):
            return x, y, x + w, y + h
        case Point(x=x, y=y):
            return x, y, x, y
        case Polygon(points=points):
            xs, ys = [x for x, _ in points], [y for _, y in points]
            return min(xs), min(ys), max(xs), max(ys)
