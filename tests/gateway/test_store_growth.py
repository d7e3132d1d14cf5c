"""The audit log's size, as the one who watches it sees it: on both stores, past the query builder."""

from gateway.audit.events import EventCode
from gateway.store import sessions
from gateway.store.opening import Store
from gateway.store.transaction import read_head
from tests.gateway.stores import note


def test_the_size_is_that_of_the_log_and_grows_with_each_event(store: Store) -> None:
    before = store.growth.size()
    with store.read() as connection:
        assert before == read_head(connection).size
    with store.write() as tx:
        tx.append(note(EventCode.SESSION_MESSAGE))
        tx.append(note(EventCode.SESSION_LOCK))
        assert store.growth.size() == before, "what is not committed is not there"
    assert store.growth.size() == before + 2
    with store.upkeep() as connection:
        sessions.touch(connection, "nobody", 1.0)
    assert store.growth.size() == before + 2, "what needs no event is not followed either"


def test_a_connection_that_was_lost_is_made_again(store: Store) -> None:
    before = store.growth.size()
    store.growth.close()
    assert store.growth.size() == before
