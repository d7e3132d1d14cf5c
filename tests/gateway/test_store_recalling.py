"""The audit log is searched by an index, which says what the leaves say, or the log does not verify."""

import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from gateway.audit.events import Event, EventCode
from gateway.store import auditing, recalling, users
from gateway.store.migrating import migrate
from gateway.store.opening import Store
from gateway.store.recalling import Recalled, Search
from gateway.store.schema_evidence import audit_index
from tests.gateway.stores import START, HandClock, add_people, add_session, note

STEP_S = 10.0
SESSION = "s-ada-annotator-0"
CODES = (EventCode.ITEM_OPEN, EventCode.CLIENT_SIGNAL, EventCode.TRACE_RUN)
SEARCHES = {
    "everything": Search(),
    "of late": Search(since=START + 5 * STEP_S),
    "after the last": Search(since=START + 1e6),
    "since long before all time": Search(since=-1e300),
    "long after all time": Search(since=1e300),
    "a kind": Search(actions=[EventCode.TRACE_RUN]),
    "kinds, of late": Search(since=START + 3 * STEP_S, actions=[EventCode.ITEM_OPEN, EventCode.TRACE_RUN]),
    "a kind that there is not": Search(actions=["nothing"]),
    "part of an object's id": Search(text="M-1"),
    "a kind's name": Search(text="signal"),
    "a policy": Search(text="AB12"),
    "nothing that is there": Search(text="zebra"),
    "what the database's pattern takes for anything": Search(text="%"),
    "what it takes for one letter": Search(text="item_1"),
    "a person": Search(text="zo", people=["ada-id"]),
    "people": Search(text="a", people=["ada-id", "bo-id"], actions=[EventCode.CLIENT_SIGNAL]),
}

NOTHING = {
    "after the last",
    "long after all time",
    "a kind that there is not",
    "nothing that is there",
    "what the database's pattern takes for anything",
    "what it takes for one letter",
}


@pytest.fixture
def filled(store: Store, clock: HandClock) -> Store:
    """A log of 40 events by two people, in a session of one of them or in none."""
    add_people(store, "ada", "bo")
    assert add_session(store, "ada", project=None).id == SESSION
    for number, (code, session, actor, thing) in enumerate(
        itertools.islice(
            itertools.cycle(
                itertools.product(CODES, (SESSION, None), ("ada-id", "bo-id"), ("item-1", "bo-id", None))
            ),
            40,
        )
    ):
        clock.time = START + number * STEP_S
        with store.write() as tx:
            tx.append(
                Event(
                    code=code,
                    actor=actor,
                    session=session,
                    object=thing,
                    policy="ab12" * 16 if number % 2 else None,
                    payload={"number": number} if number % 3 else None,
                )
            )
    return store


def _fits(event: Recalled, wanted: Search) -> bool:
    """The rule, said again without a database."""
    told = (event.action, event.actor, event.session, event.object, event.policy)
    owner = {SESSION: "ada-id"}.get(event.session or "")
    return (
        event.time >= wanted.since
        and (not wanted.actions or event.action in wanted.actions)
        and (
            not wanted.text
            or any(each and wanted.text.lower() in each.lower() for each in told)
            or any(each in wanted.people for each in (event.actor, event.object, owner))
        )
    )


def test_what_is_found_is_what_fits(filled: Store) -> None:
    events = recalling.events_since(filled, 0.0)
    found = {}
    for name, wanted in SEARCHES.items():
        fitting = [event for event in events if _fits(event, wanted)]
        assert recalling.newest(filled, wanted, 1000) == fitting[::-1], name
        assert recalling.count(filled, wanted) == len(fitting), name
        assert recalling.newest(filled, wanted, 5, 3) == fitting[::-1][3:8], name
        if not wanted.text:
            assert recalling.events_since(filled, wanted.since, wanted.actions) == fitting, name
        found[name] = len(fitting)
    assert {name for name, count in found.items() if not count} == NOTHING
    assert all(
        count < len(events)
        for name, count in found.items()
        if name not in {"everything", "since long before all time"}
    )
    assert not recalling.count(filled, replace(SEARCHES["a person"], people=())), "names are what finds it"


CHANGES = {
    "an action": sa.update(audit_index).where(audit_index.c.index == 3).values(action="item.open"),
    "an actor": sa.update(audit_index).where(audit_index.c.index == 3).values(actor="somebody"),
    "a time": sa.update(audit_index).where(audit_index.c.index == 3).values(time_us=1),
    "a session": sa.update(audit_index).where(audit_index.c.index == 3).values(session="s-other"),
    "a line that is gone": sa.delete(audit_index).where(audit_index.c.index == 3),
    "a line too many": sa.insert(audit_index).values(index=10_000, time_us=1, action="item.open", actor="x"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_log_whose_index_hides_something_does_not_verify(store: Store, name: str) -> None:
    for number in range(6):
        with store.write() as tx:
            tx.append(note(payload={"n": number}))
    store.checkpoint()
    assert auditing.verify_log(store).ok
    with store.write() as tx:
        tx.connection.execute(CHANGES[name])
        tx.append(note())
    store.checkpoint()
    (problem,) = auditing.verify_log(store).problems
    assert "index of the log" in problem
    assert ("`10000`" if name == "a line too many" else "`3`") in problem


def test_the_log_of_an_earlier_version_is_searched_too(filled: Store) -> None:
    """All that the migration writes is what the appends wrote."""
    with filled.read() as connection:
        before = connection.execute(sa.select(audit_index).order_by(audit_index.c.index)).all()
    with filled.engines.writer.begin() as connection:
        audit_index.drop(connection)
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0012'"))
    migrate(filled.engines)
    with filled.read() as connection:
        assert connection.execute(sa.select(audit_index).order_by(audit_index.c.index)).all() == before
    assert len(before) > 40


def test_people_are_found_by_part_of_their_name_in_any_case(store: Store) -> None:
    with store.write() as tx:
        users.add_user(tx, id="ada-id", name="ada", roles=[], groups=[])
        users.add_user(tx, id="zoe-id", name="Zoë", roles=[], groups=[])
        tx.append(note())
    with store.read() as connection:
        assert users.ids_named(connection, "OË") == ["zoe-id"]
        assert users.ids_named(connection, "%") == []
