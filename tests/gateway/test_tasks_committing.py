"""An op is durable, audited and done once; what is refused changes nothing; two people never get one task."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gateway.audit.events import EventCode
from gateway.store import auditing, tasks
from gateway.store.opening import Store
from gateway.store.sessions import SessionRow
from gateway.stream.messages import Op
from gateway.stream.replies import Receipt, Refused
from gateway.stream.shapes import Box, Patch
from gateway.tasks.committing import commit, request_digest
from gateway.tasks.work import open_task, review_queue, take_next
from tests.gateway.stores import add_session, add_tasks, furnish

CONTEXT = {"seq": 4, "item": "i1", "digest": "ab" * 32, "lossless": True, "epoch": 7}


@pytest.fixture
def ada(store: Store) -> SessionRow:
    furnish(store)
    session = add_session(store, "ada")
    assert take_next(store, session) is not None
    return session


def _create(number: int, base: int = 0, **fields: object) -> Op:
    patch = Patch(label="finding", frame=0, geometry=Box(x=number, y=2, w=5, h=5))
    return Op(
        **{"id": f"o{number}", "task": "t1", "kind": "create", "base": base, "annotation": f"a{number}", "patch": patch} | fields
    )  # type: ignore[arg-type] # any field of it  # fmt: skip


def _leaves(store: Store) -> list[dict[str, object]]:
    with store.read() as connection:
        return [json.loads(leaf) for leaf in auditing.leaves(connection, 0, auditing.head(store).size)]


def _shapes(store: Store) -> dict[str, dict[str, object]]:
    with store.read() as connection:
        return {row.id: row.geometry for row in tasks.annotations_of(connection, "t1")}


def _receipt(answer: Receipt | Refused) -> Receipt:
    assert isinstance(answer, Receipt), answer
    return answer


def test_a_receipt_names_the_leaf_that_proves_it(store: Store, ada: SessionRow) -> None:
    receipt = _receipt(commit(store, ada, _create(1), CONTEXT))
    assert (receipt.revision, receipt.stage) == (1, "annotate")
    assert receipt.annotation is not None
    assert receipt.annotation["author"] == "ada"
    leaf = _leaves(store)[receipt.index]
    assert leaf["action"] == EventCode.OP_COMMIT
    assert leaf["mask"] == CONTEXT["digest"]
    assert leaf["session"] == ada.id
    assert "ada" not in json.dumps(leaf).replace(ada.id, "").replace(ada.user, ""), "a name is in a leaf"
    with store.read() as connection:
        (op,) = tasks.ops_of(connection, "t1")
    assert (op.context, op.audit_index) == (CONTEXT, receipt.index)


def test_nothing_is_drawn_on_a_section_through_the_slices(store: Store, ada: SessionRow) -> None:
    section = CONTEXT | {
        "view": {"frame": 3, "cut": {"plane": "coronal", "slab": "mean", "thickness_mm": 0.0}}
    }
    answer = commit(store, ada, _create(1), section)
    assert isinstance(answer, Refused)
    assert "acquired slices" in answer.reason
    assert _shapes(store) == {}
    _receipt(commit(store, ada, _create(1), CONTEXT | {"view": {"frame": 3, "cut": None}}))
    gone = Op(id="o2", task="t1", kind="delete", base=1, annotation="a1")
    _receipt(commit(store, ada, gone, section))  # what has no coordinates may be done from anywhere


def test_the_same_op_again_gets_the_same_receipt(store: Store, ada: SessionRow) -> None:
    first = commit(store, ada, _create(1), CONTEXT)
    commit(store, ada, Op(id="o2", task="t1", kind="delete", base=1, annotation="a1"), None)
    size = len(_leaves(store))
    again = commit(store, ada, replace_seen(_create(1)), None)
    assert again == first
    assert len(_leaves(store)) == size
    assert _shapes(store) == {}, "the resend drew what was deleted since"


def replace_seen(op: Op) -> Op:
    """A resend may have seen more."""
    return Op(id=op.id, task=op.task, kind=op.kind, base=9, annotation=op.annotation, patch=op.patch, seen=12)


def test_another_content_under_the_same_id_is_refused(store: Store, ada: SessionRow) -> None:
    commit(store, ada, _create(1), None)
    other = _create(1, patch=Patch(label="finding", frame=1, geometry=Box(x=1, y=1, w=1, h=1)))
    assert request_digest(other) != request_digest(_create(1))
    answer = commit(store, ada, other, None)
    assert isinstance(answer, Refused)
    assert "another operation" in answer.reason
    assert len(_shapes(store)) == 1


def test_a_refusal_is_audited_and_changes_nothing(store: Store, ada: SessionRow) -> None:
    commit(store, ada, _create(1), None)
    before, size = _shapes(store), len(_leaves(store))
    answer = commit(
        store, ada, _create(2, patch=Patch(label="nope", frame=0, geometry=Box(x=1, y=1, w=1, h=1))), None
    )
    assert isinstance(answer, Refused)
    assert _shapes(store) == before
    leaves = _leaves(store)
    assert len(leaves) == size + 1
    assert leaves[-1]["action"] == EventCode.OP_REFUSED
    assert leaves[-1]["decision"] == "deny"


def test_undo_and_redo_go_on_without_limit(store: Store, ada: SessionRow) -> None:
    for number in range(1, 6):
        _receipt(commit(store, ada, _create(number), None))
    for number in range(5, 0, -1):
        _receipt(
            commit(store, ada, Op(id=f"u{number}", task="t1", kind="undo", base=0, target=f"o{number}"), None)
        )
    assert _shapes(store) == {}
    for number in range(1, 6):
        _receipt(
            commit(store, ada, Op(id=f"r{number}", task="t1", kind="redo", base=0, target=f"u{number}"), None)
        )
    assert set(_shapes(store)) == {f"a{number}" for number in range(1, 6)}


def test_work_goes_to_review_and_back_to_who_drew_it(store: Store, ada: SessionRow) -> None:
    add_tasks(store, ["t2"])
    commit(store, ada, _create(1), None)
    assert _receipt(commit(store, ada, Op(id="s1", task="t1", kind="submit", base=1), None)).stage == "review"
    rene = add_session(store, "rene", "reviewer")
    assert [entry.id for entry in review_queue(store, rene)] == ["t1"]
    assert open_task(store, rene, "t1").mode == "review"
    back = Op(id="r1", task="t1", kind="return", base=2, text="the lower edge is missing")
    assert _receipt(commit(store, rene, back, None)).stage == "returned"
    bo = add_session(store, "bo")
    taken = take_next(store, bo)
    assert taken is not None
    assert taken.task.id == "t2", "a returned task went to somebody else"
    again = take_next(store, ada)
    assert again is not None
    assert (again.task.id, again.mode) == ("t1", "annotate")
    assert [comment["text"] for comment in again.comments] == ["the lower edge is missing"]
    commit(store, ada, Op(id="s2", task="t1", kind="submit", base=3), None)
    assert (
        _receipt(commit(store, rene, Op(id="ok", task="t1", kind="accept", base=4), None)).stage == "accepted"
    )
    late = commit(store, ada, _create(2), None)
    assert isinstance(late, Refused)
    assert "accepted" in late.reason


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(store: Store, ada: SessionRow) -> None:
    commit(store, ada, _create(1), None)
    other = replace(add_session(store, "ada", number=2), project="p1")
    moved = Patch(geometry=Box(x=50, y=2, w=5, h=5))
    _receipt(
        commit(
            store, other, Op(id="m1", task="t1", kind="update", base=1, annotation="a1", patch=moved), None
        )
    )
    stale = Op(id="m2", task="t1", kind="update", base=1, annotation="a1", patch=Patch(label="finding"))
    answer = commit(store, ada, stale, None)
    assert isinstance(answer, Refused)
    assert answer.annotation is not None
    assert answer.annotation["geometry"]["x"] == 50, "the client learns what is there now"


@pytest.mark.parametrize("task", ["t9", "elsewhere"])
def test_a_task_of_another_project_does_not_exist(store: Store, ada: SessionRow, task: str) -> None:
    stranger = replace(ada, project="p2") if task == "elsewhere" else ada
    answer = commit(store, stranger, _create(1, task="t1" if task == "elsewhere" else task), None)
    assert isinstance(answer, Refused)
    assert "there is no task" in answer.reason


def test_sixteen_people_at_once_get_sixteen_tasks(store: Store) -> None:
    furnish(store)
    add_tasks(store, [f"t{number:02}" for number in range(2, 17)])
    with store.write() as tx:
        from gateway.store import users
        from tests.gateway.stores import note

        for number in range(16):
            users.add_user(tx, id=f"w{number}-id", name=f"w{number}", roles=["annotator"], groups=[])
        tx.append(note())
    sessions = [add_session(store, f"w{number}") for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        taken = [work.task.id for work in pool.map(lambda each: take_next(store, each), sessions) if work]
    assert len(taken) == 16
    assert len(set(taken)) == 16, "one task was given to two people"
    assert take_next(store, add_session(store, "bo")) is None


def test_a_task_never_drawn_on_goes_back_when_the_session_is_over(store: Store, ada: SessionRow) -> None:
    bo = add_session(store, "bo")
    assert take_next(store, bo) is None
    store.clock.time += 3601.0  # type: ignore[attr-defined] # the tests' own clock
    taken = take_next(store, add_session(store, "bo", number=2))
    assert taken is not None
    assert taken.task.id == "t1"
