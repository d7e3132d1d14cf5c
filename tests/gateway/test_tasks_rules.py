"""Who may do what to a task, as a table; and what is drawn stays inside the picture and the labels."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Conflict, Denied, Invalid
from gateway.store import ops, tasks
from gateway.store.annotations import AnnotationRow
from gateway.store.ops import OpRow
from gateway.store.sessions import SessionRow
from gateway.store.tasks import DeskRow, TaskRow
from gateway.stream.messages import Op
from gateway.stream.shapes import Box, Patch, Point, Polygon
from gateway.tasks.rules import MARGIN_PX, Change, Scene, plan
from tests.gateway.stores import COLUMNS, DIGEST, FRAMES, LABELS, ROWS, START

BOX = Box(x=10, y=10, w=20, h=20)
DRAWN = {"label": "finding", "frame": 0, "geometry": {"type": "box", "x": 1.0, "y": 1.0, "w": 5.0, "h": 5.0}}


def _desk(stage: str = "annotate", annotator: str | None = "ada-id", item: str = "released") -> DeskRow:
    task = TaskRow(
        id="t1", project="p1", item="i1", stage=stage, annotator=annotator, reviewer=None, lease_session=None,
        lease_until=None, priority=0, revision=3, created=START, changed=START,
    )  # fmt: skip
    return DeskRow(
        task=task, item_state=item, subject="s", rows=ROWS, columns=COLUMNS, frames=FRAMES, labels=LABELS,
        user_name="ada",
    )  # fmt: skip


def _session(user: str = "ada", role: str = "annotator") -> SessionRow:
    return SessionRow(
        id=f"s-{user}", token_hash="h", user=f"{user}-id", project="p1", role=role, address="127.0.0.1", agent="",
        state="active", reason=None, started=START, last_input=START, expires=START + 60, policy_digest=DIGEST,
        policies=[], controls={}, item=None, streaming=True,
    )  # fmt: skip


def _annotation(**changes: object) -> AnnotationRow:
    fields: dict[str, object] = {
        "id": "a1", "task": "t1", "item": "i1", "author": "ada-id", "revision": 1, "deleted": False, "created": START,
        **DRAWN, **changes,
    }  # fmt: skip
    return AnnotationRow(**fields)  # type: ignore[arg-type] # any column of it


def _done(kind: str = "create", user: str = "ada-id", **changes: object) -> OpRow:
    fields: dict[str, object] = {
        "id": "o1", "task": "t1", "session": "s", "user": user, "kind": kind, "annotation": "a1", "request_digest": "d",
        "patch": None, "before": None, "after": DRAWN, "undone": False, "revision": 1, "stage": "annotate", "time": START,
        "context": None, "audit_index": 1, **changes,
    }  # fmt: skip
    return OpRow(**fields)  # type: ignore[arg-type] # any column of it


def _op(kind: str, **fields: object) -> Op:
    if kind in {"create", "update", "delete"}:
        fields.setdefault("annotation", "a1")
    if kind == "create":
        fields.setdefault("patch", Patch(label="finding", frame=0, geometry=BOX))
    if kind == "update":
        fields.setdefault("patch", Patch(label="finding"))
    if kind in {"return", "comment"}:
        fields.setdefault("text", "look again")
    return Op(id="o9", task="t1", kind=kind, base=3, **fields)  # type: ignore[arg-type] # any field of it


ADA, BO, RENE, ADA_REVIEWS = (
    _session(),
    _session("bo"),
    _session("rene", "reviewer"),
    _session("ada", "reviewer"),
)
# (who, stage) -> the kinds that pass; everything else is denied
ALLOWED = {
    ("ada", "annotate"): {"create", "update", "delete", "undo", "redo", "submit", "comment"},
    ("ada", "returned"): {"create", "update", "delete", "undo", "redo", "submit", "comment"},
    ("ada", "review"): {"comment"},
    ("ada", "accepted"): set(),
    ("bo", "annotate"): set(),
    ("bo", "returned"): set(),
    ("bo", "review"): set(),
    ("bo", "accepted"): set(),
    ("rene", "annotate"): {"comment"},
    ("rene", "returned"): {"comment"},
    ("rene", "review"): {"accept", "return", "comment"},
    ("rene", "accepted"): set(),
    ("ada reviews", "review"): {"comment"},  # nobody reviews what they drew
}
KINDS = ("create", "update", "delete", "undo", "redo", "submit", "accept", "return", "comment")
SESSIONS = {"ada": ADA, "bo": BO, "rene": RENE, "ada reviews": ADA_REVIEWS}


def _scene(kind: str, session: SessionRow, stage: str) -> Scene:
    there = None if kind == "create" else _annotation()
    target = _done(undone=kind == "redo") if kind in {"undo", "redo"} else None
    if kind == "redo":
        there = None
    return Scene(desk=_desk(stage), session=session, annotation=there, target=target)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("who", "stage"), list(ALLOWED), ids=lambda text: text.replace(" ", "-"))
def test_who_may_do_what_when(who: str, stage: str, kind: str) -> None:
    scene = _scene(kind, SESSIONS[who], stage)
    op = _op(kind, **({"target": "o1"} if kind in {"undo", "redo"} else {}))
    if kind in ALLOWED[who, stage]:
        assert isinstance(plan(op, scene), Change)
    else:
        with pytest.raises(Denied):
            plan(op, scene)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("submit", "annotate", "review"),
        ("submit", "returned", "review"),
        ("accept", "review", "accepted"),
        ("return", "review", "returned"),
        ("comment", "review", "review"),
    ],
)
def test_the_stage_moves(kind: str, before: str, after: str) -> None:
    session = ADA if kind == "submit" else RENE
    change = plan(_op(kind), Scene(desk=_desk(before), session=session))
    assert change.stage == after
    assert change.reviewer == ("rene-id" if kind in {"accept", "return"} else None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", ["held", "rejected"])
def test_an_item_that_is_not_released_takes_nothing(kind: str, state: str) -> None:
    with pytest.raises(Denied, match="not released"):
        plan(_op(kind), Scene(desk=_desk(item=state), session=ADA, annotation=_annotation()))


@pytest.mark.parametrize(
    ("op", "scene", "error"),
    [
        pytest.param(_op("create"), {"annotation": _annotation()}, Conflict, id="create twice"),
        pytest.param(_op("create"), {"annotation": _annotation(deleted=True)}, Conflict, id="create over a deleted one"),
        pytest.param(_op("update"), {}, Conflict, id="update of nothing"),
        pytest.param(_op("delete"), {"annotation": _annotation(deleted=True)}, Conflict, id="delete twice"),
        pytest.param(_op("update", patch=Patch(frame=1)), {"annotation": _annotation()}, Invalid, id="move to a frame"),
        pytest.param(_op("create", patch=Patch(label="finding", frame=0)), {}, Invalid, id="no geometry"),
        pytest.param(_op("create", patch=Patch(frame=0, geometry=BOX)), {}, Invalid, id="no label"),
        pytest.param(_op("create", patch=Patch(label="nope", frame=0, geometry=BOX)), {}, Invalid, id="unknown label"),
        pytest.param(_op("create", patch=Patch(label="landmark", frame=0, geometry=BOX)), {}, Invalid, id="kind of label"),
        pytest.param(_op("create", patch=Patch(label="finding", frame=FRAMES, geometry=BOX)), {}, Invalid, id="no frame"),
        pytest.param(_op("undo"), {}, Invalid, id="undo of nothing"),
        pytest.param(_op("undo"), {"target": _done("submit")}, Invalid, id="undo of a submit"),
        pytest.param(_op("undo"), {"target": _done(task="t2")}, Invalid, id="undo elsewhere"),
        pytest.param(_op("undo"), {"target": _done(user="bo-id"), "annotation": _annotation()}, Denied, id="undo of another's"),
        pytest.param(_op("undo"), {"target": _done(undone=True)}, Conflict, id="undo twice"),
        pytest.param(_op("redo"), {"target": _done(), "annotation": _annotation()}, Conflict, id="redo of what was not undone"),
        pytest.param(_op("undo"), {"target": _done(), "annotation": _annotation(frame=2)}, Conflict, id="changed since"),
    ],
)  # fmt: skip
def test_what_can_not_be_done_is_said(op: Op, scene: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        plan(op, Scene(desk=_desk(), session=ADA, **scene))  # type: ignore[arg-type] # any field of it


@pytest.mark.parametrize("text", [None, "", "   \n"])
@pytest.mark.parametrize("kind", ["return", "comment"])
def test_a_return_says_why(kind: str, text: str | None) -> None:
    with pytest.raises(Invalid, match="needs a text"):
        plan(_op(kind, text=text), Scene(desk=_desk("review"), session=RENE))


def _as_box(x: float, y: float) -> Box:
    return Box(x=min(x, 50.0), y=min(y, 50.0), w=max(abs(x - 50), 1), h=max(abs(y - 50), 1))


def _as_ring(x: float, y: float) -> Polygon:
    return Polygon(points=((50.0, 50.0), (x, y), (60.0, 55.0)))


@given(
    st.floats(-20, COLUMNS + 20),
    st.floats(-20, ROWS + 20),
    st.sampled_from([lambda x, y: Point(x=x, y=y), _as_box, _as_ring]),
)
def test_what_reaches_out_of_the_picture_is_refused(
    x: float, y: float, make: Callable[[float, float], Point | Box | Polygon]
) -> None:
    op = _op("create", patch=Patch(label="finding", frame=0, geometry=make(x, y)))
    scene = Scene(desk=_desk(), session=ADA)
    if -MARGIN_PX <= x <= COLUMNS + MARGIN_PX and -MARGIN_PX <= y <= ROWS + MARGIN_PX:
        assert plan(op, scene).after is not None
    else:
        with pytest.raises(Invalid, match="reaches out of the picture"):
            plan(op, scene)


def test_undo_and_redo_are_each_others_inverse() -> None:
    done = _done("update", before=DRAWN, after={**DRAWN, "frame": 2})
    undone = plan(_op("undo"), Scene(desk=_desk(), session=ADA, annotation=_annotation(frame=2), target=done))
    assert (undone.before, undone.after, undone.undone) == (done.after, done.before, True)
    again = plan(
        _op("redo"),
        Scene(desk=_desk(), session=ADA, annotation=_annotation(), target=_done("update", before=DRAWN, after=done.after, undone=True)),
    )  # fmt: skip
    assert (again.before, again.after, again.undone) == (done.before, done.after, False)


def test_the_table_knows_every_stage_and_kind() -> None:
    assert {stage for _, stage in ALLOWED} == {tasks.ANNOTATE, tasks.REVIEW, tasks.RETURNED, tasks.ACCEPTED}
    assert set(ops.DRAWING) <= set(KINDS)
