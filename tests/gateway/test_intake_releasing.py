"""Release from the check queue: two people, each once; and everything of one scanner's layout at a time, in one project."""

import json

import pytest

from gateway.audit.events import EventCode
from gateway.errors import Conflict, NotFound
from gateway.intake.releasing import approve, approve_layout, of_layout
from gateway.store import auditing, items, tasks
from gateway.store.opening import Store
from tests.gateway.stores import add_item, add_people, add_project

LAYOUT, OTHER = "a" * 26, "b" * 26


@pytest.fixture
def queue(store: Store) -> Store:
    """Held: two of one layout, one of another, two without, one of the same in another project; and one released."""
    add_people(store, "rene", "sam")
    for project in ("p1", "p2"):
        add_project(store, project)
    for item, project, state, layout in (
        ("us1", "p1", "held", LAYOUT),
        ("us2", "p1", "held", LAYOUT),
        ("us3", "p1", "held", OTHER),
        ("us4", "p1", "held", ""),
        ("us5", "p2", "held", LAYOUT),
        ("us6", "p1", "released", LAYOUT),
        ("us7", "p1", "held", ""),
    ):
        add_item(store, item, project, state=state, report={"profile": "clinical-strict", "layout": layout})
    return store


def _states(store: Store) -> dict[str, str]:
    with store.read() as connection:
        rows = [items.item_by_id(connection, f"us{number}") for number in range(1, 8)]
    return {row.id: row.state for row in rows if row}


def test_a_layout_is_of_one_project_and_what_names_none_is_alone(queue: Store) -> None:
    assert [row.id for row in of_layout(queue, "us2")] == ["us2", "us1"]
    assert [row.id for row in of_layout(queue, "us4")] == ["us4"]
    with pytest.raises(NotFound):
        of_layout(queue, "none")


def test_two_people_release_a_layout_and_nothing_else(queue: Store) -> None:
    before = _states(queue)
    assert [row.state for row in approve_layout(queue, "us1", "rene-id")] == ["held", "held"]
    assert _states(queue) == before, "one person released something"
    with pytest.raises(Conflict, match="second person"):
        approve_layout(queue, "us2", "rene-id")
    approve(queue, "us2", "sam-id")  # who then says it of the rest
    assert [row.id for row in approve_layout(queue, "us1", "sam-id")] == ["us1"]
    assert _states(queue) == before | {"us1": "released", "us2": "released"}
    with queue.read() as connection:
        assert [len(tasks.of_item(connection, item)) for item in ("us1", "us2", "us3")] == [1, 1, 0]
        leaves = [json.loads(leaf) for leaf in auditing.leaves(connection, 0, auditing.head(queue).size)]
    approvals = sorted(
        (leaf["actor"], leaf["object"]) for leaf in leaves if leaf["action"] == EventCode.ITEM_APPROVE
    )
    assert approvals == [("rene-id", "us1"), ("rene-id", "us2"), ("sam-id", "us1"), ("sam-id", "us2")]
