"""The journal of exposures: nothing that left is forgotten, whenever the process dies."""

import os
from pathlib import Path

import pytest

from gateway.errors import Denied, StoreError
from gateway.store import exposures
from gateway.store.exposures import RESERVED, ExposureRow
from gateway.store.journal import Entry, Journal, leftovers
from gateway.store.opening import Store
from gateway.web.ledger import take_leftovers
from tests.gateway.stores import add_session, furnish, note
from viewer.render.view import View

VIEW = View(item="i1", frame=2, width=64, height=64, x=3.0, y=4.0, scale=1.5)


def entry(seq: int, session: str = "s-ada-annotator-0") -> Entry:
    row = ExposureRow(
        session=session, seq=seq, item="i1", time=12.5, view=VIEW, digest="d" * 64, lossless=True, epoch=7
    )
    return Entry(user="ada-id", row=row)


def test_what_a_dead_process_left_is_found_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "a")
    for seq in (1, 2):
        journal.append(entry(seq))
    with leftovers(tmp_path) as found:
        assert found == []  # its process lives
    journal.close()  # as the kernel does for a killed process
    with leftovers(tmp_path) as found:
        assert found == [entry(1), entry(2)]
    with leftovers(tmp_path) as found:
        assert found == []


def test_leftovers_stay_when_taking_them_in_fails(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "a")
    journal.append(entry(1))
    journal.close()
    with pytest.raises(StoreError), leftovers(tmp_path):
        raise StoreError("the disk is full")
    with leftovers(tmp_path) as found:
        assert found == [entry(1)]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path, cut: int) -> None:
    journal = Journal(tmp_path, "a")
    for seq in (1, 2):
        journal.append(entry(seq))
    journal.close()
    (path,) = tmp_path.iterdir()
    os.truncate(path, path.stat().st_size - cut)
    with leftovers(tmp_path) as found:
        assert found[:1] == [entry(1)]
        assert len(found) == (2 if cut == 1 else 1)  # one byte is the line feed alone


def test_the_files_take_turns_and_only_what_is_in_the_ledger_is_emptied(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "a")
    journal.append(entry(1))
    journal.turn()
    journal.append(entry(2))
    journal.turn()  # the other one is not empty yet: stay
    journal.append(entry(3))
    journal.clear()  # 1 is in the ledger
    journal.close()
    with leftovers(tmp_path) as found:
        assert found == [entry(2), entry(3)]


def test_empty_files_go_with_their_process(tmp_path: Path) -> None:
    Journal(tmp_path, "a").close()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_join_the_ledger_and_the_audit_log_without_doubles(store: Store, tmp_path: Path) -> None:
    furnish(store)
    session = add_session(store, "ada").id
    with store.write() as tx:  # written, but not cleared before the process died
        exposures.add_batch(tx, [entry(1, session).row])
        tx.append(note())
    journal = Journal(tmp_path, "a")
    for seq in (1, 2, 3):
        journal.append(entry(seq, session))
    journal.close()
    assert take_leftovers(store, tmp_path) == 2
    assert take_leftovers(store, tmp_path) == 0
    with store.read() as connection:
        assert [row.seq for row in exposures.of_session(connection, session)] == [1, 2, 3]
        assert exposures.by_seq(connection, session, 3) == entry(3, session).row


def test_each_stream_of_a_session_has_its_own_numbers(store: Store) -> None:
    furnish(store)
    session = add_session(store, "ada").id
    firsts = []
    with store.write() as tx:
        firsts += [exposures.reserve(tx, session) for _ in range(1023)]
        tx.append(note())
    assert firsts == [1 + k * RESERVED for k in range(1023)]
    with pytest.raises(Denied, match="too often"), store.write() as tx:
        exposures.reserve(tx, session)
