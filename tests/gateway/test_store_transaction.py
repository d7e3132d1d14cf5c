"""Nothing changes without an audit event, nothing is kept of what failed, and the log has no gaps."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from gateway.audit.events import EventCode
from gateway.errors import Conflict, StoreError, UnauditedWrite
from gateway.store import auditing, exposures, jobs, recalling, sessions, users
from gateway.store.opening import Store
from gateway.store.schema import users as user_table
from gateway.store.segments import Piece, Term
from gateway.store.transaction import Transaction
from tests.gateway.stores import START, HandClock, add_people, add_session, furnish, note

Write = Callable[[Transaction], object]


def _add(tx: Transaction) -> None:
    users.add_user(tx, id="new", name="new", roles=[], groups=[])


WRITES: dict[str, Write] = {
    "insert": _add,
    "update": lambda tx: users.lock(tx, "ada-id", 1.0),
    "delete": lambda tx: tx.connection.execute(sa.delete(user_table).where(user_table.c.id == "bo-id")),
    "insert of many": lambda tx: tx.connection.execute(
        sa.insert(user_table),
        [{"id": n, "name": n, "roles": [], "groups": [], "created": 0.0} for n in ("x", "y")],
    ),
    "text": lambda tx: tx.connection.execute(sa.text("UPDATE users SET failures = 7")),
    "text with a comment": lambda tx: tx.connection.exec_driver_sql("/* x */ UPDATE users SET failures = 7"),
    "returning": lambda tx: users.record_failure(tx, "ada-id", None),
    "key of a new subject": lambda tx: tx.subject_key("s"),
    "upkeep and more": lambda tx: (sessions.touch(tx.connection, "s", 1.0), _add(tx)),
}


def _rows(store: Store) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(user_table).order_by(user_table.c.id))]


@pytest.mark.parametrize("name", WRITES)
def test_a_write_without_an_event_is_refused_and_rolled_back(store: Store, name: str) -> None:
    add_people(store, "ada", "bo")
    before, log = _rows(store), auditing.head(store)
    with pytest.raises(UnauditedWrite), store.write() as tx:
        WRITES[name](tx)
    assert _rows(store) == before
    assert auditing.head(store) == log


@pytest.mark.parametrize("name", WRITES)
def test_the_same_write_with_an_event_is_kept(store: Store, name: str) -> None:
    """Negative control: it is the missing event that is refused, not the statement."""
    add_people(store, "ada", "bo")
    before = auditing.head(store).size
    with store.write() as tx:
        WRITES[name](tx)
        assert tx.append(note()) == before
    assert auditing.head(store).size == before + 1


def test_reading_and_writing_nothing_need_no_event(store: Store) -> None:
    add_people(store, "ada")
    with store.write() as tx:
        assert users.user_by_id(tx.connection, "ada-id") is not None
        users.lock(tx, "nobody", 1.0)  # meets no row
    assert auditing.head(store).size == 1


def test_upkeep_needs_no_event(store: Store, clock: HandClock) -> None:
    furnish(store)
    session = add_session(store, "ada")
    with store.write() as tx:
        jobs.add_job(tx, id="j", kind="mask", payload={})
        tx.append(note())
    size = auditing.head(store).size
    store.touch(session.id, START + 5)
    store.touch(session.id, START + 3)  # came late, says nothing new
    with store.upkeep() as connection:
        piece = Piece(session=session.id, writer="w", number=1, data=b"{}")
        exposures.add_pieces(connection, [piece])
        exposures.keep_terms(connection, [Term.of(b"a"), Term.of(b"a")])
        sessions.touch_all(connection, {session.id: START + 6})
    with store.write() as tx:
        leased = jobs.lease_job(tx, "mask", tx.now, 10)
    assert leased is not None
    assert auditing.head(store).size == size
    with store.read() as connection:
        row = sessions.by_id(connection, session.id)
    assert row is not None
    assert row.last_input == START + 6


def test_upkeep_is_no_way_around_the_log(store: Store) -> None:
    add_people(store, "ada")
    before = _rows(store)
    with pytest.raises(UnauditedWrite), store.upkeep() as connection:
        connection.execute(sa.update(user_table).values(failures=3))
    assert _rows(store) == before


def test_a_reader_cannot_write(store: Store) -> None:
    add_people(store, "ada")
    before = _rows(store)
    with pytest.raises(StoreError), store.read() as connection:
        connection.execute(sa.update(user_table).values(failures=3))
    with store.read() as connection:
        assert users.user_by_id(connection, "ada-id") is not None
    assert _rows(store) == before


def test_a_reader_sees_one_state(store: Store) -> None:
    add_people(store, "ada")
    with store.read() as connection:
        assert len(users.all_users(connection)) == 1
        add_people(store, "bo")
        assert len(users.all_users(connection)) == 1
    with store.read() as connection:
        assert len(users.all_users(connection)) == 2


def test_an_exception_leaves_nothing(store: Store) -> None:
    add_people(store, "ada")
    before, log = _rows(store), auditing.head(store)
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        _add(tx)
        tx.append(note())
        raise ZeroDivisionError
    assert _rows(store) == before
    assert auditing.head(store) == log
    add_people(store, "bo")  # and the index is used again
    assert auditing.head(store).size == log.size + 1


def test_what_is_there_already_is_a_conflict_and_its_text_names_nothing(store: Store) -> None:
    add_people(store, "ada")
    with pytest.raises(Conflict) as caught, store.write() as tx:
        users.add_user(tx, id="other", name="ada", roles=[], groups=[])
        tx.append(note())
    assert "ada" not in str(caught.value)
    assert "ada" not in str(caught.value.__cause__).lower().replace("parameters", "") or "Key" in str(
        caught.value.__cause__
    )


def test_a_transaction_inside_a_transaction_is_refused(store: Store) -> None:
    with store.write() as tx:
        with pytest.raises(StoreError, match="inside another"), store.write():
            pass
        tx.append(note())
    add_people(store, "ada")


def test_many_appends_in_one_transaction(store: Store, clock: HandClock) -> None:
    clock.time += 1.5
    with store.write() as tx:
        assert [tx.append(note(payload={"n": n})) for n in range(5)] == list(range(5))
        assert tx.now == START + 1.5
    assert [event.payload for event in recalling.events_since(store, 0)] == [{"n": n} for n in range(5)]
    store.checkpoint()
    report = auditing.verify_log(store)
    assert (report.ok, report.size, report.signed) == (True, 5, 5)


def test_threads_make_one_gap_free_log(store: Store) -> None:
    threads, each = 8, 20
    indices: list[int] = []
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for n in range(each):
                with store.write() as tx:
                    users.add_user(tx, id=f"{number}-{n}", name=f"{number}-{n}", roles=[], groups=[])
                    indices.append(tx.append(note(EventCode.USER_CREATE, payload={"thread": number, "n": n})))
        except BaseException as error:
            failures.append(error)
            raise

    running = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert not failures
    assert sorted(indices) == list(range(threads * each))
    store.checkpoint()
    report = auditing.verify_log(store)
    assert report.problems == ()
    assert report.size == threads * each


def test_two_stores_over_the_same_rows_make_one_log(opener: Callable[[], Store]) -> None:
    one, two = opener(), opener()
    for n in range(6):
        add_people((one, two)[n % 2], f"user{n}")
    one.checkpoint()
    report = auditing.verify_log(two)
    assert (report.ok, report.size) == (True, 6)
