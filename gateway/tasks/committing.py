"""Ops become durable: operation, annotation, task, comment and audit event in ONE transaction, and only then a receipt."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from gateway.audit.events import Details, Event, EventCode
from gateway.errors import Conflict, Denied, GatewayError, Invalid, NotFound
from gateway.store import annotations, ops, tasks
from gateway.store.annotations import AnnotationRow, NamedAnnotation
from gateway.store.opening import Store
from gateway.store.ops import CommentRow, OpRow
from gateway.store.sessions import SessionRow, event_of
from gateway.store.tasks import DeskRow
from gateway.store.transaction import Transaction
from gateway.stream.messages import Op
from gateway.stream.replies import Receipt, Refused
from gateway.tasks.rules import Change, Scene, State, plan
from gateway.tasks.work import shown_annotation

TRIES = 3  # two servers may meet at one row; whoever comes second reads again what the first one did

_CODES = {
    "submit": EventCode.TASK_SUBMIT,
    "accept": EventCode.TASK_ACCEPT,
    "return": EventCode.TASK_RETURN,
}
_VERDICTS = frozenset(("accept", "return"))
_TAKING_BACK = frozenset(("undo", "redo"))


class _Refusal(Exception):
    """`op` is not done, for `reason`; nothing was written yet."""

    def __init__(self, reason: GatewayError, desk: DeskRow | None) -> None:
        super().__init__(str(reason))
        self.desk = desk


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An op on its way: `digest` is of its content, `context` what was on screen."""

    op: Op
    session: SessionRow
    digest: str
    context: Mapping[str, Any] | None


def commit(store: Store, session: SessionRow, op: Op, context: Mapping[str, Any] | None) -> Receipt | Refused:
    """The receipt of `op`, given after the transaction is on the disk; or why it was not done, which is audited too.

    The same op again gets the same receipt and does nothing; another content under the same id is refused. `context`:
    what was on screen, as `stream.effects.Exposure` has it. Errors: StoreError (then nothing is known: send it again).
    """
    asked = _Asked(op=op, session=session, digest=request_digest(op), context=context)
    for _ in range(TRIES - 1):
        try:
            return _try(store, asked)
        except Conflict:
            continue
    return _try(store, asked)


def request_digest(op: Op) -> str:
    """SHA-256, hex, of what `op` asks for. What its sender had seen is no part of it: a resend may have seen more."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(op, base=0, seen=None))).hexdigest()


def _try(store: Store, asked: _Asked) -> Receipt | Refused:
    with store.write() as tx:
        try:
            return _commit(tx, asked)
        except _Refusal as refusal:
            return _refuse(tx, asked, refusal)


def _commit(tx: Transaction, asked: _Asked) -> Receipt:
    op, session = asked.op, asked.session
    desk = tasks.desk(tx, op.task, session.user)  # locks the task: from here on nothing about it changes
    if desk is None or desk.task.project != session.project:
        raise _Refusal(NotFound(f"there is no task `{op.task}` in this project"), None)
    earlier = ops.op_by_id(tx.connection, op.id)
    try:
        if earlier is not None:
            return _receipt_again(tx, asked, earlier)
        _check_seen(asked)
        scene, named = _scene(tx, asked, desk)
        change = plan(op, scene)
        _check_base(tx, asked, desk)
    except (Denied, Conflict, Invalid, NotFound) as error:
        raise _Refusal(error, desk) from error
    return _write(tx, asked, scene, change, named)


def _check_seen(asked: _Asked) -> None:
    """Errors: Denied for a shape that was drawn on a section through the volume: its coordinates are of no slice."""
    drawn = asked.op.patch is not None and asked.op.patch.geometry is not None
    if drawn and ((asked.context or {}).get("view") or {}).get("cut"):
        raise Denied("shapes are drawn on the acquired slices, not on sections through them")


def _target(tx: Transaction, op: Op) -> OpRow | None:
    """The op that an undo takes back, or that a redo brings again: named by its own id, or by that of the undo."""
    if op.kind not in _TAKING_BACK or op.target is None:
        return None
    target = ops.op_by_id(tx.connection, op.target)
    if target is not None and target.kind == "undo" and op.kind == "redo":
        target = ops.op_by_id(tx.connection, str((target.patch or {}).get("target")))
    return target


def _scene(tx: Transaction, asked: _Asked, desk: DeskRow) -> tuple[Scene, NamedAnnotation | None]:
    op = asked.op
    target = _target(tx, op)
    wanted = target.annotation if target is not None else op.annotation
    named = annotations.annotation(tx.connection, wanted) if wanted is not None else None
    if named is not None and named.row.task != op.task:
        raise Conflict("the annotation is not of this task")
    row = named.row if named else None
    return Scene(desk=desk, session=asked.session, annotation=row, target=target), named


def _check_base(tx: Transaction, asked: _Asked, desk: DeskRow) -> None:
    """Errors: Conflict if another session changed what the op is about after `base`, the revision that its sender saw."""
    op = asked.op
    if op.base > desk.task.revision:
        raise Conflict("the task is older here than there: load it again")
    if op.base == desk.task.revision or op.kind in {"create", "comment", *_TAKING_BACK}:
        return
    about = op.annotation if op.kind in {"update", "delete"} else None
    if ops.changed_by_others(
        tx.connection, task=op.task, annotation=about, base=op.base, session=asked.session.id
    ):
        raise Conflict("somebody else changed it meanwhile: look at it again")


def _write(
    tx: Transaction, asked: _Asked, scene: Scene, change: Change, named: NamedAnnotation | None
) -> Receipt:
    op, session, desk = asked.op, asked.session, scene.desk
    revision = tasks.advance(
        tx, desk.task, stage=change.stage, reviewer=change.reviewer or desk.task.reviewer
    )
    shown = None
    if change.annotation is not None:
        drawn = _fold(tx, scene, change, revision)
        author = named.author_name if named else desk.user_name or ""
        if change.after is not None:
            shown = shown_annotation(NamedAnnotation(row=drawn, author_name=author))
    if change.undone is not None and scene.target is not None:
        ops.set_undone(tx, scene.target.id, undone=change.undone)
    text = op.text.strip() if op.text else ""
    if text:
        verdict = op.kind if op.kind in _VERDICTS else None
        ops.add_comment(
            tx, CommentRow(id=op.id, task=op.task, user=session.user, verdict=verdict, text=text, time=tx.now)
        )
    index = tx.append(_event(asked, desk, change, revision))
    ops.add_op(
        tx,
        OpRow(
            id=op.id,
            task=op.task,
            session=session.id,
            user=session.user,
            kind=op.kind,
            annotation=change.annotation,
            request_digest=asked.digest,
            patch=_patch(op, scene),
            before=change.before,
            after=change.after,
            undone=False,
            revision=revision,
            stage=change.stage,
            time=tx.now,
            context=dict(asked.context) if asked.context is not None else None,
            audit_index=index,
        ),
    )
    return Receipt(op=op.id, revision=revision, index=index, stage=change.stage, annotation=shown)


def _fold(tx: Transaction, scene: Scene, change: Change, revision: int) -> AnnotationRow:
    """The annotation after the change, written."""
    assert change.annotation is not None
    kept = scene.annotation
    state: State | None = change.after
    if kept is None:
        assert state is not None  # only a create finds nothing, and a create leaves something
        row = AnnotationRow(
            id=change.annotation,
            task=scene.desk.task.id,
            item=scene.desk.task.item,
            author=scene.session.user,
            revision=revision,
            deleted=False,
            created=tx.now,
            **state,
        )
        annotations.add_annotation(tx, row)
        return row
    row = replace(kept, **(state or {}), revision=revision, deleted=state is None)
    annotations.change_annotation(tx, row)
    return row


def _patch(op: Op, scene: Scene) -> dict[str, Any] | None:
    if scene.target is not None:
        return {"target": scene.target.id}
    return msgspec.to_builtins(op.patch) if op.patch is not None else None


def _receipt_again(tx: Transaction, asked: _Asked, earlier: OpRow) -> Receipt:
    """The receipt that `earlier` got. Errors: Conflict if it was another op, or another person's."""
    if earlier.request_digest != asked.digest or earlier.user != asked.session.user:
        raise Conflict("another operation has this id")
    shown = None
    if earlier.annotation is not None and earlier.after is not None:
        named = annotations.annotation(tx.connection, earlier.annotation)
        if named is not None:
            row = replace(named.row, **earlier.after, revision=earlier.revision)
            shown = shown_annotation(replace(named, row=row))
    return Receipt(
        op=earlier.id,
        revision=earlier.revision,
        index=earlier.audit_index,
        stage=earlier.stage,
        annotation=shown,
    )


def _event(asked: _Asked, desk: DeskRow, change: Change, revision: int) -> Event:
    """The leaf states who did what kind of thing to which task; its encrypted payload commits to the content."""
    op, session = asked.op, asked.session
    content = {"op": op.id, "annotation": change.annotation, "before": change.before, "after": change.after}
    return event_of(
        session,
        _CODES.get(op.kind, EventCode.OP_COMMIT),
        object=op.task,
        mask=asked.context.get("digest") if asked.context is not None else None,
        decision="allow",
        details=Details(op=op.kind, revision=revision),
        payload={**content, "request": asked.digest, "text": op.text},
        subject=desk.subject,
    )


def _refuse(tx: Transaction, asked: _Asked, refusal: _Refusal) -> Refused:
    op, session, reason = asked.op, asked.session, str(refusal)
    tx.append(
        event_of(
            session,
            EventCode.OP_REFUSED,
            object=op.task if refusal.desk is not None else None,  # an unknown id is the client's free text
            decision="deny",
            details=Details(op=op.kind),
            payload={"op": op.id, "reason": reason},
        )
    )
    return Refused(op=op.id, reason=reason, annotation=_as_it_is(tx, op) if refusal.desk else None)


def _as_it_is(tx: Transaction, op: Op) -> dict[str, Any] | None:
    """The state that the client can go back to."""
    target = _target(tx, op)
    wanted = target.annotation if target is not None else op.annotation
    named = annotations.annotation(tx.connection, wanted) if wanted is not None else None
    if named is None or named.row.task != op.task or named.row.deleted:
        return None
    return shown_annotation(named)
