"""What of a held item was sent to whom counts for that person alone, and only until it is masked anew."""

from dataclasses import replace

from gateway.audit.events import EventCode
from gateway.store import erasures, items, looks
from gateway.store.items import ItemRow
from gateway.store.opening import Store
from tests.gateway.stores import add_item, add_people, add_project, note


def _item(store: Store) -> ItemRow:
    with store.read() as connection:
        row = items.item_by_id(connection, "us1")
    assert row is not None
    return row


def _seen(store: Store, user: str) -> frozenset[tuple[int, int]]:
    with store.read() as connection:
        return looks.of(connection, _item(store), user)


def test_looks_are_of_one_person_and_of_the_pixels_as_they_are(store: Store) -> None:
    add_people(store, "rene", "sam")
    add_project(store, "p1")
    add_item(store, "us1", "p1", state="held", report={"profile": "clinical-strict"})
    with store.write() as tx:
        for frame, part in ((0, 0), (0, 1), (0, 1), (2, 0)):
            looks.note(tx, _item(store), "rene-id", frame, part)
        tx.append(note(EventCode.ITEM_CHECK, object="us1"))
    assert _seen(store, "rene-id") == {(0, 0), (0, 1), (2, 0)}
    assert not _seen(store, "sam-id")
    with store.write() as tx:
        items.change_item(tx, replace(_item(store), masked_digest="d" * 64))
        tx.append(note(EventCode.ITEM_REMASK, object="us1"))
    assert not _seen(store, "rene-id")


def test_looks_at_what_is_erased_go_with_it(store: Store) -> None:
    add_people(store, "rene")
    add_project(store, "p1")
    add_item(store, "us1", "p1", state="held", report={"profile": "clinical-strict"})
    with store.write() as tx:
        looks.note(tx, _item(store), "rene-id", 0, 0)
        erasures.drop_pictures(tx, _item(store).subject, ["us1"])
        tx.append(note(EventCode.SUBJECT_ERASED))
    assert not _seen(store, "rene-id")
